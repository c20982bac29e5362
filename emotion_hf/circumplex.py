"""Emotion as a place: valence (unpleasant to pleasant) and arousal (quiet to agitated), each from -1 to 1.

The model predicts names, so places are derived: the mean of the emotions' places, weighted with their probabilities.
The places are the mean ratings of emotion words by Russell and Mehrabian (1977), "Evidence for a three-factor theory
of emotions", Journal of Research in Personality 11, 273-294; "relaxed" stands for calm, and neutral is the origin.

Example:
    >>> place({"angry": 1.0})
    Place(valence=-0.51, arousal=0.59)
    >>> place({"happy": 0.5, "sad": 0.5}).valence
    0.065
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from emotion_hf.labels import canonical


class Place(NamedTuple):
    """Valence and arousal, each from -1 to 1."""

    valence: float
    arousal: float


PLACES = {
    "neutral": Place(0.0, 0.0),
    "calm": Place(0.68, -0.46),
    "happy": Place(0.76, 0.48),
    "sad": Place(-0.63, -0.27),
    "angry": Place(-0.51, 0.59),
    "fearful": Place(-0.64, 0.60),
    "disgust": Place(-0.60, 0.35),
    "surprised": Place(0.40, 0.67),
}


def place(scores: Mapping[str, float]) -> Place | None:
    """Return the place of a prediction.

    Args:
        scores: Probability of each label; labels without a place do not count.

    Returns:
        The place, or `None` if no label with a place has a positive probability.
    """
    known = [(PLACES[canonical(label)], share) for label, share in scores.items() if canonical(label) in PLACES]
    total = sum(share for _, share in known)
    if not total > 0:
        return None
    valence, arousal = (sum(one[axis] * share for one, share in known) / total for axis in (0, 1))
    return Place(round(valence, 6), round(arousal, 6))
