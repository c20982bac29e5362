"""Corrections of a page whose disk is not permanent, such as a Space's: a private data set keeps the whole folder.

A correction counts as saved only once it is in the data set, and as deleted only once it is gone from there. Only one
page may write to a data set.

Example:
    >>> store = MirroredStore.open(folder, "me/kept-corrections")  # doctest: +SKIP
    >>> store.add(wave, correction, labels=classifier.labels)  # doctest: +SKIP
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from emotion_hf.errors import FeedbackError, HubError
from emotion_hf.feedback import Correction, FeedbackStore, Limits
from emotion_hf.feedback.marker import MARKER
from emotion_hf.feedback.record import to_line
from emotion_hf.hub.repository import Repository
from emotion_hf.settings import Settings

AUDIO = "audio/"


def open_store(settings: Settings) -> FeedbackStore:
    """Return the store of a page: its folder only, or its folder and the data set `feedback_repo`.

    Raises:
        FeedbackError, HubError: As `MirroredStore.open`, if there is such a data set.
    """
    limits = Limits(settings.max_corrections, settings.max_corrections_per_client)
    if settings.feedback_repo:
        return MirroredStore.open(settings.feedback_dir, settings.feedback_repo, limits)
    return FeedbackStore(settings.feedback_dir, limits)


class MirroredStore(FeedbackStore):
    """A ``FeedbackStore`` with a copy on the Hub; all reading uses the folder.

    Args:
        folder: Folder of the page's corrections.
        repository: Private data set with the same content.
        limits: Limits on the number of corrections.
    """

    def __init__(self, folder: Path, repository: Repository, limits: Limits = Limits()):  # noqa: B008 (it is frozen)
        super().__init__(folder, limits)
        self._repository = repository
        self._writing = threading.Lock()

    @classmethod
    def open(cls, folder: Path, repo: str, limits: Limits = Limits()) -> MirroredStore:  # noqa: B008 (it is frozen)
        """Fetch the content of the data set ``repo``, unless the disk still has it.

        Raises:
            FeedbackError: The folder belongs to another program, or the file system reports an error.
            HubError: It cannot be fetched, or it is public: it contains recordings without consent to publication.
        """
        store = cls(folder, Repository.open(repo, "dataset"), limits)
        store.problems()  # raises if the folder belongs to another program
        if not len(store):
            with tempfile.TemporaryDirectory() as temporary:
                store._repository.fetch(Path(temporary))
                try:
                    shutil.copytree(
                        temporary, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".cache", ".git*")
                    )
                except OSError as error:
                    reason = error.strerror or "disk error"
                    raise FeedbackError(f"The corrections cannot be copied from {repo} ({reason}).") from error
            store.repair()
        return store

    def add(self, wave: np.ndarray, correction: Correction, *, labels: Sequence[str]) -> Correction:
        """Save a recording with its correction, here and on the Hub; see ``FeedbackStore.add``."""
        with self._writing:
            self._mend()
            kept = super().add(wave, correction, labels=labels)
            with self._or_without(kept.id):
                self._copy()
        return kept

    def add_review(self, review: Correction, *, labels: Sequence[str]) -> None:
        """Save another opinion, here and on the Hub; see ``FeedbackStore.add_review``."""
        with self._writing:
            self._mend()
            super().add_review(review, labels=labels)
            with self._or_without(review.id):
                self._copy()

    def delete(self, id: str) -> tuple[str, ...]:
        """Remove a record from the Hub, with its history and storage, and then here; see ``FeedbackStore.delete``.

        Raises:
            FeedbackError: There is no such record, or the Hub did not delete it; then it is still here.
        """
        with self._writing:
            self._mend()
            if any(record.id == id for record in self.records()) or self._at.quarantine.mentions(id):
                try:
                    self._copy(without=id)
                except HubError as error:
                    raise FeedbackError(
                        "The record is not deleted yet because the Hub did not respond; try again."
                    ) from error
            return super().delete(id)

    def _mend(self) -> None:
        """Restore lost entries first; otherwise the data set would also lose them."""
        problems = self.problems()
        if problems.bad or problems.without_entry:
            self.repair()

    @contextmanager
    def _or_without(self, id: str) -> Iterator[None]:
        try:
            yield
        except HubError as error:
            super().delete(id)
            raise FeedbackError("The correction cannot be saved now; nothing was saved. Try again later.") from error

    def _copy(self, without: str = "") -> None:
        """Make the data set equal to the folder, except for one record."""
        self._fetch_missing()
        kept = [record for record in self.records() if without not in (record.id, record.review_of or None)]
        recordings = {record.file_name: self._at.recording(record) for record in kept}
        files: dict[str, Path | bytes] = {name: path for name, path in recordings.items() if path.is_file()}
        files |= self._set_aside(without)
        for path in (self.folder / MARKER, self.ledger.path):
            if path.is_file():
                files[path.name] = path
        contents = [_content(file) for file in files.values()] if without else []
        if kept:
            files[self._at.table.path.name] = b"".join(map(to_line, kept))
        self._repository.replace(files, message="Corrections", unchanging=AUDIO)
        if without:
            self._repository.forget(contents)

    def _set_aside(self, without: str) -> dict[str, Path | bytes]:
        """Return the files in quarantine, except those about one record."""
        quarantine = self._at.quarantine
        found = {path.relative_to(self.folder).as_posix(): path for path in quarantine.audio.glob("*")}
        files: dict[str, Path | bytes] = {
            name: path for name, path in found.items() if not (without and without in path.name)
        }
        if lines := [line for line in quarantine.lines() if not (without and without.encode() in line)]:
            files[quarantine.lines_path.relative_to(self.folder).as_posix()] = b"".join(line + b"\n" for line in lines)
        return files

    def _fetch_missing(self) -> None:
        """Fetch recordings that are missing here and still in the data set."""
        missing = [record.file_name for record in self.records() if not self._at.recording(record).is_file()]
        if missing:
            with tempfile.TemporaryDirectory() as temporary:
                self._repository.fetch(Path(temporary))
                for name in missing:
                    with suppress(OSError):  # it is missing there too
                        shutil.copyfile(Path(temporary, name), self.folder / name)


def _content(file: Path | bytes) -> bytes:
    return file if isinstance(file, bytes) else file.read_bytes()
