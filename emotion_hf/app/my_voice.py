"""Marked recordings are of one person: score them together, or adapt the answers of this session to the voice.

Only a `Voice` is learned, a shift of the model's scores. It stays in the session's memory: nothing is stored.

Example:
    >>> panel = VoicePanel(services, history, marked)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import gradio as gr
import numpy as np

from emotion_hf.app.history import Entry, History
from emotion_hf.app.services import Services
from emotion_hf.app.words import say, shown
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import AudioTooShortError, LabelError
from emotion_hf.prediction import Prediction
from emotion_hf.timeline import AdaptsToVoices, cut
from emotion_hf.voice import Voice

UNKNOWN, ORDINARY_SPEECH, CHOSEN = "unknown", "ordinary", "chosen"
LEAST_TOGETHER = 2
Updates = dict[gr.blocks.Block, object]


@dataclass(frozen=True)
class MyVoice:
    """The voice that this session's answers are corrected for.

    Attributes:
        voice: The estimate.
        model: Name of the model that it belongs to.
        recordings: Number of recordings that it was learned from.
    """

    voice: Voice
    model: str
    recordings: int

    def correct(self, services: Services, prediction: Prediction) -> Prediction | None:
        """Return a prediction corrected for the voice; `None` if it has no speech or is of another model."""
        model = services.model
        if not prediction.scores or prediction.model != self.model or not isinstance(model, AdaptsToVoices):
            return None
        return model.correct(prediction, self.voice)

    @property
    def note(self) -> str:
        """How a prediction was corrected, for people."""
        return say("Corrected for your voice, learned from recordings: {count}.", count=self.recordings)


class VoiceChip:
    """Says that answers are adapted to a voice; the tab wires its button."""

    def __init__(self) -> None:
        with gr.Row(visible=False, elem_id="my-voice") as self.active:
            self.chip = gr.HTML()
            self.forget = gr.Button(shown("Forget my voice"), size="md", scale=0, elem_id="forget-voice")

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The components that `show` updates."""
        return [self.active, self.chip]

    def show(self, voice: MyVoice | None) -> Updates:
        """Return the updates that show whether answers are adapted to a voice."""
        chip = ""
        if voice:
            text = say("Answers are adapted to your voice (recordings: {count}).", count=voice.recordings)
            chip = f'<p role="status">{text}</p>'
        return {self.active: gr.Row(visible=voice is not None), self.chip: chip}


class VoicePanel:
    """Components below the list of recordings; the tab wires the buttons, because their outcome changes its answer.

    Args:
        services: The services of the page.
    """

    def __init__(self, services: Services):
        self.services = services
        model = services.model
        self.can_adapt = isinstance(model, AdaptsToVoices) and model.can_adapt
        with gr.Accordion(shown("One person, or my voice"), open=False, visible=self.can_adapt) as self.panel:
            gr.Markdown(shown(EXPLAINED))
            self.how = gr.Radio(
                [
                    (shown("various emotions, or unknown"), UNKNOWN),
                    (shown("ordinary speech"), ORDINARY_SPEECH),
                    (shown("the emotions that I chose above"), CHOSEN),
                ],
                value=UNKNOWN,
                label=shown("What the marked recordings express"),
                elem_id="voice-how",
            )
            with gr.Row():
                self.together = gr.Button(shown("Score them together"), elem_id="together")
                self.learn = gr.Button(shown("Use them as my voice"), elem_id="learn-voice")
            self.hint = gr.HTML(elem_id="voice-hint")

    def score_together(self, history: History, marked: Collection[str], how: str) -> History:
        """Return the history with the marked recordings corrected for their common voice.

        Raises:
            LabelError: Fewer than two recordings are marked, or no emotions were chosen.
            AudioTooShortError: They contain no speech.
        """
        chosen = [entry for entry in history if entry.id in marked]
        if len(chosen) < LEAST_TOGETHER:
            raise LabelError("Mark at least two recordings of one person first.")
        voice = self.learn_from(history, marked, how)
        note = say("Scored together with other recordings of one person: {count}.", count=len(chosen) - 1)
        return tuple(self._corrected(entry, voice, note) if entry in chosen else entry for entry in history)

    def learn_from(self, history: History, marked: Collection[str], how: str) -> MyVoice:
        """Return the voice of the marked recordings.

        Raises:
            LabelError: None is marked, or no emotions were chosen.
            AudioTooShortError: They contain no speech.
            FeedbackError: A recording has been removed by now.
        """
        chosen = [entry for entry in history if entry.id in marked]
        if not chosen:
            raise LabelError("Mark the recordings of your voice in the list first.")
        model = self.services.model
        if how == CHOSEN:
            chosen = [entry for entry in chosen if entry.truth in model.labels]
            if not chosen:
                raise LabelError("Choose the emotion of each marked recording first, below its prediction.")
        assert isinstance(model, AdaptsToVoices)
        pieces = [_pieces(entry) for entry in chosen]
        seconds = sum(len(piece) for some in pieces for piece in some) / SAMPLING_RATE
        with self.services.turns.take(seconds):
            predictions = model.predict([piece for some in pieces for piece in some])
        emotions = [entry.truth or "" for entry, some in zip(chosen, pieces, strict=True) for _ in some]
        known = emotions if how == CHOSEN else None
        voice = model.learn_voice(predictions, known, ordinary=how == ORDINARY_SPEECH)
        if not voice.clips:
            raise AudioTooShortError("The marked recordings contain no speech; mark others.")
        return MyVoice(voice, model.name, len(chosen))

    def corrected(self, entry: Entry, voice: MyVoice | None) -> Entry:
        """Return an entry corrected for the voice of this session, if there is one."""
        return self._corrected(entry, voice, voice.note) if voice else entry

    def _corrected(self, entry: Entry, voice: MyVoice, note: str) -> Entry:
        if entry.timeline:  # the mean over the whole recording is its reference already
            return entry
        corrected = voice.correct(self.services, entry.predicted)
        return replace(entry, corrected=corrected, note=note if corrected else "")


def _pieces(entry: Entry) -> list[np.ndarray]:
    """Return the recording, a long one as its windows."""
    wave = entry.analysis().wave
    if entry.timeline is None:
        return [wave]
    return [wave[part.samples] for part in cut(wave)]


EXPLAINED = (
    "Voices differ: a deep voice sounds sad to the model, a tense one angry. Mark recordings of one person in the "
    "list. Three or more, or half a minute of ordinary speech, tell the model what is usual for this voice. Nothing "
    "is stored."
)

CSS = """
#my-voice { align-items: center; padding: .5rem .75rem; border-radius: var(--radius-lg);
  border: 1px solid var(--primary-600); }
#my-voice p { margin: 0; }
#voice-hint p { margin: 0; font-weight: 600; }
"""
