"""The test doubles keep their promises, so that tests built on them mean something."""

import re

import numpy as np
import pytest
import soundfile

from emotion_hf.labels import LABELS
from emotion_hf.prediction import Verdict
from emotion_hf.speech import has_speech
from emotion_hf.testing import STYLES, FakeClassifier, synthetic_voice, tiny_corpus


def pitch_hz(wave: np.ndarray) -> float:
    """Estimate the pitch: the median over frames of 64 ms of the highest peak of the autocorrelation, 60 to 400 Hz."""
    frames = np.lib.stride_tricks.sliding_window_view(wave, 1_024)[::512]
    power = np.abs(np.fft.rfft(frames * np.hanning(1_024), 2_048)) ** 2
    lags = 40 + np.argmax(np.fft.irfft(power)[:, 40:267], axis=1)
    return 16_000 / float(np.median(lags))


def test_the_fake_classifier_answers_by_the_wave_alone():
    voices = [synthetic_voice(1.0), synthetic_voice(1.0)[:-3], synthetic_voice(1.0)]
    first, second, third = FakeClassifier().predict(voices)
    assert first == third
    assert first.label != second.label
    assert first.confidence == pytest.approx(0.8)
    assert sum(first.scores.values()) == pytest.approx(1.0)
    assert tuple(first.scores) == LABELS
    assert second.duration_seconds == pytest.approx(15_997 / 16_000)


def test_the_fake_classifier_detects_silence():
    (answer,) = FakeClassifier(("yes", "no")).predict([np.zeros(8_000, np.float32)])
    assert answer.verdict is Verdict.NO_SPEECH
    assert (answer.label, answer.duration_seconds) == (None, 0.5)


@pytest.mark.parametrize("seconds", [1.0, 1.37, 2.0, 5.0])
@pytest.mark.parametrize("f0_hz", [80, 140, 220, 300])
def test_a_synthetic_voice_is_taken_for_speech(seconds, f0_hz):
    for seed in range(3):
        voice = synthetic_voice(seconds, f0_hz, seed)
        assert voice.dtype == np.float32
        assert voice.shape == (round(seconds * 16_000),)
        assert np.abs(voice).max() == pytest.approx(0.3)
        assert has_speech(voice)


def test_a_synthetic_voice_is_drawn_by_its_seed():
    np.testing.assert_array_equal(synthetic_voice(1.0, seed=1), synthetic_voice(1.0, seed=1))
    assert np.abs(synthetic_voice(1.0, seed=1) - synthetic_voice(1.0, seed=2)).max() > 0.1


@pytest.mark.parametrize("f0_hz", [100, 140, 200])
def test_a_synthetic_voice_has_the_pitch_it_is_asked_for(f0_hz):
    assert pitch_hz(synthetic_voice(2.0, f0_hz)) == pytest.approx(f0_hz, rel=0.1)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3])
def test_a_synthetic_voice_can_be_very_short(seconds):
    assert synthetic_voice(seconds).shape == (round(seconds * 16_000),)


def test_the_tiny_corpus_is_named_as_ravdess_is(tmp_path):
    assert tiny_corpus(tmp_path, speakers=2, clips_per_emotion=2) == tmp_path
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.wav"))
    assert len(files) == 2 * 8 * 2
    assert files[:3] == [f"Actor_01/03-01-{name}-01.wav" for name in ("01-01-01-01", "01-01-01-02", "02-01-01-01")]
    assert all(re.fullmatch(r"Actor_(\d\d)/03-01-0[1-8]-01-01-0[12]-\1\.wav", file) for file in files)
    for path in tmp_path.rglob("*.wav"):
        wave, sampling_rate = soundfile.read(path, dtype="float32")
        assert (wave.shape, sampling_rate) == ((16_000,), 16_000)
        assert np.abs(wave).max() < 1
        assert has_speech(wave)


def test_emotions_of_the_tiny_corpus_differ_in_pitch(tmp_path):
    tiny_corpus(tmp_path, speakers=1, seconds=2.0)
    pitches = {
        label: pitch_hz(soundfile.read(tmp_path / "Actor_01" / f"03-01-{number:02}-01-01-01-01.wav")[0])
        for number, label in enumerate(LABELS, start=1)
    }
    for label, style in STYLES.items():
        assert pitches[label] == pytest.approx(105.5 * style.pitch, rel=0.1)


def test_ravdess_has_no_names_for_more():
    with pytest.raises(ValueError, match="at most 24 speakers and 4 clips of each emotion"):
        tiny_corpus("unused", speakers=25)
    with pytest.raises(ValueError, match="at most 24 speakers and 4 clips of each emotion"):
        tiny_corpus("unused", clips_per_emotion=5)
