"""Clicks and wandering offsets are removed; a clean recording is returned as it is."""

import numpy as np
import pytest

from emotion_hf.cleaning import PIECE_SAMPLES, cleaned
from emotion_hf.live import Listener
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.speech import has_speech
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.timeline import make_timeline

RATE = 16_000
SILENCE = np.zeros(RATE // 2, np.float32)
VOICE = np.concatenate([SILENCE, 0.1 * synthetic_voice(3.0), SILENCE])
FLOOR = VOICE + 1e-4 * np.random.default_rng(0).standard_normal(len(VOICE)).astype(np.float32)
CLICKS = {
    "one sample": np.ones(1),
    "one negative sample": -np.ones(1),
    "10 ms at full scale": np.full(160, 0.9),
    "10 ms of noise that decays": np.random.default_rng(1).uniform(-1, 1, 160) * np.exp(-np.arange(160) / 40),
    "a thump of 10 ms": 0.9 * np.sin(np.pi * np.arange(160) / 160),
    "a ringing sample": np.sinc((np.arange(201) - 100) / 1.1),
}


def with_click(click, start, wave=FLOOR) -> np.ndarray:
    result = wave.copy()
    result[start : start + len(click)] += click.astype(np.float32)
    return result


def with_offset(height, decay_seconds, wave=FLOOR, start=0) -> np.ndarray:
    time = (np.arange(len(wave)) - start) / RATE
    return (wave + np.where(time >= 0, height * np.exp(-np.maximum(time, 0) / decay_seconds), 0)).astype(np.float32)


@pytest.mark.parametrize("start", [0, 1_600, len(FLOOR) - 1_800])
@pytest.mark.parametrize("kind", CLICKS)
def test_a_click_is_replaced_and_everything_else_stays(kind, start):
    click = CLICKS[kind]
    clean = cleaned(with_click(click, start))
    assert np.abs(clean - FLOOR).max() < 6e-4
    changed = np.flatnonzero(clean != with_click(click, start))
    assert start - 160 <= changed[0] <= changed[-1] <= start + len(click) + 160


def test_a_click_within_speech_is_replaced_by_a_short_line():
    clean = cleaned(with_click(np.ones(1), 2 * RATE))
    assert np.abs(clean).max() == pytest.approx(np.abs(FLOOR).max(), abs=1e-6)
    assert np.count_nonzero(clean != FLOOR) < 200


def test_several_clicks_are_removed_one_after_the_other():
    wave = FLOOR
    for start, height in ((800, 0.9), (4_000, 0.7), (30_000, 0.8), (58_000, 1.0)):
        wave = with_click(height * np.ones(3), start, wave)
    assert np.abs(cleaned(wave) - FLOOR).max() < 0.03  # the one in the voice takes some milliseconds of it along
    assert np.abs(cleaned(wave)[:8_000] - FLOOR[:8_000]).max() < 6e-4


CLEAN = {
    "a voice": synthetic_voice(3.0),
    "a high voice": synthetic_voice(3.0, 280.0, seed=1),
    "a voice with pauses": VOICE,
    "a voice over noise": FLOOR,
    "a voice on a constant offset": FLOOR + np.float32(0.3),
    "creaky pulses": np.where(np.arange(RATE) % 500 == 0, 0.3, 0.0).astype(np.float32),
    "a hum": (0.1 * np.sin(2 * np.pi * 50 * np.arange(RATE) / RATE)).astype(np.float32),
    "noise": np.random.default_rng(2).standard_normal(RATE).astype(np.float32),
    "silence": np.zeros(RATE, np.float32),
    "a constant": np.full(RATE, 0.5, np.float32),
    "a short recording": np.ones(100, np.float32),
    "nothing": np.zeros(0, np.float32),
}


@pytest.mark.parametrize("kind", CLEAN)
def test_what_needs_no_cleaning_is_the_same_array(kind):
    wave = CLEAN[kind]
    before = wave.copy()
    assert cleaned(wave) is wave
    np.testing.assert_array_equal(wave, before)


@pytest.mark.parametrize(("height", "decay_seconds"), [(0.5, 0.3), (-0.9, 1.0), (0.2, 0.15)])
def test_a_decaying_offset_is_removed(height, decay_seconds):
    dirty = with_offset(height, decay_seconds)
    clean = cleaned(dirty)
    left = (clean - FLOOR).reshape(-1, 400).mean(axis=1)
    assert np.abs(left).max() < 0.02 * abs(height)
    assert np.corrcoef(clean[RATE:], FLOOR[RATE:])[0, 1] > 0.99
    assert has_speech(clean)


def test_an_offset_hides_speech_from_the_gate_until_it_is_removed():
    dirty = with_offset(0.9, 1.0, 0.03 * FLOOR)
    assert not has_speech(dirty)
    assert has_speech(cleaned(dirty))


def test_a_click_on_an_offset_and_a_sudden_offset():
    for dirty in (with_click(np.ones(1), 1_600, with_offset(0.5, 0.3)), with_offset(0.5, 0.3, start=1_600)):
        clean = cleaned(dirty)
        assert np.abs(clean).max() < 1.5 * np.abs(FLOOR).max()
        assert has_speech(clean)


def test_the_input_is_not_changed():
    dirty = with_click(np.ones(1), 1_600, with_offset(0.5, 0.3))
    before = dirty.copy()
    assert cleaned(dirty) is not dirty
    np.testing.assert_array_equal(dirty, before)
    assert cleaned(dirty).dtype == np.float32


def test_long_recordings_are_cleaned_in_pieces_without_a_seam():
    hum = 1e-3 * np.sin(2 * np.pi * 150 * np.arange(PIECE_SAMPLES + 5 * RATE) / RATE)
    offset = 0.4 * np.sin(2 * np.pi * 0.25 * np.arange(len(hum)) / RATE)
    clean = cleaned((hum + offset).astype(np.float32))
    seam = slice(PIECE_SAMPLES - RATE, PIECE_SAMPLES + RATE)
    np.testing.assert_allclose(clean[seam], hum[seam], atol=2e-5)
    clicked = hum.astype(np.float32)
    clicked[[100, PIECE_SAMPLES + 100]] = 1.0
    assert np.abs(cleaned(clicked)).max() < 2e-3


def test_a_huge_sample_does_not_overflow():
    clean = cleaned(with_click(np.full(1, 1e12), 1_600))
    assert np.isfinite(clean).all()
    assert np.abs(clean - FLOOR).max() < 6e-4


class Remembers(FakeClassifier):
    """Remembers the waves that it is given."""

    def __init__(self):
        super().__init__()
        self.waves = []

    def predict(self, waves):
        self.waves += waves
        return super().predict(waves)


class FlatScorer:
    labels, not_sure_below, batch_size = ("happy", "sad"), 0.0, 1

    def __init__(self):
        self.waves = []

    def answers(self, waves):
        self.waves += waves
        return np.full((len(waves), 2), 0.5), None


def test_the_recognizer_cleans_before_the_gate_and_the_model():
    scorer = FlatScorer()
    recognizer = EmotionRecognizer(scorer, "flat")
    (answer,) = recognizer.predict([with_offset(0.9, 1.0, 0.03 * FLOOR)])
    assert answer.scores
    recognizer.predict([FLOOR, with_click(np.ones(1), 1_600)])
    assert scorer.waves[1] is FLOOR
    assert np.abs(scorer.waves[2] - FLOOR).max() < 6e-4
    assert recognizer.predict([with_click(np.ones(1), 800, np.zeros(RATE, np.float32))])[0].label is None


def test_timelines_and_live_windows_are_cleaned():
    model = Remembers()
    make_timeline(model, with_click(np.ones(1), 2 * RATE))
    listener = Listener(model)
    listener.hear(RATE, with_click(np.ones(1), 2 * RATE)[: 3 * RATE])
    assert len(model.waves) >= 2
    assert max(np.abs(wave).max() for wave in model.waves) < 0.05
