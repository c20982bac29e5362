"""The folder of corrections: exact, shared by processes, and whole after any death.

A record is a FLAC file and one JSON line beside it; a review is a line alone, about another record's file::

    feedback/audio/<id>.flac
    feedback/metadata.jsonl     {"file_name": "audio/<id>.flac", "id": …, "prediction": …, "label": …, "scores": …,
                                 "model": …, "consent": {"store": …, "train": …, "publish": …}, "annotator": …, …}

A record exists once its line ends with a newline: the audio is written first, so a process that dies in
between leaves a file without a record, never a record without its file. The next writer cuts a torn line
off; ``repair`` also removes files without a record. A lock file beside the folder keeps processes apart.

Example:
    >>> store = FeedbackStore(folder)  # doctest: +SKIP
    >>> store.add(wave, correction, labels=classifier.labels)  # doctest: +SKIP
    >>> store.delete(correction.id)  # doctest: +SKIP
    ()
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from filelock import FileLock

from emotion_hf.audio import SAMPLING_RATE, is_silent
from emotion_hf.corpora.votes import MIXED
from emotion_hf.disk import append_line, complete_lines, cut_torn_line, sync_folder, write_whole
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback.ledger import Ledger
from emotion_hf.feedback.record import Correction, check_id, from_line, to_line
from emotion_hf.labels import check_label

NOT_THERE = "No saved recording has this number."


def to_int16(wave: np.ndarray) -> np.ndarray:
    """Return ``wave``, float of shape ``(samples,)``, as the samples that are kept; what was kept stays as it is."""
    return np.clip(np.rint(wave * np.float32(2**15)), -(2**15), 2**15 - 1).astype(np.int16)


def encode_flac(wave: np.ndarray) -> bytes:
    """Return ``wave``, mono at 16 kHz, shape ``(samples,)``, as a 16-bit FLAC file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, to_int16(wave), SAMPLING_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def content_of(wave: np.ndarray) -> str:
    """Return the SHA-256 of the samples that would be kept of ``wave``, float of shape ``(samples,)``."""
    return hashlib.sha256(to_int16(wave).astype("<i2").tobytes()).hexdigest()


class FeedbackStore:
    """The corrections in one folder; several processes may use it at once.

    Args:
        folder: Where they are kept; made when the first record is written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.ledger = Ledger(folder / "ledger.jsonl")
        self._audio = folder / "audio"
        self._metadata = folder / "metadata.jsonl"
        self._lock = FileLock(folder.with_name(folder.name + ".lock"))

    def add(self, wave: np.ndarray, correction: Correction, *, labels: Sequence[str]) -> Correction:
        """Keep ``wave``, mono float32 at 16 kHz, shape ``(samples,)``, with its correction.

        Returns only when both are on the disk: the correction as it is kept, with its ``content``.

        Raises:
            LabelError: The label is neither one of ``labels`` nor ``mixed``.
            FeedbackError: There is no consent, nothing but silence, the id is malformed or taken, or the disk refuses;
                nothing is kept.
        """
        check_label(correction.label, (*labels, MIXED))
        if is_silent(wave):
            raise FeedbackError("The recording is silent, so nothing is kept: nobody could learn from it.")
        if not correction.consent.store:
            raise FeedbackError("Nothing is kept without consent to store; tick it to save the correction.")
        check_id(correction.id)
        correction = replace(correction, content=content_of(wave))
        path = self.folder / correction.file_name
        with self._saving():
            if path.exists():
                raise FeedbackError("This answer is saved already; delete that record to correct it again.")
            write_whole(path, encode_flac(wave))
            try:
                append_line(self._metadata, to_line(correction))
            except OSError:
                path.unlink()
                raise
        return correction

    def add_review(self, review: Correction, *, labels: Sequence[str]) -> None:
        """Keep another opinion on a recording that is there.

        Raises:
            LabelError: The label is neither one of ``labels`` nor ``mixed``.
            FeedbackError: The recording is gone, or the disk refuses.
        """
        check_label(review.label, (*labels, MIXED))
        with self._saving():
            if all(record.id != review.review_of for record in self.records()):
                raise FeedbackError("This recording has been deleted meanwhile; go on with the next.")
            append_line(self._metadata, to_line(review))

    def delete(self, id: str) -> tuple[str, ...]:
        """Remove the record, its recording and the reviews of it, and note that in the ledger.

        Returns:
            Names of the models that have learned from it.

        Raises:
            FeedbackError: The id is malformed or no record has it.
        """
        check_id(id)
        if not self.folder.exists():
            raise FeedbackError(NOT_THERE)
        with self.locked():
            self._mend()
            records = list(self.records())
            gone = [record for record in records if id in (record.id, record.review_of)]
            if all(record.id != id for record in gone):
                raise FeedbackError(NOT_THERE)
            models = self.ledger.models_of(record.id for record in gone)
            # The lines go first: should this process die here, mending removes the recording as well.
            self._rewrite([record for record in records if record not in gone])
            if not any(record.id == id and record.review_of for record in gone):
                (self._audio / f"{id}.flac").unlink(missing_ok=True)
            sync_folder(self._audio)
            self.ledger.note_deletion(record.id for record in gone)
            return models

    def records(self) -> Iterator[Correction]:
        """Yield the corrections, oldest first; a last line still being written is left out.

        Raises:
            FeedbackError: A line is not one of ours.
        """
        for number, line in enumerate(complete_lines(self._metadata), start=1):
            try:
                yield from_line(line)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise FeedbackError(
                    f"Line {number} of the feedback's metadata.jsonl is damaged; remove it."
                ) from error

    def __len__(self) -> int:
        """Return the number of records."""
        return len(complete_lines(self._metadata))

    def repair(self) -> None:
        """Remove what a killed process left behind, and add to the lines of earlier versions what they lack."""
        if self.folder.exists():
            with self.locked():
                self._mend()
                self._sweep()
                self._complete()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other writers out meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            yield

    @contextmanager
    def _saving(self) -> Iterator[None]:
        try:
            self._audio.mkdir(parents=True, exist_ok=True)
            with self.locked():
                self._mend()
                yield
        except OSError as error:
            raise FeedbackError(f"The correction cannot be saved ({error.strerror}); nothing was kept.") from error

    def _rewrite(self, records: Sequence[Correction]) -> None:
        """Replace all lines; an audiofolder cannot have a file without any."""
        if records:
            write_whole(self._metadata, b"".join(map(to_line, records)))
        else:
            self._metadata.unlink()

    def _mend(self) -> None:
        if cut_torn_line(self._metadata):
            self._sweep()

    def _sweep(self) -> None:
        known = {Path(record.file_name).name for record in self.records()}
        for path in self._audio.glob("*"):
            if path.name not in known:
                path.unlink()

    def _complete(self) -> None:
        records = list(self.records())
        if all(record.content for record in records):
            return
        self._rewrite([record if record.content else self._with_content(record) for record in records])

    def _with_content(self, record: Correction) -> Correction:
        try:
            wave, _ = soundfile.read(self.folder / record.file_name, dtype="float32")
        except soundfile.LibsndfileError:  # whoever reads the folder says so; the line stays as it is
            return record
        return replace(record, content=content_of(wave))
