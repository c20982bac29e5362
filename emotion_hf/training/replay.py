"""What a retraining draws in an epoch, and which corrections it never hears: pure functions.

The original recordings are learned from again (replay), or they would be forgotten. Of what an epoch draws, `n`
corrections make up n / (n + 200), but at most a third: 5 of them 2 %, 23 of them 10 %, from 100 on 33 %.

Who is held out is decided by a hash of the voice (or session): three of ten voices, today and in every later
retraining. Only while all corrections are on one side, as with a single voice, recordings are held out instead of
voices. What the model has learned from before is never held out.

Example:
    >>> round(correction_share(23), 2), round(correction_share(500), 2)
    (0.1, 0.33)
    >>> {corpus: round(share, 3) for corpus, share in epoch_shares({"ravdess": 1200}, {}, corrections=23).items()}
    {'ravdess': 0.167}
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emotion_hf.data.loader import CORRECTIONS
from emotion_hf.evaluation.gate import HELD_OUT
from emotion_hf.feedback import Correction
from emotion_hf.feedback.ledger import one_way

LARGEST_SHARE = 1 / 3
REPLAYED = 200
"""Original clips that an epoch hears beside all corrections, while these are few."""


def correction_share(corrections: int) -> float:
    """Return which share of an epoch corrections make up, see the top of this file."""
    return min(LARGEST_SHARE, corrections / (corrections + REPLAYED))


def epoch_shares(originals: Mapping[str, int], shares: Mapping[str, float], *, corrections: int) -> dict[str, float]:
    """Return `data.shares` so that corrections make up their share of an epoch.

    Args:
        originals: Training clips of each original corpus.
        shares: The base's own.
        corrections: How many are learned from.
    """
    drawn = {corpus: shares.get(corpus, 1.0) for corpus in originals}
    replay = sum(count * drawn[corpus] for corpus, count in originals.items())
    if not replay or not corrections:
        return {corpus: share for corpus, share in drawn.items() if share < 1}
    share = correction_share(corrections)
    wanted = corrections * (1 - share) / share  # original clips beside all corrections
    if wanted <= replay:
        return {corpus: own * wanted / replay for corpus, own in drawn.items()}
    fewer = replay * share / (1 - share) / corrections
    return {corpus: own for corpus, own in drawn.items() if own < 1} | {CORRECTIONS: fewer}


def hold_out(
    corrections: Mapping[int, Sequence[Correction]], events: Iterable[Mapping[str, Any]], base: Path
) -> tuple[list[int], bool]:
    """Return the rows that are held out, and whether they are so by voice.

    Args:
        corrections: Row → what was said about the recording.
        events: The ledger's.
        base: Whose learning goes on; what its last training learned from stays in training.
    """
    trainings = (event for event in events if event["event"] == "training")
    learned = {Path(event["model"]).resolve(): set(event["records"]) for event in trainings}.get(base.resolve(), set())
    free = {
        row: annotations
        for row, annotations in corrections.items()
        if learned.isdisjoint(one_way(annotation.id for annotation in annotations))
    }
    by_voice = [
        row for row, (first, *_) in free.items() if _is_held_out(first.speaker or first.session or first.content)
    ]
    if by_voice and len(by_voice) < len(corrections):
        return by_voice, True
    by_recording = [row for row, (first, *_) in free.items() if _is_held_out(first.content)]
    return (by_recording if len(by_recording) < len(corrections) else []), False


def _is_held_out(who: str) -> bool:
    return int(sha256(who)[:8], 16) / 2**32 < HELD_OUT


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
