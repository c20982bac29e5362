"""Folds of a cross-validation: each clip is tested once, by a model that was not trained on its speaker.

===============  ====================================================================================================
``ravdess``      RAVDESS's six public folds (EmoBox) of four actors; other corpora are only for training
``iemocap``      IEMOCAP's five sessions of two speakers; other corpora are only for training
``speakers:5``   five folds over all speakers, with a similar mix of corpora and genders
``random:5``     five folds over all clips, regardless of the speaker: optimistic, to measure by how much
===============  ====================================================================================================

The folds do not depend on the seed of a training; only the validation speakers do.

Example:
    >>> folds = make_folds(dataset, "ravdess")  # doctest: +SKIP
    >>> folds[0].name, folds[0].speakers[0], split_off(dataset, folds[0], validation=0.2, seed=1)  # doctest: +SKIP
    ('fold1', 'ravdess/Actor_01', Split(name='fold1', …))
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotion_hf.data.drawing import HeldOut, shuffle_by_stratum
from emotion_hf.data.splits import RAVDESS_FOLDS, Split, clip_groups, hold_out, hold_out_clips, known_speakers
from emotion_hf.errors import SplitError

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

FORMS = "ravdess, iemocap, speakers:5 or random:5"
SESSIONS = 5
DRAW = 0
"""Seed of the draw of the folds, the same for all models that are compared."""


@dataclass(frozen=True)
class Fold:
    """Test clips of one fold.

    Attributes:
        name: ``fold1``, ``session2``, …
        split: Word of its split, for ``--split`` of other commands.
        speakers: The test speakers; empty for clips drawn at random.
        rows: Rows of the test clips.
    """

    name: str
    split: str
    speakers: tuple[str, ...]
    rows: tuple[int, ...]


def make_folds(dataset: Dataset, word: str) -> list[Fold]:
    """Return the folds that a word describes.

    Args:
        dataset: Rows of ``load_corpora``.
        word: See the top of this file.

    Raises:
        SplitError: The word has an unknown form, or the data does not allow these folds.
    """
    kind, _, argument = word.partition(":")
    if word == "ravdess":
        actors = {
            f"fold{number}": [f"ravdess/Actor_{one:02d}" for one in RAVDESS_FOLDS[number]] for number in RAVDESS_FOLDS
        }
        return _public(dataset, word, actors)
    if word == "iemocap":
        pairs = {f"session{one}": [f"iemocap/Ses{one:02d}{sex}" for sex in "FM"] for one in range(1, SESSIONS + 1)}
        return _public(dataset, word, pairs)
    if kind not in ("speakers", "random") or not re.fullmatch(r"[1-9]\d*", argument):
        raise SplitError(f"Unknown folds {word!r}; the forms are {FORMS}.")
    count, rng = int(argument), np.random.default_rng(DRAW)
    if kind == "speakers":
        strata = known_speakers(dataset, word)
        _check_count(word, count, len(strata), "speakers")
        order = shuffle_by_stratum(strata, rng)
        return [_of_speakers(dataset, f"fold{one + 1}", sorted(order[one::count])) for one in range(count)]
    groups = clip_groups(dataset)
    _check_count(word, count, len(groups), "different clips")
    firsts = shuffle_by_stratum({first: stratum for first, (_, stratum) in groups.items()}, rng)
    chosen = [sorted(row for first in firsts[one::count] for row in groups[first][0]) for one in range(count)]
    return [Fold(f"fold{one + 1}", f"{word}:{one}", (), tuple(rows)) for one, rows in enumerate(chosen)]


def split_off(dataset: Dataset, fold: Fold, *, validation: HeldOut, seed: int) -> Split:
    """Return the split that tests a fold; validation speakers are drawn from the others by ``seed``.

    Raises:
        SplitError: The data does not allow this split.
        LeakageError: A recording, or a speaker, would be in two parts.
    """
    if fold.speakers:
        return hold_out(dataset, fold.split, fold.speakers, validation=validation, seed=seed)
    return hold_out_clips(dataset, fold.split, fold.rows, validation=validation, seed=seed)


def _public(dataset: Dataset, corpus: str, speakers: dict[str, list[str]]) -> list[Fold]:
    """Return the public folds of a corpus, without the speakers and folds that the data lacks."""
    there = set(dataset["speaker"])
    found = {name: [one for one in tested if one in there] for name, tested in speakers.items()}
    missing = sorted(one for tested in speakers.values() for one in tested if one not in there)
    found = {name: tested for name, tested in found.items() if tested}
    if len(found) < 2:
        raise SplitError(f"--folds {corpus} needs the speakers of two of its folds; add that data as {corpus}=DIR.")
    if missing:
        logger.warning("These folds are incomplete: %s are missing from the data.", ", ".join(missing))
    folds = [_of_speakers(dataset, name, tested) for name, tested in found.items()]
    if corpus != "ravdess":
        return folds
    return [Fold(one.name, one.name, one.speakers, one.rows) for one in folds]  # its folds have words of their own


def _of_speakers(dataset: Dataset, name: str, speakers: Iterable[str]) -> Fold:
    tested = tuple(speakers)
    rows = tuple(row for row, speaker in enumerate(dataset["speaker"]) if speaker in tested)
    return Fold(name, f"speakers:{','.join(tested)}", tested, rows)


def _check_count(word: str, count: int, there: int, what: str) -> None:
    if not 2 <= count <= there:
        raise SplitError(f"{word!r} does not fit {there} {what}; use 2 to {there} folds.")
