"""Say why no model can learn emotions from some clips, before anything is trained.

Example:
    >>> why_untrainable(["happy", "happy"], ["anna", "ben"])[:58]
    "The data has one emotion, 'happy', and a model needs two; "
    >>> why_untrainable(["happy", "sad"], ["anna", "ben"])[:47]
    'Each emotion has a speaker of its own (happy: a'
    >>> why_untrainable(["happy", "sad", "happy"], ["anna", "ben", "ben"])
    ''
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence


def why_untrainable(emotions: Sequence[str], speakers: Sequence[str | None]) -> str:
    """Return the reason in a sentence; empty if a model can learn from the clips.

    Args:
        emotions: Emotion of each clip; at least one.
        speakers: Speaker of each clip; ``None`` if unknown.
    """
    voices: dict[str, set[str | None]] = defaultdict(set)
    for emotion, speaker in zip(emotions, speakers, strict=True):
        voices[emotion].add(speaker)
    if len(voices) == 1:
        remedy = "name the folders after emotions, or add a metadata.csv"
        return f"The data has one emotion, {emotions[0]!r}, and a model needs two; {remedy}."
    alone = {speaker for found in voices.values() if len(found) == 1 for speaker in found}
    if None in alone or len(alone) < len(voices):
        return ""
    emotion, (speaker,) = min(voices.items())
    return (
        f"Each emotion has a speaker of its own ({emotion}: {speaker}), so a model would learn voices instead of "
        "emotions; record each emotion with several speakers, or check whether the folders are speakers."
    )
