"""About this desk: its set-up and terms, how calls are recorded here, and what arrives by itself.

Example:
    >>> panel = AboutPanel(services, desk)  # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr

from emotion_hf.app.desk.first_use import set_up_html, terms_html
from emotion_hf.app.desk.moments import moment_html
from emotion_hf.app.desk.recorded import RecordedFields, read
from emotion_hf.app.desk.script import COPY
from emotion_hf.app.edge import sent_by, sentence
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import Services
from emotion_hf.app.words import both, say, shown
from emotion_hf.desk import Desk, setup, watch, webhook
from emotion_hf.desk.watch import Outcome, Seen
from emotion_hf.errors import DeskError
from emotion_hf.settings import Settings

MOST_FAILURES = 20
Updates = dict[gr.blocks.Block, Any]

DISMISS = """
element.addEventListener("click", ({target}) => {
  const button = target.closest("[data-dismiss]");
  if (button) trigger("select", {file: button.dataset.dismiss});
});
"""


class AboutPanel:
    """What was accepted, the usual channel and speaker, the watched folder and the webhook.

    Args:
        services: The services of the page.
        desk: The desk.
    """

    def __init__(self, services: Services, desk: Desk):
        self.services, self.desk = services, desk
        self.facts = gr.HTML(js_on_load="")
        gr.HTML(f"<h3>{both('How calls are recorded here')}</h3>", js_on_load="")
        with gr.Row(equal_height=True):
            self.recorded = RecordedFields("desk-usual")
            self.save = gr.Button(shown("Save"), size="md", min_width=100, elem_id="desk-recordings-save", scale=0)
        self.arriving = gr.HTML(js_on_load=DISMISS, elem_id="desk-arriving")
        with gr.Accordion(shown("The terms, and an announcement to callers"), open=False):
            gr.HTML(terms_html(), js_on_load=COPY, elem_classes="desk-terms")
        self._wire()

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The components that `show` updates."""
        return [self.facts, *self.recorded.parts, self.arriving]

    def show(self) -> Updates:
        """Return the updates that show everything."""
        accepted = setup.get(self.desk)
        return self.recorded.show(setup.recordings(self.desk)) | {
            self.facts: set_up_html(accepted) if accepted else "",
            self.arriving: self._arriving(),
        }

    def follow(self) -> Updates:
        """Return the update that shows what arrived; fields stay as they are."""
        return {self.arriving: self._arriving()}

    def _arriving(self) -> str:
        settings = self.services.settings
        return folder_html(settings, watch.latest(self.desk), watch.failures(self.desk)) + webhook_html(
            settings, webhook.failure(self.desk)
        )

    def _wire(self) -> None:
        only = Operator(self.services.settings).only
        options = {"api_visibility": "private", "show_progress": "hidden"}
        self.save.click(only(self._save), self.recorded.parts, self.parts, **options)
        self.arriving.select(only(self._dismiss), None, [self.arriving], **options)

    def _save(self, channel: str, single: str) -> Updates:
        setup.set_recordings(self.desk, read(channel, single))
        gr.Info(say("Saved; it affects the next recordings."), title="")
        return self.show()

    def _dismiss(self, event: gr.EventData) -> str:
        data = sent_by(event)
        for one in watch.failures(self.desk):
            if key_of(one.path) == data.get("file"):
                watch.dismiss(self.desk, one.path)
                return self._arriving()
        raise DeskError("This file is not on the list any more.")


def key_of(path: Path) -> str:
    """Return a key that stands for a path, which the page does not show."""
    return hashlib.sha256(str(path).encode(errors="surrogatepass")).hexdigest()[:16]


def folder_html(settings: Settings, taken: list[Seen], failed: list[Outcome]) -> str:
    """Return what the watched folder brought last, and what could not be used."""
    title = f"<h3>{say('Watched folder')}</h3>"
    if not settings.desk_watch:
        words = say(
            "None. Set EMOTION_HF_DESK_WATCH to a folder; recordings in CALLER/FILE.wav are taken automatically."
        )
        return f"{title}<p>{words}</p>"
    folder = escape(Path(settings.desk_watch).name)
    good = "".join(f"<li>{moment_html(one.at)} {escape(one.caller)}: {escape(one.path.name)}</li>" for one in taken)
    bad = "".join(_failed(one) for one in failed[:MOST_FAILURES])
    last = f"<ul>{good}</ul>" if good else f"<p>{say('Nothing was taken yet.')}</p>"
    where = say("{folder} is watched, with a folder for each caller. Taken last:", folder=f"<b>{folder}</b>")
    problems = f'<p>{say("Could not be used:")}</p><ul class="desk-files">{bad}</ul>' if bad else ""
    return f"{title}<p>{where}</p>{last}{problems}"


def webhook_html(settings: Settings, failed: webhook.Failure | None) -> str:
    """Return whom the webhook tells; of its address only the host, because the rest may contain a secret."""
    title = f"<h3>{say('Webhook')}</h3>"
    if not settings.desk_webhook:
        return f"{title}<p>{say('None. Set EMOTION_HF_DESK_WEBHOOK to an https address that receives alarms.')}</p>"
    host = escape(urlsplit(settings.desk_webhook).hostname or "")
    words = say(
        "{host} receives the number and the emotion of each alarm, but no name and no sound.", host=f"<b>{host}</b>"
    )
    return f"{title}<p>{words}</p>{failure_html(failed)}"


def failure_html(failed: webhook.Failure | None) -> str:
    """Return that alarms could not be told, if so."""
    if failed is None:
        return ""
    words = say(
        "The webhook failed ({reason}); alarms that were not sent: {count}. Last:",
        reason=failed.reason,
        count=failed.alarms,
    )
    return f'<p class="desk-warning" role="alert">{escape(words)} {moment_html(failed.at)}</p>'


def _failed(one: Outcome) -> str:
    name, why = escape(one.path.name, quote=False), sentence(DeskError(one.error))
    said = why if name in why else f"{name}: {why}"  # most sentences name the recording
    button = f'<button type="button" data-dismiss="{key_of(one.path)}">{say("Remove from the list")}</button>'
    return f'<li class="is-bad">{escape(one.caller)}: {said} {button}</li>'
