"""Put the page together: header, tabs, endpoints, footer. ``serving.py`` serves it.

Example:
    >>> page = build_page(Services.open(settings, open_store(settings)))  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from html import escape

import gradio as gr
from starlette.routing import Route

from emotion_hf.app.desk.script import WARN
from emotion_hf.app.endpoints import Endpoints
from emotion_hf.app.focus import KEEP_FOCUS
from emotion_hf.app.history import forget
from emotion_hf.app.listening import Listening
from emotion_hf.app.page import Page
from emotion_hf.app.services import Services
from emotion_hf.app.tabs import TABS
from emotion_hf.app.tabs.models import Models
from emotion_hf.app.tabs.review import Review
from emotion_hf.app.tabs.signal import Signal
from emotion_hf.app.tabs.train import Train
from emotion_hf.app.voices import lifetime_seconds
from emotion_hf.app.words import CHOOSE, both, shown
from emotion_hf.settings import Settings

OF_GRADIO = {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000"}
"""Turn off Gradio's request statistics: it would keep 10,000 requests and sum them up again after each request."""
TITLE = "Speech emotion recognition"
LANGUAGES = {
    "en": ("English", "Changing the language removes the recordings of this session."),
    "de": ("Deutsch", "Der Wechsel der Sprache entfernt die Aufnahmen dieser Sitzung."),
}
HEAD = (
    f'<header class="page-head"><div><h1>{both(TITLE)}</h1>'
    f"<p>{both('Record a voice, and see which emotion it expresses.')}</p></div><nav>"
    + "".join(
        f'<button type="button" lang="{code}" data-language="{code}" data-confirm="{warning}">{name}</button>'
        for code, (name, warning) in LANGUAGES.items()
    )
    + "</nav></header>"
)
WHAT = (
    "names the emotion that listeners would perceive in how something is said. Such models learn from acted speech. "
    "They recognise <b>expressed</b> emotion, not what a person feels inside, and they can be wrong. For simulation "
    "and education only."
)
NOT_FOR = (
    "No medical use, no hiring, no lie detection. Inferring emotions of people at work or in education is prohibited "
    "in the EU (AI Act, Art. 5(1)(f)); anyone who uses it elsewhere must tell the people concerned (Art. 50(3))."
)
YOUR_VOICE = (
    "It is processed on this server only, and soon removed unless you save a correction. Not affiliated with Hugging "
    "Face."
)
FOOT = f"""<footer class="page-foot">
<p><b>{both("What this is.")}</b> {both("The model")} <i>{{model}}</i> {both(WHAT)}</p>
<p><b>{both("What it is not for.")}</b> {both(NOT_FOR)}</p>
<p><b>{both("Your voice.")}</b> {both(YOUR_VOICE)}</p></footer>"""


def build_page(services: Services) -> Page:
    """Return the whole page; from now on, Gradio keeps its files in this process's folder of recordings."""
    for name, value in {**OF_GRADIO, "GRADIO_TEMP_DIR": str(services.voices)}.items():
        os.environ[name] = value  # Gradio has no other way to set them
    with Page(
        services.voices,
        services.recognition,
        title=TITLE,
        analytics_enabled=False,
        delete_cache=lifetime_seconds(services.settings),
        fill_width=False,
    ) as page:
        gr.HTML(HEAD, js_on_load=f"{KEEP_FOCUS}{CHOOSE}")
        history = gr.State((), time_to_live=services.settings.history_seconds, delete_callback=forget)
        current = gr.State("")
        changes = [page.load]
        bell = _bell() if services.settings.desk else None
        with gr.Tabs():
            for tab in TABS:
                with gr.Tab(shown(tab.title)) as opened:
                    made = tab(services, history, current)
                if isinstance(made, Signal):
                    made.show_on(opened.select)
            if bell:
                page.routes += _desk(services, bell)
            for operators in operators_tabs(services.settings):
                with gr.Tab(shown(operators.title)):
                    operated = operators(services)
                if isinstance(operated, Models):
                    changes += operated.changed
                if isinstance(operated, Train):
                    changes.append(operated.active.change)
        Endpoints(services)
        listening = Listening(services)
        page.routes += listening.routes
        page.listeners = listening.__len__
        _Foot(services, changes)
    return page


def _bell() -> gr.HTML:
    """Add the element that warns of the desk's alarms, whatever tab is open: Gradio makes other tabs only later."""
    return gr.HTML(js_on_load=WARN, elem_id="desk-bell")


def _desk(services: Services, bell: gr.HTML) -> list[Route]:
    """Add the tab Desk, and return its own routes."""
    from emotion_hf.app.tabs.desk import DeskTab  # only here, because the database's packages take time to load

    with gr.Tab(shown(DeskTab.title), elem_id="desk-tab"):
        return DeskTab(services, bell).routes


def operators_tabs(settings: Settings) -> list[type[Review] | type[Train] | type[Models]]:
    """Return the operator's tabs that are enabled, besides the desk; Models is there wherever models are trained."""
    trains = settings.training or settings.retraining
    return [
        *([Review] if settings.review else []),
        *([Train] if settings.training else []),
        *([Models] if trains else []),
    ]


class _Foot:
    """The footer, which names the active model; it is updated after each event in ``changes``."""

    def __init__(self, services: Services, changes: Sequence[Callable]):
        self.services = services
        html = gr.HTML(self._name_model())
        gr.on(changes, self._name_model, None, html, api_visibility="private", show_progress="hidden")

    def _name_model(self) -> str:
        return FOOT.format(model=escape(self.services.classifier.name))
