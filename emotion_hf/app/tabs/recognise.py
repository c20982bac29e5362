"""The tab "Recognise": record or choose a recording, read the prediction, correct it, hear it, compare."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from emotion_hf.app.analysing import STOPPED, Jobs, StoppedError
from emotion_hf.app.answer import (
    WAITING,
    Precision,
    answer_html,
    problem_html,
    progress_html,
    scores_html,
    timeline_answer_html,
)
from emotion_hf.app.correction import CorrectionPanel, DeletionForm
from emotion_hf.app.edge import polite, sentence
from emotion_hf.app.history import (
    MOST_ENTRIES,
    Entry,
    History,
    changed,
    entry_of,
    forget,
    history_html,
    remember,
    revised,
)
from emotion_hf.app.history import ON_LOAD as OPEN_ROWS
from emotion_hf.app.long_recordings import LongRecordings
from emotion_hf.app.my_voice import MyVoice, VoiceChip, VoicePanel
from emotion_hf.app.on_demand import OnDemand
from emotion_hf.app.pictures import picture_html
from emotion_hf.app.place import place_html
from emotion_hf.app.player import ON_LOAD, PLAY_MOMENTS
from emotion_hf.app.programs import ON_LOAD as SHOW_ADDRESS
from emotion_hf.app.programs import programs_html
from emotion_hf.app.recorder import BYTES_PER_SECOND, files_of, recorder_html
from emotion_hf.app.recorder import ON_LOAD as RECORD
from emotion_hf.app.services import MODEL_CALLS, Analysis, Services
from emotion_hf.app.transcribing import TranscriptPanel
from emotion_hf.app.why import WhyPanel
from emotion_hf.app.words import both, say, shown, translated
from emotion_hf.errors import EmotionError
from emotion_hf.timeline.picture import when

TROUBLE = (
    "- **A file is refused?** The message says why. WAV, FLAC, OGG, MP3, M4A, WebM and the sound of videos work.\n"
    "- **“No speech detected”?** Speak closer to the microphone, without music in the background.\n"
    "- **“Not sure”, or low confidence?** Two to five seconds of one speaker with one emotion work best. Everyday "
    "speech often mixes emotions.\n"
    "- **Slow?** Long recordings take longer, and so does the first prediction after the start."
)
NOT_SAVED = f'<p id="not-saved">{both("Corrections cannot be saved: this page keeps no recordings.")}</p>'
READ_OUT = "element.setAttribute('aria-live', 'polite')"  # screen readers announce the prediction
Updates = dict[gr.blocks.Block, Any]


class Recognise:
    """One recording at a time.

    Args:
        services: The services of the page.
        history: The recordings of the session, newest last.
        current: Id of the recording whose prediction is shown.
    """

    title = "Recognise"

    def __init__(self, services: Services, history: gr.State, current: gr.State):
        self.services, self.history, self.current = services, history, current
        self.uploads, self.marked, self.voice = gr.State(()), gr.State(()), gr.State(None)
        self.jobs = Jobs()
        with gr.Row(elem_id="stage"):
            with gr.Column(min_width=280, elem_id="input"):
                self.recorder = gr.HTML(recorder_html(_most_seconds(services)), js_on_load=RECORD, elem_id="recorder")
            with gr.Column(min_width=280, elem_id="output"):
                self.adapted = VoiceChip()
                self.answer = gr.HTML(WAITING, elem_id="answer", js_on_load=f"{READ_OUT};{PLAY_MOMENTS}")
                self.stop = gr.Button(shown("Stop"), visible=False, elem_id="stop", scale=0)
            with gr.Column(min_width=280, elem_id="listen"):
                self.sound = gr.HTML(elem_id="sound", js_on_load=ON_LOAD)
                self.long = LongRecordings()
            with gr.Column(min_width=280, elem_id="details"):
                can_save = services.settings.allow_saving
                self.correction = CorrectionPanel(services, history, self.current) if can_save else None
                self.scores = gr.HTML(elem_id="scores")
                self.why = WhyPanel(services, history, self.current)
                self.words = TranscriptPanel(services, history, self.current)
                with gr.Accordion(shown("Emotion as a place"), open=False, visible=False) as self.place_panel:
                    self.place = gr.HTML(elem_id="place")
                if not self.correction:
                    gr.HTML(NOT_SAVED)
            with gr.Column(min_width=280, elem_id="session"):
                self._build_history()
        self._wire()

    def _build_history(self) -> None:
        minutes = max(1, self.services.settings.history_seconds // 60)
        kept = both("Recordings are removed after {minutes} minutes.").replace("{minutes}", str(minutes))
        gr.HTML(f'<h2>{both("This session")}</h2><p class="kept">{kept}</p>')
        nothing = f'<p class="history-empty">{both("Nothing yet.")}</p>'
        self.past = gr.HTML(nothing, elem_id="history", js_on_load=OPEN_ROWS)
        self.clear = gr.Button(shown("Remove all now"), size="md", visible=False, elem_id="clear", scale=0)
        self.people = VoicePanel(self.services)
        with gr.Accordion(shown("Use it from your own programs"), open=False):
            gr.HTML(programs_html(), js_on_load=SHOW_ADDRESS)
        with gr.Accordion(shown("Something not working?"), open=False):
            gr.Markdown(shown(TROUBLE))
        if self.correction:
            DeletionForm(self.services)

    @property
    def _on_demand(self) -> list[OnDemand]:
        """The panels that work on the shown recording when asked."""
        return [self.why.on_demand, *([self.words.on_demand] if self.words.on_demand else [])]

    @property
    def _shown(self) -> list[gr.blocks.Block]:
        """The components that one answer fills."""
        own = [self.answer, self.stop, self.scores, self.sound, self.place, self.place_panel]
        asked = [part for panel in self._on_demand for part in panel.parts]
        return [*own, *self.long.parts, *asked, *(self.correction.parts if self.correction else [])]

    def _wire(self) -> None:
        private = {"show_progress": "hidden", "api_visibility": "private"}
        session = [self.past, self.clear, self.history, self.current, self.uploads]
        known = [self.history, self.uploads, self.marked, self.voice]
        for event in (self.recorder.upload, self.recorder.select):
            event(self._analyse, known, [*self._shown, *session], **private, **MODEL_CALLS)
        self.long.again.click(
            self._analyse_again,
            [self.history, self.current, self.marked, *self.long.inputs],
            [*self._shown, *session],
            **private,
            **MODEL_CALLS,
        )
        self.stop.click(self._end, None, self._shown, **private)
        self.past.select(
            polite(self._open), [self.history, self.marked], [*self._shown, self.current, self.past], **private
        )
        self.past.input(_marked, None, self.marked, trigger_mode="always_last", **private)
        self.clear.click(self._clear, [self.history, self.uploads], [*self._shown, *session, self.marked], **private)
        if self.correction:
            self.sound.select(
                polite(self._choose_band), [self.history, self.current], self.correction.parts, **private
            )
            listed = [self.history, self.current, self.marked]
            self.correction.chosen.then(history_html, listed, self.past, **private)
        self._wire_voices(private)

    def _wire_voices(self, private: dict[str, Any]) -> None:
        chosen = [self.history, self.current, self.marked, self.people.how]
        shown_again = [*self._shown, self.history, self.past, self.people.hint]
        self.people.together.click(polite(self._together), chosen, shown_again, **private, **MODEL_CALLS)
        learned = [*shown_again, self.voice, *self.adapted.parts]
        self.people.learn.click(polite(self._learn), chosen, learned, **private, **MODEL_CALLS)
        self.adapted.forget.click(polite(self._forget_voice), chosen[:3], learned, **private)

    def _analyse(
        self,
        history: History,
        uploads: tuple[str, ...],
        marked: tuple[str, ...],
        voice: MyVoice | None,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Yield how far the analysis is, then the prediction; several files come one after the other."""
        try:
            files = files_of(event, self.services.voices)
        except Exception as error:  # noqa: BLE001 - the app's edge: the card shows the error instead
            yield self._without_answer(problem_html(sentence(error)))
            return
        uploads = (*uploads, *(path for path, _ in files))
        problems = []
        last: Updates = {}
        for path, name in files:
            found = yield from self._work(path, {}, request, {self.uploads: uploads})
            if isinstance(found, Analysis):
                try:
                    history = self._remember(history, found, name, path, voice)
                except Exception as error:  # noqa: BLE001 - the app's edge
                    found = sentence(error)
            if found is None:
                return
            if isinstance(found, str):
                problems.append(f"{escape(name)}: {found}" if len(files) > 1 else found)
                continue
            yield (last := self._with_answer(history[-1], found, history, marked))
        if problems:
            card = problem_html("<br>".join(problems))
            yield last | {self.answer: f"{last[self.answer]}{card}"} if last else self._without_answer(card)

    def _remember(self, history: History, found: Analysis, name: str, path: str, voice: MyVoice | None) -> History:
        """Return the history with one more recording, corrected for the voice of this session."""
        seconds = self.services.settings.history_seconds
        history = remember(history, found, name, self.services.voices, max_age_seconds=seconds, upload=path)
        return changed(history, self.people.corrected(history[-1], voice))

    def _analyse_again(
        self,
        history: History,
        id: str,
        marked: tuple[str, ...],
        window: float,
        step: float,
        channel: int,
        who: str,
        centre: bool,
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Yield how far the new analysis of a long recording is, then its timeline."""
        try:
            entry = entry_of(history, id)
        except Exception as error:  # noqa: BLE001 - the app's edge
            yield self._without_answer(problem_html(sentence(error)))
            return
        options = self.long.options(window, step, channel, who, centre)
        found = yield from self._work(entry.upload, options, request, {})
        if isinstance(found, Analysis):
            history = revised(history, entry, found)
            yield self._with_answer(entry_of(history, id), found, history, marked)
        elif found:
            yield self._without_answer(problem_html(found))

    def _work(
        self, path: str, options: dict[str, Any], request: gr.Request, first: Updates
    ) -> Generator[Updates, None, Analysis | str | None]:
        """Yield updates during an analysis; return it, or why there is none, or `None` if it was stopped."""
        session = self._leave(request)
        yield self._without_answer(progress_html(0.0, None)) | first | {self.stop: gr.Button(visible=True)}
        try:
            return (
                yield from self.jobs.run(
                    session,
                    lambda progress: self.services.analyse(path, progress, **options),
                    lambda share, left: {self.answer: progress_html(share, left)},
                )
            )
        except StoppedError:
            yield {self.answer: gr.skip()}  # when a generator ends, Gradio shows again what it yielded last
            return None
        except Exception as error:  # noqa: BLE001 - the app's edge: the card shows the error instead
            return sentence(error)

    def _leave(self, request: gr.Request) -> str:
        """End the work on the recording that the session sees; return the session."""
        session = str(request.session_hash)
        for jobs in (self.jobs, *(panel.jobs for panel in self._on_demand)):
            jobs.stop(session)
        return session

    def _with_answer(self, entry: Entry, analysis: Analysis, history: History, marked: tuple[str, ...]) -> Updates:
        return self._answer(entry, analysis) | {
            self.past: history_html(history, entry.id, marked),
            self.clear: gr.Button(visible=True),
            self.history: history,
            self.current: entry.id,
        }

    def _answer(self, entry: Entry, analysis: Analysis) -> Updates:
        """Return the updates that show an entry."""
        timeline, prediction = entry.timeline, entry.prediction
        correction: Updates = {}
        if self.correction:
            correction = self.correction.hide() if timeline else self.correction.ask(prediction)
        place = place_html(prediction, timeline)
        return (
            correction
            | self.why.offer(entry)
            | self.words.offer(entry)
            | self.long.offer(entry)
            | {
                self.answer: timeline_answer_html(timeline, entry.note) if timeline else self._card(entry),
                self.stop: gr.Button(visible=False),
                self.scores: "" if timeline else scores_html(prediction),
                self.sound: picture_html(analysis.wave, entry.source, timeline, entry.name),
                self.place: place,
                self.place_panel: gr.Accordion(visible=bool(place)),
            }
        )

    def _card(self, entry: Entry) -> str:
        measured = self.services.precision(entry.predicted) if entry.corrected is None else None
        return answer_html(entry.prediction, Precision(*measured) if measured else None, entry.note)

    def _without_answer(self, card: str) -> Updates:
        hide = self.correction.hide() if self.correction else {}
        return (
            hide
            | {part: update for panel in self._on_demand for part, update in panel.hide().items()}
            | self.long.hide()
            | {
                self.answer: card,
                self.stop: gr.Button(visible=False),
                self.scores: "",
                self.sound: "",
                self.place_panel: gr.Accordion(visible=False),
            }
        )

    def _open(self, history: History, marked: tuple[str, ...], event: gr.EventData, request: gr.Request) -> Updates:
        """Show an earlier recording again."""
        self._leave(request)
        entry = entry_of(history, str(event.id))
        shown_again = {self.current: entry.id, self.past: history_html(history, entry.id, marked)}
        return self._answer(entry, entry.analysis()) | shown_again

    def _choose_band(self, history: History, id: str, event: gr.EventData) -> Updates:
        """Ask about the band that the visitor chose."""
        assert self.correction
        number = event.number if isinstance(event.number, int) else -1
        band = entry_of(history, id).band(number)
        if not band.prediction.scores:
            return self.correction.hide()
        return self.correction.ask(band.prediction, band=number, where=when(band, say))

    def _together(self, history: History, id: str, marked: tuple[str, ...], how: str) -> Updates:
        try:
            history = self.people.score_together(history, marked, how)
        except EmotionError as error:
            return self._hint(error)
        return self._shown_again(history, id, marked)

    def _learn(self, history: History, id: str, marked: tuple[str, ...], how: str) -> Updates:
        try:
            voice = self.people.learn_from(history, marked, how)
        except EmotionError as error:
            return self._hint(error)
        history = tuple(self.people.corrected(entry, voice) if entry.id in marked else entry for entry in history)
        return self._shown_again(history, id, marked) | {self.voice: voice} | self.adapted.show(voice)

    def _forget_voice(self, history: History, id: str, marked: tuple[str, ...]) -> Updates:
        history = tuple(replace(entry, corrected=None, note="") for entry in history)
        return self._shown_again(history, id, marked) | {self.voice: None} | self.adapted.show(None)

    def _shown_again(self, history: History, id: str, marked: tuple[str, ...]) -> Updates:
        """Return the updates after predictions of the history have changed."""
        current = {entry.id: entry for entry in history}.get(id)
        answer = self._answer(current, current.analysis()) if current else {}
        return answer | {self.history: history, self.past: history_html(history, id, marked), self.people.hint: ""}

    def _hint(self, error: EmotionError) -> Updates:
        """Say beside the buttons what is missing."""
        return {self.people.hint: f'<p role="alert">{sentence(error)}</p>'}

    def _end(self, request: gr.Request) -> Updates:
        self.jobs.stop(str(request.session_hash))
        return self._without_answer(problem_html(translated(STOPPED)))

    def _clear(self, history: History, uploads: tuple[str, ...], request: gr.Request) -> Updates:
        self._leave(request)
        forget(history)
        for path in uploads:
            self.services.discard(path)
        return self._without_answer(WAITING) | {
            self.past: history_html(()),
            self.clear: gr.Button(visible=False),
            self.history: (),
            self.current: "",
            self.uploads: (),
            self.marked: (),
        }


def _marked(event: gr.EventData) -> tuple[str, ...]:
    """Return the ids of the marked rows."""
    marked = event.marked
    return tuple(map(str, marked))[:MOST_ENTRIES] if isinstance(marked, list) else ()


def _most_seconds(services: Services) -> float:
    """Return the longest recording by microphone: as long as the page accepts, and not larger than an upload."""
    settings = services.settings
    return min(settings.max_seconds, settings.max_upload_megabytes * 1e6 / BYTES_PER_SECOND)
