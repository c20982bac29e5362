"""What in a store needs attention, found without changing it.

Example:
    >>> for line in store.problems().lines():  # doctest: +SKIP
    ...     print(line)
    1 damaged line is left out of the corrections, for example line 2: The line is not JSON in UTF-8. Run emotion-hf …
"""

from __future__ import annotations

from dataclasses import dataclass

from emotion_hf.feedback.layout import Layout
from emotion_hf.feedback.table import BadLine

REPAIR = "emotion-hf feedback repair --folder"


@dataclass(frozen=True)
class Problems:
    """What is not as it should be.

    Attributes:
        folder: Where, as text.
        bad: Lines that are left out.
        without_entry: Number of recordings that no correction is about.
        gone: Number of corrections whose recording is gone.
        aside: Number of lines and recordings in quarantine.
    """

    folder: str
    bad: tuple[BadLine, ...] = ()
    without_entry: int = 0
    gone: int = 0
    aside: int = 0

    def lines(self) -> list[str]:
        """Return a sentence for each kind."""
        repair = f"run {REPAIR} {self.folder}"
        said = []
        if self.bad:
            first = f"line {self.bad[0].number}: {self.bad[0].reason}"
            said.append(f"{_count(len(self.bad), 'damaged line')} left out; {repair} (first is {first})")
        if self.without_entry:
            said.append(f"{_count(self.without_entry, 'recording')} without an entry; {repair}.")
        if self.gone:
            said.append(f"{_count(self.gone, 'correction')} without its recording; delete it if you have no copy.")
        if self.aside:
            said.append(
                f"{_count(self.aside, 'line or recording', 'lines and recordings')} set aside in "
                f"{self.folder}/.quarantine, which belong to no correction; {repair} after you restored its entry."
            )
        return said


def look_for_problems(at: Layout) -> Problems:
    """Return what needs attention.

    Raises:
        FeedbackError: The corrections cannot be read.
    """
    reading = at.table.read()
    known = {record.file_name.removeprefix("audio/") for record in reading.records}
    there = {path.name for path in at.recordings()}
    gone = sum(record.file_name.removeprefix("audio/") not in there for record in reading.records)
    return Problems(str(at.folder), reading.bad, len(there - known), gone, len(at.quarantine))


def _count(number: int, one: str, several: str = "") -> str:
    return f"1 {one} is" if number == 1 else f"{number:,} {several or one + 's'} are"
