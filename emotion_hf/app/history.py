"""The recordings of this session: time, prediction, replay.

If the visitor saves a correction, its record gets the entry's id, so each prediction is saved at most once.

Example:
    >>> history = remember(history, analysis, services.voices, max_age_seconds=3600)  # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
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
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import encode_flac, new_id
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import Band, Timeline, clock
from emotion_hf.timeline.picture import shares_text

BAND_SECONDS = 30.0
"""Length of the sound that the correction of a longer band keeps."""
GONE = "This recording is no longer kept here; record it again to correct it."


@dataclass(frozen=True)
class Entry:
    """One prediction of this session; ``path`` holds its recording."""

    id: str
    time: datetime
    prediction: Prediction
    path: Path
    timeline: Timeline | None = None

    @property
    def source(self) -> str:
        """The address from which the page plays the recording."""
        return address(self.path, self.path.parent)

    def band(self, number: int) -> Band:
        """Return a band of the timeline.

        Raises:
            FeedbackError: There is none with this number.
        """
        bands = self.timeline.bands if self.timeline else ()
        if not 0 <= number < len(bands):
            raise FeedbackError("This part of the recording is no longer shown; choose another one.")
        return bands[number]

    def band_id(self, number: int) -> str:
        """Return the id of the record of a band's correction: always the same one, so it is saved at most once."""
        return hashlib.sha256(f"{self.id} {number}".encode()).hexdigest()[:32]

    def band_analysis(self, number: int) -> Analysis:
        """Return the sound of a band, its first `BAND_SECONDS` if it is longer, with its prediction.

        Raises:
            FeedbackError: The recording has been removed by now, or there is no such band.
        """
        band = self.band(number)
        start = round(band.start_seconds * SAMPLING_RATE)
        end = round(min(band.end_seconds, band.start_seconds + BAND_SECONDS) * SAMPLING_RATE)
        return Analysis(self.analysis().wave[start:end], band.prediction)

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
    path = folder / f"{new_id()}.flac"
    entry = Entry(new_id(), now, analysis.prediction, path, analysis.timeline)
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
    return (
        f'<li><time datetime="{entry.time.isoformat(timespec="seconds")}">{time}</time>'
        f"<span>{escape(_words(entry))}</span>"
        f'<audio controls preload="none" aria-label="Recording at {time}" src="{escape(entry.source)}"></audio></li>'
    )


def _words(entry: Entry) -> str:
    prediction = entry.prediction
    if entry.timeline and entry.timeline.windows:
        return f"{clock(entry.timeline.duration_seconds)}: {shares_text(entry.timeline)}"
    if prediction.verdict is Verdict.NO_SPEECH:
        return "🔇 no speech"
    if prediction.verdict is Verdict.NOT_SURE:
        return "🤔 not sure"
    return f"{' or '.join(map(with_emoji, prediction.candidates))}, {prediction.confidence:.0%}"
