"""Read ``metadata.jsonl`` line by line: good lines become corrections, the others are reported and left out.

Reading changes nothing. Results are cached, so a long table costs only its new lines.

Example:
    >>> reading = Table(folder / "metadata.jsonl").read()  # doctest: +SKIP
    >>> len(reading.records), reading.bad  # doctest: +SKIP
    (12, (BadLine(number=4, reason='The line is not JSON in UTF-8.', content=b'…'),))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emotion_hf.disk import write_whole
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback.record import Correction, from_line, to_line


@dataclass(frozen=True)
class BadLine:
    """A line that is no correction.

    Attributes:
        number: Number of the line, from 1.
        reason: A sentence that says what is wrong with it.
        content: Its bytes, without the newline.
    """

    number: int
    reason: str
    content: bytes


@dataclass(frozen=True)
class Reading:
    """Content of a table.

    Attributes:
        records: Corrections, oldest first.
        bad: Lines that are left out.
        torn: Bytes after the last newline: a line that is being written, or that was never completed.
    """

    records: tuple[Correction, ...] = ()
    bad: tuple[BadLine, ...] = ()
    torn: bytes = b""

    @property
    def is_clean(self) -> bool:
        """Whether every line is a correction."""
        return not self.bad and not self.torn

    @property
    def left_out(self) -> list[bytes]:
        """The lines that are no corrections, unchanged."""
        return [*(line.content for line in self.bad), *([self.torn] if self.torn else [])]


class Table:
    """The table at one path.

    Args:
        path: Path of ``metadata.jsonl``, which need not exist.
    """

    def __init__(self, path: Path):
        self.path = path
        self._seen = b"", Reading()

    def read(self) -> Reading:
        """Return the current content of the table.

        Raises:
            FeedbackError: The file system reports an error.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Reading()
        except OSError as error:
            raise FeedbackError(f"The corrections cannot be read ({error.strerror}); check their folder.") from error
        seen, reading = self._seen
        if not content.startswith(seen):
            seen, reading = b"", Reading()
        reading = _read_on(reading, content[len(seen) :])
        self._seen = content[: len(content) - len(reading.torn)], reading
        return reading

    def rewrite(self, records: Sequence[Correction]) -> None:
        """Replace all lines at once; without records, remove the table: ``load_dataset`` refuses an empty one.

        Raises:
            OSError: The file system reports an error; the table is unchanged.
        """
        if records:
            write_whole(self.path, b"".join(map(to_line, records)))
        else:
            self.path.unlink(missing_ok=True)


def _read_on(known: Reading, content: bytes) -> Reading:
    *lines, torn = content.split(b"\n")
    if not lines:
        return replace(known, torn=torn)
    records, bad = list(known.records), list(known.bad)
    ids = {record.id for record in records}
    for number, line in enumerate(lines, start=len(records) + len(bad) + 1):
        try:
            record = from_line(line)
            if record.id in ids:
                raise FeedbackError("The line repeats the number of an earlier one.")
        except FeedbackError as error:
            bad.append(BadLine(number, str(error), line))
            continue
        ids.add(record.id)
        records.append(record)
    return Reading(tuple(records), tuple(bad), torn)
