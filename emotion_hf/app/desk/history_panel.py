"""The history of calls, with filters and pages; a click opens a call in its caller's panel.

Example:
    >>> day_of("2026-11-30").date().isoformat()
    '2026-11-30'
"""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import Any

import gradio as gr

from emotion_hf.app.answer import emotion
from emotion_hf.app.desk.moments import emotion_html, level_html, moment_html, play_html
from emotion_hf.app.desk.script import OPEN_CALLS
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import Services
from emotion_hf.app.words import number, say, shown
from emotion_hf.desk import Desk, callers, listing
from emotion_hf.desk.calls import CallLine
from emotion_hf.desk.listing import Filter, Page
from emotion_hf.errors import DeskError
from emotion_hf.timeline import clock

PER_PAGE = 25
EVERYBODY = 0
ALL, URGENT, OTHERS, OPEN = "all", "urgent", "others", "open"
Updates = dict[gr.blocks.Block, Any]


class HistoryPanel:
    """The filters, the calls of one page, and the buttons for the others.

    Args:
        services: The services of the page.
        desk: The desk.
    """

    def __init__(self, services: Services, desk: Desk):
        self.services, self.desk = services, desk
        self.page = gr.State(1)
        with gr.Row(elem_id="desk-filters"):
            self.caller = gr.Dropdown([], label=shown("Caller"), min_width=150, elem_id="desk-of")
            self.emotion = gr.Dropdown([], label=shown("Emotion"), min_width=130, elem_id="desk-emotion")
            self.urgent = gr.Dropdown([], label=shown("Urgency"), min_width=130, elem_id="desk-urgency")
            since, until = shown("From"), shown("To")
            self.since = gr.DateTime(label=since, include_time=False, type="string", min_width=130)
            self.until = gr.DateTime(label=until, include_time=False, type="string", min_width=130)
            self.text = gr.Textbox(label=shown("Text in a note"), max_lines=1, min_width=140, elem_id="desk-text")
        self.search = gr.Button(shown("Search"), variant="primary", size="md", elem_id="desk-search", scale=0)
        self.table = gr.HTML(elem_id="desk-history", js_on_load=OPEN_CALLS)
        with gr.Row(elem_id="desk-pages"):
            self.newer = gr.Button(shown("Newer"), size="md", scale=0, min_width=110)
            self.older = gr.Button(shown("Older"), size="md", scale=0, min_width=110, elem_id="desk-older")

    @property
    def filters(self) -> list[gr.blocks.Block]:
        """What the search takes."""
        return [self.caller, self.emotion, self.urgent, self.since, self.until, self.text]

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The components that `find` updates."""
        return [self.table, self.page, self.newer, self.older]

    def wire(self, opened: gr.Tab) -> None:
        """Connect the buttons, and search when the tab is opened."""
        only = Operator(self.services.settings).only
        options = {"api_visibility": "private", "show_progress": "hidden"}
        opened.select(only(self._open), self.filters, [*self.parts, *self.filters[:3]], **options)
        gr.on([self.search.click, self.text.submit], only(self._first), self.filters, self.parts, **options)
        self.newer.click(only(self._newer), [self.page, *self.filters], self.parts, **options)
        self.older.click(only(self._older), [self.page, *self.filters], self.parts, **options)

    def find(self, page: int, *chosen: Any) -> Updates:
        """Return the updates that show a page of the calls that pass the filters.

        Raises:
            DeskError: A date cannot be read.
        """
        found = listing.history(self.desk, filter_of(*chosen), page=page, per_page=PER_PAGE)
        return {
            self.table: history_html(found, self.desk.clock()),
            self.page: found.number,
            self.newer: gr.Button(interactive=found.number > 1),
            self.older: gr.Button(interactive=found.number < found.pages),
        }

    def _open(self, caller: int | None, *others: Any) -> Updates:
        known = [(one.name, one.id) for one in callers.all_callers(self.desk)]
        urgent = {
            ALL: say("all calls"),
            URGENT: say("urgent calls"),
            OTHERS: say("calls that are not urgent"),
            OPEN: say("open alarms"),
        }
        caller = caller if caller in {id for _, id in known} else EVERYBODY
        return {
            self.caller: gr.Dropdown(choices=[(say("everybody"), EVERYBODY), *known], value=caller),
            self.emotion: gr.Dropdown(
                choices=[(say("any emotion"), ""), *((emotion(one), one) for one in listing.emotions(self.desk))],
                value=others[0] or "",
            ),
            self.urgent: gr.Dropdown(choices=[(name, key) for key, name in urgent.items()], value=others[1] or ALL),
        } | self.find(1, caller, *others)

    def _first(self, *chosen: Any) -> Updates:
        return self.find(1, *chosen)

    def _newer(self, page: int, *chosen: Any) -> Updates:
        return self.find(max(1, page - 1), *chosen)

    def _older(self, page: int, *chosen: Any) -> Updates:
        return self.find(page + 1, *chosen)


def filter_of(
    caller: int | None, emotion: str | None, urgent: str | None, since: str | None, until: str | None, text: str | None
) -> Filter:
    """Return the filter of the fields; the last day counts to its end.

    Raises:
        DeskError: A date cannot be read.
    """
    last = day_of(until)
    return Filter(
        caller_id=caller or None,
        emotion=emotion or "",
        urgent={URGENT: True, OTHERS: False}.get(urgent or ALL),
        since=day_of(since),
        until=last + timedelta(days=1) if last else None,
        acknowledged=False if urgent == OPEN else None,
        text=text or "",
    )


def day_of(text: str | None) -> datetime | None:
    """Return the start of a day, ``2026-11-30``, in the zone of this machine; ``None`` for an empty text.

    Raises:
        DeskError: It is no date.
    """
    if not (text or "").strip():
        return None
    try:
        return datetime.strptime(str(text).strip()[:10], "%Y-%m-%d").astimezone()
    except ValueError:
        raise DeskError("Write the date as year, month and day, such as 2026-11-30.") from None


def history_html(page: Page, at: datetime) -> str:
    """Return the calls of a page as a table."""
    if not page.calls:
        return f'<p class="desk-nothing" role="status">{say("No calls pass these filters.")}</p>'
    heads = map(say, ("Time", "Caller", "Emotion", "Urgency", "Length", "File"))
    rows = "".join(_row(line, at) for line in page.calls)
    where = say(
        "Page {number} of {pages}, {total} calls",
        number=number(page.number, ","),
        pages=number(page.pages, ","),
        total=number(page.total, ","),
    )
    return (
        f'<p class="desk-hint" role="status">{where}</p><table class="desk-table"><thead><tr>'
        f"{''.join(f'<th scope=col>{head}</th>' for head in heads)}<th></th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(line: CallLine, at: datetime) -> str:
    play = play_html(line, say("Play the whole call"))
    return (
        f'<tr data-call="{line.id}" data-caller="{line.caller_id}"><td>{moment_html(line.happened_at)}</td>'
        f'<td><button type="button">{escape(line.caller)}</button></td><td>{emotion_html(line)}</td>'
        f"<td>{level_html(line, at)}</td><td>{clock(line.duration_seconds)}</td>"
        f'<td class="desk-file">{escape(line.file_name)}</td><td>{play}</td></tr>'
    )
