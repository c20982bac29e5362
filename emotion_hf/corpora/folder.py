"""A folder of the user's own as a corpus: folders named after emotions, or a table of the recordings.

Two layouts; if there is a table, it is used:

* ``DIR/metadata.csv`` or ``DIR/metadata.jsonl`` with the columns ``file_name`` and ``emotion`` (or ``label``), and
  optionally ``speaker``, ``gender``, ``intensity``, ``language``, ``text``; rows without an emotion are left out.
  Corrections are saved in this form: `emotion_hf.corpora.votes` decides what they teach.
* ``DIR/happy/*.wav``, or ``DIR/happy/anna/*.wav`` with a folder for each speaker.

Other names of the default emotions are recognised (``anger`` means angry); unknown names become new labels.

Example:
    >>> folder_corpus("mine").index(Path("recordings"))  # doctest: +SKIP
    [Utterance(path=PosixPath('recordings/happy/anna/1.wav'), emotion='happy', speaker='anna', corpus='mine', …)]
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from emotion_hf.corpora.corpus import Corpus, Utterance, audio_files, existing_folder
from emotion_hf.corpora.votes import to_learn
from emotion_hf.disk import parse_json
from emotion_hf.errors import CorpusError
from emotion_hf.labels import LABELS, canonical

METADATA_NAMES = ("metadata.csv", "metadata.jsonl")
EXPECTED = "DIR/happy/*.wav or DIR/happy/speaker/*.wav, or a metadata.csv with the columns file_name and emotion"
_GENDERS = {"f": "female", "m": "male"}


def folder_corpus(name: str) -> Corpus:
    """Return a corpus for a folder of the user's own, called ``name``."""
    return Corpus(
        name=name,
        title="recordings of your own",
        licence="",
        homepage="",
        language="",
        citation="",
        emotions={},
        index=partial(index, name=name),
    )


def index(folder: Path, name: str) -> list[Utterance]:
    """List the clips of ``folder``; those in a table may be missing (the caller checks).

    Raises:
        CorpusError: The table cannot be read, or no clip has an emotion.
    """
    folder = existing_folder(folder)
    table = metadata_file(folder)
    utterances = _from_table(table, name) if table else _from_folders(folder, name)
    if not utterances and table:
        consent = "corrections need consent to train and a label other than mixed"
        raise CorpusError(f"No row of {table} has an emotion to train on; {consent}.")
    if not utterances:
        raise CorpusError(f"No recording in {folder} has an emotion; use {EXPECTED}.")
    return utterances


def names_emotions(folder: Path) -> bool:
    """Return whether a folder names emotions: by a column of its table, or by its subfolders.

    Raises:
        CorpusError: There is no such folder, or the table cannot be read.
    """
    folder = existing_folder(folder)
    table = metadata_file(folder)
    if table:
        return any(map(_emotion, _read_rows(table)))
    return any(path.parent != folder for path in audio_files(folder))


def metadata_file(folder: Path) -> Path | None:
    """Return the table of the recordings in ``folder``, if there is one."""
    return next((folder / name for name in METADATA_NAMES if os.path.isfile(folder / name)), None)


def read_speakers(folder: Path) -> dict[Path, str]:
    """Return the speaker of each recording whose speaker is known: from a table, or as ``emotion/speaker/clip.wav``.

    Raises:
        CorpusError: The table cannot be read.
    """
    table = metadata_file(folder)
    if table is None:
        parts = {path: path.relative_to(folder).parts for path in audio_files(folder)}
        return {path: of[1] for path, of in parts.items() if len(of) == 3 and canonical(of[0]) in LABELS}
    named = ((row, _text(row, "speaker")) for row in _read_rows(table))
    return {folder / (_text(row, "file_name") or ""): speaker for row, speaker in named if speaker}


def _from_folders(folder: Path, name: str) -> list[Utterance]:
    utterances = []
    for path in audio_files(folder):
        parents = path.relative_to(folder).parts[:-1]
        if len(parents) in (1, 2):
            speaker = parents[1] if len(parents) == 2 else None
            utterances.append(Utterance(path, canonical(parents[0]), speaker, corpus=name))
    return utterances


def _from_table(table: Path, name: str) -> list[Utterance]:
    rows = _read_rows(table)
    columns = dict.fromkeys(str(column) for row in rows for column in row)
    if rows and not {"emotion", "label"} & columns.keys():
        raise CorpusError(f"{table} must have the column emotion (or label); it has {', '.join(columns)}.")
    rows = [row for row in rows if _emotion(row)]
    corrections = [_Correction(row) for row in rows if _consent(row) is not None]
    rows = [row for row in rows if _consent(row) is None] + _agreed(corrections)
    return sorted((_read_row(table.parent, row, name) for row in rows), key=lambda utterance: utterance.path)


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


def _read_row(folder: Path, row: dict[str, Any], name: str) -> Utterance:
    gender = (_text(row, "gender") or "").lower()
    return Utterance(
        path=folder / (_text(row, "file_name") or ""),
        emotion=canonical(_emotion(row) or ""),
        speaker=_text(row, "speaker"),
        corpus=name,
        gender=_GENDERS.get(gender, gender) or None,
        intensity=_text(row, "intensity"),
        language=_text(row, "language"),
        text=_text(row, "text"),
    )


def _text(row: dict[str, Any], column: str) -> str | None:
    value = row.get(column)
    return str(value).strip() or None if value is not None else None


def _read_rows(table: Path) -> list[dict[str, Any]]:
    try:
        # utf-8-sig: spreadsheets write a byte order mark, which would become part of the first column's name
        content = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{table} is not UTF-8 text; save it again with this encoding.") from error
    rows = list(csv.DictReader(io.StringIO(content))) if table.suffix == ".csv" else _parse_jsonl(content, table)
    for number, row in enumerate(rows, start=1):
        if not _text(row, "file_name"):
            raise CorpusError(f"Row {number} of {table} has no file_name; every row must name its recording.")
    return rows


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
