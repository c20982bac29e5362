"""Records to remove: those that are being deleted, and the one that is being saved until it is complete.

The note is written first and removed last. While it exists, nobody reads these records. If a process dies in between,
the next writer removes them, and a repair cannot bring back half a record.

Example:
    >>> removal = PendingRemoval(folder / ".deletion")  # doctest: +SKIP
    >>> removal.begin({correction.id})  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from emotion_hf.disk import complete_lines, sync_folder, write_whole
from emotion_hf.feedback.record import ID_PATTERN, Correction


class PendingRemoval:
    """The note at one path; the writer must hold the store's lock.

    Args:
        path: Path of the note, which exists while a record is being deleted or saved.
    """

    def __init__(self, path: Path):
        self.path = path

    def ids(self) -> frozenset[str]:
        """Return the ids of the records to remove; usually none."""
        lines = (line.decode("ascii", "replace") for line in complete_lines(self.path))
        return frozenset(line for line in lines if ID_PATTERN.fullmatch(line))

    def without_them(self, records: Sequence[Correction]) -> Sequence[Correction]:
        """Return ``records`` without those to remove."""
        ids = self.ids()
        return [record for record in records if ids.isdisjoint((record.id, record.review_of))] if ids else records

    def begin(self, ids: Iterable[str]) -> None:
        """Note that these records are to be removed.

        Raises:
            OSError: The file system reports an error; nothing is noted.
        """
        write_whole(self.path, "".join(f"{id}\n" for id in sorted(ids)).encode())

    def end(self) -> None:
        """Note that none is to be removed: they are deleted, or saved.

        Raises:
            OSError: The file system reports an error.
        """
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
