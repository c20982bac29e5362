"""The page with the API in it, and a model that can be adapted to a voice."""

from dataclasses import replace

import numpy as np
import pytest

from emotion_hf.testing import FakeClassifier
from emotion_hf.voice import no_voice
from tests import web
from tests.app.conftest import open_server, voice_wav  # noqa: F401 - fixtures

KEY = "correct-horse-battery"


class Adaptable(FakeClassifier):
    """A fake whose voice halves the odds of the first label for each recording that it was learned from."""

    name, can_adapt = "adaptable", True

    def __init__(self):
        super().__init__()
        self.learned = []

    def learn_voice(self, predictions, emotions=None, *, ordinary=False):
        self.learned.append((len(predictions), emotions, ordinary))
        spoken = [prediction for prediction in predictions if prediction.scores]
        offset = np.zeros(len(self.labels))
        offset[0] = np.log(2) * len(spoken)
        return replace(no_voice(len(self.labels)), offset=offset, clips=len(spoken))

    def correct(self, prediction, voice):
        if not prediction.scores:
            return prediction
        scores = voice.correct(np.array([*prediction.scores.values()]))
        return replace(prediction, scores=dict(zip(self.labels, scores.tolist(), strict=True)))


@pytest.fixture(scope="module")
def model():
    return Adaptable()


@pytest.fixture(scope="module")
def served(open_server, tmp_path_factory, model):  # noqa: F811
    folder = tmp_path_factory.mktemp("served")
    with open_server(folder, classifier=model, max_upload_megabytes=2, requests_per_minute=0) as server:
        yield server


@pytest.fixture(scope="module")
def http(served):
    with web.Client(base_url=served.url) as client:
        yield client


@pytest.fixture(scope="module")
def voice(voice_wav):  # noqa: F811
    return voice_wav.read_bytes()


def problem(answer, status, kind):
    """Return the sentence of a refusal, which must have the form of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    details = answer.json()
    assert set(details) == {"type", "title", "status", "detail"}
    assert (details["status"], details["type"]) == (status, f"/docs#{kind}")
    assert details["detail"].endswith(".")
    return details["detail"]
