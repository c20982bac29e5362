"""The recording that is measured, and the page that shows the figures."""

import json

import numpy as np
import pytest
import soundfile

from benchmarks.hour import FIGURES, NOW, PAGE, STUDIO, as_in_a_studio, document, measured, write_speech
from benchmarks.reliability_process import ROOT
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


def test_a_recording_is_converted_to_that_of_a_studio(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, 0.2 * synthetic_voice(2.5), 16_000)
    before = path.stat().st_size
    as_in_a_studio(path)
    assert soundfile.info(path).samplerate == 48_000 and soundfile.info(path).channels == 2
    assert path.stat().st_size == pytest.approx(6 * before, rel=0.01)
    assert [file.name for file in tmp_path.iterdir()] == ["a.wav"]


def test_the_page_shows_the_kept_figures():
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == document(kept)
    of_minutes = {run["minutes"]: run for run in kept["runs"] if run["what"] == NOW}
    hour, ten, two_hours = (of_minutes[minutes] for minutes in (60, 10, 120))
    assert hour["wall_seconds"] <= 60
    assert all(run["peak_megabytes"] <= 700 for run in kept["runs"] if run["what"] in (NOW, STUDIO))
    assert hour["cpu_seconds"] == pytest.approx(6 * ten["cpu_seconds"], rel=0.3)  # linear
    assert two_hours["cpu_seconds"] == pytest.approx(2 * hour["cpu_seconds"], rel=0.3)


def test_the_peak_is_that_of_the_program_alone(tmp_path):
    ballast = np.ones(50_000_000, dtype=np.float32)  # 200 MB
    found = measured(["-c", "import time; held = b'1' * 30_000_000; time.sleep(1)"], ROOT, str(tmp_path))
    assert 30 < found["peak_megabytes"] < 100 and ballast[0] == 1
