"""The desk's database: a SQLite file, or PostgreSQL by its address; migrations, transactions, and a change number.

SQLite writes ahead (WAL), so that readers never wait, and waits for the disk at each commit, so that nothing that was
acknowledged is lost when a process is killed or the power fails. Every writing transaction counts the change number
up first. That makes writers wait for each other on both databases, and tells a browser whether to read again.

Example:
    >>> database = Database.open(folder)  # doctest: +SKIP
    >>> with database.writing() as connection:  # doctest: +SKIP
    ...     connection.execute(insert(callers).values(name="Anna", …))
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text, update
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from emotion_hf.desk.schema import changes
from emotion_hf.errors import DatabaseError, SettingsError

FILE_NAME = "desk.sqlite"
WAIT_SECONDS = 30.0
"""How long a transaction waits for another one."""
POSTGRESQL = "postgresql"
MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATING = 7_340_215
"""Number of PostgreSQL's advisory lock while a process migrates; any number that no other program uses."""


@dataclass(frozen=True)
class Database:
    """An open database with the newest tables.

    Attributes:
        engine: SQLAlchemy's engine.
    """

    engine: Engine

    @classmethod
    def open(cls, folder: Path, address: str = "") -> Database:
        """Open the database and bring its tables up to date; several processes may do so at once.

        Args:
            folder: Folder of the desk, which is made if it is missing; the SQLite file is in it.
            address: Address of a PostgreSQL database; empty for SQLite.

        Raises:
            SettingsError: The address cannot be used, or the driver is not installed.
            DatabaseError: It cannot be reached or written, or a newer version of this package has made it.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(f"The desk cannot use the folder {folder} ({error.strerror}).") from error
        database = cls(_postgresql(address) if address else _sqlite(folder / FILE_NAME))
        with _one_sentence():
            database._migrate(folder)
        return database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that changes nothing and sees one state of the database.

        Raises:
            DatabaseError: The database reports an error.
        """
        isolation: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if self.is_postgresql else {}
        with _one_sentence(), self.engine.connect().execution_options(**isolation) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end of the block, and waits for all others that write.

        Raises:
            DatabaseError: The database reports an error; nothing was changed.
        """
        with _one_sentence(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.execute(update(changes).values(number=changes.c.number + 1))
            yield connection

    def change_number(self) -> int:
        """Return a number that every change counts up; it costs one short query."""
        with self.reading() as connection:
            return connection.execute(select(changes.c.number)).scalar_one()

    def erase(self) -> None:
        """Erase deleted rows from the files of SQLite, where they wait in the log otherwise.

        PostgreSQL does so in its own time (VACUUM).
        """
        if self.is_postgresql:
            return
        with _one_sentence(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def is_postgresql(self) -> bool:
        """Whether this is PostgreSQL, not SQLite."""
        return self.engine.dialect.name == POSTGRESQL

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _migrate(self, folder: Path) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        script = ScriptDirectory.from_config(config)
        newest = script.get_current_head()
        with self.engine.connect() as connection:
            if _revision(connection) == newest:
                return
        with self._alone(folder), self.engine.connect().execution_options(writes=True) as connection:
            revision = _revision(connection)
            if revision not in (None, *(one.revision for one in script.walk_revisions())):
                raise DatabaseError(
                    f"A newer version of emotion_hf has made this desk's database (revision {revision}); update "
                    "emotion_hf."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    @contextmanager
    def _alone(self, folder: Path) -> Iterator[None]:
        """Let one process migrate at a time."""
        if not self.is_postgresql:
            with FileLock(folder / "migrating.lock"):
                yield
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATING})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATING})


def _revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def _sqlite(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path.absolute()}", connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None  # the transactions below begin and end as said, also around CREATE TABLE
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer that began as a reader could not wait for another writer.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: str) -> Engine:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the message would repeat the password
        url = None
    if url is None or url.get_backend_name() not in (POSTGRESQL, "postgres"):
        raise SettingsError("The desk's database must be PostgreSQL: postgresql://USER:PASSWORD@HOST/NAME.") from None
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as error:
        remedy = "pip install 'emotion-hf[postgresql]'"
        raise SettingsError(f"PostgreSQL needs its driver; install it with: {remedy}") from error


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn an error of the database into one sentence, without its statement, values or password."""
    try:
        yield
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split()).rstrip(".")
        raise DatabaseError(f"The desk's database cannot do this ({reason}); nothing was changed.") from error
    except SQLAlchemyError as error:
        raise DatabaseError(f"The desk's database cannot do this ({type(error).__name__}).") from error
