"""Take a recording: analyse it, keep it, and raise an alarm if it is urgent.

The recording is on the disk before its row, and both are on the disk before `take` returns. An identical recording of
the same caller is taken once.

Example:
    >>> taken = take(desk, classifier, "call.wav", anna.id)  # doctest: +SKIP
    >>> taken.call.line.emotion, taken.call.line.reference_recordings  # doctest: +SKIP
    ('angry', 3)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from emotion_hf.cells import printable
from emotion_hf.desk import callers, reference, setup
from emotion_hf.desk.analysis import Analysed, Side, analyse, caller_side
from emotion_hf.desk.calls import Call, State, read
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.rule import Level, Rule
from emotion_hf.desk.schema import calls as table
from emotion_hf.desk.schema import results
from emotion_hf.errors import DeskError
from emotion_hf.prediction import Classifier
from emotion_hf.timeline import MAX_TIMELINE_SECONDS

MOST_FILE_NAME_CHARACTERS = 255
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clock of another machine may be ahead."""


@dataclass(frozen=True)
class Taken:
    """A call, and whether it is new; it is not if the caller's identical recording was taken before."""

    call: Call
    is_new: bool


def take(
    desk: Desk,
    classifier: Classifier,
    source: Path | str | bytes,
    caller_id: int,
    *,
    happened_at: datetime | None = None,
    file_name: str = "",
    channel: int | None = None,
    speaker: str | None = None,
    max_seconds: float = MAX_TIMELINE_SECONDS,
    progress: Callable[[float], object] | None = None,
) -> Taken:
    """Take a recording of a caller.

    Args:
        desk: The desk.
        classifier: The model.
        source: Path or bytes of the recording.
        caller_id: Number of the caller.
        happened_at: When the call happened; now by default.
        file_name: Name to show; that of the path by default.
        channel: The caller's channel in this recording, if it is not the usual one of the desk.
        speaker: What this recording of one channel holds, if it is not the usual: the caller is ``A``, the first to
            speak, or ``B``; ``caller`` if only the caller speaks.
        max_seconds: Longest accepted recording.
        progress: Called with the share that is done, from 0 to 1; an error that it raises ends the work.

    Raises:
        DeskNotReadyError: The desk is not set up.
        AudioError: The recording cannot be used.
        SpeakersUnknownError: Nobody has said which channel or which speaker is the caller.
        DeskError: There is no such caller, or the time lies in the future.
        WriteError: The disk is full.
        DatabaseError: The database reports an error; nothing was changed.
    """
    received = desk.clock()
    happened = received if happened_at is None else happened_at.astimezone(UTC)
    if happened > received + CLOCKS_DIFFER:
        raise DeskError("The time of the call lies in the future; correct it.")
    recordings, rule = setup.recordings(desk), setup.rule(desk)
    side = caller_side(source, recordings, channel=channel, speaker=speaker, max_seconds=max_seconds)
    with desk.reading() as connection:
        callers.read(connection, caller_id)
        if (same := _same(connection, caller_id, side)) is not None:
            return Taken(same, False)
        earlier = reference.earlier_scores(connection, caller_id, classifier.name, classifier.labels)
    analysed = analyse(classifier, side, rule=rule, earlier=earlier, progress=progress)
    name = file_name or (os.path.basename(source) if isinstance(source, str | Path) else "")
    values = {
        "caller_id": caller_id,
        "received_at": received,
        "happened_at": happened,
        "file_name": printable(name)[:MOST_FILE_NAME_CHARACTERS],
    }
    with desk.sounds.locked():  # no sweep before the row is there
        audio = desk.sounds.write(analysed.wave)
        with desk.writing() as connection:
            callers.read(connection, caller_id)  # not deleted in the meantime
            if (same := _same(connection, caller_id, side)) is not None:
                return Taken(same, False)
            values |= _columns(side, analysed) | {"audio": audio}
            values["state"] = str(_state(connection, caller_id, happened, analysed.urgency.level, rule))
            number = connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
            connection.execute(insert(results).values(call_id=number, **_results(analysed)))
            if analysed.voice is not None:
                count = analysed.earlier + bool(analysed.uncorrected)
                reference.store(connection, caller_id, classifier.name, analysed.voice, count, received)
            return Taken(read(connection, number), True)


def _same(connection: Connection, caller_id: int, side: Side) -> Call | None:
    """Return the call with the identical recording of this caller."""
    own = table.c
    found = select(own.id).where(own.caller_id == caller_id, own.source == side.content)
    number = connection.execute(found).scalar_one_or_none()
    return None if number is None else read(connection, number)


def _columns(side: Side, analysed: Analysed) -> dict[str, Any]:
    overall, urgency = analysed.timeline.overall, analysed.urgency
    reason = urgency.reason
    return {
        "source": side.content,
        "duration_seconds": analysed.timeline.duration_seconds,
        "channel": side.channel,
        "speaker": analysed.speaker,
        "label": overall.label,
        "confidence": overall.confidence,
        "verdict": str(overall.verdict),
        "strain": analysed.strain,
        "reference_recordings": analysed.earlier,
        "model": overall.model,
        "level": int(urgency.level),
        "reason_emotion": reason.emotion if reason else None,
        "reason_start_seconds": reason.start_seconds if reason else None,
        "reason_end_seconds": reason.end_seconds if reason else None,
        "reason_confidence": reason.confidence if reason else None,
    }


def _results(analysed: Analysed) -> dict[str, Any]:
    return {
        "prediction": analysed.timeline.overall.to_dict(),
        "timeline": analysed.timeline.to_dict(),
        "uncorrected": analysed.uncorrected,
    }


def _state(connection: Connection, caller_id: int, happened: datetime, level: Level, rule: Rule) -> State:
    """Return whether the call raises an alarm."""
    if level is not Level.URGENT:
        return State.QUIET
    own = table.c
    since = happened - timedelta(minutes=rule.cool_down_minutes)
    recent = select(own.id).where(
        own.caller_id == caller_id,
        own.state.in_([State.OPEN, State.ACKNOWLEDGED]),
        own.happened_at > since,
        own.happened_at <= happened,
    )
    return State.COOLING if connection.execute(recent.limit(1)).first() else State.OPEN
