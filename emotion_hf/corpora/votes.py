"""What several opinions on one recording teach: everybody's latest counts, and the majority's label is learned.

Only opinions count whose owner allows training. Equal recordings are one, whoever brought them. Who gave no name is
one unknown person, for nobody can tell whether that is somebody else. A tie, and ``mixed``, teach nothing.

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
"""What a person says who hears several emotions or cannot tell: an opinion, but nothing to learn."""


class Annotation(Protocol):
    """What one person said about one recording."""

    @property
    def recording(self) -> str:
        """What is equal for equal recordings."""

    @property
    def annotator(self) -> str:
        """Who said it; empty if that is not known."""

    @property
    def label(self) -> str:
        """The emotion that the person hears, or ``mixed``."""

    @property
    def may_train(self) -> bool:
        """Whether the recording's owner allows training."""


A = TypeVar("A", bound=Annotation)


@dataclass(frozen=True)
class Recording(Generic[A]):
    """A recording with everything said about it, oldest first."""

    annotations: tuple[A, ...]

    @property
    def opinions(self) -> dict[str, str]:
        """Each annotator's latest label; who gave no name is one annotator, called ""."""
        return {annotation.annotator: annotation.label for annotation in self.annotations}

    @property
    def is_disputed(self) -> bool:
        """Whether annotators disagree."""
        return len(set(self.opinions.values())) > 1

    @property
    def label(self) -> str | None:
        """The label to learn: the majority's; ``None`` on a tie, and when most heard ``mixed``."""
        label = majority({annotator: canonical(label) for annotator, label in self.opinions.items()})
        return None if label == MIXED else label


def recordings(annotations: Iterable[A]) -> list[Recording[A]]:
    """Return the recordings that ``annotations`` are about, in the order of their first annotations."""
    about: dict[str, list[A]] = defaultdict(list)
    for annotation in annotations:
        about[annotation.recording].append(annotation)
    return [Recording(tuple(found)) for found in about.values()]


def trainable(annotations: Iterable[A]) -> list[Recording[A]]:
    """Return the recordings that training is allowed with, each with the annotations that allow it."""
    return recordings(annotation for annotation in annotations if annotation.may_train)


def to_learn(annotations: Iterable[A]) -> list[Recording[A]]:
    """Return the recordings that training is allowed with and on whose label people agree."""
    return [recording for recording in trainable(annotations) if recording.label is not None]


def undecided(annotations: Iterable[A]) -> int:
    """Return on how many recordings that training is allowed with opinions are even, or that they are mixed."""
    return sum(recording.label is None for recording in trainable(annotations))


def majority(opinions: Mapping[str, str]) -> str | None:
    """Return the label that more annotators gave than any other; ``None`` on a tie and without opinions."""
    best = Counter(opinions.values()).most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0]
