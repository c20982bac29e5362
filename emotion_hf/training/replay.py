"""Shares of an epoch in a retraining, and the choice of held-out corrections, as pure functions.

A retraining also uses the original recordings again (replay), so that the model does not get worse on them. With `n`
corrections, their share of an epoch is n / (n + 200), but at most a third: 2 % for 5 corrections, 10 % for 23, and
33 % from 100 on.

A hash of the voice (or session) decides which corrections are held out: those of three in ten voices, the same in
every later retraining. If this puts all corrections on one side, for example with a single voice, single recordings
are held out instead of voices. Corrections that the model was trained on are never held out.

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
"""Number of original clips per epoch, in addition to all corrections, while these are few."""


def correction_share(corrections: int) -> float:
    """Return the share of corrections in an epoch; see the top of this file."""
    return min(LARGEST_SHARE, corrections / (corrections + REPLAYED))


def epoch_shares(originals: Mapping[str, int], shares: Mapping[str, float], *, corrections: int) -> dict[str, float]:
    """Return `data.shares` that give corrections their share of an epoch.

    Args:
        originals: Number of training clips of each original corpus.
        shares: Shares in the recipe of the base.
        corrections: Number of corrections in the training.
    """
    drawn = {corpus: shares.get(corpus, 1.0) for corpus in originals}
    replay = sum(count * drawn[corpus] for corpus, count in originals.items())
    if not replay or not corrections:
        return {corpus: share for corpus, share in drawn.items() if share < 1}
    share = correction_share(corrections)
    wanted = corrections * (1 - share) / share  # original clips per epoch, in addition to all corrections
    if wanted <= replay:
        return {corpus: own * wanted / replay for corpus, own in drawn.items()}
    fewer = replay * share / (1 - share) / corrections
    return {corpus: own for corpus, own in drawn.items() if own < 1} | {CORRECTIONS: fewer}


def hold_out(
    corrections: Mapping[int, Sequence[Correction]], events: Iterable[Mapping[str, Any]], base: Path
) -> tuple[list[int], bool]:
    """Return the held-out rows, and whether they were chosen by voice.

    Args:
        corrections: Row → annotations of the recording.
        events: Events of the ledger.
        base: Folder of the model that is retrained; corrections of its last training stay in the training.
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
