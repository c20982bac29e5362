"""Which recordings have a row, and where each result is: in a temporary database on the disk.

A million results take no memory worth mentioning. The index is made from the files with the results when a run
starts, because those alone can be trusted after an interruption.

Example:
    >>> index = Index()
    >>> index.add("mine", "a.wav", "4f2a", failed=False, part=0, number=7)
    >>> index.place_of("4f2a"), index.state_of("mine", "a.wav", "4f2a"), index.state_of("mine", "b.wav", "4f2a")
    ((0, 7), <State.KNOWN: 'known'>, <State.SAME: 'same'>)
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emotion_hf.batch.rows import State

logger = logging.getLogger(__name__)

COLUMNS = ("source", "path", "key", "error")
DIGEST_BYTES = 16
"""Two of a billion rows have the same digest with a probability of 1e-21."""


class Index:
    """Rows and results that exist."""

    def __init__(self, parts: Iterable[Path] = ()):
        """Read the results in these Parquet files, except damaged ones; their numbers are the `part` of `place_of`."""
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # a temporary file
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE result (key BLOB PRIMARY KEY, part INT, number INT) WITHOUT ROWID")
        self._database.execute("CREATE TABLE row (id BLOB PRIMARY KEY, failed INT) WITHOUT ROWID")
        for part, path in enumerate(parts):
            try:
                columns = pq.ParquetFile(path).read([*COLUMNS]).to_pydict()
            except (OSError, pa.ArrowException) as error:
                warn_of_damage(path, error)
                continue
            self._database.execute("BEGIN")
            for number, (source, place, key, reason) in enumerate(zip(*columns.values(), strict=True)):
                self.add(source, place, key, failed=reason is not None, part=part, number=number)
            self._database.execute("COMMIT")

    def add(self, source: str, path: str, key: str | None, *, failed: bool, part: int = -1, number: int = -1) -> None:
        """Note a row, which may still have to be scored, and with a key the place of its result if none is known."""
        self._database.execute("INSERT OR IGNORE INTO row VALUES (?, ?)", (_digest(source, path, key), failed))
        if key is not None:
            self._database.execute("INSERT OR IGNORE INTO result VALUES (?, ?, ?)", (_digest(key), part, number))

    def state_of(self, source: str, path: str, key: str | None) -> State:
        """Return what is known of a recording."""
        found = self._database.execute("SELECT failed FROM row WHERE id = ?", (_digest(source, path, key),)).fetchone()
        if found is not None:
            return State.KNOWN_ERROR if found[0] else State.KNOWN
        return State.NEW if key is None or self.place_of(key) is None else State.SAME

    def place_of(self, key: str) -> tuple[int, int] | None:
        """Return the part and the number of a result's row; -1 while it is being scored, `None` if there is none."""
        sought = "SELECT part, number FROM result WHERE key = ?"
        found: tuple[int, int] | None = self._database.execute(sought, (_digest(key),)).fetchone()
        return found


def warn_of_damage(path: Path, error: Exception) -> None:
    """Log that a file with results is not used."""
    logger.warning("%s is damaged and is not used (%s).", path, " ".join(str(error).split()).rstrip("."))


def _digest(*texts: str | None) -> bytes:
    return hashlib.sha256("\0".join(text or "" for text in texts).encode()).digest()[:DIGEST_BYTES]
