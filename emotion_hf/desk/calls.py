"""The calls of a desk: what was recognised, how urgent it is, and what people did about it.

`CallLine` has what a list shows; `Call` adds the prediction, the timeline and the acknowledgements.

Example:
    >>> call = get(desk, 17)  # doctest: +SKIP
    >>> call.line.emotion, call.line.reason, wave(desk, call).shape  # doctest: +SKIP
    ('angry', Reason('angry', 12.0, 31.5, 0.83), (720000,))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, select

from emotion_hf.desk.desk import Desk
from emotion_hf.desk.rule import Level, Reason
from emotion_hf.desk.schema import acknowledgements as acknowledgements_table
from emotion_hf.desk.schema import callers, corrections, results
from emotion_hf.desk.schema import calls as table
from emotion_hf.errors import DeskError
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import NO_SPEECH, NOT_SURE, Timeline, Window


class State(StrEnum):
    """What happens about a call."""

    QUIET = "quiet"
    """It raised no alarm."""
    COOLING = "cooling"
    """It is urgent, but the caller raised an alarm shortly before."""
    OPEN = "open"
    """It raised an alarm that nobody has acknowledged."""
    ACKNOWLEDGED = "acknowledged"
    """It raised an alarm, and somebody has acknowledged it."""


class Judged(StrEnum):
    """What a person who listened thinks of the urgency."""

    RIGHT = "right"
    """The alarm was right."""
    FALSE_ALARM = "false_alarm"
    """The alarm was false."""
    MISSED = "missed"
    """There was no alarm, but there should have been one."""


@dataclass(frozen=True)
class Acknowledgement:
    """What a person did about a call.

    Attributes:
        id: Its number.
        kind: ``acknowledge``, ``snooze`` or ``note``.
        who: The person, if given; no figures are made of this.
        at: When.
        judged: What the person thinks of the urgency, if that was said.
        snooze_until: Until when the alarm sleeps, if it does.
        note: A note, or empty.
    """

    id: int
    kind: str
    who: str
    at: datetime
    judged: Judged | None
    snooze_until: datetime | None
    note: str


@dataclass(frozen=True)
class CallLine:
    """What a list shows of a call.

    Attributes:
        id: Its number on this desk.
        caller_id: Number of its caller.
        caller: Name of its caller.
        received_at: When the desk took it.
        happened_at: When it happened, as far as known.
        file_name: Name of the file that it came from.
        duration_seconds: Length of the recording.
        label: The recognised emotion; ``None`` without speech.
        confidence: Its probability.
        verdict: Whether the recording could be judged.
        strain: Mean probability of the rule's emotions together, from 0 to 1.
        level: How urgent it is.
        reason: The stretch that decided; ``None`` for a calm call.
        state: What happens about it.
        snoozed_until: Until when its alarm sleeps.
        corrected: The emotion that a person chose, if it was corrected.
        model: Name of the model.
        reference_recordings: Number of the caller's earlier recordings that served as reference.
    """

    id: int
    caller_id: int
    caller: str
    received_at: datetime
    happened_at: datetime
    file_name: str
    duration_seconds: float
    label: str | None
    confidence: float
    verdict: Verdict
    strain: float
    level: Level
    reason: Reason | None
    state: State
    snoozed_until: datetime | None
    corrected: str | None
    model: str
    reference_recordings: int

    @property
    def emotion(self) -> str:
        """What to show: the emotion that a person chose, else the recognised one, ``not sure`` or ``no speech``."""
        if self.corrected or self.label is None:
            return self.corrected or NO_SPEECH
        return NOT_SURE if self.verdict is Verdict.NOT_SURE else self.label

    def is_alarm(self, at: datetime) -> bool:
        """Whether its alarm is open and does not sleep."""
        return self.state is State.OPEN and (self.snoozed_until is None or self.snoozed_until <= at)


@dataclass(frozen=True)
class Call:
    """A call with all that is known about it.

    Attributes:
        line: What a list shows.
        source: SHA-256 of the samples that came in.
        audio: Name of its recording among the desk's; see `wave` and `sound_path`.
        channel: Channel that was used, if it was chosen.
        speaker: Who the caller is, ``A`` or ``B``, if two speakers were told apart.
        prediction: The prediction as ``emotion-hf predict --json`` prints it.
        timeline: The timeline as ``emotion-hf timeline --json`` prints it.
        correction_id: Number of the correction, if it was corrected and is stored.
        acknowledgements: What people did, oldest first.
    """

    line: CallLine
    source: str
    audio: str
    channel: int | None
    speaker: str | None
    prediction: Mapping[str, Any]
    timeline: Mapping[str, Any]
    correction_id: str | None
    acknowledgements: tuple[Acknowledgement, ...]

    def as_timeline(self) -> Timeline:
        """Return the timeline as `emotion_hf.timeline` has it, for pictures and files."""
        plain = self.timeline
        windows, bands = (tuple(_window(one) for one in plain[name]) for name in ("windows", "bands"))
        others = tuple(one for one in bands if one.speaker and not one.prediction.scores)
        overall = prediction_of(plain["overall"])
        return Timeline(windows, overall, plain["duration_seconds"], plain["is_centred"], others)


LINE = tuple(field.name for field in fields(CallLine) if field.name not in ("caller", "reason"))
LINE_COLUMNS = (
    *(table.c[name] for name in LINE),
    callers.c.name.label("caller"),
    table.c.reason_emotion,
    table.c.reason_start_seconds,
    table.c.reason_end_seconds,
    table.c.reason_confidence,
)
"""The columns that `line_of` reads; the large ones stay in the database."""


def get(desk: Desk, call_id: int) -> Call:
    """Return a call.

    Raises:
        DeskError: There is no such call.
    """
    with desk.reading() as connection:
        return read(connection, call_id)


def wave(desk: Desk, call: Call) -> np.ndarray:
    """Return the recording of a call, mono float32 at 16 kHz; where another speaker was found, it is silent.

    Raises:
        DeskError: The file is missing.
    """
    return desk.sounds.read(call.audio)


def sound_path(desk: Desk, call: Call) -> Path:
    """Return the path of the recording of a call, a FLAC file."""
    return desk.sounds.path(call.audio)


def read(connection: Connection, call_id: int) -> Call:
    """Return a call in an open transaction.

    Raises:
        DeskError: There is no such call.
    """
    more = (table.c.source, table.c.audio, table.c.channel, table.c.speaker, results.c.prediction, results.c.timeline)
    row = connection.execute(
        select(*LINE_COLUMNS, *more)
        .join(callers, callers.c.id == table.c.caller_id)
        .join(results, results.c.call_id == table.c.id)
        .where(table.c.id == call_id)
    ).one_or_none()
    if row is None:
        raise DeskError("This call is no longer on the desk.")
    own = acknowledgements_table.c
    done = connection.execute(
        select(acknowledgements_table).where(own.call_id == call_id).order_by(own.at, own.id)
    ).all()
    return Call(
        line_of(row),
        row.source,
        row.audio,
        row.channel,
        row.speaker,
        row.prediction,
        row.timeline,
        connection.execute(select(corrections.c.id).where(corrections.c.call_id == call_id).limit(1)).scalar(),
        tuple(_acknowledgement(one) for one in done),
    )


def line_of(row: Row[*tuple[Any, ...]]) -> CallLine:
    """Return what a list shows, from a row with `LINE_COLUMNS`."""
    values = {name: getattr(row, name) for name in LINE}
    values |= {"verdict": Verdict(row.verdict), "level": Level(row.level), "state": State(row.state)}
    reason = None
    if row.reason_emotion is not None:
        reason = Reason(row.reason_emotion, row.reason_start_seconds, row.reason_end_seconds, row.reason_confidence)
    return CallLine(**values, caller=row.caller, reason=reason)


def prediction_of(plain: Mapping[str, Any]) -> Prediction:
    """Return the prediction of its plain values."""
    return Prediction(
        dict(plain["scores"]),
        Verdict(plain["verdict"]),
        plain.get("duration_seconds", 0.0),
        plain["model"],
        plain["intensity"],
        tuple(plain.get("notes", ())),
    )


def _acknowledgement(row: Row[*tuple[Any, ...]]) -> Acknowledgement:
    judged = Judged(row.judged) if row.judged else None
    return Acknowledgement(row.id, row.kind, row.who, row.at, judged, row.snooze_until, row.note)


def _window(plain: Mapping[str, Any]) -> Window:
    return Window(plain["start_seconds"], plain["end_seconds"], prediction_of(plain), plain.get("speaker"))
