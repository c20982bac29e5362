"""A voice without labels: found where there are many emotions, harmless where there is one."""

import doctest

import numpy as np
import pytest

from emotion_hf import voice
from emotion_hf.voice import SpeakerStatistics, Voice, estimate_voice, speaker_statistics

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
    return float(np.mean((logits - known.offset).argmax(1) == truth))


def test_the_example_of_the_module_holds():
    assert doctest.testmod(voice).failed == 0


def test_statistics_are_those_of_the_world(statistics):
    spread = np.diag(statistics.means).mean() - statistics.means[~np.eye(EMOTIONS, dtype=bool)].mean()
    assert spread == pytest.approx(4, abs=0.2)
    assert np.trace(statistics.within) == pytest.approx(EMOTIONS - 1, rel=0.1)  # unit noise without its mean
    assert np.trace(statistics.between) == pytest.approx(1.5**2 * (EMOTIONS - 1), rel=0.4)


def test_the_shift_of_an_unseen_speaker_is_found(world, statistics):
    logits, truth, speakers, shifts = world
    before, after, errors = [], [], []
    for speaker in range(10):
        rows = speakers == speaker
        known = estimate_voice(logits[rows], statistics)
        assert known.clips == EMOTIONS * CLIPS
        away = shifts[speaker] - shifts[10:].mean(0)  # from the speakers that are known
        errors.append(np.abs(known.offset - away).mean())
        before.append(accuracy(logits[rows], truth[rows], Voice(np.zeros(EMOTIONS), 0)))
        after.append(accuracy(logits[rows], truth[rows], known))
    assert np.mean(errors) < 0.3
    assert np.mean(after) > np.mean(before) + 0.05


def test_recordings_of_a_single_emotion_do_no_harm(world, statistics):
    logits, truth, speakers, _ = world
    before, after = [], []
    for speaker in range(10):
        for emotion in range(EMOTIONS):
            rows = (speakers == speaker) & (truth == emotion)
            before.append(accuracy(logits[rows], truth[rows], Voice(np.zeros(EMOTIONS), 0)))
            after.append(accuracy(logits[rows], truth[rows], estimate_voice(logits[rows], statistics)))
    assert np.mean(after) > np.mean(before) - 0.01


def test_known_emotions_find_the_shift_from_few_recordings(world, statistics):
    logits, truth, speakers, shifts = world
    rows = np.flatnonzero(speakers == 0)[:: CLIPS // 2]  # two of each emotion
    known = estimate_voice(logits[rows], statistics, truth[rows])
    assert np.abs(known.offset - shifts[0]).mean() < np.abs(shifts[0]).mean() / 2


def test_few_recordings_move_little_and_none_nothing(world, statistics):
    logits, _, speakers, _ = world
    own = logits[speakers == 1]
    assert not estimate_voice(own[:0], statistics).offset.any()
    sizes = [np.linalg.norm(estimate_voice(own[:count], statistics).offset) for count in (1, len(own))]
    assert sizes[0] < sizes[1]


def test_what_all_logits_have_in_common_says_nothing(world, statistics):
    logits = world[0][:20]
    shifted = estimate_voice(logits + 7.0, statistics)
    np.testing.assert_allclose(shifted.offset, estimate_voice(logits, statistics).offset, atol=1e-9)
