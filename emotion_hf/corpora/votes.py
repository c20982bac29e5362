"""Combine several opinions on one recording: each person's latest opinion counts, and the majority's label is used.

Only opinions with consent to training count. Equal recordings are one recording, whoever provided them. All people
without a name count as one person, because they cannot be told apart. A tie, and ``mixed``, give no label.

Example:
    >>> majority({"anna": "sad", "ben": "calm", "cleo": "calm"})
    'calm'
    >>> majority({"anna": "sad", "ben": "calm"}) is None
    True
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from emotion_hf.labels import canonical

MIXED = "mixed"
"""The opinion that a recording expresses several emotions or none clearly; it is not used for training."""


class Annotation(Protocol):
    """One person's opinion on one recording."""

    @property
    def recording(self) -> str:
        """A value that is equal for equal recordings."""

    @property
    def annotator(self) -> str:
        """The person; empty if unknown."""

    @property
    def label(self) -> str:
        """The emotion that the person chose, or ``mixed``."""

    @property
    def may_train(self) -> bool:
        """Whether the recording's owner allows training."""


A = TypeVar("A", bound=Annotation)


@dataclass(frozen=True)
class Recording(Generic[A]):
    """A recording with all opinions on it, oldest first."""

    annotations: tuple[A, ...]

    @property
    def opinions(self) -> dict[str, str]:
        """Each annotator's latest label; all people without a name are one annotator, called ""."""
        return {annotation.annotator: annotation.label for annotation in self.annotations}

    @property
    def is_disputed(self) -> bool:
        """Whether annotators disagree."""
        return len(set(self.opinions.values())) > 1

    @property
    def label(self) -> str | None:
        """The label for training: the majority's; ``None`` on a tie, and if most chose ``mixed``."""
        label = majority({annotator: canonical(label) for annotator, label in self.opinions.items()})
        return None if label == MIXED else label


def recordings(annotations: Iterable[A]) -> list[Recording[A]]:
    """Return the recordings that ``annotations`` are about, in the order of their first annotations."""
    about: dict[str, list[A]] = defaultdict(list)
    for annotation in annotations:
        about[annotation.recording].append(annotation)
    return [Recording(tuple(found)) for found in about.values()]


def trainable(annotations: Iterable[A]) -> list[Recording[A]]:
    """Return the recordings with consent to training, each with the annotations that have it."""
    return recordings(annotation for annotation in annotations if annotation.may_train)


def to_learn(annotations: Iterable[A]) -> list[Recording[A]]:
    """Return the recordings with consent to training that have a majority label."""
    return [recording for recording in trainable(annotations) if recording.label is not None]


def undecided(annotations: Iterable[A]) -> int:
    """Return the number of recordings with consent to training whose opinions are tied or mixed."""
    return sum(recording.label is None for recording in trainable(annotations))


def unused(annotations: Iterable[A]) -> str:
    """Return why recordings are not used for training, in a sentence; empty if all are.

    Example:
        >>> unused([])
        'No correction is saved yet.'
    """
    given = list(annotations)
    saved, allowed, tied = len(recordings(given)), len(trainable(given)), undecided(given)
    if not saved:
        return "No correction is saved yet."
    if saved == allowed and not tied:
        return ""
    return (
        f"Saved recordings: {saved}; without consent to training: {saved - allowed}; rejected because the opinions "
        f"are tied or mixed: {tied}."
    )


def majority(opinions: Mapping[str, str]) -> str | None:
    """Return the label with more votes than any other; ``None`` on a tie and without opinions."""
    best = Counter(opinions.values()).most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0]
