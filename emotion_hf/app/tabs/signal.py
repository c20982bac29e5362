"""The tab "Signal": the mathematics of one frame of the latest recording, each formula with this recording's numbers.

The steps are made when the tab is opened and when another frame is chosen, by the slider or by a click in the waveform
or the spectrogram. Only the part of the recording's file around the frame is read.

Example:
    >>> with gr.Blocks(), gr.Tab("Signal") as opened:  # doctest: +SKIP
    ...     Signal(services, history, current).show_on(opened.select)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import gradio as gr
import numpy as np

from emotion_hf.app.answer import problem_html
from emotion_hf.app.edge import polite, sentence
from emotion_hf.app.history import Entry, History, entry_of
from emotion_hf.app.plot import LEFT, RIGHT, WIDTH
from emotion_hf.app.services import MODEL_CALLS, Services
from emotion_hf.app.signal.decision_steps import decision_steps
from emotion_hf.app.signal.frame_steps import frame_steps
from emotion_hf.app.signal.step import Step
from emotion_hf.app.signal.tract_steps import tract_steps
from emotion_hf.app.words import both, say, shown
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import EmotionError
from emotion_hf.signal_math import analyse_frame, decide, loudest_voiced_seconds, vocal_tract

STRETCH_SECONDS = 8.0
"""Longest part of a recording that is shown, around the chosen frame; the first frame is chosen in the first part."""
FRAME_ROWS, DECISION_ROWS = 11, 3
DELIMITERS: list[dict[str, str | bool]] = [{"left": "$$", "right": "$$", "display": True}]
CHOOSE = f"""
element.addEventListener("click", (event) => {{
  const plot = event.target.closest("[data-from]");
  if (!plot) return;
  const box = plot.getBoundingClientRect();
  const across = ((event.clientX - box.left) / box.width * {WIDTH} - {LEFT}) / {WIDTH - LEFT - RIGHT};
  const from = Number(plot.dataset.from), to = Number(plot.dataset.to);
  trigger("select", {{seconds: from + Math.max(0, Math.min(1, across)) * (to - from)}});
}});
"""
Updates = dict[gr.blocks.Block, object]
Row = tuple[gr.Row, gr.Markdown, gr.HTML]


class Signal:
    """One frame of the latest recording at a time."""

    title = "Signal"

    def __init__(self, services: Services, history: gr.State, current: gr.State):
        self.services, self.history, self.current = services, history, current
        self.shown_id = gr.State("")
        with gr.Column(elem_id="signal"):
            self.notice = gr.HTML(
                f'<p class="history-empty" role="status">{both("The steps are being calculated …")}</p>'
            )
            with gr.Column(visible=False) as self.body:
                self.time = gr.Slider(
                    0, 1, step=0.01, label=shown("Middle of the frame, in seconds"), buttons=[], elem_id="signal-time"
                )
                self.rows = [self._build_row() for _ in range(FRAME_ROWS + DECISION_ROWS)]
        private = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}
        self.time.input(polite(self._slide), [self.history, self.current, self.time], self._outputs, **private)
        clicks = [picture.select for _, _, picture in self.rows]
        gr.on(clicks, polite(self._click), [self.history, self.current], self._outputs, **private)

    def show_on(self, event: Callable) -> None:
        """Show the recording of the tab Recognise after each such event, such as the selection of the tab."""
        event(
            polite(self._open),
            [self.history, self.current, self.shown_id],
            self._outputs,
            show_progress="hidden",
            api_visibility="private",
            **MODEL_CALLS,
        )

    @property
    def _outputs(self) -> list[gr.blocks.Block]:
        return [self.shown_id, self.notice, self.body, self.time, *(part for row in self.rows for part in row)]

    def _build_row(self) -> Row:
        with gr.Row(elem_classes="step") as row:
            text = gr.Markdown(latex_delimiters=DELIMITERS)
            picture = gr.HTML(js_on_load=CHOOSE)
        return row, text, picture

    def _open(self, history: History, current: str, shown_id: str) -> Updates:
        """Show the loudest voiced frame of the recording, unless another one of it is shown already."""
        if not history:
            hint = say("Record something or choose a file in the tab “Recognise”, then come back to this tab.")
            return self._notice(f'<p class="history-empty">{hint}</p>')
        if current == shown_id:
            return {self.shown_id: gr.skip()}
        try:
            entry = entry_of(history, current)
            wave = entry.part(0.0, STRETCH_SECONDS)
            return self._show_frame(entry, loudest_voiced_seconds(wave)) | self._show_decision(entry, wave)
        except EmotionError as error:  # usually because the recording is gone
            return self._notice(problem_html(sentence(error)))

    def _choose(self, history: History, current: str, seconds: object) -> Updates:
        """Show the frame at a time; nothing changes while the field is empty."""
        if not isinstance(seconds, int | float) or not math.isfinite(seconds):
            return {self.shown_id: gr.skip()}
        try:
            return self._show_frame(entry_of(history, current), seconds)
        except EmotionError as error:
            return self._notice(problem_html(sentence(error)))

    def _slide(self, history: History, current: str, seconds: object) -> Updates:
        """Show the frame at the slider, which stays where the visitor moves it."""
        chosen = self._choose(history, current, seconds)
        return {part: value for part, value in chosen.items() if part is not self.time}

    def _click(self, history: History, current: str, event: gr.EventData) -> Updates:
        """Show the frame that the visitor clicked."""
        return self._choose(history, current, event.seconds)

    def _show_frame(self, entry: Entry, seconds: float) -> Updates:
        duration = entry.prediction.duration_seconds
        start = min(max(seconds - STRETCH_SECONDS / 2, 0.0), max(duration - STRETCH_SECONDS, 0.0))
        wave = entry.part(start, STRETCH_SECONDS)
        frame = analyse_frame(wave, seconds - start)
        steps = frame_steps(wave, start, frame) + tract_steps(vocal_tract(frame.samples))
        middle = round(start + frame.middle_seconds, 2)
        return _filled(self.rows[:FRAME_ROWS], steps) | {
            self.notice: gr.HTML(visible=False),
            self.body: gr.Column(visible=True),
            self.time: gr.Slider(value=middle, maximum=max(round(duration, 2), middle)),
            self.shown_id: entry.id,
        }

    def _show_decision(self, entry: Entry, wave: np.ndarray) -> Updates:
        model = self.services.model
        with self.services.turns.take(len(wave) / SAMPLING_RATE):
            decision = decide(entry.prediction, model, None if entry.timeline else wave)
        return _filled(self.rows[FRAME_ROWS:], decision_steps(decision, entry.prediction))

    def _notice(self, html: str) -> Updates:
        return {self.notice: gr.HTML(html, visible=True), self.body: gr.Column(visible=False), self.shown_id: ""}


def _filled(rows: Sequence[Row], steps: Sequence[Step]) -> Updates:
    """Return the steps in their rows; the other rows are hidden."""
    updates: Updates = {}
    shown_steps = [*steps, *[Step("")] * (len(rows) - len(steps))]
    for (row, text, picture), step in zip(rows, shown_steps, strict=True):
        updates |= {row: gr.Row(visible=bool(step.text)), text: step.text, picture: step.picture}
    return updates
