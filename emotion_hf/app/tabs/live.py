"""The tab "Live": the page names the emotion while the visitor speaks.

Three modules do the work: `emotion_hf/app/live_panel.py` is what one sees, `emotion_hf/app/microphone.py` runs in the
browser, and `emotion_hf/app/listening.py` answers it. They do not use Gradio's streaming recorder; the last one says
why.
"""

from __future__ import annotations

import gradio as gr

from emotion_hf.app.live_panel import live_html
from emotion_hf.app.microphone import ON_LOAD
from emotion_hf.app.services import Services


class Live:
    """The emotion of the last seconds, and the emotions of the last minute."""

    title = "Live"

    def __init__(self, services: Services, history: gr.State, current: gr.State):
        self.services = services
        panel = gr.HTML(self._panel(), elem_id="live", js_on_load=ON_LOAD)
        # once more when the page is opened, in the visitor's language
        gr.on(None, self._panel, None, panel, api_visibility="private", show_progress="hidden")

    def _panel(self) -> str:
        return live_html(self.services.classifier.labels)
