"""A panel that works on the shown recording when asked: one button starts the work, and the same button stops it.

Example:
    >>> panel = OnDemand("Why this answer?", work, history, current, elem_id="why")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gradio as gr

from emotion_hf.app.analysing import Jobs, OnProgress, StoppedError
from emotion_hf.app.answer import problem_html, progress_html
from emotion_hf.app.edge import sentence
from emotion_hf.app.history import Entry, History, entry_of
from emotion_hf.app.player import PLAY_MOMENTS
from emotion_hf.app.services import MODEL_CALLS
from emotion_hf.app.words import say, shown

DOUBLE_CLICK_SECONDS = 0.5
"""A second click within this time does not stop the work that the first one started."""
Updates = dict[gr.blocks.Block, object]


class OnDemand:
    """Components and handlers; created inside a ``gr.Blocks``, where the panel should appear.

    Args:
        title: The words on the button.
        work: Makes the result as HTML from the recording, and tells how much is done.
        history: The recordings of the session.
        current: Id of the recording whose prediction is shown.
        elem_id: Id of the panel.
        js_on_load: What the result does in the browser; by default its ``data-seek`` buttons play moments.
    """

    def __init__(
        self,
        title: str,
        work: Callable[[Entry, OnProgress], str],
        history: gr.State,
        current: gr.State,
        *,
        elem_id: str,
        js_on_load: str = PLAY_MOMENTS,
    ):
        self.title, self.work, self.jobs = title, work, Jobs()
        with gr.Column(visible=False, elem_id=elem_id) as self.panel:
            self.button = gr.Button(shown(title), size="md", scale=0, elem_classes="on-demand")
            self.result = gr.HTML(js_on_load=js_on_load)
        self.button.click(
            self._click,
            [history, current],
            [self.button, self.result],
            api_visibility="private",
            show_progress="hidden",
            trigger_mode="multiple",
            **MODEL_CALLS,
        )

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """All components that `offer` and `hide` update."""
        return [self.panel, self.button, self.result]

    def offer(self, can: bool = True) -> Updates:
        """Return the updates that offer the work on the recording that is shown, if it can be done."""
        if not can:
            return self.hide()
        return {self.panel: gr.Column(visible=True)} | self._start()

    def hide(self) -> Updates:
        """Return the updates that hide the panel."""
        return {self.panel: gr.Column(visible=False)} | self._start()

    def _start(self, result: str = "") -> Updates:
        return {self.button: gr.Button(say(self.title), visible=True), self.result: result}

    def _waiting(self, share: float, seconds_left: float | None) -> Updates:
        return {self.result: progress_html(share, seconds_left)}

    def _nothing(self) -> Updates:
        """Return no update: when a generator ends, Gradio shows again what it yielded last."""
        return {self.button: gr.skip(), self.result: gr.skip()}

    def _click(self, history: History, id: str, request: gr.Request) -> Iterator[Updates]:
        """Yield how far the work is, then its result; or stop it, if it is going on."""
        session = str(request.session_hash)
        if running := self.jobs.seconds(session):
            if running > DOUBLE_CLICK_SECONDS:
                self.jobs.stop(session)
                yield self._start()
            else:
                yield self._nothing()
            return
        yield {self.button: gr.Button(say("Stop"))} | self._waiting(0.0, None)
        try:
            html = yield from self.jobs.run(
                session,
                lambda progress: self.work(entry_of(history, id), progress),
                self._waiting,
            )
            yield {self.button: gr.Button(visible=False), self.result: html}
        except StoppedError:
            yield self._nothing()
        except Exception as error:  # noqa: BLE001 - the app's edge: the card shows the error instead
            yield self._start(problem_html(sentence(error)))


CSS = ".on-demand { align-self: flex-start; }"
