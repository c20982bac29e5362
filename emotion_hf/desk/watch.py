"""Watch a folder: take the recordings of ``FOLDER/CALLER/FILE.wav`` once they have stopped growing.

The name of the folder is the caller's; a caller who is not on the desk is added. Originals are never changed or
deleted. A file that cannot be used is listed with its sentence, once, and tried again only if it changes.

Example:
    >>> watcher = Watcher(desk, Path("incoming"), load)  # doctest: +SKIP
    >>> for outcome in watcher.look():  # doctest: +SKIP
    ...     print(outcome.path, outcome.error or outcome.taken.call.line.emotion)
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from emotion_hf.desk import callers, intake
from emotion_hf.desk.callers import Caller
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.intake import Taken
from emotion_hf.desk.schema import callers as callers_table
from emotion_hf.desk.schema import watched
from emotion_hf.errors import AudioError, BusyError, DatabaseError, DeskError, SettingsError, WriteError
from emotion_hf.prediction import Classifier
from emotion_hf.search import search
from emotion_hf.timeline import MAX_TIMELINE_SECONDS

logger = logging.getLogger(__name__)

SETTLED_SECONDS = 2.0
"""A file that has not changed for this long, and between two looks, has stopped growing."""
LOOK_SECONDS = 2.0
MOST_LATEST = 5
FOR_NOW = (BusyError, DatabaseError, WriteError)
"""Errors that say nothing about the file, which is tried again."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the call, or the sentence that says why there is none."""

    path: Path
    caller: str
    taken: Taken | None = None
    error: str = ""


@dataclass(frozen=True)
class Seen:
    """A file that was taken, its caller, and when."""

    path: Path
    caller: str
    at: datetime


@dataclass(frozen=True)
class _File:
    path: Path
    size: int
    changed_at: float

    @property
    def key(self) -> str:
        """A value that is another one if the file changes; the path cannot be read from it."""
        state = f"{self.path}\n{self.size}\n{self.changed_at}"
        return hashlib.sha256(state.encode(errors="surrogatepass")).hexdigest()


class Watcher:
    """Takes recordings from one folder.

    Args:
        desk: The desk.
        folder: The folder, with a folder for each caller.
        classifier: Returns the model, which may change.
        max_seconds: Longest accepted recording.

    Raises:
        SettingsError: The folder is missing, or contains the desk.
    """

    def __init__(
        self,
        desk: Desk,
        folder: Path,
        classifier: Callable[[], Classifier],
        *,
        max_seconds: float = MAX_TIMELINE_SECONDS,
    ):
        if not folder.is_dir():
            raise SettingsError(f"The watched folder {folder} does not exist; make it, with a folder for each caller.")
        if desk.folder.resolve().is_relative_to(folder.resolve()):
            raise SettingsError(f"The watched folder {folder} contains the desk itself; choose another one.")
        self.desk, self.folder, self.classifier, self.max_seconds = desk, folder.resolve(), classifier, max_seconds
        self._seen: dict[Path, _File] = {}

    def look(self) -> Iterator[Outcome]:
        """Take the recordings that have stopped growing since the last look, and yield what became of them.

        Raises:
            DeskNotReadyError: The desk is not set up.
            DatabaseError: The database reports an error.
        """
        for file in self._settled():
            name = file.path.relative_to(self.folder).parts[0]
            outcome = self._take(file, name)
            if outcome is not None:
                yield outcome

    def run(
        self, stop: threading.Event, show: Callable[[Outcome], object], *, every_seconds: float = LOOK_SECONDS
    ) -> None:
        """Look again and again until ``stop`` is set; a full disk or a lost database is logged, and tried again.

        Raises:
            DeskNotReadyError: The desk is not set up.
            EmotionError: The model cannot be used.
        """
        while not stop.is_set():
            try:
                for outcome in self.look():
                    show(outcome)
                    if stop.is_set():
                        return
            except FOR_NOW as error:
                logger.warning("%s", error)
            stop.wait(every_seconds)

    def _settled(self) -> list[_File]:
        """Return the new files that are as they were at the last look."""
        now = {file.path: file for folder in self._folders() for file in _files(folder)}
        recently = self.desk.clock().timestamp() - SETTLED_SECONDS
        same = [file for file in now.values() if self._seen.get(file.path) == file and file.changed_at <= recently]
        self._seen = now
        if not same:
            return []
        with self.desk.reading() as connection:
            known = set(connection.execute(select(watched.c.key)).scalars())
        return sorted((file for file in same if file.key not in known), key=lambda file: file.changed_at)

    def _folders(self) -> list[Path]:
        try:
            return [path for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        except OSError:  # the drive is gone for now
            return []

    def _take(self, file: _File, name: str) -> Outcome | None:
        caller: Caller | None = None
        try:
            caller = callers.find(self.desk, name) or callers.add(self.desk, name)
            happened = min(datetime.fromtimestamp(file.changed_at, UTC), self.desk.clock())
            options = {"happened_at": happened, "max_seconds": self.max_seconds}
            taken = intake.take(self.desk, self.classifier(), file.path, caller.id, **options)  # type: ignore[arg-type]
            outcome = Outcome(file.path, name, taken)
        except FOR_NOW:
            raise
        except (AudioError, DeskError, SettingsError) as error:
            outcome = Outcome(file.path, name, error=str(error))
        self._note(file, caller, outcome)
        return outcome

    def _note(self, file: _File, caller: Caller | None, outcome: Outcome) -> None:
        """Remember the file, so that no process takes it again."""
        row = {
            "key": file.key,
            "caller_id": caller.id if caller else None,
            "path": str(file.path),
            "error": outcome.error or None,
            "seen_at": self.desk.clock(),
        }
        with self.desk.writing() as connection:
            connection.execute(delete(watched).where(watched.c.path == row["path"]))  # an earlier version of the file
            connection.execute(delete(watched).where(watched.c.key == row["key"]))
            connection.execute(insert(watched).values(**row))


def failures(desk: Desk) -> list[Outcome]:
    """Return the files of the watched folder that could not be used, newest first, each with its sentence."""
    with desk.reading() as connection:
        bad = select(watched).where(watched.c.error.is_not(None)).order_by(watched.c.seen_at.desc())
        found = [(Path(row.path), row.error) for row in connection.execute(bad)]
    return [Outcome(path, path.parent.name, error=error) for path, error in found]


def latest(desk: Desk) -> list[Seen]:
    """Return the files of the watched folder that were taken last, newest first, without those of deleted callers."""
    with desk.reading() as connection:
        good = select(watched.c.path, watched.c.seen_at, callers_table.c.name)
        good = good.join(callers_table, callers_table.c.id == watched.c.caller_id)
        good = good.where(watched.c.error.is_(None), watched.c.path.is_not(None))
        rows = connection.execute(good.order_by(watched.c.seen_at.desc()).limit(MOST_LATEST)).all()
    return [Seen(Path(row.path), row.name, row.seen_at) for row in rows]


def dismiss(desk: Desk, path: Path) -> None:
    """Take a file off the list of failures, for example because it was taken by hand."""
    with desk.writing() as connection:
        connection.execute(update(watched).where(watched.c.path == str(path)).values(error=None))


def _files(folder: Path) -> Iterator[_File]:
    for path in search(folder).recordings:
        try:
            state = os.stat(path)
        except OSError:  # gone by now
            continue
        yield _File(path, state.st_size, state.st_mtime)
