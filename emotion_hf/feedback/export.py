"""Export corrections as an audiofolder, a Parquet file, or a CSV table with its recordings.

An export for publication contains only what the owners agreed to publish, and no secrets: no ids, not even in file
names; annotators, sessions and speakers are numbers, the time is a day. A table is safe to open in a spreadsheet.
``datasets.load_dataset`` reads all three forms; ``--data mine=DIR`` reads the folders.

Example:
    >>> export(store, Path("out"), form="csv", publishable=True)  # doctest: +SKIP
    Exported(annotations=12, gone=0)
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from emotion_hf.cells import harmless
from emotion_hf.corpora.new_folder import new_folder
from emotion_hf.corpora.votes import recordings
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback.record import Correction
from emotion_hf.feedback.store import FeedbackStore

Form = Literal["audiofolder", "parquet", "csv"]
Row = dict[str, Any]

NUMBERED = ("annotator", "session", "speaker")
SECRET = ("id", "review_of", "content")
_TYPES = {"double": "float64"}  # Arrow's name → name in datasets, where they differ


@dataclass(frozen=True)
class Exported:
    """Counts of an export.

    Attributes:
        annotations: Number of annotations.
        gone: Number of annotations left out because their recording is missing.
    """

    annotations: int
    gone: int


def export(store: FeedbackStore, target: Path, *, form: Form = "audiofolder", publishable: bool = False) -> Exported:
    """Write the corrections into the new folder ``target``: all or nothing.

    Damaged lines, and corrections whose recording is missing, are left out.

    Args:
        store: The corrections.
        target: Folder that must not exist yet.
        form: ``audiofolder`` (with ``metadata.jsonl``), ``csv`` (the same with a flat ``metadata.csv``) or
            ``parquet`` (one file with the recordings inside).
        publishable: Only annotations with consent to publish, without identifying data.

    Raises:
        FeedbackError: There is nothing to export.
        CorpusError: ``target`` exists, or the file system reports an error.
    """
    wanted = [record for record in store.records() if record.consent.publish or not publishable]
    records = [record for record in wanted if (store.folder / record.file_name).is_file()]
    if not records:
        which = " with consent to publish" * publishable + " whose recording still exists" * bool(wanted)
        raise FeedbackError(f"There is nothing to export in {store.folder}{which}.")
    done = Exported(len(records), len(wanted) - len(records))
    files = _file_names(records)
    rows = [{"file_name": files[record.id]} | asdict(record) for record in records]
    if publishable:
        rows = _without_secrets(rows)
    with new_folder(target) as folder:
        if form == "parquet":
            _write_parquet(folder / "data.parquet", rows, [store.folder / record.file_name for record in records])
            return done
        (folder / "audio").mkdir()
        for record in records:
            shutil.copyfile(store.folder / record.file_name, folder / files[record.id])
        write = _write_csv if form == "csv" else _write_json_lines
        write(folder, rows)
    return done


def _file_names(records: Sequence[Correction]) -> dict[str, str]:
    """Return id → path of its recording; equal recordings are exported once, by number, because ids are secret."""
    numbered = enumerate(recordings(records), start=1)
    return {
        annotation.id: f"audio/{number:06}.flac"
        for number, recording in numbered
        for annotation in recording.annotations
    }


def _without_secrets(rows: Sequence[Row]) -> list[Row]:
    numbers: dict[str, dict[str, str]] = {column: {"": ""} for column in NUMBERED}
    public = []
    for row in rows:
        who = {column: numbers[column].setdefault(row[column], str(len(numbers[column]))) for column in NUMBERED}
        kept = {column: value for column, value in row.items() if column not in SECRET}
        public.append(kept | who | {"time": row["time"][:10]})
    return public


def _flat(rows: Sequence[Row]) -> list[Row]:
    """Return rows with equal columns and plain values: ``consent_train``, a ``score_<label>`` for each label …"""
    labels = dict.fromkeys(label for row in rows for label in row["scores"])
    return [
        {column: value for column, value in row.items() if column not in ("consent", "scores")}
        | {f"consent_{use}": given for use, given in row["consent"].items()}
        | {f"score_{label}": row["scores"].get(label) for label in labels}
        for row in rows
    ]


def _write_json_lines(folder: Path, rows: Sequence[Row]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (folder / "metadata.jsonl").write_text("".join(lines), encoding="utf-8")


def _write_csv(folder: Path, rows: Sequence[Row]) -> None:
    cells = [{column: harmless(value) for column, value in row.items()} for row in _flat(rows)]
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, cells[0])
        writer.writeheader()
        writer.writerows(cells)


def _write_parquet(path: Path, rows: Sequence[Row], recordings: Sequence[Path]) -> None:
    """Write one table whose column ``audio`` is declared as audio, so that ``load_dataset`` decodes it."""
    audio = [
        {"bytes": file.read_bytes(), "path": row.pop("file_name")} for file, row in zip(recordings, rows, strict=True)
    ]
    table = pa.Table.from_pylist([{"audio": sound} | row for sound, row in zip(audio, _flat(rows), strict=True)])
    features: Row = {
        field.name: {"dtype": _TYPES.get(str(field.type), str(field.type)), "_type": "Value"} for field in table.schema
    }
    features["audio"] = {"_type": "Audio"}
    told = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(told), path)
