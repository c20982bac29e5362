"""The recordings of this session: time, prediction, replay.

If the visitor saves a correction, its record gets the entry's id, so each prediction is saved at most once.

Example:
    >>> history = remember(history, analysis, services.voices, max_age_seconds=3600)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import soundfile

from emotion_hf.app.answer import with_emoji
from emotion_hf.app.services import Analysis
from emotion_hf.app.uploads import address
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import encode_flac, new_id
from emotion_hf.prediction import Prediction, Verdict

GONE = "This recording is no longer kept here; record it again to correct it."


@dataclass(frozen=True)
class Entry:
    """One prediction of this session; ``path`` holds its recording."""

    id: str
    time: datetime
    prediction: Prediction
    path: Path

    def analysis(self) -> Analysis:
        """Return the recording with its prediction.

        Raises:
            FeedbackError: The recording has been removed by now.
        """
        try:
            wave, _ = soundfile.read(self.path, dtype="float32")
        except soundfile.LibsndfileError as error:
            raise FeedbackError(GONE) from error
        return Analysis(wave, self.prediction)


History = tuple[Entry, ...]


def remember(history: History, analysis: Analysis, folder: Path, *, max_age_seconds: float) -> History:
    """Return ``history`` with ``analysis`` added and expired entries removed, together with their files.

    Raises:
        FeedbackError: The recording cannot be written.
    """
    now = datetime.now(UTC)
    limit = now - timedelta(seconds=max_age_seconds)
    forget(entry for entry in history if entry.time < limit)
    entry = Entry(id=new_id(), time=now, prediction=analysis.prediction, path=folder / f"{new_id()}.flac")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entry.path.write_bytes(encode_flac(analysis.wave))
    except OSError as error:
        with suppress(OSError):
            entry.path.unlink()
        raise FeedbackError(f"This server cannot keep the recording ({error.strerror}); try again later.") from error
    return (*(entry for entry in history if entry.time >= limit), entry)


def forget(history: Iterable[Entry]) -> None:
    """Remove the recordings of ``history``."""
    for entry in history:
        entry.path.unlink(missing_ok=True)


def history_html(history: History) -> str:
    """Return the predictions, newest first, each with its time and a player."""
    if not history:
        return '<p class="history-empty">Nothing yet.</p>'
    return f'<ol class="history">{"".join(_item(entry) for entry in reversed(history))}</ol>'


def _item(entry: Entry) -> str:
    time = f"{entry.time:%H:%M:%S} UTC"
    source = address(entry.path, entry.path.parent)
    return (
        f'<li><time datetime="{entry.time.isoformat(timespec="seconds")}">{time}</time>'
        f"<span>{escape(_words(entry.prediction))}</span>"
        f'<audio controls preload="none" aria-label="Recording at {time}" src="{escape(source)}"></audio></li>'
    )


def _words(prediction: Prediction) -> str:
    if prediction.verdict is Verdict.NO_SPEECH:
        return "🔇 no speech"
    if prediction.verdict is Verdict.NOT_SURE:
        return "🤔 not sure"
    return f"{' or '.join(map(with_emoji, prediction.candidates))}, {prediction.confidence:.0%}"
