"""Estimate how a speaker's logits differ from everyone's, and correct predictions for it.

A model's calibrated logits (log-probabilities, up to a constant) for one speaker are shifted together: a dark voice
sounds sad, a tense one angry. The shift is estimated from some of the speaker's recordings and subtracted from all
logits. It is kept near zero by adding some virtual recordings without a shift. There are three cases:

- The emotions are unknown (`estimate_voice`). The recordings' mean is compared with the mean over all emotions. With
  only one emotion, this would take the emotion for the voice, so the shift counts only as far as the recordings vary
  more than those of one emotion do.
- They are ordinary speech (`voice_of_ordinary_speech`). Their mean is compared with that of the ordinary emotions.
- The emotion of each is known (`voice_of_emotions`). Each recording is compared with its emotion's mean. The rest of
  an emotion's difference moves its mean: a person's anger may sound less angry than usual.

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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

UNLABELLED_CLIPS = 10.0
"""Weight of the prior that a voice is not shifted, in recordings, without labels. This and the
constants below were chosen on the actors of RAVDESS's folds 2 to 6 and checked on five other corpora."""
LABELLED_CLIPS = 3.0
"""The same with labels, or for ordinary speech."""
EMOTION_CLIPS = 3.0
"""Weight of the prior that an emotion's mean has only the common shift, in recordings of this emotion."""
MANY_EMOTIONS = 1.3
"""Spread, relative to that of one emotion, from which recordings certainly contain several: the shift counts fully.
At 1 it does not count."""
STANDARD_ERRORS = 1.5
"""Standard errors subtracted from the spread first, because a few recordings may vary widely by chance."""
MOVES_WEIGHT = 0.5
"""Weight of moved emotions: the Gaussians that compare them are more confident than the logits."""
LEAST_VARIANCE, LEAST_PROBABILITY = 1e-6, 1e-9


@dataclass(frozen=True)
class SpeakerStatistics:
    """How logits differ between emotions and within one speaker's clips of one emotion; see ``speaker_statistics``.

    Attributes:
        means: Mean logits of each emotion over speakers ``(labels, labels)``.
        within: Covariance of one speaker's clips of one emotion ``(labels, labels)``.
    """

    means: np.ndarray
    within: np.ndarray


@dataclass(frozen=True)
class Voice:
    """Estimate for one speaker: corrected logits are ``logits + logits @ gain.T - offset``.

    Attributes:
        offset: Shift of the speaker's calibrated logits ``(labels,)``.
        clips: Number of recordings in the estimate.
        gain: How differently the speaker expresses each emotion ``(labels, labels)``; zero without known emotions.
    """

    offset: np.ndarray
    clips: int
    gain: np.ndarray

    def correct(self, probabilities: np.ndarray) -> np.ndarray:
        """Return corrected probabilities, of the same shape ``(labels,)`` or ``(clips, labels)``."""
        logits = np.log(np.maximum(probabilities, LEAST_PROBABILITY))
        logits = logits + logits @ self.gain.T - self.offset
        corrected = np.exp(logits - logits.max(-1, keepdims=True))
        return corrected / corrected.sum(-1, keepdims=True)


def no_voice(labels: int) -> Voice:
    """Return a voice that changes nothing."""
    return Voice(np.zeros(labels), 0, np.zeros((labels, labels)))


def speaker_statistics(logits: np.ndarray, truth: np.ndarray, speakers: np.ndarray) -> SpeakerStatistics:
    """Measure how logits of unseen speakers differ.

    Args:
        logits: Calibrated logits of a model not trained on the clip's speaker ``(clips, labels)``.
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
    rest = apart - shifts[np.searchsorted(names, speakers)]
    within = rest.T @ rest / max(len(points) - len(names), 1) + LEAST_VARIANCE * np.eye(count - 1)
    return SpeakerStatistics(means @ basis.T, basis @ within @ basis.T)


def estimate_voice(logits: np.ndarray, statistics: SpeakerStatistics) -> Voice:
    """Estimate a speaker's shift from recordings with unknown emotions.

    Args:
        logits: Calibrated logits of the recordings, for example log-probabilities ``(clips, labels)``.
        statistics: Statistics of the same model.
    """
    clips, count = logits.shape
    if not clips:
        return no_voice(count)
    basis, points, means, within = _contrasts(logits, statistics)
    shift = (points.mean(0) - means.mean(0)) * clips / (clips + UNLABELLED_CLIPS)
    return Voice(basis @ (_several_emotions(points, within) * shift), clips, np.zeros((count, count)))


def voice_of_ordinary_speech(logits: np.ndarray, statistics: SpeakerStatistics, ordinary: Sequence[int]) -> Voice:
    """Estimate a speaker's shift from ordinary speech.

    Args:
        logits: Calibrated logits of the recordings ``(clips, labels)``.
        statistics: Statistics of the same model.
        ordinary: Class numbers of the emotions of ordinary speech.
    """
    clips, count = logits.shape
    if not clips:
        return no_voice(count)
    basis, points, means, _ = _contrasts(logits, statistics)
    shares = np.tile(np.isin(np.arange(count), ordinary) / len(ordinary), (clips, 1))
    return Voice(basis @ _shift(points, means, shares)[0], clips, np.zeros((count, count)))


def voice_of_emotions(logits: np.ndarray, statistics: SpeakerStatistics, emotions: np.ndarray) -> Voice:
    """Estimate a speaker's shift, and how differently each emotion is expressed.

    Args:
        logits: Calibrated logits of the recordings ``(clips, labels)``.
        statistics: Statistics of the same model.
        emotions: Class number of each recording ``(clips,)``.
    """
    clips, count = logits.shape
    if not clips:
        return no_voice(count)
    basis, points, means, within = _contrasts(logits, statistics)
    shift, away = _shift(points, means, np.eye(count)[emotions])
    counts = np.bincount(emotions, minlength=count)[:, None]
    moved = means + counts / (counts + EMOTION_CLIPS) * (away - shift)
    # Log-density of a Gaussian around each moved mean minus that around the usual one: linear in the logits.
    old, new = (np.linalg.solve(within, some.T).T for some in (means, moved))
    weight = MOVES_WEIGHT * ((counts > 0).sum() - 1) / (count - 1)  # emotions move relative to other known ones
    gain = weight * (new - old) @ basis.T
    constant = weight * ((moved * new).sum(1) - (means * old).sum(1)) / 2
    offset = basis @ shift
    return Voice(offset + gain @ offset + constant, clips, gain)


def _shift(points: np.ndarray, means: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the common shift of recordings ``(labels - 1,)``, and the distance of each emotion from its mean.

    Args:
        points: ``(clips, labels - 1)``.
        means: ``(labels, labels - 1)``.
        shares: Weight of each clip for each emotion ``(clips, labels)``.
    """
    counts = shares.sum(0)[:, None]
    away = np.where(counts > 0, shares.T @ points / np.maximum(counts, LEAST_PROBABILITY) - means, 0)
    # Many clips of one emotion add little: its difference from the others does not average out.
    weight = counts * EMOTION_CLIPS / (counts + EMOTION_CLIPS)
    return (weight * away).sum(0) / (weight.sum() + LABELLED_CLIPS), away


def _several_emotions(points: np.ndarray, within: np.ndarray) -> float:
    """Return from 0 to 1 how much more widely recordings vary than those of one emotion."""
    if len(points) < 2:
        return 0.0
    away, degrees = points - points.mean(0), (len(points) - 1) * points.shape[1]
    spread = np.einsum("ni,ij,nj->", away, np.linalg.inv(within), away) / degrees
    surely = spread * (1 - STANDARD_ERRORS * np.sqrt(2 / degrees))  # of the variance of a Gaussian
    return float(np.clip((surely - 1) / (MANY_EMOTIONS - 1), 0, 1))


def _contrasts(
    logits: np.ndarray, statistics: SpeakerStatistics
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a basis of contrasts between labels, and the logits, means and covariance in it."""
    basis = _basis(logits.shape[1])
    within = basis.T @ statistics.within @ basis + LEAST_VARIANCE * np.eye(basis.shape[1])
    return basis, logits @ basis, statistics.means @ basis, within


def _basis(count: int) -> np.ndarray:
    """Return orthonormal contrasts ``(labels, labels - 1)``: a constant added to all logits has no meaning."""
    contrasts = np.tril(np.ones((count, count - 1)), -1) - np.eye(count, count - 1) * np.arange(count - 1, 0, -1)
    return contrasts / np.linalg.norm(contrasts, axis=0)
