"""Speech is heard while it is spoken: soon, steadily, at any rate, and in bounded memory."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soxr

from emotion_hf.errors import AudioError, AudioFormatError
from emotion_hf.live import (
    LEAST_SPEECH_SECONDS,
    PAUSE_SECONDS,
    SMOOTHING_SECONDS,
    SOON_SECONDS,
    UPDATE_SECONDS,
    WINDOW_SECONDS,
    Listener,
    find_speech,
)
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.testing import FakeClassifier, synthetic_voice

RATE = 16_000
VOICE = synthetic_voice(6.0, seed=3)


class Scripted:
    """Returns given predictions one after the other, and keeps the waves that it was given."""

    name, labels = "scripted", ("happy", "sad")

    def __init__(self, *predictions: Prediction):
        self.left, self.waves = list(predictions), []

    def predict(self, waves):
        self.waves += waves
        return [self.left.pop(0) for _ in waves]


def answer(happy: float, verdict: Verdict = Verdict.OK, intensity: float | None = None, model: str = "scripted"):
    return Prediction({"happy": happy, "sad": 1 - happy}, verdict, 1.0, model, intensity)


def hear_all(listener, wave, rate=RATE, chunk_seconds=None):
    """Return the moments that a wave gives, in chunks of one length or of those that the listener asks for."""
    moments, start, wanted = [], 0, UPDATE_SECONDS
    while start < len(wave):
        end = start + round((chunk_seconds or wanted) * rate)
        if moment := listener.hear(rate, wave[start:end]):
            moments.append(moment)
            wanted = moment.next_seconds
        start = end
    return moments


def predicted(moments):
    """Return the moments with an emotion."""
    return [moment for moment in moments if moment.prediction.scores]


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.mark.parametrize("offset_seconds", [0.0, 0.1, 0.2, 0.3, 0.4, 0.49])
@pytest.mark.parametrize("seed", range(4))
def test_the_first_prediction_comes_within_a_second_and_a_half_of_the_first_word(offset_seconds, seed):
    before = 2.0 + offset_seconds
    wave = np.concatenate([silence(before), synthetic_voice(4.0, seed=seed)])
    moments = hear_all(Listener(FakeClassifier()), wave)
    first = next(moment for moment in moments if moment.prediction.scores)
    assert first.seconds - before <= 1.3  # the answer itself takes the rest
    times = [moment.seconds for moment in moments if moment.seconds >= first.seconds]
    assert np.diff(times) == pytest.approx(UPDATE_SECONDS)
    after = [moment.prediction.verdict for moment in moments if moment.seconds >= first.seconds]
    assert set(after) == {Verdict.OK}


@pytest.mark.parametrize("chunk_seconds", [0.1, 0.25, 0.5, 0.512, 1.0])
def test_predictions_come_every_half_second_or_with_every_longer_chunk(chunk_seconds):
    moments = hear_all(Listener(FakeClassifier()), VOICE, chunk_seconds=chunk_seconds)
    steps = np.diff([moment.seconds for moment in predicted(moments)])
    assert steps[:-1] == pytest.approx(max(UPDATE_SECONDS, chunk_seconds))  # the last chunk may be shorter
    assert len(steps) >= 3


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_stereo_reach_the_model_as_the_same_sound(rate, channels):
    sound = soxr.resample(VOICE[: 3 * RATE], RATE, rate)
    samples = np.round(32767 * np.clip(np.repeat(sound[:, None], channels, axis=1), -1, 1)).astype(np.int16)
    model = Scripted(*[answer(0.9)] * 8)
    moments = hear_all(Listener(model), samples if channels == 2 else samples[:, 0], rate)
    assert moments[-1].prediction.label == "happy"
    heard = model.waves[-1]
    assert heard.dtype == np.float32
    whole = soxr.resample(samples.reshape(len(samples), channels)[:, 0] / 32_768, rate, RATE)
    starts = range(len(whole) - len(heard) + 1)
    assert len(heard) > 2.5 * RATE
    assert min(np.abs(heard - whole[start : start + len(heard)]).max() for start in starts) < 1e-3  # without clicks


def test_a_new_rate_in_the_middle_goes_on():
    listener = Listener(FakeClassifier())
    hear_all(listener, VOICE[:RATE])
    moments = hear_all(listener, soxr.resample(VOICE[RATE:], RATE, 48_000).astype(np.float32), 48_000, UPDATE_SECONDS)
    assert [moment.seconds for moment in moments] == [1.5 + 0.5 * number for number in range(10)]
    assert moments[-1].prediction.scores


def test_a_pause_ends_the_emotion_and_a_new_voice_starts_it_again():
    model = Scripted(*[answer(0.9)] * 20, *[answer(0.2)] * 20)
    listener = Listener(model)
    assert hear_all(listener, VOICE[: 3 * RATE])[-1].prediction.label == "happy"
    quiet = hear_all(listener, silence(3.0))
    assert [one.prediction.verdict for one in quiet[-3:]] == [Verdict.NO_SPEECH] * 3
    assert {one.prediction.model for one in quiet} == {"scripted"}
    last = max(one.seconds for one in quiet if one.prediction.scores)
    assert last - 3.0 <= PAUSE_SECONDS + UPDATE_SECONDS
    model.left = [answer(0.2)] * 20
    new = hear_all(listener, VOICE[3 * RATE :])
    first = next(one for one in new if one.prediction.scores)
    assert first.prediction.scores["happy"] == pytest.approx(0.2)  # nothing of the old voice is left in the mean


def test_scores_and_intensity_are_an_exponential_mean():
    raw = [0.9, 0.3, 0.5, 0.1]
    model = Scripted(*(answer(happy, intensity=happy / 2) for happy in raw))
    moments = predicted(hear_all(Listener(model), VOICE[: round(2.5 * RATE)], RATE, UPDATE_SECONDS))
    for number, moment in enumerate(moments):
        weights = np.exp(UPDATE_SECONDS / SMOOTHING_SECONDS * np.arange(number + 1))
        mean = float(weights @ raw[: number + 1] / weights.sum())
        assert moment.prediction.scores["happy"] == pytest.approx(mean)
        assert sum(moment.prediction.scores.values()) == pytest.approx(1)
        assert moment.prediction.intensity == pytest.approx(mean / 2)
    assert model.left == []


def test_the_verdict_follows_most_of_the_last_predictions():
    unsure = Verdict.NOT_SURE
    model = Scripted(answer(0.6), *[answer(0.6, unsure)] * 4, *[answer(0.6)] * 8)
    moments = predicted(hear_all(Listener(model), VOICE))
    verdicts = [one.prediction.verdict for one in moments]
    # the weights of "not sure" and "ok": 1 and 0.61 after the second, 1.33 and 1.08 after the sixth, 0.81 and 1.66
    assert verdicts[:7] == [Verdict.OK, unsure, unsure, unsure, unsure, unsure, Verdict.OK]


def test_another_model_starts_a_new_mean():
    other = Prediction({"calm": 0.7, "angry": 0.3}, model="other")
    model = Scripted(answer(0.9), answer(0.9), other, other)
    moments = predicted(hear_all(Listener(model), VOICE[: round(2.5 * RATE)], RATE, UPDATE_SECONDS))
    assert [one.prediction.label for one in moments] == ["happy", "happy", "calm", "calm"]
    assert moments[2].prediction.scores == {"calm": 0.7, "angry": 0.3}


def test_the_model_hears_at_most_the_window_and_only_the_part_with_speech():
    model = Scripted(*[answer(0.9)] * 20)
    hear_all(Listener(model), np.concatenate([silence(5.0), VOICE]))
    lengths = [len(wave) / RATE for wave in model.waves]
    assert lengths[0] <= 1.7  # not the silence before
    assert max(lengths) <= WINDOW_SECONDS


def test_a_voice_that_has_just_begun_is_heard_again_soon():
    wave = np.concatenate([silence(2.0), VOICE])
    moments = hear_all(Listener(FakeClassifier()), wave)
    begun = [one for one in moments if one.next_seconds == SOON_SECONDS]
    assert begun
    assert all(2.0 < one.seconds < 2.0 + LEAST_SPEECH_SECONDS + 0.2 and not one.prediction.scores for one in begun)
    assert {one.next_seconds for one in moments if one.prediction.scores} == {UPDATE_SECONDS}


def test_a_short_word_counts_once_it_has_ended():
    word = VOICE[: round(0.7 * RATE)]
    moments = hear_all(Listener(FakeClassifier()), np.concatenate([silence(1.0), word, silence(2.0)]))
    spoken = predicted(moments)
    assert spoken
    assert 1.7 < spoken[0].seconds <= 2.5
    assert not moments[-1].prediction.scores


def test_speech_is_found_up_to_a_pause():
    wave = np.concatenate([silence(0.5), VOICE[:RATE], silence(PAUSE_SECONDS - 0.3)])
    speech = find_speech(wave)
    assert 0.3 < speech.start_seconds < 0.8
    assert 1.2 < speech.end_seconds < 1.8
    assert find_speech(np.concatenate([wave, silence(0.6)])) is None
    again = find_speech(np.concatenate([wave, silence(0.6), VOICE[RATE : 2 * RATE]]))
    assert len(wave) / RATE + 0.3 < again.start_seconds < again.end_seconds  # the first voice is over
    whole = find_speech(np.concatenate([VOICE[:RATE], silence(0.4), VOICE[RATE : 2 * RATE]]))
    assert whole.start_seconds < 0.3
    assert whole.end_seconds > 2.2
    assert find_speech(silence(0.0)) is None


def test_noise_and_silence_are_no_speech():
    noise = 0.05 * np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32)
    for wave in (noise, silence(4.0)):
        verdicts = {moment.prediction.verdict for moment in hear_all(Listener(FakeClassifier()), wave)}
        assert verdicts == {Verdict.NO_SPEECH}


@pytest.mark.parametrize(
    ("rate", "samples", "error"),
    [
        (0, np.zeros(10), AudioFormatError),
        (10**9, np.zeros(10), AudioFormatError),
        (math.nan, np.zeros(10), AudioFormatError),
        ("48000", np.zeros(10), AudioFormatError),
        (RATE, np.zeros((2, 3, 4)), AudioFormatError),
        (RATE, np.zeros((10, 0)), AudioFormatError),
        (RATE, np.zeros((10, 99)), AudioFormatError),
        (RATE, np.array(["a"]), AudioFormatError),
        (RATE, np.float32(1.0), AudioFormatError),
        (RATE, np.full(8_000, np.nan), AudioError),
        (RATE, np.array([0.0, np.inf]), AudioError),
        (RATE, np.ma.masked_array([0.0, 1.0], [True, False]), AudioFormatError),
    ],
)
def test_a_chunk_that_cannot_be_used_is_left_out_with_one_sentence(rate, samples, error):
    listener = Listener(FakeClassifier())
    hear_all(listener, VOICE[: 2 * RATE])
    with pytest.raises(error) as refused:
        listener.hear(rate, samples)
    assert "\n" not in str(refused.value)
    assert listener.seconds == 2.0
    assert listener.hear(RATE, VOICE[2 * RATE : round(2.5 * RATE)]).prediction.scores


def test_an_empty_chunk_changes_nothing():
    listener = Listener(FakeClassifier())
    assert listener.hear(48_000, np.zeros(0, np.int16)) is None
    assert listener.hear(48_000, np.zeros((0, 2), np.int16)) is None
    assert (listener.seconds, listener.is_due) == (0.0, False)


def test_an_hour_at_once_keeps_three_seconds():
    listener = Listener(FakeClassifier())
    hour = np.broadcast_to(np.int16(0), (3600 * 48_000, 2))  # takes no memory
    moment = listener.hear(48_000, hour)
    assert (moment.seconds, moment.prediction.verdict) == (3600.0, Verdict.NO_SPEECH)
    assert len(listener._wave) <= WINDOW_SECONDS * RATE
    for start in range(0, len(VOICE), 8_000):
        moment = listener.hear(RATE, VOICE[start : start + 8_000])
        assert len(listener._wave) <= WINDOW_SECONDS * RATE
    assert moment.prediction.scores
