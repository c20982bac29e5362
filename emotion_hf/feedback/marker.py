"""Which folders are ours: a store has a marker, and nothing is written, moved or removed in any other folder.

A folder of an earlier version has no marker. It is recognised by its table, whose lines name recordings by their own
ids (unlike those of an export), or by its ledger if the table is empty; the next writer adds the marker.

Example:
    >>> state_of(Path("recordings"))  # doctest: +SKIP
    <State.FOREIGN: 'foreign'>
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path

from emotion_hf.disk import read_json, temporary_of, write_whole
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback.ledger import Ledger
from emotion_hf.feedback.table import Table

MARKER = ".emotion-hf-feedback"
FORMAT = 1


class State(StrEnum):
    """What a folder is for the store."""

    NEW = "new"
    OURS = "ours"
    EARLIER = "earlier"
    FOREIGN = "foreign"


def state_of(folder: Path) -> State:
    """Return what ``folder`` is: missing or empty, a store, a store of an earlier version, or another program's
    folder.

    Raises:
        FeedbackError: A later version wrote it, or the file system reports an error.
    """
    try:
        if not folder.exists():  # asked first: another process may make the folder at any moment
            return State.NEW
        if not folder.is_dir():
            return State.FOREIGN
        # A failed first record may have left these behind.
        found = [path for path in folder.iterdir() if path != temporary_of(folder / MARKER)]
        is_empty = all(path.name == "audio" and path.is_dir() and not any(path.iterdir()) for path in found)
        # Another process may be making the store. It writes the marker before everything else, so look for it last.
        if (folder / MARKER).is_file():
            _check_format(folder / MARKER)
            return State.OURS
        if is_empty:
            return State.NEW
    except OSError as error:
        raise FeedbackError(f"The corrections cannot be read ({error.strerror}); check their folder.") from error
    table = folder / "metadata.jsonl"
    told = Table(table).read().records if table.exists() else Ledger(folder / "ledger.jsonl").events()
    return State.EARLIER if told else State.FOREIGN


def check_ours(folder: Path) -> State:
    """Return what ``folder`` is, unless it belongs to another program.

    Raises:
        FeedbackError: It belongs to another program.
    """
    state = state_of(folder)
    if state is State.FOREIGN:
        raise FeedbackError(
            f"The folder {folder.name} is not a folder of corrections, so nothing in it is read or changed; "
            "name an empty or a new one."
        )
    return state


def mark(folder: Path) -> None:
    """Make ``folder`` a store.

    Raises:
        OSError: The file system reports an error.
    """
    write_whole(folder / MARKER, json.dumps({"format": FORMAT}).encode() + b"\n")


def _check_format(marker: Path) -> None:
    try:
        version = read_json(marker)["format"]
    except (ValueError, KeyError, TypeError):
        return  # damaged, but still ours
    if isinstance(version, int) and version > FORMAT:
        raise FeedbackError("These corrections were saved by a later version of emotion_hf; update it to use them.")
