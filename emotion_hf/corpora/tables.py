"""Read ``metadata.csv`` and ``metadata.jsonl``: one row for each recording, with its emotion and other facts.

The columns ``file_name`` and, unless the folders name emotions, ``emotion`` (or ``label``) are required; ``speaker``,
``gender``, ``intensity``, ``language``, ``text`` and ``split`` are optional. Other usual names of these columns are
understood, in any case. Corrections are saved in this form: `emotion_hf.corpora.votes` decides what they teach.

Example:
    >>> read_rows(Path("recordings/metadata.csv"))  # doctest: +SKIP
    [{'file_name': 'a.wav', 'emotion': 'happy', 'speaker': 'anna'}]
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from emotion_hf.corpora.corpus import Utterance
from emotion_hf.corpora.layout import GENDERS, PARTS
from emotion_hf.corpora.votes import to_learn
from emotion_hf.disk import files_below, parse_json
from emotion_hf.errors import CorpusError
from emotion_hf.labels import canonical
from emotion_hf.search import TABLES

_COLUMNS = {  # our name → other names
    "file_name": ("filename", "file", "path", "audio", "audio_path", "audio_file"),
    "speaker": ("speaker_id", "speaker_name", "actor", "actor_id", "subject", "subject_id", "client_id", "spk"),
    "gender": ("sex",),
    "text": ("transcript", "transcription", "sentence"),
    "split": ("part", "subset"),
}
_OUR_NAME = {other: name for name, others in _COLUMNS.items() for other in others}
COLUMNS = ("emotion", "speaker", "gender", "intensity", "language", "text")
"""What a table says about a recording, besides its file and its part of a split."""


def find_tables(folder: Path) -> list[Path]:
    """Return the tables in ``folder`` and below it, those of outer folders first; hidden folders are ignored.

    In each folder, a CSV is preferred to JSON lines.
    """
    of_folder: dict[Path, Path] = {}
    for path in sorted(files_below(folder)):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.name in TABLES and not hidden and os.path.isfile(path):
            of_folder.setdefault(path.parent, path)
    return sorted(of_folder.values(), key=lambda path: (len(path.parts), path))


def our_name(column: str) -> str:
    """Return our name of a column, such as ``speaker`` for ``Actor_ID``; other names stay, in lower case."""
    plain = column.strip().casefold()
    return _OUR_NAME.get(plain, plain)


def utterances_of(
    tables: Sequence[Path], folder: Path, name: str, by_folder: Callable[[Path], str | None] = lambda path: None
) -> list[Utterance]:
    """Return the clips that the tables below ``folder`` list, each once; they may be missing.

    Args:
        tables: The tables.
        folder: The folder.
        name: Name of the corpus.
        by_folder: Gives the emotion of a recording by its folders, for tables without a column for it.

    Raises:
        CorpusError: A table cannot be read, or gives a recording two emotions.
    """
    clips: dict[str, tuple[Utterance, Path]] = {}
    for table in tables:
        for clip in _of_table(table, folder, name, by_folder):
            first, where = clips.setdefault(os.path.normpath(clip.path), (clip, table))
            if first.emotion != clip.emotion:
                which = f"{table} gives" if where == table else f"{where} and {table} give"
                emotions = f"{first.emotion} and {clip.emotion}"
                raise CorpusError(
                    f"{which} {os.path.relpath(clip.path, folder)} two emotions, {emotions}; keep one of the rows."
                )
    return sorted((clip for clip, _ in clips.values()), key=lambda clip: clip.path)


def speakers_of(table: Path) -> dict[Path, str]:
    """Return the speaker of each recording in a table whose speaker is known.

    Raises:
        CorpusError: The table cannot be read.
    """
    named = ((row, _text(row, "speaker")) for row in read_rows(table))
    return {_path(table.parent, row): speaker for row, speaker in named if speaker}


def has_emotions(table: Path) -> bool:
    """Return whether a table gives the emotion of any recording.

    Raises:
        CorpusError: The table cannot be read.
    """
    return any(map(_emotion, read_rows(table)))


def read_rows(table: Path) -> list[dict[str, Any]]:
    """Return the rows of a table, with our names of the columns.

    Raises:
        CorpusError: The table cannot be read, or a row names no recording.
    """
    try:
        # utf-8-sig: spreadsheets write a byte order mark, which would become part of the first column's name
        content = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{table} is not UTF-8 text; save it again with this encoding.") from error
    except OSError as error:
        raise CorpusError(f"{table} cannot be read ({error.strerror}); check its permissions.") from error
    rows = list(map(_renamed, _parse_csv(content) if table.suffix == ".csv" else _parse_jsonl(content, table)))
    for number, row in enumerate(rows, start=1):
        if not _text(row, "file_name"):
            raise CorpusError(f"Row {number} of {table} has no file_name; every row must name its recording.")
    return rows


def _of_table(table: Path, folder: Path, name: str, by_folder: Callable[[Path], str | None]) -> list[Utterance]:
    rows = read_rows(table)
    columns = dict.fromkeys(str(column) for row in rows for column in row)
    if rows and not {"emotion", "label"} & columns.keys():
        rows = [row | {"emotion": by_folder(_path(table.parent, row))} for row in rows]
        if not any(map(_emotion, rows)):
            raise CorpusError(f"{table} must have the column emotion (or label); it has {', '.join(columns)}.")
    rows = [row for row in rows if _emotion(row)]
    corrections = [_Correction(row) for row in rows if _consent(row) is not None]
    rows = [row for row in rows if _consent(row) is None] + _agreed(corrections)
    return [_read_row(table.parent, row, name, folder) for row in rows]


def _consent(row: dict[str, Any]) -> bool | None:
    """Return whether a correction may be used for training; ``None`` for rows that are no corrections."""
    if isinstance(consent := row.get("consent"), dict):
        return consent.get("train") is True
    return row["consent_train"] == "True" if "consent_train" in row else None


@dataclass(frozen=True)
class _Correction:
    """A row with one person's opinion on a recording: an `emotion_hf.corpora.votes.Annotation`."""

    row: dict[str, Any]

    @property
    def recording(self) -> str:
        return _text(self.row, "content") or _text(self.row, "file_name") or ""

    @property
    def annotator(self) -> str:
        return _text(self.row, "annotator") or ""

    @property
    def label(self) -> str:
        return _emotion(self.row) or ""

    @property
    def may_train(self) -> bool:
        return bool(_consent(self.row))


def _agreed(corrections: Iterable[_Correction]) -> list[dict[str, Any]]:
    """Return one row for each recording that may be used for training, with its label."""
    agreed = []
    for recording in to_learn(corrections):
        row = recording.annotations[0].row
        agreed.append(row | {"emotion": recording.label, "speaker": _text(row, "speaker") or row.get("session")})
    return agreed


def _emotion(row: dict[str, Any]) -> str | None:
    if any(isinstance(row.get(column), (dict, list)) for column in ("emotion", "label")):
        return None
    return _text(row, "emotion") or _text(row, "label")


def _read_row(base: Path, row: dict[str, Any], name: str, folder: Path) -> Utterance:
    path, gender = _path(base, row), (_text(row, "gender") or "").casefold()
    return Utterance(
        path=path,
        emotion=canonical(_emotion(row) or ""),
        speaker=_text(row, "speaker"),
        corpus=name,
        gender=GENDERS.get(gender, gender) or None,
        intensity=(_text(row, "intensity") or "").casefold() or None,
        language=_text(row, "language"),
        text=_text(row, "text"),
        part=_part(path, row, folder),
    )


def _path(base: Path, row: dict[str, Any]) -> Path:
    """Return the path of a row's recording; one written on Windows is understood."""
    name = _text(row, "file_name") or ""
    path = base / name
    if "\\" in name and not os.path.isfile(path):
        return base / name.replace("\\", "/")
    return path


def _part(path: Path, row: dict[str, Any], folder: Path) -> str | None:
    """Return the part that the column ``split`` gives, or the outermost folder that is named after one."""
    named = (_text(row, "split") or "").casefold()
    if named in PARTS:
        return PARTS[named]
    folders = PurePosixPath(os.path.relpath(path, folder).replace(os.sep, "/")).parts[:-1]
    return next((PARTS[name.casefold()] for name in folders if name.casefold() in PARTS), None)


def _text(row: dict[str, Any], column: str) -> str | None:
    value = row.get(column)
    return str(value).strip() or None if value is not None else None


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with our names of the columns; a column with our own name takes precedence."""
    plain = {str(column).strip().casefold(): value for column, value in row.items()}
    renamed = {our_name(column): value for column, value in reversed(plain.items()) if column in _OUR_NAME}
    return renamed | {column: value for column, value in plain.items() if column not in _OUR_NAME}


def _parse_csv(content: str) -> list[dict[str, Any]]:
    header = content.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)  # spreadsheets in many languages write semicolons
    return list(csv.DictReader(io.StringIO(content), delimiter=delimiter))


def _parse_jsonl(content: str, table: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(content.split("\n"), start=1):
        try:
            row = parse_json(line) if line.strip() else None
        except ValueError as error:
            reason = getattr(error, "msg", error)
            raise CorpusError(f"Line {number} of {table} is not JSON: {reason}.") from error
        if row is not None and not isinstance(row, dict):
            raise CorpusError(f'Line {number} of {table} is not a JSON object like {{"file_name": …}}.')
        rows += [row] if row else []
    return rows
