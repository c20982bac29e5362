"""Acknowledge alarms, let them sleep, add notes, and measure how good the alarms of this desk are.

The figures come from this desk's own acknowledgements. They are few, so they are always shown with their counts, and
there is no figure without at least one case or one hour. There are no figures about the people who acknowledge.

Example:
    >>> acknowledge(desk, call.line.id, judged=Judged.FALSE_ALARM, who="MK", note="laughing")  # doctest: +SKIP
    >>> measured(desk).precision  # doctest: +SKIP
    Share(count=11, of=14)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from emotion_hf.desk.calls import Call, Judged, State, read
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.schema import MOST_NAME_CHARACTERS, MOST_NOTE_CHARACTERS, calls
from emotion_hf.desk.schema import acknowledgements as table
from emotion_hf.desk.setup import one_line
from emotion_hf.errors import DeskError

ACKNOWLEDGE, SNOOZE, NOTE = "acknowledge", "snooze", "note"
ALARMS = (State.OPEN, State.ACKNOWLEDGED)
MOST_SNOOZE_MINUTES = 7 * 24 * 60.0
_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


@dataclass(frozen=True)
class Share:
    """A number of cases among others; it has no value if there are none."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True)
class Measured:
    """How good the alarms of this desk are, from its own acknowledgements.

    Attributes:
        alarms: Number of alarms.
        open: Number of alarms that nobody has acknowledged.
        precision: Right alarms among those that somebody judged.
        hours: Hours of recordings that were analysed.
        missed: Number of calls of which somebody said that an alarm was missing.
        since: Calls that were received before this do not count; ``None`` for all.
    """

    alarms: int
    open: int
    precision: Share
    hours: float
    missed: int
    since: datetime | None

    @property
    def alarms_per_hour(self) -> float | None:
        """Alarms per hour of recordings; ``None`` with less than an hour of them."""
        return self.alarms / self.hours if self.hours >= 1 else None

    @property
    def false_alarms_per_hour(self) -> float | None:
        """The same for alarms that somebody judged to be false; those that nobody judged are not counted."""
        return (self.precision.of - self.precision.count) / self.hours if self.hours >= 1 else None


def acknowledge(
    desk: Desk, call_id: int, *, judged: Judged | str | None = None, who: str = "", note: str = ""
) -> Call:
    """Acknowledge the alarm of a call, and say whether it was right; or say that a quiet call was urgent.

    A later judgement replaces an earlier one.

    Args:
        desk: The desk.
        call_id: Number of the call.
        judged: What the person thinks of the urgency, if anything.
        who: The person.
        note: A note.

    Raises:
        DeskError: There is no such call, it raised no alarm, or a text is too long.
    """
    try:
        judged = None if judged is None else Judged(judged)
    except ValueError:
        raise DeskError(f"An alarm cannot be judged {judged!r}; choose one of {', '.join(Judged)}.") from None
    with desk.writing() as connection:
        state = read(connection, call_id).line.state
        is_alarm = state in ALARMS
        if is_alarm and judged is Judged.MISSED:
            raise DeskError("This call has raised an alarm, so none was missed; choose right or false alarm.")
        if not is_alarm and judged is not Judged.MISSED:
            raise DeskError("This call raised no alarm; if it should have, say that one was missed.")
        if state is State.COOLING:
            raise DeskError("This call is part of an earlier alarm of the caller; acknowledge that one.")
        if is_alarm:
            _change(connection, call_id, state=str(State.ACKNOWLEDGED), snoozed_until=None)
        _note(desk, connection, call_id, ACKNOWLEDGE, who, note, judged=judged)
        return read(connection, call_id)


def snooze(desk: Desk, call_id: int, minutes: float, *, who: str = "", note: str = "") -> Call:
    """Let the alarm of a call sleep for some minutes.

    Raises:
        DeskError: There is no such call, it has no open alarm, or the time or a text is too long.
    """
    if not 0 < minutes <= MOST_SNOOZE_MINUTES:
        raise DeskError(f"An alarm can be snoozed for up to {MOST_SNOOZE_MINUTES:g} minutes; choose a time above 0.")
    until = desk.clock() + timedelta(minutes=minutes)
    with desk.writing() as connection:
        if read(connection, call_id).line.state is not State.OPEN:
            raise DeskError("This call has no open alarm to snooze.")
        _change(connection, call_id, snoozed_until=until)
        _note(desk, connection, call_id, SNOOZE, who, note, snooze_until=until)
        return read(connection, call_id)


def add_note(desk: Desk, call_id: int, note: str, *, who: str = "") -> Call:
    """Add a note to a call.

    Raises:
        DeskError: There is no such call, or the note is empty or too long.
    """
    if not note.strip():
        raise DeskError("The note is empty; write something.")
    with desk.writing() as connection:
        read(connection, call_id)
        _note(desk, connection, call_id, NOTE, who, note)
        return read(connection, call_id)


def measured(desk: Desk, since: datetime | None = None) -> Measured:
    """Return how good the alarms are.

    Args:
        desk: The desk.
        since: Only count calls received from then on, such as the time of the last change of the rule.
    """
    counted = () if since is None else (calls.c.received_at >= since,)
    with desk.reading() as connection:
        totals = select(calls.c.state, func.count(), func.sum(calls.c.duration_seconds)).where(*counted)
        by_state = {State(row[0]): (row[1], row[2]) for row in connection.execute(totals.group_by(calls.c.state))}
        said = select(table.c.call_id, table.c.judged).join(calls, calls.c.id == table.c.call_id)
        said = said.where(table.c.judged.is_not(None), *counted).order_by(table.c.id)
        last = {row.call_id: Judged(row.judged) for row in connection.execute(said)}
    judged = list(last.values())
    right = judged.count(Judged.RIGHT)
    return Measured(
        alarms=sum(by_state.get(state, (0, 0))[0] for state in ALARMS),
        open=by_state.get(State.OPEN, (0, 0))[0],
        precision=Share(right, right + judged.count(Judged.FALSE_ALARM)),
        hours=sum(seconds for _, seconds in by_state.values()) / 3600,
        missed=judged.count(Judged.MISSED),
        since=since,
    )


def _change(connection: Connection, call_id: int, **values: Any) -> None:
    connection.execute(update(calls).where(calls.c.id == call_id).values(**values))


def _note(desk: Desk, connection: Connection, call_id: int, kind: str, who: str, note: str, **values: Any) -> None:
    note = note.strip()
    if len(note) > MOST_NOTE_CHARACTERS:
        raise DeskError(f"The note has {len(note):,} characters; {MOST_NOTE_CHARACTERS:,} are allowed.")
    who = one_line(who, "The name", MOST_NAME_CHARACTERS, empty=True)
    values |= {"call_id": call_id, "kind": kind, "who": who, "at": desk.clock(), "note": _CONTROL.sub("", note)}
    connection.execute(insert(table).values(values))
