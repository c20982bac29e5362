"""The recording that is measured, and the page that shows the figures."""

import json

import numpy as np
import pytest
import soundfile

from benchmarks.hour import FIGURES, PAGE, document, write_speech
from emotion_hf.testing import synthetic_voice


def test_the_recording_has_exactly_its_length_and_one_level(tmp_path):
    clips = tmp_path / "clips"
    clips.mkdir()
    for number in range(3):
        soundfile.write(clips / f"{number}.wav", 0.1 * (number + 1) * synthetic_voice(1.0, seed=number), 16_000)
    write_speech(tmp_path / "long.wav", clips, 10.0)
    wave, rate = soundfile.read(tmp_path / "long.wav")
    assert (len(wave), rate) == (160_000, 16_000)
    seconds = np.abs(wave).reshape(5, -1).max(axis=1)
    np.testing.assert_allclose(seconds, 0.2, atol=0.001)  # each 2 s contain a peak of a clip


def test_the_page_shows_the_kept_figures():
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == document(kept)
    hour = next(run for run in kept["runs"] if run["minutes"] == 60)
    assert hour["cpu_seconds"] / kept["cores"] <= 60 and hour["peak_megabytes"] <= 700
    assert f"{hour['cpu_seconds']:.1f} s" in PAGE.read_text(encoding="utf-8")
    assert hour["cpu_seconds"] == pytest.approx(6 * kept["runs"][0]["cpu_seconds"], rel=0.3)  # linear
