"""A copy of each record's line in its own file, from which a lost or damaged table is rebuilt.

The files are in a hidden folder, which ``load_dataset`` ignores::

    .records/<id>.json            a record
    .records/<owner>-<id>.json    a review: another opinion on the owner's recording

Example:
    >>> sidecars = Sidecars(folder / ".records")  # doctest: +SKIP
    >>> sidecars.write(correction)  # doctest: +SKIP
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from emotion_hf.disk import remove_named, write_many, write_whole
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback.record import Correction, from_line, to_line


class Sidecars:
    """The copies in one folder; the writer must hold the store's lock.

    Args:
        folder: Their folder; created by the first copy.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, record: Correction) -> None:
        """Write a copy of ``record``.

        Raises:
            OSError: The file system reports an error; no copy is written.
        """
        self.folder.mkdir(exist_ok=True)
        write_whole(self._path(record), to_line(record))

    def complete(self, records: Iterable[Correction]) -> None:
        """Write the copies of ``records`` that are missing or different.

        Raises:
            OSError: The file system reports an error.
        """
        self.folder.mkdir(exist_ok=True)
        lines = {self._path(record): to_line(record) for record in records}
        new = {path: line for path, line in lines.items() if not (path.exists() and path.read_bytes() == line)}
        write_many(new)
        now = time.time_ns()
        for number, path in enumerate(new):
            os.utime(path, ns=(now, now + number))  # their times give their order

    def order(self) -> dict[str, int]:
        """Return id → time of the copy, which orders records from the same second."""
        return {path.stem[-32:]: path.stat().st_mtime_ns for path in self._paths()}

    def ids_about(self, id: str) -> set[str]:
        """Return the ids of the record ``id`` and of its reviews, as far as copies exist."""
        return {path.stem[-32:] for path in self._paths() if id in path.stem.split("-")}

    def other_than(self, ids: Collection[str]) -> Iterator[Correction]:
        """Yield the records that are not among ``ids``; damaged copies are left out."""
        for path in self._paths():
            if path.stem[-32:] not in ids:
                with suppress(FeedbackError):
                    yield from_line(path.read_bytes())

    def remove(self, ids: Collection[str]) -> None:
        """Remove the copies of these records and of their reviews, including incomplete ones.

        Raises:
            OSError: The file system reports an error.
        """
        remove_named(self.folder, ids)

    def _path(self, record: Correction) -> Path:
        owner = f"{record.review_of}-" if record.review_of else ""
        return self.folder / f"{owner}{record.id}.json"

    def _paths(self) -> list[Path]:
        return list(self.folder.glob("*.json"))
