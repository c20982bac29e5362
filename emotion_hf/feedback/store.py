"""The folder of corrections: exact, shared by processes, and consistent after a crash.

A record is a FLAC file and one JSON line beside it; a review is only a line, about another record's file::

    feedback/audio/<id>.flac
    feedback/metadata.jsonl     {"file_name": "audio/<id>.flac", "id": …, "prediction": …, "label": …, "scores": …,
                                 "model": …, "consent": {"store": …, "train": …, "publish": …}, "annotator": …, …}
    feedback/ledger.jsonl       which models were trained on what, and what was deleted
    feedback/.records/          a copy of each line, from which a lost table is rebuilt
    feedback/.quarantine/       what belongs to no record
    feedback/.emotion-hf-feedback

Reading changes nothing. A writer holds a lock beside the folder. It changes the folder only if this has the marker
(the last of the files above), is new, or comes from an earlier version, and first repairs what a killed process left.
A record that is being saved is noted as one to remove until its copy, its recording and its line are written: nobody
gets back a record whose saving was never confirmed.

Example:
    >>> store = FeedbackStore(folder)  # doctest: +SKIP
    >>> store.add(wave, correction, labels=classifier.labels)  # doctest: +SKIP
    >>> store.delete(correction.id)  # doctest: +SKIP
    ()
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from filelock import FileLock

from emotion_hf.audio import is_silent
from emotion_hf.corpora.votes import MIXED
from emotion_hf.disk import FULL, append_line, write_whole
from emotion_hf.errors import FeedbackError, StorageFullError
from emotion_hf.feedback.layout import Layout
from emotion_hf.feedback.limits import Limits
from emotion_hf.feedback.marker import State, check_ours, mark
from emotion_hf.feedback.problems import Problems, look_for_problems
from emotion_hf.feedback.record import Correction, check_id, to_line
from emotion_hf.feedback.repair import Repaired, complete_removal, repair
from emotion_hf.feedback.sound import content_of, encode_flac
from emotion_hf.labels import check_label

NOT_THERE = "No saved recording has this number."
NOT_SAVED = "The correction cannot be saved, and nothing was saved"
NOT_DELETED = "The record is not deleted yet"


class FeedbackStore:
    """The corrections in one folder; several processes may use it at once.

    Args:
        folder: Folder of the corrections; created when the first record is written.
        limits: Limits on the number of corrections; by default none.
    """

    def __init__(self, folder: Path, limits: Limits = Limits()):  # noqa: B008 (it is frozen)
        self.folder = folder
        self.limits = limits
        self._at = Layout(folder)
        self.ledger = self._at.ledger
        place = Path(os.path.abspath(folder))
        self._lock = FileLock(place.parent / f"{place.name}.lock")

    def add(self, wave: np.ndarray, correction: Correction, *, labels: Sequence[str]) -> Correction:
        """Save ``wave``, mono float32 at 16 kHz, shape ``(samples,)``, with its correction.

        Returns only after both are on the disk: the correction as saved, with its ``content``.

        Raises:
            LabelError: The label is neither one of ``labels`` nor ``mixed``.
            StorageFullError: The disk or the folder is full.
            TooManyCorrectionsError: This client has saved too many.
            FeedbackError: There is no consent, the recording is silent, the id exists, the folder is not ours, or the
                file system reports an error; nothing is saved.
        """
        check_label(correction.label, (*labels, MIXED))
        if is_silent(wave):
            raise FeedbackError("The recording is silent, so it is not saved; record it again.")
        if not correction.consent.store:
            raise FeedbackError("Consent to store is needed to save a correction; tick the first box.")
        correction = replace(correction, content=content_of(wave))
        path = self._at.recording(correction)
        with self.writing(NOT_SAVED):
            records = self._at.table.read().records
            if path.exists() or any(record.id == correction.id for record in records):
                raise FeedbackError("This correction is already saved; to change it, delete that record first.")
            self.limits.check(records, correction)
            self._keep_reserve()
            self.ledger.note_return(correction.id)
            with self._saving(correction.id):
                self._at.sidecars.write(correction)
                self._at.audio.mkdir(exist_ok=True)
                write_whole(path, encode_flac(wave))
                append_line(self._at.table.path, to_line(correction))
        return correction

    def add_review(self, review: Correction, *, labels: Sequence[str]) -> None:
        """Save another opinion on an existing recording.

        Raises:
            LabelError: The label is neither one of ``labels`` nor ``mixed``.
            FeedbackError: The recording is missing, the folder is not ours, or the file system reports an error.
        """
        check_label(review.label, (*labels, MIXED))
        with self.writing(NOT_SAVED):
            if all(record.id != review.review_of for record in self.records()):
                raise FeedbackError("This recording has been deleted in the meantime; continue with the next.")
            self._keep_reserve()
            with self._saving(review.id):
                self._at.sidecars.write(review)
                append_line(self._at.table.path, to_line(review))

    def delete(self, id: str) -> tuple[str, ...]:
        """Remove the record, its recording and its reviews everywhere, and note that in the ledger.

        Returns:
            Names of the models that were trained on it.

        Raises:
            FeedbackError: The id is malformed or unknown, the folder is not ours, or the file system reports an error.
        """
        check_id(id)
        if check_ours(self.folder) is State.NEW or not self._knows(id):
            raise FeedbackError(NOT_THERE)
        try:
            return self._delete(id, frees_reserve=False)
        except StorageFullError:  # now the reserved space is needed
            return self._delete(id, frees_reserve=True)

    def records(self) -> Iterator[Correction]:
        """Yield the corrections, oldest first; damaged lines are left out, see ``problems``.

        Raises:
            FeedbackError: The file system reports an error.
        """
        yield from self._at.removal.without_them(self._at.table.read().records)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(list(self.records()))

    def problems(self) -> Problems:
        """Return the problems of the store, without changing it.

        Raises:
            FeedbackError: The folder belongs to another program, or the file system reports an error.
        """
        check_ours(self.folder)
        return look_for_problems(self._at)

    def repair(self) -> Repaired:
        """Restore what can be restored, set aside what belongs to no record, and complete lines of earlier versions.

        Raises:
            FeedbackError: The folder is not ours, or the file system reports an error.
        """
        state = check_ours(self.folder)
        if state is State.NEW:
            return Repaired()
        with self.writing("The corrections cannot be repaired", repairs=False):
            done = repair(self._at)
            if state is State.EARLIER:
                mark(self.folder)
            return done

    @contextmanager
    def writing(self, refused: str, *, frees_reserve: bool = False, repairs: bool = True) -> Iterator[None]:
        """Lock out other writers, create or adopt the store, and repair what a killed process left.

        Args:
            refused: Beginning of the error sentence if the file system reports an error.
            frees_reserve: Use the space reserved for deletions.
            repairs: Repair the store first.

        Raises:
            FeedbackError: The folder is not ours, or the file system reports an error.
        """
        check_ours(self.folder)  # before a lock is created beside it
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                try:
                    if frees_reserve:
                        self._at.reserve.release()
                    if repairs:
                        try:
                            self._put_in_order()
                        except OSError as error:
                            if not (frees_reserve and error.errno in FULL):
                                raise
                    yield
                finally:
                    if frees_reserve:
                        with suppress(OSError):  # the next recording is saved only if there is space again
                            self._keep_reserve()
        except OSError as error:
            if error.errno in FULL:
                raise StorageFullError(f"{refused}: the disk is full. Delete corrections, or other files.") from error
            raise FeedbackError(f"{refused} ({error.strerror}).") from error

    @contextmanager
    def _saving(self, id: str) -> Iterator[None]:
        """Save a record in the block completely or not at all: if the process dies, the next writer removes it."""
        try:
            self._at.removal.begin({id})
            yield
        except OSError:
            self._at.recording_of(id).unlink(missing_ok=True)
            self._at.sidecars.remove({id})
            if all(record.id != id for record in self._at.table.read().records):
                self._at.removal.end()
            raise
        self._at.removal.end()

    def _knows(self, id: str) -> bool:
        """Return whether anything here is about the record ``id``: a line, a copy, or a recording without them."""
        reading = self._at.table.read()
        return (
            any(id in (record.id, record.review_of) for record in reading.records)
            or bool(self._at.sidecars.ids_about(id))
            or any(id.encode() in line.content for line in reading.bad)
            or any(id in path.name for path in self._at.audio.glob("*"))
            or self._at.quarantine.mentions(id)
        )

    def _delete(self, id: str, *, frees_reserve: bool) -> tuple[str, ...]:
        with self.writing(NOT_DELETED, frees_reserve=frees_reserve):
            records = self._at.table.read().records
            ids = {id, *(record.id for record in records if record.review_of == id), *self._at.sidecars.ids_about(id)}
            models = self.ledger.models_of(ids)
            try:
                self._at.removal.begin(ids)
            except OSError:
                if not frees_reserve:
                    raise
                self._at.recording_of(id).unlink(missing_ok=True)  # earlier versions reserved nothing: this frees some
                self._at.removal.begin(ids)
            complete_removal(self._at)
            return models

    def _put_in_order(self) -> None:
        state = check_ours(self.folder)
        is_lost = not self._at.table.path.exists() and self._at.sidecars.folder.exists()
        if state is State.EARLIER or is_lost or not self._at.table.read().is_clean:
            repair(self._at)
        complete_removal(self._at)
        if state is not State.OURS:
            mark(self.folder)

    def _keep_reserve(self) -> None:
        table = self._at.table.path
        self._at.reserve.keep(table.stat().st_size if table.exists() else 0)
