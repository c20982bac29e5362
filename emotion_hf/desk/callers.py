"""The callers of a desk: add, rename, and whether they consent to training.

A caller's name may be a pseudonym, and should be one where the desk needs no more. `emotion_hf.desk.deletion` deletes
a caller with everything about them.

Example:
    >>> anna = add(desk, "Anna")  # doctest: +SKIP
    >>> set_consent(desk, anna.id, True).may_train  # doctest: +SKIP
    True
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from emotion_hf.desk.desk import Desk
from emotion_hf.desk.schema import MOST_NAME_CHARACTERS
from emotion_hf.desk.schema import callers as table
from emotion_hf.desk.setup import one_line
from emotion_hf.errors import DeskError


@dataclass(frozen=True)
class Caller:
    """A person who calls.

    Attributes:
        id: Its number on this desk.
        name: A name or pseudonym; no two callers have names that differ only in upper and lower case.
        may_train: Whether the caller consents to training with the corrected calls.
        consent_at: When this was last recorded; ``None`` if nobody has asked.
        created_at: When the caller was added.
    """

    id: int
    name: str
    may_train: bool
    consent_at: datetime | None
    created_at: datetime


def add(desk: Desk, name: str, *, may_train: bool | None = None) -> Caller:
    """Add a caller.

    Args:
        desk: The desk.
        name: A name or pseudonym.
        may_train: Whether the caller consents to training; ``None`` if nobody has asked, which counts as no.

    Raises:
        DeskError: The name is empty, too long, not one line, or taken.
    """
    name = _checked(name)
    with desk.writing() as connection:
        _check_free(connection, name)
        asked = None if may_train is None else desk.clock()
        values = {"name": name, "name_key": _key(name), "may_train": bool(may_train), "consent_at": asked}
        added = insert(table).values(**values, created_at=desk.clock()).returning(table.c.id)
        return read(connection, connection.execute(added).scalar_one())


def rename(desk: Desk, caller_id: int, name: str) -> Caller:
    """Give a caller another name.

    Raises:
        DeskError: The name is empty, too long, not one line, or taken, or there is no such caller.
    """
    name = _checked(name)
    with desk.writing() as connection:
        read(connection, caller_id)
        _check_free(connection, name, but=caller_id)
        connection.execute(update(table).where(table.c.id == caller_id).values(name=name, name_key=_key(name)))
        return read(connection, caller_id)


def get(desk: Desk, caller_id: int) -> Caller:
    """Return a caller.

    Raises:
        DeskError: There is no such caller.
    """
    with desk.reading() as connection:
        return read(connection, caller_id)


def find(desk: Desk, name: str) -> Caller | None:
    """Return the caller with this name, in upper or lower case; ``None`` if there is none."""
    with desk.reading() as connection:
        row = connection.execute(select(table).where(table.c.name_key == _key(name.strip()))).one_or_none()
    return None if row is None else of_row(row)


def all_callers(desk: Desk) -> list[Caller]:
    """Return all callers in the order of their names."""
    with desk.reading() as connection:
        return [of_row(row) for row in connection.execute(select(table).order_by(table.c.name_key))]


def read(connection: Connection, caller_id: int) -> Caller:
    """Return a caller in an open transaction.

    Raises:
        DeskError: There is no such caller.
    """
    row = connection.execute(select(table).where(table.c.id == caller_id)).one_or_none()
    if row is None:
        raise DeskError("This caller is no longer on the desk.")
    return of_row(row)


def of_row(row: Row[*tuple[Any, ...]]) -> Caller:
    """Return the caller of a row of the table."""
    return Caller(row.id, row.name, row.may_train, row.consent_at, row.created_at)


def _checked(name: str) -> str:
    return one_line(unicodedata.normalize("NFC", name), "The caller's name", MOST_NAME_CHARACTERS)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()[: 2 * MOST_NAME_CHARACTERS]


def _check_free(connection: Connection, name: str, but: int | None = None) -> None:
    taken = connection.execute(select(table.c.id).where(table.c.name_key == _key(name))).scalar_one_or_none()
    if taken is not None and taken != but:
        raise DeskError(f"A caller named {name} is already on the desk; choose another name.")
