"""What the desk shows: its callers ordered by urgency, and the history of calls with filters.

`overview` reads callers with their last calls in one query and open alarms in another, without the large columns, so
that it stays fast with many calls (`benchmarks/DESK.md`).

Example:
    >>> overview(desk).rows[0].caller.name  # doctest: +SKIP
    'Anna'
    >>> history(desk, Filter(emotion="angry", urgent=True)).total  # doctest: +SKIP
    3
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from emotion_hf.desk.callers import Caller, of_row
from emotion_hf.desk.calls import LINE_COLUMNS, CallLine, State, line_of
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.rule import Level
from emotion_hf.desk.schema import acknowledgements, callers, calls, changes
from emotion_hf.errors import DeskError
from emotion_hf.prediction import Verdict
from emotion_hf.timeline import NO_SPEECH, NOT_SURE

TREND_CALLS = 12
PER_PAGE, MOST_PER_PAGE = 50, 500
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class CallerRow:
    """What the first view shows of a caller.

    Attributes:
        caller: The caller.
        calls: Number of calls.
        latest: The last call; ``None`` without calls.
        trend: The last calls, oldest first, for a line of their strain.
        alarm: The last call with an open alarm; ``None`` without.
        alarms: Number of open alarms.
        is_asleep: Whether all of them sleep.
    """

    caller: Caller
    calls: int
    latest: CallLine | None
    trend: tuple[CallLine, ...]
    alarm: CallLine | None
    alarms: int
    is_asleep: bool


@dataclass(frozen=True)
class Overview:
    """The first view.

    Attributes:
        rows: Callers: those with an open alarm first, then by the level and the time of their last calls.
        alarms: Number of open alarms that do not sleep, for the badge.
        change: The change number that belongs to it; see `Desk.change_number`.
        at: When it was read.
    """

    rows: tuple[CallerRow, ...]
    alarms: int
    change: int
    at: datetime


@dataclass(frozen=True)
class Filter:
    """Which calls a history shows; everything that is ``None`` or empty is not asked for.

    Attributes:
        caller_id: Only of this caller.
        emotion: Only with this emotion, as chosen by a person or else recognised; also ``not sure`` and ``no speech``.
        urgent: Only urgent calls, or only others.
        since: Only calls that happened then or later.
        until: Only calls that happened before.
        acknowledged: Only alarms that were acknowledged, or only those that were not.
        text: Only with this text in a note, in upper or lower case.
    """

    caller_id: int | None = None
    emotion: str = ""
    urgent: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    acknowledged: bool | None = None
    text: str = ""


@dataclass(frozen=True)
class Page:
    """A part of a history, newest first.

    Attributes:
        calls: The calls of this page.
        number: Number of the page, from 1.
        pages: Number of pages, at least 1.
        total: Number of calls on all pages.
    """

    calls: tuple[CallLine, ...]
    number: int
    pages: int
    total: int


def overview(desk: Desk, *, trend: int = TREND_CALLS) -> Overview:
    """Return all callers with their last calls and open alarms, ordered by urgency.

    Args:
        desk: The desk.
        trend: Number of last calls of each caller.
    """
    at = desk.clock()
    newest = [calls.c.happened_at.desc(), calls.c.id.desc()]
    ranked = select(
        calls.c.id,
        calls.c.caller_id,
        func.row_number().over(partition_by=calls.c.caller_id, order_by=newest).label("place"),
        func.count().over(partition_by=calls.c.caller_id).label("count"),
    ).subquery()
    last = (
        select(*LINE_COLUMNS, ranked.c.count.label("count"))
        .join(ranked, ranked.c.id == calls.c.id)
        .join(callers, callers.c.id == calls.c.caller_id)
        .where(ranked.c.place <= max(1, trend))
        .order_by(calls.c.happened_at, calls.c.id)
    )
    open_ones = select(*LINE_COLUMNS).join(callers, callers.c.id == calls.c.caller_id)
    open_ones = open_ones.where(calls.c.state == State.OPEN).order_by(calls.c.happened_at, calls.c.id)
    with desk.reading() as connection:
        change = connection.execute(select(changes.c.number)).scalar_one()
        known = [of_row(row) for row in connection.execute(select(callers).order_by(callers.c.name_key))]
        lines: dict[int, list[CallLine]] = {}
        counts: dict[int, int] = {}
        for row in connection.execute(last):
            lines.setdefault(row.caller_id, []).append(line_of(row))
            counts[row.caller_id] = row._mapping["count"]
        alarms: dict[int, list[CallLine]] = {}
        for row in connection.execute(open_ones):
            alarms.setdefault(row.caller_id, []).append(line_of(row))
    rows = [
        _row(caller, counts.get(caller.id, 0), lines.get(caller.id, []), alarms.get(caller.id, []), at)
        for caller in known
    ]
    awake = sum(line.is_alarm(at) for some in alarms.values() for line in some)
    return Overview(tuple(ordered(rows)), awake, change, at)


def ordered(rows: Iterable[CallerRow]) -> list[CallerRow]:
    """Return callers in the order of their urgency.

    First those with an open alarm that does not sleep, the newest alarm first; then by the level of the last call;
    callers of one level by its time, the newest first; callers without calls last.
    """

    def urgency(row: CallerRow) -> tuple[bool, int, datetime]:
        is_awake = row.alarm is not None and not row.is_asleep
        decides = row.alarm if is_awake else row.latest
        if decides is None:
            return False, -1, _LONG_AGO
        return is_awake, int(decides.level), decides.happened_at

    return sorted(rows, key=urgency, reverse=True)


def history(desk: Desk, chosen: Filter = Filter(), *, page: int = 1, per_page: int = PER_PAGE) -> Page:
    """Return a page of the calls that pass a filter, newest first; the last page if there are fewer.

    Raises:
        DeskError: The number or the size of the page cannot be used.
    """
    if page < 1 or not 1 <= per_page <= MOST_PER_PAGE:
        raise DeskError(f"There is no such page; pages are counted from 1 and have up to {MOST_PER_PAGE} calls.")
    wanted = list(_conditions(chosen))
    with desk.reading() as connection:
        total = connection.execute(select(func.count()).select_from(calls).where(*wanted)).scalar_one()
        pages = max(1, math.ceil(total / per_page))
        number = min(page, pages)
        found = (
            select(*LINE_COLUMNS)
            .join(callers, callers.c.id == calls.c.caller_id)
            .where(*wanted)
            .order_by(calls.c.happened_at.desc(), calls.c.id.desc())
            .limit(per_page)
            .offset((number - 1) * per_page)
        )
        return Page(tuple(line_of(row) for row in connection.execute(found)), number, pages, total)


def alarms_after(desk: Desk, call_id: int) -> list[CallLine]:
    """Return the open alarms of the calls with higher numbers than this one, in the order of the numbers."""
    newer = select(*LINE_COLUMNS).join(callers, callers.c.id == calls.c.caller_id)
    newer = newer.where(calls.c.state == State.OPEN, calls.c.id > call_id).order_by(calls.c.id)
    with desk.reading() as connection:
        return [line_of(row) for row in connection.execute(newer)]


def emotions(desk: Desk) -> list[str]:
    """Return the emotions that a filter can ask for: those of the calls on the desk."""
    shown = func.coalesce(calls.c.corrected, calls.c.label)
    with desk.reading() as connection:
        return sorted(label for label in connection.execute(select(shown).distinct()).scalars() if label)


def _row(caller: Caller, count: int, lines: list[CallLine], alarms: list[CallLine], at: datetime) -> CallerRow:
    awake = [line for line in alarms if line.is_alarm(at)]
    shown = (awake or alarms)[-1] if alarms else None
    latest = lines[-1] if lines else None
    return CallerRow(caller, count, latest, tuple(lines), shown, len(alarms), bool(alarms) and not awake)


def _conditions(chosen: Filter) -> Iterable[ColumnElement[bool]]:
    own = calls.c
    if chosen.caller_id is not None:
        yield own.caller_id == chosen.caller_id
    if chosen.emotion:
        yield _has_emotion(chosen.emotion)
    if chosen.urgent is not None:
        yield (own.level == Level.URGENT) if chosen.urgent else (own.level != Level.URGENT)
    if chosen.since is not None:
        yield own.happened_at >= chosen.since
    if chosen.until is not None:
        yield own.happened_at < chosen.until
    if chosen.acknowledged is not None:
        yield own.state == (State.ACKNOWLEDGED if chosen.acknowledged else State.OPEN)
    if chosen.text.strip():
        notes: Any = acknowledgements.c
        noted = select(notes.call_id).where(notes.note.icontains(chosen.text.strip(), autoescape=True))
        yield own.id.in_(noted)


def _has_emotion(emotion: str) -> ColumnElement[bool]:
    own = calls.c
    if emotion == NO_SPEECH:
        return own.label.is_(None) & own.corrected.is_(None)
    if emotion == NOT_SURE:
        return own.corrected.is_(None) & (own.verdict == str(Verdict.NOT_SURE))
    recognised = own.corrected.is_(None) & (own.label == emotion) & (own.verdict != str(Verdict.NOT_SURE))
    return or_(own.corrected == emotion, recognised)
