"""A desk with a clock that tests move, and calls that express what a test says."""

import io
from datetime import UTC, datetime, timedelta

import gradio as gr
import pytest
import soundfile

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.desk import Desk, callers, intake, setup
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from tests.app.conftest import open_services

START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self):
        self.at = START

    def __call__(self):
        return self.at


class Says:
    """A classifier that says the same of each window."""

    name, labels = "says", LABELS

    def __init__(self, label):
        self.label = label

    def predict(self, waves):
        scores = {one: 0.93 if one == self.label else 0.01 for one in LABELS}
        return [Prediction(scores, Verdict.OK, len(wave) / SAMPLING_RATE, self.name) for wave in waves]


@pytest.fixture
def services(tmp_path):
    return open_services(Settings(data_dir=tmp_path, desk=True), Says("calm"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def unready(services, clock):
    desk = Desk.open(services.settings, services.store, clock=clock)
    yield desk
    desk.close()


@pytest.fixture
def desk(unready):
    setup.accept(unready, purpose="Crisis <line>", place="Zurich", who="MK")
    return unready


@pytest.fixture
def add(desk, clock):
    """Add a call of a caller, who is added if necessary."""
    taken = iter(range(100))

    def add(name, label="calm", **options):
        sound = io.BytesIO()
        soundfile.write(sound, synthetic_voice(2.0, seed=next(taken)), SAMPLING_RATE, format="WAV")
        caller = callers.find(desk, name) or callers.add(desk, name)
        clock.at += timedelta(minutes=10)
        return intake.take(desk, Says(label), sound.getvalue(), caller.id, file_name="<call>.wav", **options).call

    return add


@pytest.fixture
def page():
    with gr.Blocks() as page:
        yield page
