"""The callers as cards or as a list, the most urgent first: one markup, whose look the browser switches.

Only the most urgent callers are shown; the others are found by name.

Example:
    >>> from datetime import UTC
    >>> "No callers yet" in board_html(Overview((), 0, 1, datetime.now(UTC)), Rule())
    True
"""

from __future__ import annotations

from datetime import datetime
from html import escape

from emotion_hf.app.desk.moments import emotion_html, level_html, moment_html, reference_html, why_html
from emotion_hf.app.desk.sparkline import sparkline_svg
from emotion_hf.app.faces import WAITING, face_svg
from emotion_hf.app.focus import LANDING
from emotion_hf.app.words import number, say
from emotion_hf.desk.listing import CallerRow, Overview
from emotion_hf.desk.rule import Rule

MOST_CARDS = 100


def board_html(view: Overview, rule: Rule, *, find: str = "", opened: int | None = None) -> str:
    """Return the callers.

    Args:
        view: The callers in their order.
        rule: The rule of urgency, for the threshold in the trends.
        find: Show only callers whose names contain this text.
        opened: Number of the caller who is shown in the panel.
    """
    wanted = find.strip().casefold()
    rows = [row for row in view.rows if wanted in row.caller.name.casefold()]
    cards = "".join(_card(row, rule, view.at, row.caller.id == opened) for row in rows[:MOST_CARDS])
    return (
        f'<div class="desk-board">'
        f'<p class="desk-count" role="status" {LANDING}>'
        f"{_count(view)}</p>{_nothing(view, find) if not rows else ''}"
        f'<ul class="desk-callers">{cards}</ul>{_more(len(rows))}</div>'
    )


def bell_html(view: Overview) -> str:
    """Return the number of open alarms and of the last change, for the script that warns."""
    return f'<span hidden data-change="{view.change}" data-alarms="{view.alarms}"></span>'


def _card(row: CallerRow, rule: Rule, at: datetime, is_open: bool) -> str:
    caller, decides = row.caller, row.alarm or row.latest
    kind = "" if row.alarm is None else " alarm asleep" if row.is_asleep else " alarm"
    name = (
        f'<button type="button" class="desk-name" data-open="{caller.id}"'
        f"{' aria-current=true' if is_open else ''}>{escape(caller.name)}</button>"
    )
    if decides is None or row.latest is None:
        words = f"{face_svg(WAITING)} {say('No calls yet')}"
        return (
            f'<li class="desk-caller" data-caller="{caller.id}">{name}<p class="desk-emotion">{words}</p>'
            f'<p class="desk-last"></p><span class="desk-level"></span></li>'
        )
    trend = sparkline_svg([line.strain for line in row.trend], rule.least_confidence)
    several = f" <small>{say('{count} alarms', count=row.alarms)}</small>" if row.alarms > 1 else ""
    return (
        f'<li class="desk-caller{kind}" data-caller="{caller.id}">{name}{level_html(decides, at)}'
        f'<p class="desk-emotion">{emotion_html(row.latest)}</p>{trend}'
        f'<p class="desk-last">{moment_html(row.latest.happened_at)}{several}</p>'
        f'{why_html(decides)}<p class="desk-reference">{reference_html(row.latest)}</p></li>'
    )


def _count(view: Overview) -> str:
    alarms = {0: say("No open alarm"), 1: say("1 open alarm")}.get(view.alarms) or say(
        "{count} open alarms", count=number(view.alarms, ",")
    )
    callers = say("1 caller") if len(view.rows) == 1 else say("{count} callers", count=number(len(view.rows), ","))
    return f"<b>{alarms}</b> · {callers}"


def _nothing(view: Overview, find: str) -> str:
    if view.rows:
        words = say("No caller’s name contains “{part}”.", part=find.strip())
    else:
        words = say("No callers yet. Add one, or drop recordings under Add recordings.")
    return f'<p class="desk-nothing">{escape(words)}</p>'


def _more(count: int) -> str:
    if count <= MOST_CARDS:
        return ""
    words = say("The {most} most urgent of {count}; find others by name.", most=MOST_CARDS, count=number(count, ","))
    return f'<p class="desk-nothing">{words}</p>'
