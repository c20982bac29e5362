"""How a long recording is cut: length and step of the windows, channel, and the reference of the voice.

Example:
    >>> options = LongRecordings()  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from emotion_hf.app.history import Entry
from emotion_hf.app.words import say, shown
from emotion_hf.audio import channels_of
from emotion_hf.errors import AudioError
from emotion_hf.timeline import STEP_SECONDS, WINDOW_SECONDS

ALL_CHANNELS = -1
ONE_SPEAKER, BOTH = "one", "both"
Updates = dict[gr.blocks.Block, object]


class LongRecordings:
    """The settings of a timeline; the tab wires the button, because its outcome changes the answer."""

    def __init__(self) -> None:
        with gr.Accordion(shown("How it is cut"), open=False, visible=False, elem_id="long") as self.panel:
            with gr.Row():
                self.window = gr.Slider(1, 10, WINDOW_SECONDS, step=0.5, label=shown("Window in seconds"))
                self.step = gr.Slider(0.5, 10, STEP_SECONDS, step=0.5, label=shown("Step in seconds"))
            self.channel = gr.Radio([], value=ALL_CHANNELS, label=shown("Channel"), visible=False)
            self.who = gr.Radio(
                [
                    (shown("one speaker"), ONE_SPEAKER),
                    (shown("two speakers, A and B"), BOTH),
                    (shown("two speakers, only A"), "A"),
                    (shown("two speakers, only B"), "B"),
                ],
                value=ONE_SPEAKER,
                label=shown("Speakers"),
                info=shown("A speaks first. Voices of one gender are often mixed up; nothing about them is stored."),
                elem_id="who",
            )
            self.centre = gr.Checkbox(
                True, label=shown("Take the mean over the recording as the reference of the speaker's voice")
            )
            self.window.change(
                _steps, [self.window, self.step], self.step, api_visibility="private", show_progress="hidden"
            )
            self.again = gr.Button(shown("Analyse again"), elem_id="again")

    @property
    def inputs(self) -> list[gr.components.Component]:
        """The components with the values that `options` takes."""
        return [self.window, self.step, self.channel, self.who, self.centre]

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The components that `offer` and `hide` update."""
        return [self.panel, self.channel]

    def offer(self, entry: Entry) -> Updates:
        """Return the updates that show the settings for a long recording."""
        if entry.timeline is None:
            return self.hide()
        try:
            count = channels_of(Path(entry.upload))
        except AudioError:  # the upload is gone, and the mono recording is left
            count = 1
        choices = [(say("all"), ALL_CHANNELS), *((str(number + 1), number) for number in range(count))]
        return {self.panel: gr.Accordion(visible=True), self.channel: gr.Radio(choices, visible=count > 1)}

    def hide(self) -> Updates:
        """Return the updates that hide the settings."""
        return {self.panel: gr.Accordion(visible=False), self.channel: gr.skip()}

    @staticmethod
    def options(window: float, step: float, channel: int | None, who: str, centre: bool) -> dict[str, Any]:
        """Return the options of `Services.analyse`."""
        is_one = channel is not None and channel != ALL_CHANNELS
        return {
            "window_seconds": window,
            "step_seconds": min(step, window),
            "channel": channel if is_one else None,
            "speakers": 1 if who == ONE_SPEAKER else 2,
            "speaker": who if who in ("A", "B") else None,
            "centre": centre,
        }


def _steps(window: float, step: float) -> gr.Slider:
    """Limit the step to the length of the windows, so that no speech is left out."""
    return gr.Slider(maximum=window, value=min(step, window))
