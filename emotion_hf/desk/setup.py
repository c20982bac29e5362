"""Set up a desk: its purpose and place, the accepted terms, how calls are recorded, and the rule of urgency.

Example:
    >>> accept(desk, purpose="Crisis line, nights", place="Zurich", who="M. Keller")  # doctest: +SKIP
    >>> setup.get(desk).purpose  # doctest: +SKIP
    'Crisis line, nights'
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from emotion_hf.desk.desk import SETUP, Desk
from emotion_hf.desk.law import TERMS
from emotion_hf.desk.rule import Rule
from emotion_hf.desk.schema import MOST_NAME_CHARACTERS, options
from emotion_hf.errors import DeskError, SettingsError

RULE, RECORDINGS = "rule", "recordings"
MOST_TEXT_CHARACTERS = 500
MOST_CHANNELS = 64
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


@dataclass(frozen=True)
class SetUp:
    """What was accepted, by whom and when.

    Attributes:
        purpose: What the desk is for.
        place: Where it is used.
        who: Who accepted the terms.
        accepted_at: When.
        terms: The accepted text.
    """

    purpose: str
    place: str
    who: str
    accepted_at: datetime
    terms: tuple[str, ...]


class OneChannel(StrEnum):
    """What a recording of one channel holds, unless somebody says it for a recording."""

    CHECK = "check"
    """Only the caller; a recording in which two speakers are found is refused until somebody says who is who."""
    CALLER = "caller"
    """Only the caller; this is not checked."""
    A = "A"
    """Two speakers: the one who speaks first is the caller."""
    B = "B"
    """Two speakers: the one who speaks second is the caller."""


@dataclass(frozen=True)
class Recordings:
    """How the calls of this desk are recorded.

    Attributes:
        caller_channel: The caller's channel in recordings of several channels, counted from 0; ``None`` if this is
            not known, so that they are refused.
        one_channel: What recordings of one channel hold.

    Raises:
        SettingsError: A value cannot be used.
    """

    caller_channel: int | None = None
    one_channel: OneChannel = OneChannel.CHECK

    def __post_init__(self) -> None:
        channel = self.caller_channel
        is_number = isinstance(channel, int) and not isinstance(channel, bool)
        if channel is not None and not (is_number and 0 <= channel < MOST_CHANNELS):
            raise SettingsError(f"The caller's channel must be a whole number from 0 to {MOST_CHANNELS - 1}.")
        try:
            object.__setattr__(self, "one_channel", OneChannel(self.one_channel))
        except ValueError:
            raise SettingsError(f"What one channel holds must be one of {', '.join(OneChannel)}.") from None


def accept(desk: Desk, *, purpose: str, place: str, who: str = "") -> SetUp:
    """Note the purpose and the place of the desk, and that its terms (`emotion_hf.desk.law.TERMS`) were accepted.

    A second call replaces the first.

    Raises:
        DeskError: The purpose or the place is missing or too long.
        DatabaseError: The database reports an error.
    """
    plain = {
        "purpose": one_line(purpose, "The purpose of the desk", MOST_TEXT_CHARACTERS),
        "place": one_line(place, "The place of the desk", MOST_TEXT_CHARACTERS),
        "who": one_line(who, "The name", MOST_NAME_CHARACTERS, empty=True),
        "terms": list(TERMS),
    }
    with desk.database.writing() as connection:  # nobody can have accepted before this
        store(connection, desk, SETUP, plain)
    accepted = get(desk)
    assert accepted is not None
    return accepted


def get(desk: Desk) -> SetUp | None:
    """Return what was accepted; ``None`` before."""
    with desk.database.reading() as connection:
        row = connection.execute(select(options).where(options.c.name == SETUP)).one_or_none()
    if row is None:
        return None
    plain = row.value
    return SetUp(plain["purpose"], plain["place"], plain["who"], row.changed_at, tuple(plain["terms"]))


def recordings(desk: Desk) -> Recordings:
    """Return how calls are recorded."""
    with desk.reading() as connection:
        value = value_of(connection, RECORDINGS)
    return Recordings(**value) if value else Recordings()


def set_recordings(desk: Desk, chosen: Recordings) -> None:
    """Change how calls are recorded; this affects the next ones."""
    with desk.writing() as connection:
        store(connection, desk, RECORDINGS, asdict(chosen) | {"one_channel": str(chosen.one_channel)})


def rule(desk: Desk) -> Rule:
    """Return the rule of urgency."""
    with desk.reading() as connection:
        value = value_of(connection, RULE)
    return Rule.from_dict(value) if value else Rule()


def rule_since(desk: Desk) -> datetime | None:
    """Return when the rule was last changed; ``None`` if it is the usual one."""
    with desk.reading() as connection:
        return connection.execute(select(options.c.changed_at).where(options.c.name == RULE)).scalar_one_or_none()


def set_rule(desk: Desk, chosen: Rule) -> None:
    """Change the rule of urgency; this affects the next calls, and leaves the others as they were judged."""
    with desk.writing() as connection:
        store(connection, desk, RULE, chosen.to_dict())


def one_line(text: str, what: str, longest: int, *, empty: bool = False) -> str:
    """Return text without spaces around it.

    Raises:
        DeskError: It is empty, too long, or not one line.
    """
    if not isinstance(text, str):
        raise DeskError(f"{what} must be text.")
    text = text.strip()
    if not (text or empty):
        raise DeskError(f"{what} must not be empty.")
    if len(text) > longest:
        raise DeskError(f"{what} has {len(text):,} characters; {longest:,} are allowed.")
    if _CONTROL.search(text):
        raise DeskError(f"{what} must be one line without control characters.")
    return text


def value_of(connection: Connection, name: str) -> Any:
    """Return an option of the desk; ``None`` if it was never stored."""
    return connection.execute(select(options.c.value).where(options.c.name == name)).scalar_one_or_none()


def store(connection: Connection, desk: Desk, name: str, value: Any) -> None:
    """Store an option of the desk in place of its earlier value."""
    connection.execute(delete(options).where(options.c.name == name))
    connection.execute(insert(options).values(name=name, value=value, changed_at=desk.clock()))
