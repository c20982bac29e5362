"""The tab "Desk": callers ordered by urgency, for the people who help them.

A browser waits for changes of the desk and then shows the callers again, with the open panel, so that people at
several browsers see each other's changes at once. Nothing that somebody is typing changes.

Example:
    >>> with gr.Blocks():  # doctest: +SKIP
    ...     DeskTab(services, gr.HTML(js_on_load=WARN))
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.context import Context
from starlette.routing import Route

from emotion_hf.app.desk.about_panel import AboutPanel, failure_html
from emotion_hf.app.desk.background import Background
from emotion_hf.app.desk.board import bell_html, board_html
from emotion_hf.app.desk.caller_panel import CallerPanel, number_of
from emotion_hf.app.desk.first_use import FirstUse
from emotion_hf.app.desk.history_panel import HistoryPanel
from emotion_hf.app.desk.routes import DeskRoutes
from emotion_hf.app.desk.rule_panel import RulePanel
from emotion_hf.app.desk.script import PLAY, SHOW
from emotion_hf.app.desk.taking import TakePanel
from emotion_hf.app.edge import sent_by
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import Services
from emotion_hf.app.words import both, shown
from emotion_hf.desk import Desk, callers, listing, setup, webhook
from emotion_hf.desk.law import NOT_SAFE

WARNING = f'<p class="desk-not-safe">{both(NOT_SAFE)}</p>'
TOOLS = (
    f'<div class="desk-tools"><span class="desk-views" role="group">'
    f'<button type="button" data-view="cards" aria-pressed="true">{both("Cards")}</button>'
    f'<button type="button" data-view="list" aria-pressed="false">{both("List")}</button></span>'
    f'<label><input type="checkbox" class="desk-sound"> {both("Sound for new alarms")}</label>'
    f'<p class="desk-lost" role="alert">{both("The server cannot be reached; what you see may be old.")}</p></div>'
)
PLAYER = (
    '<div class="desk-player" hidden><span class="desk-playing"></span><audio controls preload="none"></audio>'
    f'<button type="button" class="desk-close">{both("Close")}</button></div>'
)
BROWSERS_AT_ONCE = 4
"""Browsers that get a change at the same time."""
Updates = dict[gr.blocks.Block, Any]


class DeskTab:
    """The desk, for operators.

    Args:
        services: The services of the page.
        bell: The element that warns, outside all tabs, with the script `WARN`.

    Raises:
        SettingsError: A setting of the desk cannot be used.
        DatabaseError: The database cannot be reached.
    """

    title = "Desk"

    def __init__(self, services: Services, bell: gr.HTML):
        self.services, self.bell = services, bell
        self.desk = Desk.open(services.settings, services.store)
        with gr.Column(elem_id="desk"):
            self.first_use = FirstUse(self.desk)
            with gr.Column(visible=False) as self.main:
                self.notices = gr.HTML(js_on_load="")
                self.taking = TakePanel(services, self.desk)
                with gr.Tabs(selected="callers", elem_id="desk-tabs") as self.tabs:
                    self._build_tabs()
                gr.HTML(PLAYER, js_on_load=PLAY, elem_id="desk-player")
        Background(self.desk, services.settings, lambda: services.model).start()
        self._wire()

    @property
    def routes(self) -> list[Route]:
        """The desk's own routes."""
        return DeskRoutes(self.desk, Operator(self.services.settings)).routes

    def _build_tabs(self) -> None:
        with gr.Tab(shown("Callers"), id="callers"):
            gr.HTML(TOOLS, js_on_load="", elem_id="desk-tools")
            with gr.Row(elem_id="desk-head"):
                self.find = gr.Textbox(label=shown("Find a caller"), max_lines=1, elem_id="desk-find", min_width=160)
                self.name = gr.Textbox(label=shown("New caller"), max_lines=1, elem_id="desk-name", min_width=160)
                self.add = gr.Button(shown("Add"), size="md", min_width=120, scale=0, elem_id="desk-add")
            with gr.Row(elem_id="desk-stage"):
                with gr.Column(min_width=320, scale=3, elem_id="desk-all"):
                    self.board = gr.HTML(elem_id="desk-board", js_on_load=SHOW)
                self.panel = CallerPanel(self.services, self.desk)
        with gr.Tab(shown("Add recordings"), id="take"):
            self.taking.build_form()
        with gr.Tab(shown("History"), id="history") as opened:
            self.history = HistoryPanel(self.services, self.desk)
        self.history.wire(opened)
        with gr.Tab(shown("Rule and figures"), id="rule"):
            self.rule = RulePanel(self.services, self.desk)
        with gr.Tab(shown("About this desk"), id="about"):
            self.about = AboutPanel(self.services, self.desk)

    @property
    def _followed(self) -> list[gr.blocks.Block]:
        """The components that `_follow` updates."""
        parts = [self.first_use.panel, self.main, self.notices, self.bell, self.board, self.taking.caller]
        return [*parts, *self.panel.followed, self.rule.figures, self.about.arriving]

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        options = {"api_visibility": "private", "show_progress": "hidden"}
        seen = [self.find, self.panel.opened, self.panel.chosen]
        fields = [*self.first_use.fields, *self.taking.fields, *self.rule.fields, *self.about.parts]
        everything = [*dict.fromkeys([*self._followed, *fields])]
        Context.root_block.load(only(self._load), None, everything, **options)
        gr.on([self.first_use.button.click], only(self._accept), self.first_use.inputs, everything, **options)
        for event in (self.bell.input, self.find.change):
            event(
                only(self._follow),
                seen,
                self._followed,
                trigger_mode="always_last",
                concurrency_limit=BROWSERS_AT_ONCE,
                **options,
            )
        opening = [self.board, self.tabs, *self.panel.parts]
        self.board.select(only(self._open), [self.find], opening, **options)
        self.history.table.select(only(self._open), [self.find], opening, **options)
        adding = [self.name, *opening]
        gr.on([self.add.click, self.name.submit], only(self._add), [self.name, self.find], adding, **options)

    def _load(self) -> Updates:
        """Return the updates that show everything, fields included."""
        if setup.get(self.desk) is None:
            return self._first() | self.first_use.show()
        return self._follow("", None, None) | self.taking.choices() | self.rule.show() | self.about.show()

    def _accept(self, *given: Any) -> Updates:
        self.first_use.accept(*given)
        return self._load()

    def _first(self) -> Updates:
        return {self.first_use.panel: gr.Column(visible=True), self.main: gr.Column(visible=False)}

    def _follow(self, find: str, opened: int | None, chosen: int | None) -> Updates:
        """Return the updates that show the desk as it is now; nothing that is typed changes."""
        if setup.get(self.desk) is None:
            return self._first()
        view, known = listing.overview(self.desk), callers.all_callers(self.desk)
        return (
            {
                self.first_use.panel: gr.Column(visible=False),
                self.main: gr.Column(visible=True),
                self.notices: f"{WARNING}{failure_html(webhook.failure(self.desk))}",
                self.bell: bell_html(view),
                self.board: board_html(view, setup.rule(self.desk), find=find or "", opened=opened),
                self.taking.caller: gr.Dropdown(choices=[one.name for one in known]),
            }
            | self.panel.follow(opened, chosen)
            | self.rule.measure()
            | self.about.follow()
        )

    def _open(self, find: str, event: gr.EventData) -> Updates:
        """Open the caller of a card, or of a call in the history."""
        data = sent_by(event)
        call = data.get("call")
        return self._opened(number_of(data.get("caller")), None if call is None else number_of(call), find)

    def _add(self, name: str, find: str) -> Updates:
        return {self.name: ""} | self._opened(callers.add(self.desk, name or "").id, None, find)

    def _opened(self, caller_id: int, call_id: int | None, find: str) -> Updates:
        updates = self.panel.show(caller_id, call_id)
        board = board_html(listing.overview(self.desk), setup.rule(self.desk), find=find or "", opened=caller_id)
        return updates | {self.board: board, self.tabs: gr.Tabs(selected="callers")}
