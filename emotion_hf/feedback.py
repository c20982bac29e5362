"""Corrections, kept as a ``datasets`` audiofolder that a training can read as it stands.

Someone hears an answer, says what was right, and consents to keeping the recording. A record is a FLAC
file and one JSON line beside it::

    feedback/audio/<id>.flac
    feedback/metadata.jsonl     {"file_name": "audio/<id>.flac", "id": …, "prediction": …, "label": …, "scores": …,
                                 "model": …, "time": …, "consent": {"store": …, "train": …, "publish": …}}

A record exists once its line ends with a newline: the audio is written first, so a process that dies in
between leaves a file without a record, never a record without its file. The next writer cuts a torn line
off; ``repair`` also removes files without a record. A lock file beside the folder keeps processes apart.
The id is a secret of the person who corrected, for it is the key to deletion: leave it out of anything published.

``load_dataset("audiofolder", data_dir="feedback")`` reads the folder; cast its audio column with
``Audio(decode=False)`` where torchcodec or FFmpeg is missing.

Example:
    >>> store = FeedbackStore(folder)  # doctest: +SKIP
    >>> store.add(wave, correction, labels=classifier.labels)  # doctest: +SKIP
    >>> store.delete(correction.id)  # doctest: +SKIP
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile
from filelock import FileLock

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import FeedbackError
from emotion_hf.labels import check_label
from emotion_hf.prediction import Prediction

MIXED = "mixed"
ID_PATTERN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Consent:
    """What a person allows to happen with a recording; each is asked for on its own.

    Attributes:
        store: Keep the recording and the correction; without it nothing is kept.
        train: Use them to train models.
        publish: Publish them in an open data set.
    """

    store: bool = False
    train: bool = False
    publish: bool = False


@dataclass(frozen=True)
class Correction:
    """What one person said about one answer.

    Attributes:
        id: 32 hexadecimal digits that nobody can guess.
        label: The emotion that the person hears, or ``mixed``.
        prediction: The label that the model gave; ``None`` when it heard no speech.
        scores: The model's probability of each label.
        model: Name of the model.
        consent: What may happen with the recording.
        time: When it was said: ISO 8601, UTC.
    """

    id: str
    label: str
    prediction: str | None
    scores: Mapping[str, float]
    model: str
    consent: Consent
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @classmethod
    def of(cls, prediction: Prediction, *, id: str, label: str, consent: Consent) -> Correction:
        """Return the correction of ``prediction`` to ``label``."""
        return cls(id, label, prediction.label, dict(prediction.scores), prediction.model, consent)

    @property
    def file_name(self) -> str:
        """The recording's path inside the folder."""
        return f"audio/{self.id}.flac"


def new_id() -> str:
    """Return a fresh id of 32 hexadecimal digits (a random UUID)."""
    return uuid.uuid4().hex


def encode_flac(wave: np.ndarray) -> bytes:
    """Return ``wave``, mono at 16 kHz, shape ``(samples,)``, as a 16-bit FLAC file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, SAMPLING_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


class FeedbackStore:
    """The corrections in one folder; several processes may use it at once.

    Args:
        folder: Where they are kept; made when the first record is written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._audio = folder / "audio"
        self._metadata = folder / "metadata.jsonl"
        self._lock = FileLock(folder.with_name(folder.name + ".lock"))

    def add(self, wave: np.ndarray, correction: Correction, *, labels: Sequence[str]) -> None:
        """Keep ``wave``, mono float32 at 16 kHz, shape ``(samples,)``, with its correction.

        Returns only when both are on the disk.

        Raises:
            LabelError: The label is neither one of ``labels`` nor ``mixed``.
            FeedbackError: There is no consent, the id is malformed or taken, or the disk refuses; nothing is kept.
        """
        check_label(correction.label, (*labels, MIXED))
        if not correction.consent.store:
            raise FeedbackError("Nothing is kept without consent to store; tick it to save the correction.")
        path = self._path(correction.id)
        try:
            self._audio.mkdir(parents=True, exist_ok=True)
            with self._lock:
                self._mend()
                if path.exists():
                    raise FeedbackError("This answer is saved already; delete that record to correct it again.")
                _write(path, encode_flac(wave))
                self._append(correction)
        except OSError as error:
            raise FeedbackError(f"The correction cannot be saved ({error.strerror}); nothing was kept.") from error

    def delete(self, id: str) -> None:
        """Remove the record and its recording.

        Raises:
            FeedbackError: The id is malformed or no record has it.
        """
        path = self._path(id)
        if not self.folder.exists():
            raise FeedbackError("No saved recording has this number.")
        with self._lock:
            self._mend()
            records = list(self.records())
            remaining = [record for record in records if record.id != id]
            if len(remaining) == len(records):
                raise FeedbackError("No saved recording has this number.")
            # The line goes first: should this process die here, mending removes the recording as well.
            if remaining:
                _write(self._metadata, b"".join(map(_line, remaining)))
            else:
                self._metadata.unlink()
            path.unlink(missing_ok=True)
            _sync_folder(self._audio)

    def records(self) -> Iterator[Correction]:
        """Yield the corrections, oldest first; a last line still being written is left out.

        Raises:
            FeedbackError: A line is not one of ours.
        """
        for number, line in enumerate(self._lines(), start=1):
            try:
                yield _correction(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise FeedbackError(
                    f"Line {number} of the feedback's metadata.jsonl is damaged; remove it."
                ) from error

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._lines())

    def repair(self) -> None:
        """Remove what a killed process left behind: a torn line, recordings without a record."""
        if self.folder.exists():
            with self._lock:
                self._mend()
                self._sweep()

    def _path(self, id: str) -> Path:
        if not ID_PATTERN.fullmatch(id):
            raise FeedbackError("This is not a record's number; it has 32 digits and letters from a to f.")
        return self._audio / f"{id}.flac"

    def _lines(self) -> list[bytes]:
        """Return the complete lines; the split leaves what follows the last newline out."""
        try:
            return self._metadata.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []

    def _append(self, correction: Correction) -> None:
        line = _line(correction)
        with self._metadata.open("ab", buffering=0) as file:
            start = file.tell()
            try:
                if file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                self._path(correction.id).unlink()
                raise
        _sync_folder(self.folder)

    def _mend(self) -> None:
        """Cut a torn last line off. A file that would be empty goes: an audiofolder cannot have one."""
        if not self._metadata.exists():
            return
        with self._metadata.open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            if file.read() == b"\n":
                return
            file.seek(0)
            complete = file.read().rfind(b"\n") + 1
            file.truncate(complete)
            os.fsync(file.fileno())
        if not complete:
            self._metadata.unlink()
        self._sweep()

    def _sweep(self) -> None:
        known = {record.id for record in self.records()}
        for path in self._audio.glob("*"):
            if path.stem not in known:
                path.unlink()


def _line(correction: Correction) -> bytes:
    row = {"file_name": correction.file_name} | asdict(correction)
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _correction(row: dict) -> Correction:
    values = {name: value for name, value in row.items() if name != "file_name"}
    return Correction(**values | {"consent": Consent(**values["consent"])})


def _write(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` so that a reader, or a power cut, finds all of it or none."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make renames and removals in ``folder`` last; Windows does so by itself and cannot open folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
