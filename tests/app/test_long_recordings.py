"""How a long recording is cut."""

from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
import soundfile

from emotion_hf.app.history import remember
from emotion_hf.app.long_recordings import ALL_CHANNELS, BOTH, ONE_SPEAKER, LongRecordings
from emotion_hf.app.services import Analysis
from emotion_hf.prediction import Prediction
from emotion_hf.testing import synthetic_voice
from emotion_hf.timeline import Timeline, Window


@pytest.fixture
def settings():
    with gr.Blocks():
        return LongRecordings()


@pytest.fixture
def entry(tmp_path):
    sad = Prediction({"sad": 1.0})
    timeline = Timeline((Window(0, 4, sad),), sad, 9.0)
    stereo = np.stack([synthetic_voice(1.0)] * 2, axis=1)
    soundfile.write(tmp_path / "call.wav", stereo, 16_000)
    analysis = Analysis(stereo[:, 0], sad, timeline)
    upload = str(tmp_path / "call.wav")
    return remember((), analysis, "call.wav", tmp_path, max_age_seconds=60, upload=upload)[0]


def test_a_stereo_recording_offers_its_channels(settings, entry):
    offered = settings.offer(entry)
    assert offered[settings.panel].visible and offered[settings.channel].visible
    assert [value for _, value in offered[settings.channel].choices] == [ALL_CHANNELS, 0, 1]


def test_a_short_recording_has_no_settings_and_one_that_is_gone_has_no_channels(settings, entry):
    assert not settings.offer(replace(entry, timeline=None))[settings.panel].visible
    gone = settings.offer(replace(entry, upload="gone.wav"))
    assert gone[settings.panel].visible and not gone[settings.channel].visible


def test_the_values_become_options_of_the_analysis(settings):
    assert settings.options(4, 6, ALL_CHANNELS, ONE_SPEAKER, True) == {
        "window_seconds": 4,
        "step_seconds": 4,
        "channel": None,
        "speakers": 1,
        "speaker": None,
        "centre": True,
    }
    assert [settings.options(4, 2, one, BOTH, False)["channel"] for one in (1, None)] == [1, None]
    chosen = [settings.options(4, 2, 1, who, False) for who in (BOTH, "A", "B")]
    assert [(one["speakers"], one["speaker"]) for one in chosen] == [(2, None), (2, "A"), (2, "B")]
