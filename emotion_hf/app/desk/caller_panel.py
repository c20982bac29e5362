"""The panel of one caller: hear a call, acknowledge, snooze, note, correct; rename, consent, export, remove.

What other people change is shown at once, except in fields in which somebody may be typing.

Example:
    >>> panel = CallerPanel(services, desk)  # doctest: +SKIP
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import gradio as gr

from emotion_hf.app.answer import emotion
from emotion_hf.app.desk.caller_html import call_html, caller_html, remove_html
from emotion_hf.app.desk.script import OPEN_CALLS
from emotion_hf.app.edge import sent_by
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import Services
from emotion_hf.app.words import number, say, shown
from emotion_hf.desk import Desk, alarms, callers, calls, corrections, deletion, listing
from emotion_hf.desk.calls import Call, Judged, State
from emotion_hf.errors import DeskError
from emotion_hf.feedback import MIXED

LAST_CALLS = 8
SNOOZES = {"Snooze 15 minutes": 15.0, "Snooze 1 hour": 60.0}
MORNING = time(8)
Updates = dict[gr.blocks.Block, Any]


class CallerPanel:
    """The components and their handlers.

    Args:
        services: The services of the page.
        desk: The desk.
    """

    def __init__(self, services: Services, desk: Desk):
        self.services, self.desk = services, desk
        self.opened, self.chosen = gr.State(None), gr.State(None)  # numbers of the caller and of the call
        with gr.Column(visible=False, min_width=320, elem_id="desk-panel") as self.panel:
            self.head = gr.HTML(elem_id="desk-caller", js_on_load=OPEN_CALLS)
            self.call = gr.HTML(elem_id="desk-call", js_on_load="")
            with gr.Column(visible=False, elem_classes="desk-actions") as self.actions:
                self._build_call()
            with gr.Accordion(shown("This caller"), open=False):
                self._build_caller()
            self.close = gr.Button(shown("Close"), size="md", elem_id="desk-close", scale=0)
        self._wire()

    def _build_call(self) -> None:
        with gr.Row(visible=False, elem_id="desk-judge") as self.judge:
            self.right = gr.Button(
                shown("Right alarm"), variant="primary", size="md", min_width=120, elem_id="desk-right"
            )
            self.false = gr.Button(shown("False alarm"), size="md", min_width=120, elem_id="desk-false")
        with gr.Row(visible=False) as self.sleep:
            self.snoozes = {
                minutes: gr.Button(shown(name), size="sm", min_width=100) for name, minutes in SNOOZES.items()
            }
            self.tomorrow = gr.Button(shown("Snooze until tomorrow, 8:00"), size="sm", min_width=100)
        self.missed = gr.Button(shown("An alarm was missing"), size="sm", visible=False, elem_id="desk-missed")
        with gr.Row(equal_height=True):
            self.label = gr.Dropdown([], label=shown("Correct the emotion"), elem_id="desk-label", min_width=140)
            self.correct = gr.Button(shown("Save the correction"), size="md", min_width=120, elem_id="desk-correct")
        with gr.Row(equal_height=True):
            self.text = gr.Textbox(
                label=shown("Note"), lines=1, max_lines=5, max_length=2000, elem_id="desk-note", min_width=140
            )
            self.note = gr.Button(shown("Add the note"), size="md", min_width=120, elem_id="desk-add-note")

    def _build_caller(self) -> None:
        with gr.Row(equal_height=True):
            self.name = gr.Textbox(label=shown("Name or pseudonym"), max_length=100, elem_id="desk-new-name")
            self.rename = gr.Button(shown("Rename"), size="md", min_width=100, elem_id="desk-rename")
        self.may_train = gr.Checkbox(
            label=shown("The caller consents to training with corrected calls"), elem_id="desk-consent"
        )
        self.export = gr.HTML(js_on_load="")
        self.remove = gr.Button(shown("Remove this caller …"), size="md", variant="stop", elem_id="desk-remove")
        with gr.Column(visible=False) as self.sure:
            self.warning = gr.HTML(js_on_load="")
            with gr.Row():
                self.really = gr.Button(shown("Delete everything"), variant="stop", elem_id="desk-really")
                self.keep = gr.Button(shown("Keep the caller"), elem_id="desk-keep")

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The components that `show` updates."""
        fields = [self.label, self.text, self.name, self.may_train, self.export, self.sure]
        return [self.opened, self.chosen, *self._followed, *fields]

    @property
    def _followed(self) -> list[gr.blocks.Block]:
        """The components in which nobody types."""
        return [self.panel, self.head, self.call, self.actions, self.judge, self.sleep, self.missed]

    @property
    def followed(self) -> list[gr.blocks.Block]:
        """The components that `follow` updates."""
        return [self.opened, self.chosen, *self._followed]

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        private = {"api_visibility": "private", "show_progress": "hidden"}
        at, both = [self.chosen], [self.opened, self.chosen]
        self.head.select(only(self._choose), None, self.parts, **private)
        self.right.click(only(self._right), at, self.followed, **private)
        self.false.click(only(self._false), at, self.followed, **private)
        self.missed.click(only(self._missed), at, self.followed, **private)
        for minutes, button in self.snoozes.items():
            button.click(only(self._snoozer(minutes)), at, self.followed, **private)
        self.tomorrow.click(only(self._until_tomorrow), at, self.followed, **private)
        noted = [self.text, *self.followed]
        self.note.click(only(self._note), [*at, self.text], noted, **private)
        self.text.submit(only(self._note), [*at, self.text], noted, **private)
        self.correct.click(only(self._correct), [*at, self.label], self.followed, **private)
        self.rename.click(only(self._rename), [*both, self.name], self.followed, **private)
        self.name.submit(only(self._rename), [*both, self.name], self.followed, **private)
        self.may_train.input(only(self._consent), [*both, self.may_train], self.followed, **private)
        self.remove.click(only(self._ask), [self.opened], [self.sure, self.warning], **private)
        self.keep.click(lambda: gr.Column(visible=False), None, self.sure, **private)
        self.really.click(only(self._remove), [self.opened], self.parts, **private)
        self.close.click(self.closed, None, self.parts, **private)

    def show(self, caller_id: int, call_id: int | None = None) -> Updates:
        """Return the updates that open a caller, with a call or else the one that decides.

        Raises:
            DeskError: There is no such caller or call.
        """
        caller = callers.get(self.desk, caller_id)
        labels = [(emotion(label), label) for label in (*self.services.classifier.labels, MIXED)]
        words = say("Export everything about this caller")
        fields = {
            self.label: gr.Dropdown(choices=labels, value=None),
            self.text: "",
            self.name: caller.name,
            self.may_train: caller.may_train,
            self.export: f'<a class="desk-export" href="desk/exports/{caller.id}" download>{words}</a>',
            self.sure: gr.Column(visible=False),
        }
        return self.follow(caller_id, call_id) | fields

    def follow(self, caller_id: int | None, call_id: int | None) -> Updates:
        """Return the updates that show an open caller as the desk knows them now; nothing that is typed changes."""
        if caller_id is None:
            return {self.panel: gr.skip()}
        try:
            caller = callers.get(self.desk, caller_id)
        except DeskError:  # somebody has removed the caller
            return self.closed()
        page = listing.history(self.desk, listing.Filter(caller_id=caller_id), per_page=LAST_CALLS)
        call = self._call(call_id) or self._call(_deciding(page.calls))
        at, id = self.desk.clock(), call.line.id if call else None
        return {
            self.opened: caller_id,
            self.chosen: id,
            self.panel: gr.Column(visible=True),
            self.head: caller_html(caller, page.calls, page.total, id, at),
            self.call: call_html(call, at) if call else "",
            self.actions: gr.Column(visible=call is not None),
        } | self._offers(call)

    def closed(self) -> Updates:
        """Return the updates that close the panel."""
        return {self.opened: None, self.chosen: None, self.panel: gr.Column(visible=False)}

    def _offers(self, call: Call | None) -> Updates:
        state = call.line.state if call else None
        return {
            self.judge: gr.Row(visible=state in alarms.ALARMS),
            self.sleep: gr.Row(visible=state is State.OPEN),
            self.missed: gr.Button(visible=state is State.QUIET),
        }

    def _call(self, call_id: int | None) -> Call | None:
        try:
            return None if call_id is None else calls.get(self.desk, call_id)
        except DeskError:  # deleted in the meantime
            return None

    def _shown(self, call: Call) -> Updates:
        return self.follow(call.line.caller_id, call.line.id)

    def _choose(self, event: gr.EventData) -> Updates:
        data = sent_by(event)
        return self.show(number_of(data.get("caller")), number_of(data.get("call")))

    def _right(self, call_id: int) -> Updates:
        return self._shown(alarms.acknowledge(self.desk, call_id, judged=Judged.RIGHT))

    def _false(self, call_id: int) -> Updates:
        return self._shown(alarms.acknowledge(self.desk, call_id, judged=Judged.FALSE_ALARM))

    def _missed(self, call_id: int) -> Updates:
        return self._shown(alarms.acknowledge(self.desk, call_id, judged=Judged.MISSED))

    def _snoozer(self, minutes: float) -> Any:
        def snooze(call_id: int) -> Updates:
            return self._shown(alarms.snooze(self.desk, call_id, minutes))

        return snooze

    def _until_tomorrow(self, call_id: int) -> Updates:
        return self._shown(alarms.snooze(self.desk, call_id, minutes_until_morning(self.desk.clock())))

    def _note(self, call_id: int, text: str) -> Updates:
        return self._shown(alarms.add_note(self.desk, call_id, text or "")) | {self.text: ""}

    def _correct(self, call_id: int, label: str | None) -> Updates:
        if not label:
            raise DeskError("Choose the emotion that you hear first.")
        labels = self.services.classifier.labels
        return self._shown(corrections.correct(self.desk, call_id, label, labels=labels))

    def _rename(self, caller_id: int, call_id: int | None, name: str) -> Updates:
        callers.rename(self.desk, caller_id, name or "")
        return self.follow(caller_id, call_id)

    def _consent(self, caller_id: int, call_id: int | None, may_train: bool) -> Updates:
        change = corrections.set_consent(self.desk, caller_id, may_train)
        if change.forgotten:
            gr.Info(say("Corrections removed from the training data: {count}.", count=change.forgotten), title="")
        _warn_of(change.models)
        return self.follow(caller_id, call_id)

    def _ask(self, caller_id: int) -> tuple[gr.Column, str]:
        caller = callers.get(self.desk, caller_id)
        total = listing.history(self.desk, listing.Filter(caller_id=caller_id), per_page=1).total
        return gr.Column(visible=True), remove_html(caller, total)

    def _remove(self, caller_id: int) -> Updates:
        gone = deletion.delete_caller(self.desk, caller_id)
        gr.Info(
            say(
                "Deleted: {calls} calls, {recordings} recordings, {corrections} corrections, {exports} exports."
            ).format(
                calls=number(gone.calls, ","),
                recordings=number(gone.recordings, ","),
                corrections=number(gone.corrections, ","),
                exports=number(gone.exports, ","),
            ),
            title="",
        )
        if gone.left:
            gr.Warning(say("Delete these files yourself: {names}.", names=", ".join(one.name for one in gone.left)))
        _warn_of(gone.models)
        return self.closed()


def minutes_until_morning(at: datetime) -> float:
    """Return the minutes from a time until 8 o'clock of the next day, in the zone of this machine."""
    here = at.astimezone()
    morning = datetime.combine(here.date() + timedelta(days=1), MORNING).astimezone()
    return (morning - here).total_seconds() / 60


def _warn_of(models: tuple[str, ...]) -> None:
    if models:
        words = say(
            "These models were trained on them; train them again to remove their effect: {names}.",
            names=", ".join(models),
        )
        gr.Warning(words, title="")


def _deciding(lines: tuple[calls.CallLine, ...]) -> int | None:
    """Return the number of the newest open alarm, else of the newest call."""
    opened = [line for line in lines if line.state is State.OPEN]
    return (opened or lines)[0].id if lines else None


def number_of(value: object) -> int:
    """Return the number of a caller or a call as a browser sends it.

    Raises:
        DeskError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise DeskError("This caller is no longer on the desk.")
    return value
