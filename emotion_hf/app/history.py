"""The recordings of this session, newest last: each has one row, and can be opened and corrected again.

If the visitor saves a correction, its record gets the entry's id, so each prediction is saved at most once.

Example:
    >>> history = remember(history, analysis, "clip.wav", services.voices, max_age_seconds=3600)  # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import numpy as np
import soundfile

from emotion_hf.app.answer import confidence_text, emotion, summary, with_face
from emotion_hf.app.faces import face_svg
from emotion_hf.app.focus import LANDING
from emotion_hf.app.services import Analysis
from emotion_hf.app.uploads import address
from emotion_hf.app.words import say
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import encode_flac, new_id
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import NO_SPEECH, NOT_SURE, Band, Timeline, clock

BAND_SECONDS = 30.0
"""Length of the sound that the correction of a longer band keeps."""
MOST_ENTRIES = 20
"""A further recording removes the oldest one."""
GONE = "This recording is no longer kept here; record it again."


@dataclass(frozen=True)
class Entry:
    """One recording of this session.

    Attributes:
        id: Random id.
        time: When it was analysed.
        name: Its file name.
        predicted: The prediction of the model for this recording alone.
        path: The recording, mono FLAC at 16 kHz.
        timeline: Predictions over time, if it is long.
        upload: The file as it was uploaded.
        corrected: The prediction corrected for the speaker's voice, if a voice is known.
        note: How it was corrected, for people.
        truth: The emotion that the visitor chose.
    """

    id: str
    time: datetime
    name: str
    predicted: Prediction
    path: Path
    timeline: Timeline | None = None
    upload: str = ""
    corrected: Prediction | None = None
    note: str = ""
    truth: str | None = None

    @property
    def prediction(self) -> Prediction:
        """The prediction that the page shows."""
        return self.corrected or self.predicted

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
        return Analysis(self.part(0.0), self.prediction, self.timeline)

    def part(self, start_seconds: float, seconds: float | None = None) -> np.ndarray:
        """Return a part of the recording, up to its end by default, mono float32 at 16 kHz ``(samples,)``.

        Raises:
            FeedbackError: The recording has been removed by now.
        """
        count = -1 if seconds is None else round(seconds * SAMPLING_RATE)
        try:
            wave, _ = soundfile.read(self.path, count, round(start_seconds * SAMPLING_RATE), dtype="float32")
        except soundfile.LibsndfileError as error:
            raise FeedbackError(GONE) from error
        return wave


History = tuple[Entry, ...]


def remember(
    history: History, analysis: Analysis, name: str, folder: Path, *, max_age_seconds: float, upload: str = ""
) -> History:
    """Return the history with one more recording; entries that are too old or too many go, with their files.

    Args:
        history: The entries so far.
        analysis: The recording and its prediction.
        name: Its file name.
        folder: Folder of the recordings.
        max_age_seconds: Longest time that an entry is kept.
        upload: The file as it was uploaded.

    Raises:
        FeedbackError: The recording cannot be written.
    """
    now = datetime.now(UTC)
    limit = now - timedelta(seconds=max_age_seconds)
    kept = [entry for entry in history if entry.time >= limit][-(MOST_ENTRIES - 1) :]
    forget(entry for entry in history if entry not in kept)
    path = folder / f"{new_id()}.flac"
    entry = Entry(new_id(), now, name, analysis.prediction, path, analysis.timeline, upload)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entry.path.write_bytes(encode_flac(analysis.wave))
    except OSError as error:
        with suppress(OSError):
            entry.path.unlink()
        raise FeedbackError(f"This server cannot keep the recording ({error.strerror}); try again later.") from error
    return (*kept, entry)


def entry_of(history: History, id: str) -> Entry:
    """Return the entry with an id.

    Raises:
        FeedbackError: It is no longer there.
    """
    for entry in history:
        if entry.id == id:
            return entry
    raise FeedbackError(GONE)


def changed(history: History, entry: Entry) -> History:
    """Return the history with an entry in the place of the one with the same id."""
    return tuple(entry if other.id == entry.id else other for other in history)


def revised(history: History, entry: Entry, analysis: Analysis) -> History:
    """Return the history with a new analysis of an entry; an earlier correction for a voice is forgotten."""
    entry = replace(entry, predicted=analysis.prediction, timeline=analysis.timeline, corrected=None, note="")
    return changed(history, entry)


def forget(history: Iterable[Entry]) -> None:
    """Remove the recordings of ``history``."""
    for entry in history:
        entry.path.unlink(missing_ok=True)


def history_html(history: History, shown: str = "", marked: Collection[str] = ()) -> str:
    """Return a row for each recording, newest first.

    Args:
        history: The entries.
        shown: Id of the entry whose prediction is shown.
        marked: Ids of the entries that are marked as one person.
    """
    if not history:
        return f'<p class="history-empty" {LANDING}>{say("Nothing yet.")}</p>'
    rows = "".join(_row(entry, entry.id == shown, entry.id in marked) for entry in reversed(history))
    return f'<ol class="history">{rows}</ol>'


def _row(entry: Entry, is_shown: bool, is_marked: bool) -> str:
    name, moment = escape(entry.name), entry.time.isoformat(timespec="seconds")
    mark = (
        ""
        if entry.predicted.verdict is Verdict.NO_SPEECH
        else (
            f'<input type="checkbox" data-mark="{entry.id}"{" checked" if is_marked else ""} '
            f'aria-label="{escape(say("Mark {name}", name=entry.name))}">'
        )
    )
    current = ' aria-current="true"' if is_shown else ""
    truth = f' <span class="truth">→ {with_face(entry.truth)}</span>' if entry.truth else ""
    return (
        f'<li>{mark}<button type="button" data-open="{entry.id}"{current}><span class="name">{name}</span>'
        f'<time datetime="{moment}">{entry.time:%H:%M} UTC</time><span class="words">{_words(entry)}{truth}</span>'
        "</button></li>"
    )


def _words(entry: Entry) -> str:
    prediction, timeline = entry.prediction, entry.timeline
    if timeline and timeline.windows:
        main, words = summary(timeline)
        return f"{' '.join(map(face_svg, main))} {escape(words)} · {clock(timeline.duration_seconds)}"
    if prediction.verdict is Verdict.NO_SPEECH:
        return with_face(NO_SPEECH)
    if prediction.verdict is Verdict.NOT_SURE:
        return with_face(NOT_SURE)
    first, *others = prediction.candidates
    names = with_face(first) + "".join(escape(say(" or ") + emotion(other)) for other in others)
    return f"{names} · {escape(confidence_text(prediction))}"


ON_LOAD = """
const local = () => {
  for (const time of element.querySelectorAll("time")) {
    const shown = {hour: "2-digit", minute: "2-digit"};
    time.textContent = new Date(time.dateTime).toLocaleTimeString(document.documentElement.lang, shown);
  }
  for (const box of element.querySelectorAll("[data-mark]")) box.checked = box.hasAttribute("checked");
};
local();
watch("value", local);
element.addEventListener("click", ({target}) => {
  const row = target.closest("[data-open]");
  if (!row) return;
  trigger("select", {id: row.dataset.open});
  document.getElementById("answer")?.scrollIntoView({block: "nearest"});
});
element.addEventListener("change", ({target}) => {
  if (!target.dataset.mark) return;
  const marked = [...element.querySelectorAll("[data-mark]:checked")].map((box) => box.dataset.mark);
  trigger("input", {marked});
});
"""
"""What the list does in the browser: local times, open a row, mark rows.

Gradio changes the elements of the old list into those of the new one, and a tick would stay where it was.
"""

CSS = """
.history { list-style: none; margin: 0; padding: 0; }
.history li { display: flex; align-items: center; gap: .5rem; border-top: 1px solid var(--border-color-primary); }
.history input { width: 24px; height: 24px; flex: none; }
.history button { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; flex: 1; min-width: 0; margin: 0;
  font-weight: 400; padding: .4rem .5rem; text-align: left; background: none; border: 0;
  border-radius: var(--radius-sm);
  color: inherit; }
.history button:hover { background: var(--background-fill-secondary); }
.history button[aria-current] { box-shadow: inset 3px 0 var(--primary-600); }
.history .name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.history time, .history .words { color: var(--body-text-color-subdued); font-variant-numeric: tabular-nums; }
.history .words { grid-column: 1 / -1; }
.history-empty { color: var(--body-text-color-subdued); }
"""
