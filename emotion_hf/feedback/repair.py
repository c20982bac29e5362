"""Repair a store: restore what can be restored, set aside what belongs to no record, and lose nothing.

Example:
    >>> repair(Layout(folder)).lines()  # doctest: +SKIP
    ['5 corrections are restored.']
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import soundfile

from emotion_hf.disk import sync_folder, temporary_of
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback.layout import Layout
from emotion_hf.feedback.ledger import one_way
from emotion_hf.feedback.record import Correction, from_line, to_line
from emotion_hf.feedback.sound import content_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Repaired:
    """Results of a repair.

    Attributes:
        restored: Corrections that are in the table again.
        bad_lines: Lines that were set aside.
        recordings: Recordings that were set aside.
    """

    restored: int = 0
    bad_lines: int = 0
    recordings: int = 0

    def lines(self) -> list[str]:
        """Return one sentence for each change."""
        done = (
            (self.restored, "Corrections restored"),
            (self.bad_lines, "Damaged lines set aside"),
            (self.recordings, "Recordings without an entry set aside"),
        )
        return [f"{what}: {count:,}." for count, what in done if count]


def repair(at: Layout) -> Repaired:
    """Repair the store; the caller must hold its lock.

    Raises:
        FeedbackError: The corrections cannot be read.
        OSError: The file system reports an error; the next repair continues from there.
    """
    complete_removal(at)
    reading = at.table.read()
    deleted = at.ledger.deleted()
    # A restored copy of the table may have records that were deleted since.
    gone = [record for record in reading.records if deleted.intersection(one_way([record.id]))]
    present = [record for record in reading.records if record not in gone] if gone else list(reading.records)
    bad = reading.left_out
    at.quarantine.take_lines([*bad, *(to_line(record).rstrip() for record in gone)])
    restored = list(_restored(at, present, deleted))
    order = at.sidecars.order() if restored else {}
    records = [*present, *restored]
    if restored:
        records.sort(key=lambda record: (record.said_at, order.get(record.id, time.time_ns())))
    records = [record if record.content else _with_content(at, record) for record in records]
    if not reading.is_clean or tuple(records) != reading.records:
        at.table.rewrite(records)
    back = {record.id for record in restored}
    at.quarantine.drop_lines([line for line in at.quarantine.lines() if _id(line) in back])
    at.sidecars.complete(records)
    orphans = at.without_entry({at.recording(record).name for record in records})
    for path in orphans:
        at.quarantine.take_file(path)
    done = Repaired(len(restored), len(bad) + len(gone), len(orphans))
    for line in done.lines():
        logger.warning("Corrections in %s: %s", at.folder, line)
    return done


def complete_removal(at: Layout) -> None:
    """Remove all data of the records that are noted as ones to remove; the caller must hold the lock.

    Raises:
        FeedbackError: The corrections cannot be read.
        OSError: The file system reports an error; the next writer continues from there.
    """
    ids = at.removal.ids()
    if not ids:
        return
    at.ledger.note_deletion(ids)
    for path in [path for path in at.audio.glob("*") if any(id in path.name for id in ids)]:
        path.unlink(missing_ok=True)
    if at.audio.is_dir():
        sync_folder(at.audio)
    reading = at.table.read()
    kept = at.removal.without_them(reading.records)
    if len(kept) < len(reading.records) or any(_is_about(line, ids) for line in reading.left_out):
        at.quarantine.take_lines(reading.left_out)
        at.table.rewrite(kept)
    at.quarantine.remove(ids)
    at.sidecars.remove(ids)
    for path in (at.table.path, at.quarantine.lines_path):
        temporary_of(path).unlink(missing_ok=True)  # left by a killed process, with anyone's lines
    at.removal.end()


def _restored(at: Layout, present: Sequence[Correction], deleted: set[str]) -> Iterator[Correction]:
    """Yield the records that are missing in the table and have a recording, originals before their reviews."""
    ids = {record.id for record in present}
    for record in sorted(_candidates(at, ids), key=lambda record: bool(record.review_of)):
        if record.id in ids or deleted.intersection(one_way([record.id])):
            continue
        if record.review_of and record.review_of not in ids:
            continue
        path = at.recording(record)
        if path.is_file() or at.quarantine.give_back(record.file_name, path):
            ids.add(record.id)
            yield record


def _candidates(at: Layout, ids: Iterable[str]) -> Iterator[Correction]:
    yield from at.sidecars.other_than(set(ids))
    for line in at.quarantine.lines():
        with suppress(FeedbackError):
            yield from_line(line)


def _id(line: bytes) -> str | None:
    try:
        return from_line(line).id
    except FeedbackError:
        return None


def _is_about(line: bytes, ids: Iterable[str]) -> bool:
    return any(id.encode() in line for id in ids)


def _with_content(at: Layout, record: Correction) -> Correction:
    try:
        wave, _ = soundfile.read(at.recording(record), dtype="float32")
    except soundfile.LibsndfileError:  # reading the folder reports it; the line stays as it is
        return record
    return replace(record, content=content_of(wave))
