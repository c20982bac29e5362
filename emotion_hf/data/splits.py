"""Split clips into training, validation and test parts: always by speaker, or marked as optimistic.

A split is written as one word, both on the command line and in recipes:

================  =================================================================================================
``fold1`` to 6    RAVDESS's public folds: four test actors; the other twenty and all other corpora are for training
``speakers:0.2``  a share of the speakers for the test; ``speakers:4`` a number; ``speakers:NAME,NAME`` by name
``kfold:5:0``     fold 0 of 5 over all speakers
``published``     the parts in which a corpus is published (``msp_podcast``, ``meld``); other corpora are for training
``random:0.25``   a share of the clips, regardless of the speaker: optimistic, to compare with such figures
``folders``       the folders ``train`` and ``test`` (and ``validation``) of the data, or its table's column ``split``
``file:PATH``     from a CSV (columns ``file_name``, ``split``), or a JSON object file name → part
================  =================================================================================================

Example:
    >>> split = make_split(dataset, "fold1", validation=4, seed=0)  # doctest: +SKIP
    >>> dataset.select(split.test).unique("speaker")  # doctest: +SKIP
    ['ravdess/Actor_01', 'ravdess/Actor_11', 'ravdess/Actor_20', 'ravdess/Actor_21']
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from datasets import Dataset

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.corpus import identical_files
from emotion_hf.data.drawing import HeldOut, Stratum, draw_rows, draw_share, draw_speakers, shuffle_by_stratum
from emotion_hf.data.split_file import PARTS, read_split_file
from emotion_hf.errors import LeakageError, SplitError

logger = logging.getLogger(__name__)

FORMS = "fold1 to fold6, speakers:0.2, speakers:NAME,NAME, kfold:5:0, published, random:0.25, folders or file:PATH"
FOLDERS = "folders"
PUBLISHED = "published"
# Test actors of each public fold: EmoBox (Ma et al., Interspeech 2024), its RAVDESS split.
RAVDESS_FOLDS = {
    1: (1, 11, 20, 21),
    2: (4, 10, 12, 14),
    3: (8, 9, 19, 23),
    4: (3, 5, 7, 24),
    5: (2, 15, 16, 18),
    6: (6, 13, 17, 22),
}


@dataclass(frozen=True)
class Split:
    """Row numbers of a data set, by part.

    Attributes:
        name: The word of the split, as in the table above.
        train: Rows for training.
        validation: Rows for choosing the epoch and the settings; may be empty.
        test: Rows for the test only.
        optimistic: A speaker may be on both sides, so figures are higher than for unseen speakers.
    """

    name: str
    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    optimistic: bool = False


def make_split(dataset: Dataset, name: str, *, validation: HeldOut = 0.2, seed: int = 0) -> Split:
    """Split a data set of ``load_corpora`` and check it for leakage.

    Args:
        dataset: Rows with ``FEATURES``.
        name: See the top of this file.
        validation: Part of the training speakers, in proportion from each corpus and gender: a share, a number, names
            (``ravdess/Actor_05``), or 0 for none. Random splits take a share of the clips instead. Validation clips
            named in a file take precedence.
        seed: Seed of the draw; the test speakers do not depend on ``validation``.

    Raises:
        SplitError: The name has an unknown form, or the data does not allow this split.
        LeakageError: See ``check_leakage``.
    """
    split = _build(dataset, name, validation, seed)
    for part in ("train", "test"):
        if not getattr(split, part):
            raise SplitError(f"The split {name!r} leaves no {part} clips; add data, or choose another split.")
    check_leakage(dataset, split)
    _describe(dataset, split)
    return split


def limit_training(dataset: Dataset, split: Split, most: int, *, seed: int = 0) -> Split:
    """Return the split with at most ``most`` training clips, in proportion from each corpus and emotion; 0 for all."""
    if not most or most >= len(split.train):
        return split
    kinds = list(zip(dataset["corpus"][:], dataset["emotion"][:], strict=True))
    drawn = draw_rows({row: kinds[row] for row in split.train}, most, np.random.default_rng(seed))
    return replace(split, train=tuple(sorted(drawn)))


def hold_out(dataset: Dataset, name: str, speakers: Collection[str], *, validation: HeldOut, seed: int) -> Split:
    """Return a split that tests these speakers; only the choice of the validation speakers depends on the seed.

    Raises:
        SplitError: No clip is left for the training.
        LeakageError: See ``check_leakage``.
    """
    split = _without(dataset, name, speakers, validation, np.random.default_rng(seed))
    if not split.train:
        raise SplitError(f"The split {name!r} leaves no train clips; add data, or choose another split.")
    check_leakage(dataset, split)
    return split


def hold_out_clips(dataset: Dataset, name: str, rows: Collection[int], *, validation: HeldOut, seed: int) -> Split:
    """Return an optimistic split that tests these rows, and draws validation clips from the others."""
    rest = {first: group for first, group in clip_groups(dataset).items() if first not in rows}
    strata = {first: stratum for first, (_, stratum) in rest.items()}
    validating = draw_share(strata, validation, np.random.default_rng(seed))
    train, chosen = (
        tuple(sorted(row for first in firsts for row in rest[first][0]))
        for firsts in (rest.keys() - validating, validating)
    )
    return Split(name, train, chosen, tuple(sorted(rows)), optimistic=True)


def clip_groups(dataset: Dataset) -> dict[int, tuple[list[int], Stratum]]:
    """Return the rows of equal recordings by the first of them, with their corpus and emotion."""
    groups = {row: [row] for row in range(len(dataset))}
    for first, *others in identical_files(_paths(dataset)):
        groups[first] += [row for other in others for row in groups.pop(other)]
    columns = list(_columns(dataset, "corpus", "emotion"))
    return {first: (rows, columns[first]) for first, rows in groups.items()}


def known_speakers(dataset: Dataset, name: str) -> dict[str, Stratum]:
    """Return all speakers with corpus and gender.

    Raises:
        SplitError: A clip has no known speaker, which the split ``name`` needs.
    """
    unknown = next((corpus for corpus, speaker in _columns(dataset, "corpus", "speaker") if speaker is None), None)
    if unknown is not None:
        other = FOLDERS if "test" in dataset["part"] else "random:0.25"
        raise SplitError(
            f"{name!r} needs known speakers, but clips of {unknown!r} have none; name the speakers in a column "
            f"'speaker' of metadata.csv or by folders DIR/emotion/speaker, or use the split {other}."
        )
    return _strata(dataset, range(len(dataset)))


def select(dataset: Dataset, name: str, *, validation: HeldOut = 0.2, seed: int = 0) -> Dataset:
    """Return one part of a split, named like ``fold1-test``, or the whole data set for ``all``.

    Raises:
        SplitError: The name has an unknown form, or the part is empty.
    """
    if name == "all":
        return dataset
    split_name, _, part = name.rpartition("-")
    if part not in PARTS or not split_name:
        raise SplitError(f"{name!r} is not a part of a split; write for example fold1-test, random:0.25-test or all.")
    # No validation speakers for a test: the folder may contain only test speakers.
    split = _build(dataset, split_name, 0 if part == "test" else validation, seed)
    rows = getattr(split, part)
    if not rows:
        raise SplitError(f"No clip of the data is in {name!r}; give the data that this split was made for.")
    return dataset.select(rows)


def check_leakage(dataset: Dataset, split: Split) -> None:
    """Refuse a split with the same speaker, or the same recording, in two parts.

    Random splits, published ones and the folders of the data may share speakers, but no recording. Unknown speakers
    cannot be checked.

    Raises:
        LeakageError: Names the speaker or the clips.
    """
    part_of = {row: part for part in PARTS for row in getattr(split, part)}
    if not split.name.startswith(("random:", PUBLISHED, FOLDERS)):
        first_part: dict[str, str] = {}
        speakers = dataset["speaker"][:]
        for row, part in part_of.items():
            speaker = speakers[row]
            if speaker is not None and first_part.setdefault(speaker, part) != part:
                raise LeakageError(
                    f"The speaker {speaker} is in {first_part[speaker]} and in {part}; "
                    "keep all clips of a speaker in one part."
                )
    paths = _paths(dataset)
    rows = sorted(part_of)
    for group in identical_files([paths[row] for row in rows]):
        first, *others = (rows[position] for position in group)
        for other in others:
            if part_of[first] != part_of[other]:
                raise LeakageError(
                    f"{paths[first]} ({part_of[first]}) and {paths[other]} ({part_of[other]}) are the same recording; "
                    "remove one of them."
                )


def _build(dataset: Dataset, name: str, validation: HeldOut, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    kind, _, argument = name.partition(":")
    if kind == "random":
        return _random(dataset, name, argument, validation, rng)
    if name == PUBLISHED:
        return _published(dataset, validation, rng)
    if kind == "file":
        return _from_file(dataset, name, Path(argument), validation, rng)
    if name == FOLDERS:
        return _from_folders(dataset, validation, rng)
    return _without(dataset, name, _tested_speakers(dataset, name, rng), validation, rng)


def _without(
    dataset: Dataset, name: str, tested: Collection[str], validation: HeldOut, rng: np.random.Generator
) -> Split:
    """Hold out speakers for the test, and some of the others for validation."""
    parts: dict[str, list[int]] = {part: [] for part in PARTS}
    for row, speaker in enumerate(dataset["speaker"]):
        parts["test" if speaker in tested else "train"].append(row)
    return _with_validation(dataset, name, parts, validation, rng)


def _tested_speakers(dataset: Dataset, name: str, rng: np.random.Generator) -> set[str]:
    if re.fullmatch("fold[1-6]", name):
        return _fold_actors(dataset, int(name[-1]))
    kind, _, argument = name.partition(":")
    if kind == "speakers" and argument:
        return draw_speakers(known_speakers(dataset, name), argument, rng)
    if match := re.fullmatch(r"kfold:(\d+):(\d+)", name):
        count, fold = map(int, match.groups())
        strata = known_speakers(dataset, name)
        if not 2 <= count <= len(strata) or fold >= count:
            raise SplitError(
                f"{name!r} does not fit {len(strata)} speakers; kfold:K:I needs K from 2 to {len(strata)}, I below K."
            )
        return set(shuffle_by_stratum(strata, rng)[fold::count])
    raise SplitError(f"Unknown split {name!r}; the forms are {FORMS}.")


def _fold_actors(dataset: Dataset, fold: int) -> set[str]:
    actors = {f"ravdess/Actor_{actor:02d}" for actor in RAVDESS_FOLDS[fold]}
    missing = actors - set(dataset["speaker"])
    if missing == actors:
        raise SplitError(f"fold{fold} tests the RAVDESS actors {RAVDESS_FOLDS[fold]}; add that data as ravdess=DIR.")
    if missing:
        logger.warning("fold%d is incomplete: %s are missing from the data.", fold, ", ".join(sorted(missing)))
    return actors


def _strata(dataset: Dataset, rows: Iterable[int]) -> dict[str, Stratum]:
    """Return the known speakers of the rows, each with corpus and gender."""
    columns = list(_columns(dataset, "speaker", "corpus", "gender"))
    known = (columns[row] for row in rows)
    return {speaker: (corpus, gender) for speaker, corpus, gender in known if speaker is not None}


def _with_validation(
    dataset: Dataset,
    name: str,
    parts: dict[str, list[int]],
    validation: HeldOut,
    rng: np.random.Generator,
    optimistic: bool = False,
) -> Split:
    """Move the clips of some training speakers into validation."""
    drawn = draw_speakers(_strata(dataset, parts["train"]), validation, rng)
    speakers = dataset["speaker"][:]
    train = tuple(row for row in parts["train"] if speakers[row] not in drawn)
    moved = tuple(row for row in parts["train"] if speakers[row] in drawn)
    return Split(name, train, moved, tuple(parts["test"]), optimistic)


def _random(dataset: Dataset, name: str, share: str, validation: HeldOut, rng: np.random.Generator) -> Split:
    """Draw clips in proportion from each corpus and emotion; equal recordings stay together."""
    found = clip_groups(dataset)
    groups = {first: same for first, (same, _) in found.items()}
    strata = {first: stratum for first, (_, stratum) in found.items()}
    tested = draw_share(strata, share, rng)
    rest = {first: stratum for first, stratum in strata.items() if first not in tested}
    validating = draw_share(rest, validation, rng)
    rows = [
        tuple(sorted(row for first in firsts for row in groups[first]))
        for firsts in (rest.keys() - validating, validating, tested)
    ]
    return Split(name, rows[0], rows[1], rows[2], optimistic=True)


def _published(dataset: Dataset, validation: HeldOut, rng: np.random.Generator) -> Split:
    """Use the published parts; they may share speakers, and then the split is optimistic."""
    parts: dict[str, list[int]] = {part: [] for part in PARTS}
    for row, (path, (corpus,)) in enumerate(zip(_paths(dataset), _columns(dataset, "corpus"), strict=True)):
        of_path = CORPORA[corpus].published_part if corpus in CORPORA else None
        part = of_path(path) if of_path else "train"
        if part:
            parts[part].append(row)
    speakers = dataset["speaker"][:]
    tested = {speakers[row] for row in parts["test"]}
    optimistic = None in tested or any(speakers[row] in tested for row in (*parts["train"], *parts["validation"]))
    if parts["validation"]:
        train, validating, test = (tuple(parts[part]) for part in PARTS)
        return Split(PUBLISHED, train, validating, test, optimistic)
    return _with_validation(dataset, PUBLISHED, parts, validation, rng, optimistic)


def _from_file(dataset: Dataset, name: str, file: Path, validation: HeldOut, rng: np.random.Generator) -> Split:
    parts = read_split_file(file, _paths(dataset))
    speakers = dataset["speaker"][:]
    optimistic = any(speakers[row] is None for rows in parts.values() for row in rows)
    if parts["validation"]:
        train, validating, test = (tuple(parts[part]) for part in PARTS)
        return Split(name, train, validating, test, optimistic)
    return _with_validation(dataset, name, parts, validation, rng, optimistic)


def _from_folders(dataset: Dataset, validation: HeldOut, rng: np.random.Generator) -> Split:
    """Return the parts that the folders assign; other clips, as of another corpus, are for training."""
    parts: dict[str, list[int]] = {part: [] for part in PARTS}
    for row, part in enumerate(dataset["part"]):
        parts[part or "train"].append(row)
    if not parts["test"]:
        raise SplitError(
            "The split 'folders' needs a folder called test, as in DIR/train/happy/1.wav and DIR/test/happy/2.wav, or "
            "a table with a column split; the data has neither."
        )
    speakers = dataset["speaker"][:]
    learned, tested = ({speakers[row] for row in parts[part]} for part in ("train", "test"))
    optimistic = None in learned | tested or bool(learned & tested)
    if not parts["validation"] and learned == {None}:
        parts["validation"] = _draw_clips(dataset, parts["train"], validation, rng)
        parts["train"] = sorted(set(parts["train"]) - set(parts["validation"]))
    elif not parts["validation"]:
        return _with_validation(dataset, FOLDERS, parts, validation, rng, optimistic)
    train, validating, test = (tuple(parts[part]) for part in PARTS)
    return Split(FOLDERS, train, validating, test, optimistic)


def _draw_clips(dataset: Dataset, rows: list[int], share: HeldOut, rng: np.random.Generator) -> list[int]:
    """Draw a share of clips of unknown speakers for the validation; equal recordings stay together."""
    groups, paths, columns = (
        {row: [row] for row in rows},
        _paths(dataset),
        list(_columns(dataset, "corpus", "emotion")),
    )
    for positions in identical_files([paths[row] for row in rows]):
        first, *others = (rows[position] for position in positions)
        groups[first] += [row for other in others for row in groups.pop(other)]
    try:
        drawn = draw_share({first: columns[first] for first in groups}, share, rng)
    except SplitError as error:
        raise SplitError(
            f"data.validation={share} holds out speakers, but they are unknown; give a share of the clips, such as "
            "0.2, or add a folder called validation."
        ) from error
    return sorted(row for first in drawn for row in groups[first])


def _describe(dataset: Dataset, split: Split) -> None:
    """Log what the reader of the figures must know: shared or unknown speakers, and a split that was not used."""
    if split.name != FOLDERS:
        if "test" in dataset["part"]:
            logger.warning(
                "The data has a test part of its own, which the split %s ignores; data.split=folders tests on it.",
                split.name,
            )
        return
    speakers = dataset["speaker"][:]
    learned, tested = ({speakers[row] for row in rows} for rows in ((*split.train, *split.validation), split.test))
    if shared := sorted((learned & tested) - {None}):
        logger.warning(
            "%d of %d test speakers are in the training too, for example %s, so the figures are optimistic.",
            len(shared),
            len(tested - {None}),
            shared[0],
        )
    elif None in learned | tested:
        logger.warning("Some speakers are unknown; if they are in training and test, the figures are optimistic.")


def _paths(dataset: Dataset) -> list[Path]:
    return [Path(audio["path"]) for audio in dataset["audio"]]


def _columns(dataset: Dataset, *names: str) -> Iterator[tuple[str | None, ...]]:
    return zip(*(dataset[name][:] for name in names), strict=True)
