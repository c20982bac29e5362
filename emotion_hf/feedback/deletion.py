"""A deletion in the making: once it is noted, whoever comes next completes it, and nobody reads the record any more.

The note is written first and removed last, so that a process that dies in between leaves a deletion to be completed
and never half a record that a repair could bring back.

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
    """The note at one path; whoever writes holds the store's lock.

    Args:
        path: Where it is while a deletion is under way.
    """

    def __init__(self, path: Path):
        self.path = path

    def ids(self) -> frozenset[str]:
        """Return the ids of the records that are being deleted; as a rule none."""
        lines = (line.decode("ascii", "replace") for line in complete_lines(self.path))
        return frozenset(line for line in lines if ID_PATTERN.fullmatch(line))

    def without_them(self, records: Sequence[Correction]) -> Sequence[Correction]:
        """Return ``records`` without those that are being deleted."""
        ids = self.ids()
        return [record for record in records if ids.isdisjoint((record.id, record.review_of))] if ids else records

    def begin(self, ids: Iterable[str]) -> None:
        """Note that these records go.

        Raises:
            OSError: The disk refuses; nothing is deleted.
        """
        write_whole(self.path, "".join(f"{id}\n" for id in sorted(ids)).encode())

    def end(self) -> None:
        """Note that they are gone.

        Raises:
            OSError: The disk refuses.
        """
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
