"""Which models were trained on which records, and what was deleted: ``ledger.jsonl`` beside the corrections.

The ledger contains the SHA-256 of each id, not the id itself: it outlives the record, and the id is the key to
deletion. A model forgets a record when it is retrained without it, so only a model's last training counts::

    {"event": "training", "model": "runs/mine", "records": ["9f86d0…", …], "time": "2026-11-20T16:00:00+00:00"}
    {"event": "deletion", "records": ["9f86d0…"], "time": "2026-11-21T09:00:00+00:00"}
    {"event": "return", "records": ["9f86d0…"], "time": "2026-11-21T09:01:00+00:00"}

``return`` means that a prediction is corrected again after its deletion. Damaged lines are ignored.

Example:
    >>> note_training(store, learned_from(store.records(), files), "runs/mine")  # doctest: +SKIP
    >>> store.delete(id)  # doctest: +SKIP
    ('runs/mine',)
    >>> forgetting(["a", "b"])
    'The models a and b were trained on it; they forget it when they are retrained.'
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_hf.disk import append_line, complete_lines, cut_torn_line, parse_json
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback.record import check_id

if TYPE_CHECKING:
    from emotion_hf.feedback.store import FeedbackStore


def note_training(store: FeedbackStore, ids: Iterable[str], model: str, *, until: str = "") -> None:
    """Note that ``model`` was trained on the records with these ids, and on no others of ``store``.

    Args:
        store: The corrections.
        ids: Ids of the records.
        model: Folder of the model.
        until: Time of the latest available record, exactly as in the record.

    Raises:
        FeedbackError: An id is malformed, or the file system reports an error.
    """
    hashes = one_way(ids)
    with store.writing("The training is done but cannot be noted in the feedback's ledger.jsonl"):
        store.ledger.note("training", hashes, model=model, until=until)


def forgetting(models: Sequence[str]) -> str:
    """Return the sentence about the models that were trained on deleted records; empty if there are none."""
    if not models:
        return ""
    if len(models) == 1:
        return f"The model {models[0]} was trained on it; it forgets it when it is retrained."
    names = f"{', '.join(models[:-1])} and {models[-1]}"
    return f"The models {names} were trained on it; they forget it when they are retrained."


class Ledger:
    """The ledger at one path; the writer must hold the store's lock.

    Args:
        path: The file; created by the first note.
    """

    def __init__(self, path: Path):
        self.path = path

    def note(self, event: str, hashes: Sequence[str], **facts: str) -> None:
        """Add an event about the records with these hashes.

        Raises:
            OSError: The file system reports an error.
        """
        row = {"event": event, **facts, "records": hashes, "time": datetime.now(UTC).isoformat(timespec="seconds")}
        cut_torn_line(self.path)
        append_line(self.path, json.dumps(row, ensure_ascii=False).encode() + b"\n")

    def note_deletion(self, ids: Iterable[str]) -> None:
        """Note that these records are deleted, unless it is already noted.

        Raises:
            OSError: The file system reports an error.
        """
        hashes = one_way(ids)
        if not self.deleted().issuperset(hashes):
            self.note("deletion", hashes)

    def note_return(self, id: str) -> None:
        """Note that a record with this id is saved again, if one was deleted before.

        Raises:
            OSError: The file system reports an error.
        """
        hashes = one_way([id])
        if self.deleted().issuperset(hashes):
            self.note("return", hashes)

    def deleted(self) -> set[str]:
        """Return the hashes of the records that are deleted for good."""
        gone: set[str] = set()
        for event in self.events():
            if event["event"] == "deletion":
                gone.update(event["records"])
            elif event["event"] == "return":
                gone.difference_update(event["records"])
        return gone

    def models_of(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return the models whose last training used one of these records, sorted by name."""
        hashes = set(one_way(ids))
        learned = {event["model"]: event["records"] for event in self.events() if event["event"] == "training"}
        return tuple(sorted(model for model, records in learned.items() if not hashes.isdisjoint(records)))

    def events(self) -> list[dict[str, Any]]:
        """Return the notes, oldest first; damaged lines are left out.

        Raises:
            FeedbackError: The file system reports an error.
        """
        try:
            lines = complete_lines(self.path)
        except OSError as error:
            raise FeedbackError(f"The feedback's {self.path.name} cannot be read ({error.strerror}).") from error
        return [event for event in map(_event, lines) if event]


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = parse_json(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("records"), list):
        return None
    texts = [event.get("event"), event.get("time"), event.get("model", ""), event.get("until", ""), *event["records"]]
    if not all(isinstance(text, str) for text in texts):
        return None
    return event if event["event"] != "training" or "model" in event else None


def one_way(ids: Iterable[str]) -> list[str]:
    """Return the SHA-256 of each id, sorted; unlike the id, it is not secret.

    Raises:
        FeedbackError: An id is malformed.
    """
    return sorted(hashlib.sha256(check_id(id).encode()).hexdigest() for id in set(ids))
