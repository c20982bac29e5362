"""One caller as HTML: the head of the panel, the last calls, and the chosen call with what people did about it.

Example:
    >>> told_html(Acknowledgement(1, "note", "", datetime.now(UTC), None, None, "Rang back"))  # doctest: +SKIP
    '<li>… Rang back</li>'
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from emotion_hf.app.desk.moments import emotion_html, level_html, moment_html, play_html, reference_html, why_html
from emotion_hf.app.focus import LANDING
from emotion_hf.app.words import number, say
from emotion_hf.desk.alarms import ACKNOWLEDGE, SNOOZE
from emotion_hf.desk.callers import Caller
from emotion_hf.desk.calls import Acknowledgement, Call, CallLine, Judged
from emotion_hf.timeline import clock
from emotion_hf.timeline.picture import axis_html, bands_html, legend_html

JUDGED = {Judged.RIGHT: "right alarm", Judged.FALSE_ALARM: "false alarm", Judged.MISSED: "an alarm was missing"}


def caller_html(caller: Caller, lines: Sequence[CallLine], total: int, chosen: int | None, at: datetime) -> str:
    """Return the head of a caller's panel with the last calls.

    Args:
        caller: The caller.
        lines: The last calls, newest first.
        total: Number of all calls.
        chosen: Number of the chosen call.
        at: The time of the view.
    """
    rows = "".join(_row(line, line.id == chosen, at) for line in lines)
    count = say("1 call") if total == 1 else say("{count} calls", count=number(total, ","))
    more = f'<p class="desk-hint">{say("Older calls are in the history.")}</p>' if total > len(lines) else ""
    return (
        f'<h3 class="desk-who" data-who="{caller.id}" {LANDING}>{escape(caller.name)}</h3>'
        f'<p class="desk-hint">{count} · {_consent(caller)}</p><ol class="desk-calls">{rows}</ol>{more}'
    )


def call_html(call: Call, at: datetime) -> str:
    """Return the chosen call: its emotions over time, why it is urgent, and what people did."""
    line, timeline = call.line, call.as_timeline()
    name = escape(line.caller)
    bands = (
        f'<div class="timeline" data-of="{line.id}" data-name="{name}">{bands_html(timeline, say)}'
        f"{axis_html(timeline.duration_seconds)}{legend_html(timeline, say)}</div>"
    )
    facts = [clock(line.duration_seconds), escape(line.file_name), reference_html(line), _side(call)]
    model = say("model: {name}", name=escape(line.model))
    done = "".join(map(told_html, call.acknowledgements))
    return (
        f'<div class="desk-call"><p class="desk-emotion">{play_html(line, say("Play the whole call"))} '
        f"{emotion_html(line)} {level_html(line, at)}</p>{why_html(line)}{bands}"
        f'<p class="desk-hint">{" · ".join(filter(None, [*facts, model]))}</p>'
        f"{f'<ul class=desk-done>{done}</ul>' if done else ''}</div>"
    )


def told_html(done: Acknowledgement) -> str:
    """Return a line about what a person did."""
    words = {ACKNOWLEDGE: say("acknowledged"), SNOOZE: say("sleeps until")}.get(done.kind, say("note"))
    said = f": {say(JUDGED[done.judged])}" if done.judged else ""
    until = f" {moment_html(done.snooze_until)}" if done.snooze_until else ""
    who = f" ({escape(done.who)})" if done.who else ""
    note = f"<br>{escape(done.note)}" if done.note else ""
    return f"<li>{moment_html(done.at)} {words}{until}{said}{who}{note}</li>"


def remove_html(caller: Caller, total: int) -> str:
    """Return what the removal of a caller deletes."""
    words = say(
        "Remove {name}? This deletes {count} calls with their recordings, notes and corrections, the voice, and the "
        "exports on this machine. Files in the watched folder stay. It cannot be undone.",
        name=caller.name,
        count=number(total, ","),
    )
    return f'<p role="alert" class="desk-warning">{escape(words)}</p>'


def _row(line: CallLine, is_chosen: bool, at: datetime) -> str:
    current = " aria-current=true" if is_chosen else ""
    return (
        f'<li data-call="{line.id}" data-caller="{line.caller_id}"><button type="button"{current}>'
        f"<span>{moment_html(line.happened_at)}</span><span>{emotion_html(line)}</span>{level_html(line, at)}"
        "</button></li>"
    )


def _consent(caller: Caller) -> str:
    if caller.consent_at is None:
        return say("not asked about training")
    words = say("consents to training, since") if caller.may_train else say("does not consent to training, since")
    return f"{words} {moment_html(caller.consent_at)}"


def _side(call: Call) -> str:
    if call.channel is not None:
        return say("channel {number} is the caller’s", number=call.channel + 1)
    return say("the caller is speaker {name}", name=call.speaker) if call.speaker else ""
