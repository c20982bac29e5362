"""The tab "Recognise": record or choose a file, read the prediction, correct it, replay the recording."""

from __future__ import annotations

import gradio as gr

from emotion_hf.app.answer import WAITING, answer_html, problem_html, scores_html
from emotion_hf.app.correction import CorrectionPanel, DeletionForm
from emotion_hf.app.edge import sentence
from emotion_hf.app.history import History, forget, history_html, remember
from emotion_hf.app.pictures import picture_html
from emotion_hf.app.services import MODEL_CALLS, Services
from emotion_hf.app.theme import voice_input

SENTENCES = (
    "The parcel is on the table by the door.",
    "They are coming back at seven this evening.",
    "I left the keys where you told me to.",
)
READ_ALOUD = "Say one of these sentences in a happy, angry, fearful or tired voice:\n\n" + "\n".join(
    f"- “{line}”" for line in SENTENCES
)
TROUBLE = """
- **No microphone?** The browser asks once; you can still allow it with the icon next to the address. On other
  computers than the server's, browsers allow it only on `https://` pages.
- **A file is refused?** The message says why. WAV, FLAC, OGG, MP3, M4A, WebM and the audio of MP4 work.
- **“No speech detected”?** Speak closer to the microphone, without music in the background.
- **“Not sure”, or low confidence?** Two to five seconds of one speaker with one emotion work best. Everyday speech
  often mixes emotions.
- **Slow?** The first prediction takes longer because the model warms up. Long recordings also take longer.
"""
NOT_SAVED = '<p id="not-saved">Corrections cannot be saved: this page keeps no recordings.</p>'
READ_OUT = "element.setAttribute('aria-live', 'polite')"  # screen readers announce the prediction


class Recognise:
    """One recording at a time."""

    title = "Recognise"

    def __init__(self, services: Services):
        self.services = services
        self.history = gr.State((), time_to_live=services.settings.history_seconds, delete_callback=forget)
        self.uploads = gr.State(())
        with gr.Row(elem_id="stage"):
            with gr.Column(min_width=280, elem_id="input"):
                self._build_input()
            with gr.Column(min_width=280, elem_id="output"):
                self.answer = gr.HTML(WAITING, elem_id="answer", js_on_load=READ_OUT)
                self.correction = CorrectionPanel(services, self.history) if services.settings.allow_saving else None
                self.scores = gr.HTML(elem_id="scores")
                if not self.correction:
                    gr.HTML(NOT_SAVED)
            with gr.Column(min_width=280, elem_id="session"):
                self.picture = gr.HTML()
                self._build_history()
        self._wire()

    def _build_input(self) -> None:
        self.recording = voice_input(elem_id="recording")
        gr.Markdown(READ_ALOUD, elem_id="read-aloud")

    def _build_history(self) -> None:
        minutes = max(1, self.services.settings.history_seconds // 60)
        gr.Markdown(f"## This session\nRecordings are kept for replay only and removed within {minutes} minutes.")
        self.past = gr.HTML(history_html(()), elem_id="history")
        self.clear = gr.Button("Remove all now", size="md", visible=False, elem_id="clear", scale=0)
        with gr.Accordion("Something not working?", open=False):
            gr.Markdown(TROUBLE)
        if self.services.settings.allow_saving:
            DeletionForm(self.services)

    def _wire(self) -> None:
        panel = self.correction.parts if self.correction else []
        self.recording.change(
            self._analyse,
            [self.recording, self.history, self.uploads],
            [self.answer, self.scores, self.picture, self.past, self.clear, self.history, self.uploads, *panel],
            show_progress_on=self.answer,
            api_visibility="private",
            **MODEL_CALLS,
        )
        self.clear.click(
            self._clear,
            [self.history, self.uploads],
            [self.recording, self.past, self.clear, self.history, self.uploads],
            show_progress="hidden",
            api_visibility="private",
        )

    def _analyse(self, path: str | None, history: History, uploads: tuple[str, ...]) -> dict:
        if path is None:
            return self._without_answer(WAITING)
        uploads = (*uploads, path)
        try:
            analysis = self.services.recognise(path)
            max_age = self.services.settings.history_seconds
            history = remember(history, analysis, self.services.voices, max_age_seconds=max_age)
        except Exception as error:  # noqa: BLE001 - the app's edge: the card shows the error instead
            return self._without_answer(problem_html(sentence(error))) | {self.uploads: uploads}
        ask = self.correction.ask(analysis.prediction) if self.correction else {}
        return ask | {
            self.answer: answer_html(analysis.prediction),
            self.scores: scores_html(analysis.prediction),
            self.picture: picture_html(analysis.wave),
            self.past: history_html(history),
            self.clear: gr.Button(visible=True),
            self.history: history,
            self.uploads: uploads,
        }

    def _without_answer(self, card: str) -> dict:
        hide = self.correction.hide() if self.correction else {}
        return hide | {self.answer: card, self.scores: "", self.picture: ""}

    def _clear(self, history: History, uploads: tuple[str, ...]) -> dict:
        forget(history)
        for path in uploads:
            self.services.discard(path)
        return {
            self.recording: None,
            self.past: history_html(()),
            self.clear: gr.Button(visible=False),
            self.history: (),
            self.uploads: (),
        }
