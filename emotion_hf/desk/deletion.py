"""Delete callers and old calls: audio, rows, corrections, exports made on this machine, and the voice.

What is outside the database goes first, the rows last. A process that dies in between leaves rows, so that the same
deletion can be done again. Recordings that nobody names any more go at the end.

Example:
    >>> delete_caller(desk, anna.id)  # doctest: +SKIP
    Deleted(calls=3, corrections=1, models=(), exports=1, recordings=3, left=())
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, false, select, update

from emotion_hf.desk import callers, reference
from emotion_hf.desk.corrections import forget, numbers_of
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.schema import callers as callers_table
from emotion_hf.desk.schema import calls, exports, watched
from emotion_hf.disk import sha256
from emotion_hf.errors import SettingsError, WriteError

MOST_DAYS = 36_500


@dataclass(frozen=True)
class Deleted:
    """What was deleted.

    Attributes:
        calls: Number of calls.
        corrections: Number of corrections.
        models: Names of models that were trained on these corrections; only a new training makes them forget.
        exports: Number of exports.
        recordings: Number of recordings; one that another caller has as well is kept for that caller.
        left: Files that the desk does not delete: exports that were changed, and originals in the watched folder.
    """

    calls: int
    corrections: int
    models: tuple[str, ...]
    exports: int
    recordings: int
    left: tuple[Path, ...] = ()


def delete_caller(desk: Desk, caller_id: int) -> Deleted:
    """Delete a caller with everything about them.

    Raises:
        DeskError: There is no such caller.
        FeedbackError: The store of corrections reports an error.
        WriteError: A file cannot be removed.
        DatabaseError: The database reports an error.
    """
    with desk.reading() as connection:
        callers.read(connection, caller_id)
    return _delete(desk, calls.c.caller_id == caller_id, gone=caller_id)


def purge(desk: Desk, days: int | None = None) -> Deleted:
    """Delete the calls that the desk received more than some days ago, with everything about them; callers stay.

    Args:
        desk: The desk.
        days: Days that a call is kept; by default those of the desk. 0 keeps all.

    Raises:
        SettingsError: The number of days cannot be used.
        FeedbackError: The store of corrections reports an error.
        WriteError: A file cannot be removed.
        DatabaseError: The database reports an error.
    """
    days = desk.days if days is None else days
    if not 0 <= days <= MOST_DAYS:
        raise SettingsError(f"Calls cannot be kept for {days} days; choose from 0, which keeps all, to {MOST_DAYS:,}.")
    return _delete(desk, calls.c.received_at < desk.clock() - timedelta(days=days) if days else false())


def sweep(desk: Desk) -> int:
    """Remove recordings without a call, which a killed process left, and return their number.

    Raises:
        WriteError: A file cannot be removed.
        DatabaseError: The database reports an error; nothing was removed.
    """
    with desk.sounds.locked():  # no process is between a file and its row
        with desk.reading() as connection:
            known = set(connection.execute(select(calls.c.audio)).scalars())
        return desk.sounds.remove_others(known)


def _delete(desk: Desk, which: ColumnElement[bool], gone: int | None = None) -> Deleted:
    """Delete the calls that meet a condition, and the caller ``gone``."""
    with desk.reading() as connection:
        numbers = numbers_of(connection, select(calls.c.id).where(which))
    corrections, models = forget(desk, numbers)
    with desk.sounds.locked():  # no export is being written
        with desk.reading() as connection:
            about = select(calls.c.caller_id).where(which).distinct()
            owners = {*connection.execute(about).scalars(), *({gone} - {None})}
            files = connection.execute(select(exports).where(exports.c.caller_id.in_(owners))).all()
            originals = connection.execute(select(watched.c.path).where(watched.c.caller_id == gone)).scalars().all()
        removed, left = _remove_exports(files)
        with desk.writing() as connection:
            for owner in owners:
                reference.forget(connection, owner)
            connection.execute(delete(exports).where(exports.c.id.in_([file.id for file in files])))
            count = connection.execute(delete(calls).where(which)).rowcount
            if gone is not None:
                _forget_caller(connection, gone)
        recordings = sweep(desk)
    desk.database.erase()
    left += [path for original in originals if original and (path := Path(original)).exists()]
    return Deleted(count, corrections, models, removed, recordings, tuple(left))


def _forget_caller(connection: Connection, caller_id: int) -> None:
    """Remove a caller; calls and all that hangs on them go with it. A watched file is not taken again."""
    nameless = {"path": None, "error": None, "caller_id": None}
    connection.execute(update(watched).where(watched.c.caller_id == caller_id).values(nameless))
    connection.execute(delete(callers_table).where(callers_table.c.id == caller_id))


def _remove_exports(files: Sequence[Any]) -> tuple[int, list[Path]]:
    """Remove exports, and return their number and those that are another file by now."""
    removed, left = 0, []
    for file in files:
        path = Path(file.path)
        try:
            if not path.exists():
                continue
            if sha256(path) != file.content:
                left.append(path)
                continue
            path.unlink()
            removed += 1
        except OSError as error:
            raise WriteError(f"The export {path} cannot be removed ({error.strerror}); remove it first.") from error
    return removed, left
