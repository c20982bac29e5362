"""The tab "Recognise": record or choose a file, read the prediction, correct it, replay the recording."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from emotion_hf.app.analysing import Job, StoppedError
from emotion_hf.app.answer import (
    WAITING,
    answer_html,
    problem_html,
    progress_html,
    scores_html,
    timeline_answer_html,
)
from emotion_hf.app.correction import CorrectionPanel, DeletionForm
from emotion_hf.app.edge import polite, sentence
from emotion_hf.app.history import GONE, History, forget, history_html, remember
from emotion_hf.app.pictures import picture_html
from emotion_hf.app.player import ON_LOAD, PLAY_MOMENTS
from emotion_hf.app.services import MODEL_CALLS, Analysis, Services
from emotion_hf.app.theme import voice_input
from emotion_hf.errors import FeedbackError
from emotion_hf.timeline.picture import describe

SENTENCES = (
    "The parcel is on the table by the door.",
    "They are coming back at seven this evening.",
    "I left the keys where you told me to.",
)
READ_ALOUD = "Say one of these sentences in a happy, angry, fearful or sad voice:\n\n" + "\n".join(
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
STOPPED = problem_html("The analysis was stopped. Choose the recording again to start it.")
READ_OUT = "element.setAttribute('aria-live', 'polite')"  # screen readers announce the prediction


class Recognise:
    """One recording at a time."""

    title = "Recognise"

    def __init__(self, services: Services, history: gr.State):
        self.services, self.history = services, history
        self.uploads = gr.State(())
        self.jobs: dict[str, Job[Analysis]] = {}
        with gr.Row(elem_id="stage"):
            with gr.Column(min_width=280, elem_id="input"):
                self._build_input()
            with gr.Column(min_width=280, elem_id="output"):
                self.answer = gr.HTML(WAITING, elem_id="answer", js_on_load=f"{READ_OUT};{PLAY_MOMENTS}")
                self.stop = gr.Button("Stop", visible=False, elem_id="stop", scale=0)
            with gr.Column(min_width=280, elem_id="details"):
                self.correction = CorrectionPanel(services, self.history) if services.settings.allow_saving else None
                self.scores = gr.HTML(elem_id="scores")
                if not self.correction:
                    gr.HTML(NOT_SAVED)
            with gr.Column(min_width=280, elem_id="listen"):
                self.sound = gr.HTML(elem_id="sound", js_on_load=ON_LOAD)
            with gr.Column(min_width=280, elem_id="session"):
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
        shown = [self.answer, self.stop, self.scores, self.sound]
        private = {"show_progress": "hidden", "api_visibility": "private"}
        self.recording.change(
            self._analyse,
            [self.recording, self.history, self.uploads],
            [*shown, self.past, self.clear, self.history, self.uploads, *panel],
            **private,
            **MODEL_CALLS,
        )
        self.stop.click(self._cancel, None, self.stop, **private)
        self.clear.click(
            self._clear,
            [self.history, self.uploads],
            [self.recording, self.past, self.clear, self.history, self.uploads],
            **private,
        )
        if self.correction:
            self.sound.select(polite(self._choose_band), [self.history], panel, **private)

    def _analyse(
        self, path: str | None, history: History, uploads: tuple[str, ...], request: gr.Request
    ) -> Iterator[dict]:
        """Yield how far the analysis is, then the prediction."""
        session = str(request.session_hash)
        self._cancel_job(session)  # of an earlier recording
        if path is None:
            yield self._without_answer(WAITING)
            return
        uploads = (*uploads, path)
        yield self._without_answer(progress_html(0.0, None)) | {self.uploads: uploads}
        job = self.jobs[session] = Job(lambda progress: self.services.analyse(path, progress))
        try:
            for share in job.progress():
                left = progress_html(share, job.seconds_left(share))
                yield {self.answer: left, self.stop: gr.Button(visible=True)}
            analysis = job.result()
            max_age = self.services.settings.history_seconds
            history = remember(history, analysis, self.services.voices, max_age_seconds=max_age)
        except StoppedError:
            yield self._without_answer(STOPPED)
        except Exception as error:  # noqa: BLE001 - the app's edge: the card shows the error instead
            yield self._without_answer(problem_html(sentence(error)))
        else:
            yield self._with_answer(analysis, history)
        finally:
            job.stop()  # also if the visitor closed the page
            if self.jobs.get(session) is job:
                del self.jobs[session]

    def _with_answer(self, analysis: Analysis, history: History) -> dict:
        timeline = analysis.timeline
        correction: dict = {}
        if self.correction:
            correction = self.correction.hide() if timeline else self.correction.ask(analysis.prediction)
        return correction | {
            self.answer: timeline_answer_html(timeline) if timeline else answer_html(analysis.prediction),
            self.stop: gr.Button(visible=False),
            self.scores: "" if timeline else scores_html(analysis.prediction),
            self.sound: picture_html(analysis.wave, history[-1].source, timeline),
            self.past: history_html(history),
            self.clear: gr.Button(visible=True),
            self.history: history,
        }

    def _without_answer(self, card: str) -> dict:
        hide = self.correction.hide() if self.correction else {}
        return hide | {self.answer: card, self.stop: gr.Button(visible=False), self.scores: "", self.sound: ""}

    def _choose_band(self, history: History, event: gr.EventData) -> dict:
        """Ask about the band that the visitor chose."""
        if not (self.correction and history):
            raise FeedbackError(GONE)
        number = event.number if isinstance(event.number, int) else -1
        band = history[-1].band(number)
        if not band.prediction.scores:
            return self.correction.hide()
        return self.correction.ask(band.prediction, band=number, where=describe(band).partition(": ")[0])

    def _cancel(self, request: gr.Request) -> gr.Button:
        self._cancel_job(str(request.session_hash))
        return gr.Button(visible=False)

    def _cancel_job(self, session: str) -> None:
        if job := self.jobs.get(session):
            job.stop()

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
