"""Several opinions on one recording: everybody's latest counts, and the majority's label is learned.

Who gave no name is one unknown person, for nobody can tell whether that is somebody else.

Example:
    >>> majority(latest([("anna", "sad"), ("ben", "calm"), ("anna", "calm")]))
    'calm'
    >>> majority({"anna": "sad", "ben": "calm"}) is None
    True
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

MIXED = "mixed"
"""What a person says who hears several emotions or cannot tell: an opinion, but nothing to learn."""


def latest(votes: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return annotator → label of ``(annotator, label)`` pairs, which come oldest first."""
    return dict(votes)


def majority(opinions: Mapping[str, str]) -> str | None:
    """Return the label that more annotators gave than any other; ``None`` on a tie and without opinions."""
    best = Counter(opinions.values()).most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0]


def learnable(opinions: Mapping[str, str]) -> str | None:
    """Return the label to learn: the majority's, unless that is ``mixed``."""
    label = majority(opinions)
    return None if label == MIXED else label
