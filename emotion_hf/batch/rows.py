"""The row of a recording: the fixed schema of the Parquet files, and how a row is made.

A recording that was scored has a verdict, and no error. One that cannot be used has an error, and nothing but its
place and its key besides. The numbers are those of `emotion-hf predict --json`.

Example:
    >>> schema(("happy", "sad")).names
    ['source', 'path', 'key', 'seconds', 'verdict', 'label', 'confidence', 'score_happy', 'score_sad', 'intensity', \
'notes', 'error']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa

from emotion_hf.prediction import Prediction

Row = dict[str, Any]


class State(StrEnum):
    """What is known of a recording before it is scored."""

    NEW = "new"
    SAME = "same"
    """Another recording with the same content has a result, or will have one."""
    KNOWN = "known"
    """It has its row."""
    KNOWN_ERROR = "known_error"
    """It has its row, with an error."""


@dataclass(frozen=True)
class Clip:
    """A recording on its way to its row.

    Attributes:
        source: What the user named, such as a folder.
        path: Where in it the recording is.
        key: SHA-256 of its content and the key of the model; `None` if it cannot be read.
        data: Its content, if it must be scored.
        error: Why it cannot be read.
        state: What is known of it.
    """

    source: str
    path: str
    key: str | None = None
    data: bytes | None = None
    error: str = ""
    state: State = State.NEW


def schema(labels: Sequence[str]) -> pa.Schema:
    """Return the columns of the results of a model with these labels."""
    text, number = pa.string(), pa.float64()
    columns: dict[str, pa.DataType] = {"source": text, "path": text, "key": text}
    columns |= {"seconds": number, "verdict": text, "label": text, "confidence": number}
    columns |= {f"score_{label}": number for label in labels}
    columns |= {"intensity": number, "notes": text, "error": text}
    return pa.schema(list(columns.items()))


def make_row(clip: Clip, prediction: Prediction | None = None, error: str = "") -> Row:
    """Return the row of a clip: what a column has no value for is left out."""
    row: Row = {"source": clip.source, "path": clip.path, "key": clip.key}
    if prediction is None:
        return row | {"error": error or clip.error or None}
    row |= {"seconds": prediction.duration_seconds, "verdict": str(prediction.verdict), "label": prediction.label}
    row |= {"confidence": prediction.confidence, "intensity": prediction.intensity}
    row |= {f"score_{label}": score for label, score in prediction.scores.items()}
    return row | {"notes": " ".join(prediction.notes) or None, "error": None}


def to_table(rows: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> pa.Table:
    """Return rows as a table with all columns of the schema."""
    return pa.Table.from_pylist([*rows], schema=schema(labels))
