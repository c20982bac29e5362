"""Import the corrections of the earlier system, ``feedback_data.csv`` and ``feedback_audios/``, into the store.

The table has the columns ``filename``, ``prediction`` and ``label``; its recordings are in the folder beside it.
Fields that the table lacks stay empty: scores, model, annotator. A second import adds only what is new.

Example:
    >>> outcome = import_legacy(Path("old"), store, consent=Consent(store=True))  # doctest: +SKIP
    >>> outcome.lines()  # doctest: +SKIP
    ['Recordings imported: 12.', 'Rows left out because the label is unknown: 2, such as bored.']
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath

import numpy as np

from emotion_hf.audio import is_silent, load_audio
from emotion_hf.corpora.votes import MIXED
from emotion_hf.errors import AudioError, FeedbackError
from emotion_hf.feedback.record import Consent, Correction, new_id
from emotion_hf.feedback.sound import content_of
from emotion_hf.feedback.store import FeedbackStore
from emotion_hf.labels import LABELS, canonical

TABLE = "feedback_data.csv"
RECORDINGS = "feedback_audios"
COLUMNS = ("filename", "prediction", "label")
NO_CONSENT = "Consent to store is needed; add --consent-store if the people gave it."


@dataclass(frozen=True)
class Outcome:
    """Outcome of the rows, by the names of their recordings or labels.

    Attributes:
        added: Recordings that are now in the store.
        missing: Rows without a recording.
        unknown: Unknown labels.
        repeated: Rows whose recording is already in the store.
        unusable: Recordings that cannot be read, or are silent.
    """

    added: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return one sentence for each outcome that occurred."""
        kinds = (
            (self.missing, f"the recording is not in {RECORDINGS}"),
            (self.unknown, "the label is unknown"),
            (self.repeated, "the recording is already in the folder"),
            (self.unusable, "the recording cannot be read or is silent"),
        )
        found = [f"Rows left out because {why}: {len(names)}, such as {names[0]}." for names, why in kinds if names]
        return [f"Recordings imported: {len(self.added)}.", *found]


def import_legacy(directory: Path, store: FeedbackStore, *, consent: Consent, max_seconds: float = 600.0) -> Outcome:
    """Add the corrections in ``directory`` to ``store``.

    Args:
        directory: Contains ``feedback_data.csv`` and ``feedback_audios/``; it is not changed.
        store: Target store.
        consent: Consent that the people gave; the table does not contain it.
        max_seconds: Longest accepted recording.

    Raises:
        FeedbackError: The table is missing or has other columns, or there is no consent to store.
    """
    if not consent.store:
        raise FeedbackError(NO_CONSENT)
    rows = _read_table(directory / TABLE)
    store.repair()
    known = {record.content for record in store.records()}
    outcome = Outcome()
    for row in rows:
        path = directory / RECORDINGS / PureWindowsPath(row["filename"] or "").name  # of any system
        label, predicted = canonical(row["label"] or ""), canonical(row["prediction"] or "")
        if label not in (*LABELS, MIXED):
            outcome.unknown.append(row["label"] or "an empty one")
        elif not path.is_file():
            outcome.missing.append(path.name)
        elif (wave := _load(path, max_seconds)) is None:
            outcome.unusable.append(path.name)
        elif content_of(wave) in known:
            outcome.repeated.append(path.name)
        else:
            prediction = predicted if predicted in LABELS else None
            correction = Correction(new_id(), label, prediction, {}, "", consent, _time_of(path))
            known.add(store.add(wave, correction, labels=LABELS).content)
            outcome.added.append(path.name)
    return outcome


def _load(path: Path, max_seconds: float) -> np.ndarray | None:
    try:
        wave = load_audio(path, max_seconds=max_seconds)
    except AudioError:
        return None
    return None if is_silent(wave) else wave


def _time_of(path: Path) -> str:
    """Return the file's modification time, the only known time of the correction."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _read_table(path: Path) -> Sequence[dict[str, str]]:
    try:
        # utf-8-sig: spreadsheets write a byte order mark first
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        rows = list(reader)
    except OSError as error:
        raise FeedbackError(f"{path} cannot be read ({error.strerror}); name the folder that contains it.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FeedbackError(f"{path} is not a CSV table in UTF-8; save it again as one.") from error
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        has = ", ".join(reader.fieldnames or ()) or "none"
        raise FeedbackError(f"{path} must have the columns {', '.join(COLUMNS)}; it has {has}.")
    return rows
