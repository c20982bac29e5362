"""The place of a recording: a file, or a row of a table, that can be read when its turn comes.

Example:
    >>> Place("mine", "mine/a.wav", lambda: b"RIFF").read()
    b'RIFF'
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emotion_hf.audio import MAX_MEGABYTES
from emotion_hf.sources import Encoded, check_size, read_source


@dataclass(frozen=True)
class Place:
    """Where a recording is.

    Attributes:
        source: What the user named: a folder, a file, a pattern, a table or a data set.
        path: Where in it the recording is, for people and for its row.
        read: Returns its content; raises an AudioError if that is impossible.
    """

    source: str
    path: str
    read: Callable[[], bytes]


def readable(path: str | os.PathLike) -> str:
    """Return a path as text that can be stored; bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def content_of(file: Path) -> bytes:
    """Return the content of a file.

    Raises:
        AudioError: It is missing, unreadable, or larger than any recording may be.
    """
    given = read_source(file, max_megabytes=MAX_MEGABYTES)
    assert isinstance(given, Encoded)  # a file is never samples
    check_size(given, MAX_MEGABYTES)
    return given.data[:]  # another machine may score it
