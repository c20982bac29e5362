"""A copy of each record's line in a file of its own, from which a lost or damaged table is rebuilt.

They lie in a hidden folder, which ``load_dataset`` does not look into::

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
    """The copies in one folder; whoever writes holds the store's lock.

    Args:
        folder: Where they are; made by the first one.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, record: Correction) -> None:
        """Keep a copy of ``record``.

        Raises:
            OSError: The disk refuses; there is none.
        """
        self.folder.mkdir(exist_ok=True)
        write_whole(self._path(record), to_line(record))

    def complete(self, records: Iterable[Correction]) -> None:
        """Write the copies of ``records`` that are missing or say something else.

        Raises:
            OSError: The disk refuses.
        """
        self.folder.mkdir(exist_ok=True)
        lines = {self._path(record): to_line(record) for record in records}
        new = {path: line for path, line in lines.items() if not (path.exists() and path.read_bytes() == line)}
        write_many(new)
        now = time.time_ns()
        for number, path in enumerate(new):
            os.utime(path, ns=(now, now + number))  # their times are their order

    def order(self) -> dict[str, int]:
        """Return id → when the copy was written: of two records from the same second, the earlier one is known."""
        return {path.stem[-32:]: path.stat().st_mtime_ns for path in self._paths()}

    def ids_about(self, id: str) -> set[str]:
        """Return the ids of the record ``id`` and of its reviews, as far as there are copies."""
        return {path.stem[-32:] for path in self._paths() if id in path.stem.split("-")}

    def other_than(self, ids: Collection[str]) -> Iterator[Correction]:
        """Yield the records that are not among ``ids``; damaged copies are left out."""
        for path in self._paths():
            if path.stem[-32:] not in ids:
                with suppress(FeedbackError):
                    yield from_line(path.read_bytes())

    def remove(self, ids: Collection[str]) -> None:
        """Remove the copies of these records and of their reviews, half-written ones too.

        Raises:
            OSError: The disk refuses.
        """
        remove_named(self.folder, ids)

    def _path(self, record: Correction) -> Path:
        owner = f"{record.review_of}-" if record.review_of else ""
        return self.folder / f"{owner}{record.id}.json"

    def _paths(self) -> list[Path]:
        return list(self.folder.glob("*.json"))
