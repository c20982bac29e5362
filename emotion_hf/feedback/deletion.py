"""A deletion in progress: once it is noted, the next writer completes it, and nobody reads the record any more.

The note is written first and removed last. If a process dies in between, the deletion is still completed, and a
repair cannot bring back half a record.

Example:
    >>> deletion = PendingDeletion(folder / ".deletion")  # doctest: +SKIP
    >>> deletion.begin({correction.id})  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from emotion_hf.disk import complete_lines, sync_folder, write_whole
from emotion_hf.feedback.record import ID_PATTERN, Correction


class PendingDeletion:
    """The note at one path; the writer must hold the store's lock.

    Args:
        path: Path of the note, which exists while a deletion is in progress.
    """

    def __init__(self, path: Path):
        self.path = path

    def ids(self) -> frozenset[str]:
        """Return the ids of the records that are being deleted; usually none."""
        lines = (line.decode("ascii", "replace") for line in complete_lines(self.path))
        return frozenset(line for line in lines if ID_PATTERN.fullmatch(line))

    def without_them(self, records: Sequence[Correction]) -> Sequence[Correction]:
        """Return ``records`` without those that are being deleted."""
        ids = self.ids()
        return [record for record in records if ids.isdisjoint((record.id, record.review_of))] if ids else records

    def begin(self, ids: Iterable[str]) -> None:
        """Note that these records will be deleted.

        Raises:
            OSError: The file system reports an error; nothing is deleted.
        """
        write_whole(self.path, "".join(f"{id}\n" for id in sorted(ids)).encode())

    def end(self) -> None:
        """Note that they are deleted.

        Raises:
            OSError: The file system reports an error.
        """
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
