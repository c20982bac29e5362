"""The figures about the load: they are right, they contain nothing personal, and not everybody can read them."""

import json
import threading

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from emotion_hf import __version__
from emotion_hf.prediction import Prediction
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier
from emotion_hf.turns import together
from tests import web
from tests.api.conftest import KEY
from tests.api.test_http import Held, wait_until
from tests.api.test_stream import opened, samples


class Scored(FakeClassifier):
    """A fake that scores as a recognizer does, so that clips of different recordings are scored together."""

    def predict(self, waves):
        return [together(self._score, [wave], most=4, seconds_left=len(wave) / 16_000)[0] for wave in waves]

    def _score(self, waves) -> list[Prediction]:
        return [self._answer(np.asarray(wave)) for wave in waves]


@pytest.fixture
def watched(open_server, tmp_path):
    with open_server(tmp_path, classifier=Scored(), metrics=True, analyses_at_once=1, requests_per_minute=0) as server:
        yield server


def figures(server, **options):
    """Return each figure by its name and labels."""
    answer = web.get(f"{server.url}/metrics", **options)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name.removeprefix("emotion_hf_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_they_count_requests_clips_batches_and_waiting_recordings(watched, voice_wav):
    voice, turns = voice_wav.read_bytes(), watched.page.recognition.turns
    with web.Client(base_url=watched.url) as http:

        def classify():
            http.post("/v1/classify", files={"file": ("Anna Example.wav", voice)})

        running = [threading.Thread(target=classify) for _ in range(4)]
        with Held(turns):
            for thread in running:
                thread.start()
            wait_until(lambda: turns.queued == 4)
            busy = figures(watched)
        for thread in running:
            thread.join()
        http.post("/v1/classify", files={"file": ("clip.wav", b"no sound")})
        http.get("/v1/nothing/Anna")
    found = figures(watched)
    assert (busy["recordings_waiting",], busy["recordings_analysed",]) == (4, 1)
    assert busy["expected_waiting_seconds",] == pytest.approx(0.0, abs=0.2)
    assert (found["recordings_waiting",], found["recordings_analysed",]) == (0, 0)
    assert (found["recordings_analysed_limit",], found["recordings_waiting_limit",]) == (1, 64)
    assert found["http_requests_total", "POST", "/v1/classify", "200"] == 4
    assert found["http_requests_total", "POST", "/v1/classify", "422"] == 1
    assert found["http_requests_total", "any", "none", "404"] == 1
    assert found["http_requests_total", "GET", "/metrics", "200"] == 1  # this one is not over yet
    assert found["http_request_seconds_count", "/v1/classify"] == 5
    assert found["http_request_seconds_sum", "/v1/classify"] > 0
    assert found["clips_scored_total",] == 4 and found["audio_scored_seconds_total",] == pytest.approx(12.0)
    assert found["batch_clips_count",] == 1 and found["batch_clips_sum",] == 4
    assert found["waiting_seconds_count",] == 6  # with the one that was held, and the damaged one
    assert found["busy_refusals_total",] == 0
    assert found["model_loaded", "fake", __version__] == 1
    assert found["process_resident_memory_bytes",] > 1e7


def test_they_name_nobody_and_no_file(watched, voice_wav):
    with web.Client(base_url=watched.url) as http:
        http.post("/v1/classify?voice=Anna", files={"file": ("Anna.wav", voice_wav.read_bytes())})
        http.get("/desk/exports/Anna")
        text = http.get("/metrics").text
    assert "Anna" not in text and "127.0.0.1" not in text


def test_they_count_refusals(open_server, tmp_path, voice_wav):
    with open_server(tmp_path, classifier=Scored(), metrics=True, max_waiting=0, analyses_at_once=1) as server:
        with Held(server.page.recognition.turns), voice_wav.open("rb") as clip:
            answer = web.post(f"{server.url}/v1/classify", files={"file": clip})
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
        assert answer.json()["detail"] == "0 recordings are already waiting here; try again in 1 s."
        found = figures(server)
    assert found["busy_refusals_total",] == 1
    assert found["http_requests_total", "POST", "/v1/classify", "503"] == 1


def test_they_count_streams(watched):
    with opened(watched) as stream:
        stream.send(samples(0.5))
        json.loads(stream.recv(timeout=60))
        found = figures(watched)
    assert (found["live_streams", "api"], found["live_streams", "page"]) == (1, 0)
    wait_until(lambda: figures(watched).get(("http_requests_total", "WEBSOCKET", "/v1/stream", "101")) == 1)
    assert ("http_request_seconds_count", "/v1/stream") not in figures(watched)


def test_they_are_off_by_default(served):
    answer = web.get(f"{served.url}/metrics")
    assert answer.status_code == 404 and not Settings().metrics


def test_they_need_a_key_where_there_are_keys(open_server, tmp_path):
    with open_server(tmp_path, metrics=True, api_keys=KEY) as server:
        answer = web.get(f"{server.url}/metrics")
        assert answer.status_code == 401 and "Bearer" in answer.headers["www-authenticate"]
        assert ("recordings_waiting",) in figures(server, headers={"Authorization": f"Bearer {KEY}"})
