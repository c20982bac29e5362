"""Find problems in a store without changing it.

Example:
    >>> for line in store.problems().lines():  # doctest: +SKIP
    ...     print(line)
    Damaged lines left out: 1 (line 2: The line is not JSON in UTF-8); emotion-hf feedback repair … sets them aside.
"""

from __future__ import annotations

from dataclasses import dataclass

from emotion_hf.feedback.layout import Layout
from emotion_hf.feedback.table import BadLine


@dataclass(frozen=True)
class Problems:
    """Problems of a store.

    Attributes:
        folder: The store's folder, as text.
        bad: Lines that are left out.
        without_entry: Number of recordings without a correction.
        gone: Number of corrections whose recording is missing.
        aside: Number of lines and recordings in quarantine.
    """

    folder: str
    bad: tuple[BadLine, ...] = ()
    without_entry: int = 0
    gone: int = 0
    aside: int = 0

    def lines(self) -> list[str]:
        """Return one sentence for each kind of problem."""
        repair = f"emotion-hf feedback repair --folder {self.folder}"
        said = []
        if self.bad:
            first = f"line {self.bad[0].number}: {self.bad[0].reason.rstrip('.')}"
            said.append(f"Damaged lines left out: {len(self.bad):,} ({first}); {repair} sets them aside.")
        if self.without_entry:
            said.append(f"Recordings without an entry: {self.without_entry:,}; {repair} restores those it can.")
        if self.gone:
            said.append(f"Corrections whose recording is missing: {self.gone:,}; restore it, or delete them.")
        if self.aside:
            said.append(
                f"Lines and recordings set aside: {self.aside:,}, in {self.folder}/.quarantine, because they belong "
                "to no correction; remove those you do not need."
            )
        return said


def look_for_problems(at: Layout) -> Problems:
    """Return the problems.

    Raises:
        FeedbackError: The corrections cannot be read.
    """
    reading = at.table.read()
    known = {record.file_name.removeprefix("audio/") for record in reading.records}
    there = {path.name for path in at.recordings()}
    gone = sum(record.file_name.removeprefix("audio/") not in there for record in reading.records)
    return Problems(str(at.folder), reading.bad, len(there - known), gone, len(at.quarantine))
