"""Know a voice without labels: how one speaker's answers are shifted from everybody's, and by how much to correct.

A model's calibrated logits (log-probabilities, up to a constant) for one speaker are shifted as a whole: a dark voice
sounds sad, a tense one angry. The shift can be estimated from recordings whose emotions nobody named, and subtracted.
Two estimates are mixed:

- If the recordings hold many emotions, the speaker's mean is compared with the mean over all emotions.
- If they hold few, that would take the emotion itself for the voice. Then each recording is compared with the emotion
  that it most probably expresses, in turns with the guess of the emotion (expectation maximisation), and the shift is
  held near zero by how much speakers differ at all (maximum a posteriori).

How widely the recordings are spread, compared with all emotions together, tells which it is.

Example:
    >>> rng = np.random.default_rng(0)
    >>> truth, speakers = np.tile(np.arange(3), 40), np.repeat(np.arange(10), 12)
    >>> logits = 4 * np.eye(3)[truth] + rng.normal(0, 1, (10, 3))[speakers] + rng.normal(0, 0.5, (120, 3))
    >>> statistics = speaker_statistics(logits, truth, speakers)
    >>> voice = estimate_voice(logits[:12] + [2, 0, 0], statistics)
    >>> voice.clips, bool(voice.offset[0] > voice.offset[1])
    (12, True)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEW_EMOTIONS, MANY_EMOTIONS = 0.5, 0.9
"""Spread of the recordings, as a share of that of all emotions: below the first the mean says nothing, above the
second everything. Chosen, as are the next three, on validation speakers of RAVDESS."""
MEAN_CLIPS = 3.0
"""Recordings that count as much as the belief that a voice is not shifted at all."""
OFFSET_WEIGHT = 3.0
"""How strongly the second estimate is held near zero, in units of what the differences between speakers suggest."""
EMOTION_CLIPS = 0.3
"""Recordings of each emotion that are assumed beforehand."""
ROUNDS = 12
LEAST_VARIANCE = 1e-6


@dataclass(frozen=True)
class SpeakerStatistics:
    """How logits differ, between emotions and between speakers; made by ``speaker_statistics``.

    Attributes:
        means: Mean logits of each emotion over speakers ``(labels, labels)``.
        within: Covariance of one speaker's clips of one emotion ``(labels, labels)``.
        between: Covariance of the speakers' shifts ``(labels, labels)``.
    """

    means: np.ndarray
    within: np.ndarray
    between: np.ndarray


@dataclass(frozen=True)
class Voice:
    """What is known of one speaker.

    Attributes:
        offset: How far the speaker's calibrated logits are shifted ``(labels,)``.
        clips: Number of recordings that it was estimated from.
    """

    offset: np.ndarray
    clips: int

    def correct(self, probabilities: np.ndarray) -> np.ndarray:
        """Return probabilities ``(labels,)`` or ``(clips, labels)`` without the shift."""
        corrected = probabilities * np.exp(self.offset.min() - self.offset)
        return corrected / corrected.sum(-1, keepdims=True)


def speaker_statistics(logits: np.ndarray, truth: np.ndarray, speakers: np.ndarray) -> SpeakerStatistics:
    """Measure how logits of unseen speakers differ.

    Args:
        logits: Calibrated, by a model that did not learn from the clip's speaker ``(clips, labels)``.
        truth: Class numbers ``(clips,)``.
        speakers: Speaker of each clip ``(clips,)``.
    """
    count = logits.shape[1]
    basis = _basis(count)
    points = logits @ basis
    names = np.unique(speakers)
    means = np.zeros((count, count - 1))
    for label in np.unique(truth):
        of_speakers = [points[(truth == label) & (speakers == name)] for name in names]
        means[label] = np.mean([some.mean(0) for some in of_speakers if len(some)], axis=0)
    apart = points - means[truth]
    shifts = np.stack([apart[speakers == name].mean(0) for name in names])
    clips = np.array([(speakers == name).sum() for name in names])
    rest = apart - shifts[np.searchsorted(names, speakers)]
    within = rest.T @ rest / max(len(points) - len(names), 1) + LEAST_VARIANCE * np.eye(count - 1)
    # A mean over few clips is itself uncertain; that part is no difference between speakers.
    between = _positive(shifts.T @ shifts / len(names) - within * np.mean(1 / clips))
    return SpeakerStatistics(means @ basis.T, basis @ within @ basis.T, basis @ between @ basis.T)


def estimate_voice(logits: np.ndarray, statistics: SpeakerStatistics, emotions: np.ndarray | None = None) -> Voice:
    """Estimate a speaker's shift.

    Args:
        logits: Of the speaker's recordings, calibrated: log-probabilities will do ``(clips, labels)``. No recordings
            give a voice without a shift.
        statistics: Of the same model.
        emotions: Class number of each recording, if it is known ``(clips,)``.
    """
    clips, count = logits.shape
    if not clips:
        return Voice(np.zeros(count), 0)
    basis = _basis(count)
    points, means = logits @ basis, statistics.means @ basis
    within, between = (basis.T @ matrix @ basis for matrix in (statistics.within, statistics.between))
    if emotions is not None:
        offset = _map_offset(points, means, np.eye(count)[emotions], within, between, weight=1.0)
        return Voice(basis @ offset, clips)
    by_emotion = _expectation_maximisation(points, means, within, between)
    share = _share_of_emotions(points, means, within)
    by_mean = (points.mean(0) - means.mean(0)) * clips / (clips + MEAN_CLIPS)
    return Voice(basis @ (share * by_mean + (1 - share) * by_emotion), clips)


def _expectation_maximisation(
    points: np.ndarray, means: np.ndarray, within: np.ndarray, between: np.ndarray
) -> np.ndarray:
    offset, prior = np.zeros(points.shape[1]), np.full(len(means), 1 / len(means))
    spread = within + between  # at first the voice is unknown
    for _ in range(ROUNDS):
        away = (points - offset)[:, None] - means
        log_p = -0.5 * np.einsum("nci,ij,ncj->nc", away, np.linalg.inv(spread), away) + np.log(prior)
        p = np.exp(log_p - log_p.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        prior = (p.sum(0) + EMOTION_CLIPS) / (len(points) + EMOTION_CLIPS * len(means))
        offset = _map_offset(points, means, p, within, between, weight=OFFSET_WEIGHT)
        spread = within
    return offset


def _map_offset(
    points: np.ndarray, means: np.ndarray, p: np.ndarray, within: np.ndarray, between: np.ndarray, *, weight: float
) -> np.ndarray:
    """Return the most probable shift, given how probable each emotion is of each clip ``(clips, labels)``."""
    inverse = np.linalg.inv(within)
    held = weight * np.linalg.inv(between + LEAST_VARIANCE * np.eye(len(between)))
    return np.linalg.solve(len(points) * inverse + held, inverse @ (points - p @ means).sum(0))


def _share_of_emotions(points: np.ndarray, means: np.ndarray, within: np.ndarray) -> float:
    """Return from 0 to 1 how far the recordings hold all emotions, by their spread beyond that within an emotion."""
    if len(points) < 2:
        return 0.0
    inverse, size = np.linalg.inv(within), points.shape[1]
    away, emotions = points - points.mean(0), means - means.mean(0)
    beyond = np.einsum("ni,ij,nj->", away, inverse, away) / (len(points) - 1) / size - 1
    of_all = np.einsum("ci,ij,cj->", emotions, inverse, emotions) / len(means) / size
    return float(np.clip((beyond / max(of_all, 1e-9) - FEW_EMOTIONS) / (MANY_EMOTIONS - FEW_EMOTIONS), 0, 1))


def _basis(count: int) -> np.ndarray:
    """Return orthonormal contrasts ``(labels, labels - 1)``: what all logits have in common says nothing."""
    contrasts = np.tril(np.ones((count, count - 1)), -1) - np.eye(count, count - 1) * np.arange(count - 1, 0, -1)
    return contrasts / np.linalg.norm(contrasts, axis=0)


def _positive(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.maximum(values, LEAST_VARIANCE) @ vectors.T
