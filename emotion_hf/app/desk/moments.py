"""Small pieces of HTML that every part of the desk uses: times, emotions, levels, and buttons that play.

Example:
    >>> moment_html(datetime(2026, 11, 30, 14, 3, tzinfo=UTC))
    '<time datetime="2026-11-30T14:03:00+00:00">2026-11-30 14:03 UTC</time>'
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from emotion_hf.app.answer import with_face
from emotion_hf.app.words import percent, say
from emotion_hf.desk.calls import CallLine, State
from emotion_hf.desk.rule import Level
from emotion_hf.prediction import Verdict
from emotion_hf.timeline import clock


def moment_html(at: datetime) -> str:
    """Return a time, which the browser shows in its own zone."""
    utc = at.astimezone(UTC)
    return f'<time datetime="{utc.isoformat(timespec="seconds")}">{utc:%Y-%m-%d %H:%M} UTC</time>'


def emotion_html(line: CallLine) -> str:
    """Return the emotion of a call with its face, and how sure the model is or that a person has corrected it."""
    words = with_face(line.emotion)
    if line.corrected:
        return f"{words} <small>{say('corrected')}</small>"
    if line.label is None or line.verdict is Verdict.NOT_SURE:
        return words
    return f"{words} <small>{percent(line.confidence)}</small>"


def level_html(line: CallLine, at: datetime) -> str:
    """Return the level of a call as a badge, with what happens about it."""
    if line.level is Level.URGENT:
        return f'<span class="desk-level urgent">{say(_URGENT[line.state])}{_sleep(line, at)}</span>'
    if line.level is Level.RAISED:
        return f'<span class="desk-level raised">{say("Raised")}</span>'
    return f'<span class="desk-level">{say("Not urgent")}</span>'


def why_html(line: CallLine) -> str:
    """Return why a call is urgent, and a button that plays the stretch; empty for a calm call."""
    reason = line.reason
    if reason is None:
        return ""
    why = say(
        "{emotion} from {start} to {end}, {share}",
        emotion=say(reason.emotion),
        start=clock(reason.start_seconds),
        end=clock(reason.end_seconds),
        share=percent(reason.confidence),
    )
    title = say("Why urgent:") if line.level is Level.URGENT else say("Why raised:")
    play = play_html(line, say("Play this part"), reason.start_seconds, reason.end_seconds)
    return f'<p class="desk-why">{play}<span><b>{title}</b> {escape(why)}</span></p>'


def play_html(line: CallLine, words: str, start: float = 0.0, end: float | None = None) -> str:
    """Return a button that plays a call, or a part of it, in the desk's player."""
    until = "" if end is None else f' data-end="{end:.2f}"'
    name = escape(f"{words}: {line.caller}")
    return (
        f'<button type="button" class="desk-play" data-play="{line.id}" data-start="{start:.2f}"{until} '
        f'data-name="{escape(line.caller)}" aria-label="{name}" title="{name}">▶</button>'
    )


def reference_html(line: CallLine) -> str:
    """Return how many earlier recordings of the caller served as reference."""
    count = line.reference_recordings
    words = {0: say("reference: none yet"), 1: say("reference: 1 earlier recording")}
    return words.get(count) or say("reference: {count} earlier recordings", count=count)


_URGENT = {
    State.OPEN: "Urgent",
    State.ACKNOWLEDGED: "Urgent, acknowledged",
    State.COOLING: "Urgent, part of an earlier alarm",
    State.QUIET: "Urgent",
}


def _sleep(line: CallLine, at: datetime) -> str:
    if line.state is not State.OPEN or line.snoozed_until is None or line.snoozed_until <= at:
        return ""
    return f" · {say('sleeps until')} {moment_html(line.snoozed_until)}"
