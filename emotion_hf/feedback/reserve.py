"""Reserve disk space for deletions: a file that is removed when a record must be deleted from a full disk.

Deleting a record writes a smaller table beside the old one, which temporarily needs space. The file is large enough
for that, grows with the table, and is written before a recording is saved: without space for it, nothing is saved.

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
"""Space besides the table: for a line of the ledger and the note of the deletion."""


class Reserve:
    """The file at one path; the user must hold the store's lock.

    Args:
        path: Path of the file; created by the first ``keep``.
    """

    def __init__(self, path: Path):
        self.path = path

    def keep(self, table_bytes: int) -> None:
        """Make sure that there is space to delete from a table of this size.

        Raises:
            OSError: The disk does not have enough space.
        """
        size = self.path.stat().st_size if self.path.exists() else 0
        if size >= max(SMALLEST_BYTES, table_bytes + SPARE_BYTES):
            return
        wanted = max(SMALLEST_BYTES, 2 * table_bytes + SPARE_BYTES)
        with self.path.open("ab", buffering=0) as file:
            while size < wanted:  # random bytes, because a disk may compress repeated bytes
                size += file.write(os.urandom(min(SPARE_BYTES, wanted - size)))
            os.fsync(file.fileno())

    def release(self) -> None:
        """Free the space."""
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
