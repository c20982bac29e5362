"""An open desk: its database, its recordings, the corrections it shares with the page, and its clock.

The chapters beside this one say what can be done with it: `callers`, `intake`, `listing`, `alarms`, `corrections`, …
Nothing works before somebody has set the desk up (`emotion_hf.desk.setup`).

Example:
    >>> desk = Desk.open(Settings())  # doctest: +SKIP
    >>> callers.add(desk, "Anna")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from sqlalchemy import Connection, select

from emotion_hf.desk.database import Database
from emotion_hf.desk.schema import options
from emotion_hf.desk.sounds import Sounds
from emotion_hf.errors import DeskNotReadyError
from emotion_hf.feedback import FeedbackStore
from emotion_hf.settings import Settings

SETUP = "setup"
NOT_READY = "The desk is not set up yet: name its purpose and place, and accept its terms first."


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """A desk that callers, calls and alarms are kept in; threads and processes may share it.

    Attributes:
        folder: Its folder.
        database: Its database.
        sounds: Its recordings.
        feedback: The page's corrections.
        days: Days after which a call is deleted; 0 keeps calls.
        clock: Returns the time in UTC; tests move it.
    """

    folder: Path
    database: Database
    sounds: Sounds
    feedback: FeedbackStore
    days: int = 0
    clock: Callable[[], datetime] = now
    _is_ready: Event = field(default_factory=Event, repr=False, compare=False)

    @classmethod
    def open(
        cls, settings: Settings, feedback: FeedbackStore | None = None, *, clock: Callable[[], datetime] = now
    ) -> Desk:
        """Open the desk of these settings, and make it if there is none.

        Args:
            settings: The settings.
            feedback: The page's corrections; by default those in ``feedback_dir``.
            clock: Returns the time in UTC.

        Raises:
            SettingsError: The address of the database cannot be used, or its driver is not installed.
            DatabaseError: The database cannot be reached or written.
        """
        folder = settings.desk_dir
        database = Database.open(folder, settings.desk_database)
        store = FeedbackStore(settings.feedback_dir) if feedback is None else feedback
        return cls(folder, database, Sounds(folder), store, settings.desk_days, clock)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that changes nothing.

        Raises:
            DeskNotReadyError: The desk is not set up.
            DatabaseError: The database reports an error.
        """
        with self.database.reading() as connection:
            self._check_ready(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end of the block.

        Raises:
            DeskNotReadyError: The desk is not set up.
            DatabaseError: The database reports an error; nothing was changed.
        """
        with self.database.writing() as connection:
            self._check_ready(connection)
            yield connection

    def change_number(self) -> int:
        """Return a number that counts the changes of all processes: poll it, and read again if it moved."""
        return self.database.change_number()

    def close(self) -> None:
        """Close the connections to the database."""
        self.database.close()

    def _check_ready(self, connection: Connection) -> None:
        if self._is_ready.is_set():  # nothing takes the acceptance back
            return
        if connection.execute(select(options.c.name).where(options.c.name == SETUP)).first() is None:
            raise DeskNotReadyError(NOT_READY)
        self._is_ready.set()
