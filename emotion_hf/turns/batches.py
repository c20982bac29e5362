"""Which clips of different recordings a model scores together.

A batch takes less time than its clips one by one; `benchmarks/load.py` measures how much. Clips of unlike length stay
apart, because the shorter ones would be padded to the longest, and a model takes as long for padding as for sound.

Example:
    >>> def measure(clips): return [len(clip) for clip in clips]
    >>> first, second = Part(measure, ["abcd"], most=4), Part(measure, ["efghi"], most=4)
    >>> score(joined(first, [second, Part(measure, ["a" * 40], most=4)]))
    >>> first.answers, second.answers
    ([4], [5])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

LIKE = 1.25
"""The longest clip of a batch is at most this many times as long as the shortest: for clips of 3 to 4 s, padding then
costs less than a batch of four saves."""

Work = Callable[[list[Any]], Sequence[Any]]
"""Returns the answer to each clip."""


@dataclass(eq=False)
class Part:
    """Clips of one recording that are scored in one go, alone or with those of others.

    Attributes:
        work: Scores them; only clips with the same work are scored together.
        clips: The clips, anything that has a length.
        most: Largest batch.
        answers: The answer to each clip, once they are scored.
    """

    work: Work
    clips: Sequence[Any]
    most: int
    answers: list[Any] | None = None

    @property
    def room(self) -> int:
        """Number of other clips that fit into its batch."""
        return self.most - len(self.clips)


def joined(first: Part, waiting: Iterable[Part]) -> list[Part]:
    """Return the parts of one batch: the first, and those of the waiting ones that fit, the most similar first."""
    shortest, longest = _lengths(first)
    room, batch = first.room, [first]
    for part in sorted(waiting, key=lambda one: abs(_lengths(one)[1] - longest)):
        low, high = _lengths(part)
        low, high = min(low, shortest), max(high, longest)
        if part.work == first.work and len(part.clips) <= room and high <= LIKE * low:
            shortest, longest = low, high
            room -= len(part.clips)
            batch.append(part)
    return batch


def score(parts: Sequence[Part]) -> None:
    """Score parts with the same work in one batch."""
    answers = iter(parts[0].work([clip for part in parts for clip in part.clips]))
    for part in parts:
        part.answers = list(islice(answers, len(part.clips)))


def _lengths(part: Part) -> tuple[int, int]:
    lengths = [len(clip) for clip in part.clips]
    return min(lengths), max(lengths)
