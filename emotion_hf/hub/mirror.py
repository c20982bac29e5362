"""Corrections of a page whose disk is forgotten, as a Space's is: a private data set keeps the whole folder.

Nothing counts as saved before the data set has it, and nothing as deleted before the data set has lost it. One page
writes into one data set.

Example:
    >>> store = MirroredStore.open(folder, "me/kept-corrections")  # doctest: +SKIP
    >>> store.add(wave, correction, labels=classifier.labels)  # doctest: +SKIP
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from emotion_hf.errors import FeedbackError, HubError
from emotion_hf.feedback import Correction, FeedbackStore
from emotion_hf.hub.repository import Repository

TABLE, LEDGER, AUDIO = "metadata.jsonl", "ledger.jsonl", "audio/"


class MirroredStore(FeedbackStore):
    """A ``FeedbackStore`` with a copy on the Hub; whatever reads, reads the folder.

    Args:
        folder: Where the page keeps corrections.
        repository: Private data set with the same content.
    """

    def __init__(self, folder: Path, repository: Repository):
        super().__init__(folder)
        self._repository = repository
        self._writing = threading.Lock()

    @classmethod
    def open(cls, folder: Path, repo: str) -> MirroredStore:
        """Fetch what the data set ``repo`` keeps, unless the disk still has it.

        Raises:
            HubError: It cannot be had, or it is public: it holds what was never meant to be published.
        """
        store = cls(folder, Repository.open(repo, "dataset"))
        if not len(store):
            with tempfile.TemporaryDirectory() as temporary:
                store._repository.fetch(Path(temporary))
                shutil.copytree(
                    temporary, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".cache", ".git*")
                )
            store.repair()
        return store

    def add(self, wave: np.ndarray, correction: Correction, *, labels: Sequence[str]) -> Correction:
        """Keep a recording with its correction, here and there; see ``FeedbackStore.add``."""
        with self._writing:
            kept = super().add(wave, correction, labels=labels)
            with self._or_without(kept.id):
                self._copy()
        return kept

    def add_review(self, review: Correction, *, labels: Sequence[str]) -> None:
        """Keep another opinion, here and there; see ``FeedbackStore.add_review``."""
        with self._writing:
            super().add_review(review, labels=labels)
            with self._or_without(review.id):
                self._copy()

    def delete(self, id: str) -> tuple[str, ...]:
        """Remove a record there, from its history and storage too, and then here; see ``FeedbackStore.delete``.

        Raises:
            FeedbackError: There is no such record, or the Hub did not do it; then it is still here.
        """
        with self._writing:
            if any(record.id == id for record in self.records()):
                try:
                    self._copy(without=id)
                except HubError as error:
                    raise FeedbackError(
                        "The record is not deleted yet, for the Hub did not answer; try again."
                    ) from error
            return super().delete(id)

    @contextmanager
    def _or_without(self, id: str) -> Iterator[None]:
        try:
            yield
        except HubError as error:
            super().delete(id)
            raise FeedbackError("The correction cannot be saved now; nothing was kept. Try again later.") from error

    def _copy(self, without: str = "") -> None:
        """Bring the data set to what the folder holds, but for one record."""
        table = self.folder / TABLE
        lines = table.read_bytes().splitlines(keepends=True) if table.is_file() else []
        rows = {line: json.loads(line) for line in lines}
        kept = {line: row for line, row in rows.items() if without not in (row["id"], row.get("review_of") or None)}
        files: dict[str, Path | bytes] = {row["file_name"]: self.folder / row["file_name"] for row in kept.values()}
        recordings = list(files.values())
        if kept:
            files[TABLE] = b"".join(kept)
        if (self.folder / LEDGER).is_file():
            files[LEDGER] = self.folder / LEDGER
        self._repository.replace(files, message="Corrections", unchanging=AUDIO)
        if without:
            self._repository.forget(path.read_bytes() for path in recordings if isinstance(path, Path))
