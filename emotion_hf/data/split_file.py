"""Read a split from a file that assigns clips to parts.

A CSV with the columns ``file_name`` and ``split``, or a JSON object file name → part. A file name is the end of a
clip's path, with as many folders as needed to be unique.

Example:
    >>> Path("mine.json").write_text('{"happy/1.wav": "train", "sad/1.wav": "test"}')  # doctest: +SKIP
    >>> read_split_file(Path("mine.json"), [Path("/x/happy/1.wav"), Path("/x/sad/1.wav")])  # doctest: +SKIP
    {'train': [0], 'validation': [], 'test': [1]}
"""

from __future__ import annotations

import csv
import io
import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePath

from emotion_hf.disk import parse_json
from emotion_hf.errors import SplitError

logger = logging.getLogger(__name__)

PARTS = ("train", "validation", "test")


def read_split_file(file: Path, clips: Sequence[Path]) -> dict[str, list[int]]:
    """Return the positions of the clips in each part; clips that the file does not name are in no part.

    Raises:
        SplitError: The file cannot be used, or a name is ambiguous.
    """
    named = _read(file)
    positions_of = _by_ending(clips, {len(name.parts) for name, _ in named})
    part_of: dict[int, str] = {}
    for name, part in named:
        positions = positions_of.get(name.parts, [])
        if len(positions) > 1:
            raise SplitError(f"{file} names {name}, which matches {len(positions)} clips; add more of their folders.")
        if positions and part_of.setdefault(positions[0], part) != part:
            raise SplitError(f"{file} assigns {name} to {part_of[positions[0]]} and to {part}; choose one.")
    if not part_of:
        raise SplitError(f"{file} names none of the clips of the data; write paths like happy/1.wav into file_name.")
    if len(part_of) < max(len(named), len(clips)):
        counts = (len(named), len(clips), len(part_of))
        logger.warning("%s names %d clips and the data has %d; %d are in both.", file, *counts)
    return {part: [position for position in sorted(part_of) if part_of[position] == part] for part in PARTS}


def _read(file: Path) -> list[tuple[PurePath, str]]:
    if not file.is_file():
        raise SplitError(f"There is no file {file}; file:PATH must be a CSV or JSON that assigns clips to parts.")
    try:
        content = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".json":
            pairs = list(parse_json(content).items())
        else:
            pairs = [(row["file_name"], row["split"]) for row in csv.DictReader(io.StringIO(content))]
    except (ValueError, AttributeError, KeyError) as error:  # not text, not JSON; not an object; no such column
        raise SplitError(
            f"{file} is neither a CSV with the columns file_name and split nor a JSON object file name → part."
        ) from error
    for name, part in pairs:
        if not isinstance(name, str) or part not in PARTS:
            raise SplitError(f"{file} assigns {name} to {part!r}; the parts are {', '.join(PARTS)}.")
    return [(PurePath(name), part) for name, part in pairs]


def _by_ending(clips: Sequence[Path], lengths: set[int]) -> dict[tuple[str, ...], list[int]]:
    """Return the positions of the clips by the last parts of their paths, for these numbers of parts."""
    positions_of: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, clip in enumerate(clips):
        for ending in {clip.parts[-length:] for length in lengths}:
            positions_of[ending].append(position)
    return positions_of
