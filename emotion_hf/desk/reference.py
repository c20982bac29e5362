"""The voice of a caller, learned from the caller's recordings: the reference for the next one.

Voices differ: a dark one sounds sad to a model, a tense one angry. `emotion_hf.voice` estimates how far the scores
for one speaker are shifted. The desk keeps the scores of each call as they were before a correction, and one estimate
for each caller and model. An estimate is numbers about scores; nobody can be recognised by it.

Example:
    >>> voice = learn(classifier, [scores_of_one_call, scores_of_another])  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from emotion_hf.desk.schema import calls, results, voices
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.timeline import AdaptsToVoices, Timeline
from emotion_hf.voice import Voice

MOST_RECORDINGS = 20
"""Number of a caller's last recordings that are used; more would not change the estimate much."""
MOST_WINDOWS = 40
"""Number of windows of one recording that are used, spread over it, so that a long call does not outweigh others."""


@dataclass(frozen=True)
class Reference:
    """What is usual for a caller's voice.

    Attributes:
        voice: The estimate.
        model: Name of the model that it belongs to.
        recordings: Number of recordings that it was learned from.
        changed_at: When it was learned.
    """

    voice: Voice
    model: str
    recordings: int
    changed_at: datetime


Scores = dict[str, float]


def uncorrected(timeline: Timeline) -> list[Scores]:
    """Return the scores of some windows, spread over the recording, to be stored with a call."""
    chosen = np.unique(np.linspace(0, len(timeline.windows) - 1, MOST_WINDOWS).round().astype(int))
    return [dict(timeline.windows[number].prediction.scores) for number in chosen] if timeline.windows else []


def earlier_scores(connection: Connection, caller_id: int, model: str, labels: Sequence[str]) -> list[list[Scores]]:
    """Return the uncorrected scores of a caller's last calls that this model predicted."""
    own = calls.c
    rows = connection.execute(
        select(results.c.uncorrected)
        .join(calls, own.id == results.c.call_id)
        .where(own.caller_id == caller_id, own.model == model)
        .order_by(own.happened_at.desc(), own.id.desc())
        .limit(MOST_RECORDINGS)
    ).scalars()
    return [scores for scores in rows if scores and all(tuple(one) == tuple(labels) for one in scores)]


def learn(classifier: Classifier, recordings: Sequence[Sequence[Scores]]) -> Voice | None:
    """Return the voice of some recordings; ``None`` if there is no speech in them, or the model cannot adapt."""
    predictions = [Prediction(one, model=classifier.name) for scores in recordings for one in scores]
    if not predictions or not isinstance(classifier, AdaptsToVoices) or not classifier.can_adapt:
        return None
    return classifier.learn_voice(predictions)


def store(connection: Connection, caller_id: int, model: str, voice: Voice, recordings: int, at: datetime) -> None:
    """Keep a caller's voice in place of the earlier one."""
    forget(connection, caller_id)
    numbers = {"offset": voice.offset.tolist(), "gain": voice.gain.tolist(), "clips": voice.clips}
    connection.execute(
        insert(voices).values(caller_id=caller_id, model=model, recordings=recordings, changed_at=at, **numbers)
    )


def read(connection: Connection, caller_id: int) -> Reference | None:
    """Return a caller's voice; ``None`` if nothing was learned yet."""
    row = connection.execute(select(voices).where(voices.c.caller_id == caller_id)).one_or_none()
    if row is None:
        return None
    voice = Voice(np.array(row.offset), row.clips, np.array(row.gain))
    return Reference(voice, row.model, row.recordings, row.changed_at)


def forget(connection: Connection, caller_id: int) -> None:
    """Remove a caller's voice: it is learned again from the calls that are left."""
    connection.execute(delete(voices).where(voices.c.caller_id == caller_id))
