"""Room kept free for deletions: a file that gives its space back when a record must go from a full disk.

Removing a record writes a smaller table beside the old one, which takes room for a moment. The file is large enough
for that, grows with the table, and is there before a recording is kept: without room for it, nothing is kept.

Example:
    >>> reserve = Reserve(folder / ".reserve")  # doctest: +SKIP
    >>> reserve.keep(table_bytes)  # doctest: +SKIP
    >>> reserve.release()  # doctest: +SKIP
"""

from __future__ import annotations

import os
from pathlib import Path

from emotion_hf.disk import sync_folder

SMALLEST_BYTES = 256 * 1024
SPARE_BYTES = 64 * 1024
"""Beside the table: for a line of the ledger and the note of the deletion."""


class Reserve:
    """The file at one path; whoever uses it holds the store's lock.

    Args:
        path: Where it is; made by the first ``keep``.
    """

    def __init__(self, path: Path):
        self.path = path

    def keep(self, table_bytes: int) -> None:
        """Make sure that there is room to delete from a table of this size.

        Raises:
            OSError: The disk has no room for that.
        """
        size = self.path.stat().st_size if self.path.exists() else 0
        if size >= max(SMALLEST_BYTES, table_bytes + SPARE_BYTES):
            return
        wanted = max(SMALLEST_BYTES, 2 * table_bytes + SPARE_BYTES)
        with self.path.open("ab", buffering=0) as file:
            while size < wanted:  # random bytes, for a disk may compress what is all alike
                size += file.write(os.urandom(min(SPARE_BYTES, wanted - size)))
            os.fsync(file.fileno())

    def release(self) -> None:
        """Give the room back."""
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
