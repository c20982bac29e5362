"""Correct the emotion of a call, in the same store as the corrections of the page.

A correction is never published. It is used for training only with the caller's recorded consent. The number of the
record is kept with the call, so that whoever deletes the call or the caller also deletes the record.

Example:
    >>> correct(desk, call.line.id, "fearful", labels=classifier.labels)  # doctest: +SKIP
    >>> set_consent(desk, anna.id, False).forgotten  # doctest: +SKIP
    1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, delete, insert, select, update

from emotion_hf.desk import callers
from emotion_hf.desk.callers import Caller
from emotion_hf.desk.calls import Call, prediction_of, read, wave
from emotion_hf.desk.desk import Desk
from emotion_hf.desk.schema import callers as callers_table
from emotion_hf.desk.schema import calls
from emotion_hf.desk.schema import corrections as table
from emotion_hf.desk.setup import one_line
from emotion_hf.errors import EmotionError, FeedbackError
from emotion_hf.feedback import MIXED, Consent, Correction, new_id
from emotion_hf.feedback.store import NOT_THERE
from emotion_hf.labels import named

MOST_LABEL_CHARACTERS = 100
SPEAKER = "desk-caller-{id}"
"""The speaker of a correction: no name, so that the page's tab Review shows none."""


@dataclass(frozen=True)
class ConsentChange:
    """The result of a change of consent.

    Attributes:
        caller: The caller.
        forgotten: Number of corrections that were removed from the store because the consent was withdrawn.
        models: Names of models that were trained on them.
    """

    caller: Caller
    forgotten: int
    models: tuple[str, ...]


def correct(desk: Desk, call_id: int, emotion: str, *, labels: Sequence[str], who: str = "") -> Call:
    """Save the emotion that a person chose in a call; an earlier correction of the call is replaced.

    Args:
        desk: The desk.
        call_id: Number of the call.
        emotion: The emotion, or ``mixed``.
        labels: The emotions that may be chosen.
        who: The person.

    Raises:
        DeskError: There is no such call, or its recording is missing.
        LabelError: The emotion is unknown.
        FeedbackError: The store is full, or the recording is silent; nothing was changed.
    """
    emotion = named(emotion, (*labels, MIXED))
    who = one_line(who, "The name", MOST_LABEL_CHARACTERS, empty=True)
    with desk.reading() as connection:
        call = read(connection, call_id)
        caller = callers.read(connection, call.line.caller_id)
    correction = Correction.of(
        prediction_of(call.prediction),
        id=new_id(),
        label=emotion,
        consent=Consent(store=True, train=caller.may_train),
        annotator=who,
        speaker=SPEAKER.format(id=caller.id),
    )
    with desk.writing() as connection:  # the number first: deletion reaches a record that is only half saved
        read(connection, call_id)
        earlier = numbers_of(connection, [call_id])
        connection.execute(insert(table).values(id=correction.id, call_id=call_id))
    try:
        desk.feedback.add(wave(desk, call), correction, labels=labels)
        with desk.writing() as connection:
            read(connection, call_id)  # not deleted in the meantime
            connection.execute(update(calls).where(calls.c.id == call_id).values(corrected=emotion))
    except EmotionError:
        forget(desk, [correction.id])
        raise
    forget(desk, earlier)
    with desk.reading() as connection:
        return read(connection, call_id)


def set_consent(desk: Desk, caller_id: int, may_train: bool) -> ConsentChange:
    """Record whether a caller consents to training with the corrected calls.

    A consent applies to corrections from then on. If it is withdrawn, the caller's corrections leave the store; the
    calls keep their corrected emotion.

    Raises:
        DeskError: There is no such caller.
        FeedbackError: The store reports an error.
    """
    with desk.writing() as connection:
        before = callers.read(connection, caller_id)
        changed = {"may_train": bool(may_train), "consent_at": desk.clock()}
        connection.execute(update(callers_table).where(callers_table.c.id == caller_id).values(**changed))
        stored = select(table.c.id).join(calls, calls.c.id == table.c.call_id).where(calls.c.caller_id == caller_id)
        ids = list(connection.execute(stored).scalars()) if before.may_train and not may_train else []
    forgotten, models = forget(desk, ids)
    with desk.reading() as connection:
        return ConsentChange(callers.read(connection, caller_id), forgotten, models)


def numbers_of(connection: Connection, call_ids: Sequence[int] | Select[tuple[int]]) -> list[str]:
    """Return the numbers of the records about calls, given as their numbers or as a query of them."""
    return list(connection.execute(select(table.c.id).where(table.c.call_id.in_(call_ids))).scalars())


def forget(desk: Desk, ids: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Delete records from the store, and return how many there were and the models that were trained on them.

    Raises:
        FeedbackError: The store reports an error.
        DatabaseError: The database reports an error.
    """
    models: dict[str, None] = {}
    gone = 0
    for id in ids:
        try:
            models |= dict.fromkeys(desk.feedback.delete(id))
            gone += 1
        except FeedbackError as error:
            if str(error) != NOT_THERE:  # deleted elsewhere, or never completed
                raise
    if ids:
        with desk.writing() as connection:
            connection.execute(delete(table).where(table.c.id.in_(ids)))
    return gone, tuple(models)
