"""A voice without labels: found where there are many emotions, harmless where there is one."""

import doctest

import numpy as np
import pytest

from emotion_hf import voice
from emotion_hf.voice import (
    SpeakerStatistics,
    Voice,
    estimate_voice,
    no_voice,
    speaker_statistics,
    voice_of_emotions,
    voice_of_ordinary_speech,
)

EMOTIONS, SPEAKERS, CLIPS = 5, 30, 12


@pytest.fixture(scope="module")
def world() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Logits of speakers who are each shifted, with what is true of them: logits, truth, speakers, shifts."""
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(SPEAKERS), EMOTIONS * CLIPS)
    truth = np.tile(np.repeat(np.arange(EMOTIONS), CLIPS), SPEAKERS)
    shifts = rng.normal(0, 1.5, (SPEAKERS, EMOTIONS))
    shifts -= shifts.mean(1, keepdims=True)
    logits = 4 * np.eye(EMOTIONS)[truth] + shifts[speakers] + rng.normal(0, 1.0, (len(truth), EMOTIONS))
    return logits, truth, speakers, shifts


@pytest.fixture(scope="module")
def statistics(world) -> SpeakerStatistics:
    logits, truth, speakers, _ = world
    others = speakers >= 10  # the first ten are the unseen ones
    return speaker_statistics(logits[others], truth[others], speakers[others])


def accuracy(logits, truth, known: Voice) -> float:
    return float(np.mean((logits + logits @ known.gain.T - known.offset).argmax(1) == truth))


def test_the_example_of_the_module_holds():
    assert doctest.testmod(voice).failed == 0


def test_statistics_are_those_of_the_world(statistics):
    spread = np.diag(statistics.means).mean() - statistics.means[~np.eye(EMOTIONS, dtype=bool)].mean()
    assert spread == pytest.approx(4, abs=0.2)
    assert np.trace(statistics.within) == pytest.approx(EMOTIONS - 1, rel=0.1)  # unit noise without its mean


def test_the_shift_of_an_unseen_speaker_is_found(world, statistics):
    logits, truth, speakers, shifts = world
    before, after, errors = [], [], []
    for speaker in range(10):
        rows = speakers == speaker
        known = estimate_voice(logits[rows], statistics)
        assert known.clips == EMOTIONS * CLIPS and not known.gain.any()
        away = shifts[speaker] - shifts[10:].mean(0)  # from the speakers that are known
        errors.append(np.abs(known.offset - away).mean())
        before.append(accuracy(logits[rows], truth[rows], no_voice(EMOTIONS)))
        after.append(accuracy(logits[rows], truth[rows], known))
    assert np.mean(errors) < 0.3
    assert np.mean(after) > np.mean(before) + 0.05


@pytest.mark.parametrize("clips", [CLIPS, 1])
def test_recordings_of_a_single_emotion_do_no_harm(world, statistics, clips):
    logits, truth, speakers, _ = world
    before, after = [], []
    for speaker in range(10):
        for emotion in range(EMOTIONS):
            rows = np.flatnonzero((speakers == speaker) & (truth == emotion))[:clips]
            before.append(accuracy(logits[rows], truth[rows], no_voice(EMOTIONS)))
            after.append(accuracy(logits[rows], truth[rows], estimate_voice(logits[rows], statistics)))
    assert np.mean(after) > np.mean(before) - 0.01


def test_ordinary_speech_tells_the_shift(world, statistics):
    logits, truth, speakers, _ = world
    before, after = [], []
    for speaker in range(10):
        rows = speakers == speaker
        calm = np.flatnonzero(rows & (truth < 2))[::3]  # emotions 0 and 1
        known = voice_of_ordinary_speech(logits[calm], statistics, [0, 1])
        assert known.clips == len(calm) and not known.gain.any()
        before.append(accuracy(logits[rows], truth[rows], no_voice(EMOTIONS)))
        after.append(accuracy(logits[rows], truth[rows], known))
    assert np.mean(after) > np.mean(before) + 0.04


def test_known_emotions_find_the_shift_from_few_recordings(world, statistics):
    logits, truth, speakers, _ = world
    before, after = [], []
    for speaker in range(10):
        rows = np.flatnonzero(speakers == speaker)
        some = rows[:: CLIPS // 2]  # two of each emotion
        known = voice_of_emotions(logits[some], statistics, truth[some])
        before.append(accuracy(logits[rows], truth[rows], no_voice(EMOTIONS)))
        after.append(accuracy(logits[rows], truth[rows], known))
    assert np.mean(after) > np.mean(before) + 0.04


def test_an_emotion_that_a_speaker_expresses_differently_is_learned(world, statistics):
    """Emotion 2 of each sounds more like emotion 3 than like itself."""
    logits, truth, speakers, _ = world
    before, after = [], []
    for speaker in range(10):
        own, emotions = logits[speakers == speaker].copy(), truth[speakers == speaker]
        own[emotions == 2] += 0.7 * (statistics.means[3] - statistics.means[2])
        some = np.concatenate([np.flatnonzero(emotions == emotion)[:6] for emotion in range(EMOTIONS)])
        rest = np.setdiff1d(np.arange(len(own)), some)
        known = voice_of_emotions(own[some], statistics, emotions[some])
        np.testing.assert_allclose(known.gain.sum(1), 0, atol=1e-9)  # what all logits have in common says nothing
        mine = rest[emotions[rest] == 2]
        before.append(accuracy(own[mine], emotions[mine], no_voice(EMOTIONS)))
        after.append(accuracy(own[mine], emotions[mine], known))
    assert np.mean(before) < 0.3 and np.mean(after) > 0.6


def test_one_labelled_emotion_moves_no_emotion_alone(world, statistics):
    logits, truth, speakers, _ = world
    rows = np.flatnonzero((speakers == 0) & (truth == 1))
    known = voice_of_emotions(logits[rows], statistics, truth[rows])
    assert not known.gain.any() and known.offset.any()
    few, many = (
        voice_of_emotions(np.tile(logits[rows], (n, 1)), statistics, np.tile(truth[rows], n)) for n in (1, 50)
    )
    away = (logits[rows] - statistics.means[1]).mean(0)
    assert np.linalg.norm(few.offset) < np.linalg.norm(many.offset) < 0.51 * np.linalg.norm(away - away.mean())


def test_few_recordings_move_little_and_none_nothing(world, statistics):
    logits, truth, speakers, _ = world
    own = logits[speakers == 1]
    nothing = (
        estimate_voice(own[:0], statistics),
        voice_of_ordinary_speech(own[:0], statistics, [0]),
        voice_of_emotions(own[:0], statistics, truth[:0]),
    )
    assert all(not known.offset.any() and not known.gain.any() and known.clips == 0 for known in nothing)
    sizes = [np.linalg.norm(estimate_voice(own[::step], statistics).offset) for step in (20, 1)]
    assert sizes[0] < sizes[1]


def test_what_all_logits_have_in_common_says_nothing(world, statistics):
    logits, truth = world[0][:20], world[1][:20]
    for estimate in (estimate_voice, lambda some, known: voice_of_emotions(some, known, truth)):
        known, shifted = estimate(logits, statistics), estimate(logits + 7.0, statistics)
        np.testing.assert_allclose(shifted.offset, known.offset, atol=1e-9)
        np.testing.assert_allclose(shifted.gain, known.gain, atol=1e-9)


def test_probabilities_are_corrected_as_logits_are(world, statistics):
    logits, truth = world[0][:20], world[1][:20]
    known = voice_of_emotions(logits, statistics, truth)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    corrected = np.exp(logits + logits @ known.gain.T - known.offset)
    expected = corrected / corrected.sum(1, keepdims=True)
    np.testing.assert_allclose(known.correct(p), expected, atol=1e-4)
    np.testing.assert_allclose(known.correct(p[0]), expected[0], atol=1e-4)
    np.testing.assert_allclose(no_voice(EMOTIONS).correct(p), p, atol=1e-8)
