"""The first use of a desk: its purpose and place, how calls are recorded, and the terms.

Example:
    >>> "prohibited" in terms_html()
    True
"""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from emotion_hf.app.desk.moments import moment_html
from emotion_hf.app.desk.recorded import RecordedFields, read
from emotion_hf.app.desk.script import COPY
from emotion_hf.app.words import both, say, shown
from emotion_hf.desk import Desk, setup
from emotion_hf.desk.law import ANNOUNCEMENT, MUST_ANNOUNCE, NOT_SAFE, PROHIBITED
from emotion_hf.desk.setup import SetUp
from emotion_hf.errors import DeskError


def terms_html() -> str:
    """Return what is prohibited, what callers must be told, and an announcement to copy, in both languages."""
    return (
        f"<h3>{both('What is prohibited')}</h3><p>{both(PROHIBITED)}</p>"
        f"<h3>{both('What callers must be told')}</h3><p>{both(MUST_ANNOUNCE)}</p>"
        f'<div class="desk-announcement"><p>{both("An announcement, to be adapted and translated:")}</p>'
        f"<blockquote>{both(ANNOUNCEMENT)}</blockquote>"
        f'<button type="button" data-copy=""><span class="copy">{both("Copy")}</span>'
        f'<span class="copied">{both("Copied")}</span></button></div>'
        f"<h3>{both('What the desk cannot do')}</h3><p>{both(NOT_SAFE)}</p>"
    )


def set_up_html(accepted: SetUp) -> str:
    """Return what the desk was set up for."""
    who = f" ({escape(accepted.who)})" if accepted.who else ""
    facts = {
        say("Purpose"): escape(accepted.purpose),
        say("Place"): escape(accepted.place),
        say("Accepted"): f"{moment_html(accepted.accepted_at)}{who}",
    }
    return (
        f"<dl class='desk-facts'>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in facts.items())}</dl>"
    )


class FirstUse:
    """The form; ``done`` is what the button does, and the tab decides what is shown then."""

    def __init__(self, desk: Desk):
        self.desk = desk
        with gr.Column(elem_id="desk-first-use", visible=False) as self.panel:
            gr.HTML(f"<h2>{both('Set up the desk')}</h2>{terms_html()}", js_on_load=COPY, elem_classes="desk-terms")
            self.purpose = gr.Textbox(
                label=shown("Purpose"),
                placeholder=shown("For example: crisis line, nights"),
                max_length=500,
                elem_id="desk-purpose",
            )
            self.place = gr.Textbox(label=shown("Place"), max_length=500, elem_id="desk-place")
            with gr.Row():
                self.recorded = RecordedFields("desk-first")
            self.who = gr.Textbox(
                label=shown("Your name (may be left out)"), max_length=100, elem_id="desk-accepted-by"
            )
            self.tick = gr.Checkbox(
                label=shown("I have read this, and the desk will be used accordingly"), elem_id="desk-accept"
            )
            self.button = gr.Button(shown("Open the desk"), variant="primary", elem_id="desk-open", scale=0)

    @property
    def inputs(self) -> list[gr.blocks.Block]:
        """What `accept` takes."""
        return [self.purpose, self.place, self.who, self.tick, *self.recorded.parts]

    @property
    def fields(self) -> list[gr.blocks.Block]:
        """The components that `show` updates."""
        return self.recorded.parts

    def show(self) -> dict[gr.blocks.Block, Any]:
        """Return the updates that fill the fields."""
        return self.recorded.show(None)

    def accept(self, purpose: str, place: str, who: str, is_accepted: bool, channel: str, single: str | None) -> None:
        """Set up the desk.

        Raises:
            DeskError: The tick, the purpose, the place or what one channel contains is missing.
        """
        if not is_accepted:
            raise DeskError("Read the terms, and tick that you accept them.")
        recorded = read(channel, single)
        setup.accept(self.desk, purpose=purpose or "", place=place or "", who=who or "")
        setup.set_recordings(self.desk, recorded)
