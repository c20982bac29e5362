"""Read the tables of corpora that state emotions beside the recordings instead of in their names.

Example:
    >>> tables_below(Path("MELD.Raw"), r"(train|dev|test)_sent_emo\\.csv")  # doctest: +SKIP
    [PosixPath('MELD.Raw/dev_sent_emo.csv'), …]
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from pathlib import Path

from emotion_hf.corpora.corpus import audio_files, existing_folder
from emotion_hf.disk import files_below
from emotion_hf.errors import CorpusError


def tables_below(folder: Path, pattern: str) -> list[Path]:
    """Return the files below a folder whose whole name matches a pattern, sorted by path."""
    return sorted(path for path in files_below(existing_folder(folder)) if re.fullmatch(pattern, path.name))


def read_table(path: Path, columns: Collection[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV.

    Args:
        path: The file, in UTF-8; other bytes become replacement characters, because published tables have some.
        columns: Columns that it must have.

    Raises:
        CorpusError: A column is missing.
    """
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig", errors="replace")))
    missing = [column for column in columns if column not in (rows.fieldnames or ())]
    if missing:
        raise CorpusError(f"{path} has no column {missing[0]}; use the table of the corpus as it was published.")
    return [{column: (row[column] or "").strip() for column in columns} for row in rows]


def none_fits(folder: Path, expected: str) -> CorpusError:
    """Return the error for a folder without the corpus; the message states the expected layout.

    Raises:
        CorpusError: The folder is missing or contains no recording at all.
    """
    audio_files(folder)
    return CorpusError(f"No audio file in {folder} is named as expected: {expected}.")
