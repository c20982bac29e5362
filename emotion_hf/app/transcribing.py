"""The words of the shown recording, coloured by the emotion of their band, if the operator chose a transcriber.

Colour never carries meaning by itself: each passage starts with the name of its emotion.

Example:
    >>> panel = TranscriptPanel(services, history, current)  # doctest: +SKIP
    >>> updates = panel.offer(entry.prediction)  # doctest: +SKIP
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

import gradio as gr

from emotion_hf.app.analysing import OnProgress
from emotion_hf.app.answer import with_face
from emotion_hf.app.faces import PROBLEM, face_svg
from emotion_hf.app.focus import LANDING
from emotion_hf.app.history import Entry
from emotion_hf.app.on_demand import OnDemand, Updates
from emotion_hf.app.player import PLAY_MOMENTS
from emotion_hf.app.services import Services
from emotion_hf.app.words import percent, say
from emotion_hf.labels import face
from emotion_hf.prediction import Prediction
from emotion_hf.text_emotion import TEXT_WEIGHT, TextEmotion, combine
from emotion_hf.timeline import NO_SPEECH, NOT_SURE, Timeline, clock
from emotion_hf.transcript import SENTENCES, Note, Phrase, Transcript, Word, as_timeline, phrases
from emotion_hf.transcript.files import Opinions
from emotion_hf.transcript.transcriber import Transcriber

CSS = """
.transcript { font-size: 1rem; line-height: 1.7; }
.transcript .phrase { margin: 0 0 .75rem; padding-left: .75rem; border-left: .3rem solid var(--of-emotion, #cbd5e1); }
.transcript .phrase p { margin: 0; }
.transcript .mark { font-size: .85rem; font-weight: 600; }
.transcript .mark button { font: inherit; font-weight: 400; color: inherit; background: none; border: 0;
  padding: 0 .25rem; text-decoration: underline; cursor: pointer; font-variant-numeric: tabular-nums; }
.transcript .word { cursor: pointer; border-radius: .2rem;
  text-decoration: underline .15em var(--of-emotion, #cbd5e1); text-underline-offset: .25em; }
.transcript .word:hover { background: var(--background-fill-secondary); }
.transcript :is(.word, button):focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
#words .note, #words .hint { margin: .25rem 0; font-size: .85rem; color: var(--body-text-color-subdued); }
#words .opinions { width: 100%; border-collapse: collapse; border: 0; font-size: .95rem; }
#words .opinions caption { text-align: left; font-weight: 600; padding: .5rem 0; }
#words .opinions tr { border: 0; }
#words .opinions :is(th, td) { text-align: right; padding: .25rem 0 .25rem .5rem; border: 0;
  border-top: 1px solid var(--border-color-primary); font-variant-numeric: tabular-nums; }
#words .opinions th { font-weight: 500; }
#words .opinions th:first-child { text-align: left; padding-left: 0; }
"""

PLAY_WORDS = (
    PLAY_MOMENTS
    + """
element.addEventListener("keydown", (event) => {
  const all = [...element.querySelectorAll(".word")], at = all.indexOf(event.target);
  if (at < 0) return;
  const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1}[event.key];
  if (event.key === "Enter" || event.key === " ") all[at].click();
  else if (to === undefined) return;
  else {
    const word = all[Math.max(0, Math.min(to, all.length - 1))];
    for (const other of all) other.tabIndex = other === word ? 0 : -1;
    word.focus();
  }
  event.preventDefault();
});
"""
)
"""The words are one stop of the tab key; arrow keys move between them."""


@lru_cache(maxsize=1)
def load_transcriber(source: str) -> Transcriber:
    """Load a Whisper model by folder or Hub id; it is kept in memory.

    Raises:
        CheckpointError: It cannot be loaded.
    """
    return Transcriber.from_pretrained(source)


@lru_cache(maxsize=1)
def load_text_emotion(source: str) -> TextEmotion:
    """Load a text-classification model in the same way."""
    return TextEmotion.from_pretrained(source)


class TranscriptPanel:
    """Components and handlers; created inside a ``gr.Blocks``, where the words should appear.

    Without a transcriber in the settings there is nothing: no component, and no updates. The models are loaded at
    once, so that a wrong setting is noticed when the page starts.

    Raises:
        CheckpointError: A model of the settings cannot be loaded.
        LabelError: The text model and the recogniser have no label in common.
    """

    def __init__(self, services: Services, history: gr.State, current: gr.State):
        self.services = services
        self.on_demand: OnDemand | None = None
        if not services.settings.transcriber:
            return
        load_transcriber(services.settings.transcriber)
        if reader := self._reader():
            reader.check_labels(services.classifier.labels)
        self.on_demand = OnDemand(
            "Write down the words", self._write, history, current, elem_id="words", js_on_load=PLAY_WORDS
        )

    def offer(self, entry: Entry) -> Updates:
        """Return the updates that offer a transcript; of a recording without speech, none."""
        return self.on_demand.offer(bool(entry.prediction.scores)) if self.on_demand else {}

    def _write(self, entry: Entry, progress: OnProgress) -> str:
        """Return the words of a recording as HTML, after waiting for a turn."""
        with self.services.turns.take(entry.prediction.duration_seconds):
            transcriber = load_transcriber(self.services.settings.transcriber)
            transcript = transcriber.transcribe(entry.analysis().wave, progress)
            timeline = entry.timeline or as_timeline(entry.prediction)
            html = transcript_html(transcript, timeline)
            return html + opinions_html(timeline.overall, self._opinions(transcript, timeline.overall))

    def _opinions(self, transcript: Transcript, voice: Prediction) -> Opinions | None:
        reader = self._reader()
        text = reader.scores(transcript.text, voice.scores) if reader else {}
        return Opinions(reader.name, text, combine(voice, text)) if reader and text else None

    def _reader(self) -> TextEmotion | None:
        source = self.services.settings.text_emotion
        return load_text_emotion(source) if source else None


def transcript_html(transcript: Transcript, timeline: Timeline) -> str:
    """Return the words in passages of one emotion, then the notes."""
    notes = "".join(f'<p class="note">{face_svg(PROBLEM)} {escape(_sentence(note))}</p>' for note in transcript.notes)
    if not transcript.words:
        return f'<div class="transcript" {LANDING}><p>{escape(say("No words were found."))}</p>{notes}</div>'
    first = transcript.words[0]
    passages = "".join(_phrase(one, first, transcript.gap) for one in phrases(transcript, timeline))
    label, language = escape(say("Words")), escape(transcript.language)
    hint = say(
        "Click a word to hear it; the arrow keys move between words. Text by {model}, which can be wrong.",
        model=transcript.model,
    )
    return (
        f'<div class="transcript" {LANDING} role="group" aria-label="{label}" lang="{language}">{passages}</div>'
        f'<div class="transcript">{notes}<p class="hint">{escape(hint)}</p></div>'
    )


def opinions_html(voice: Prediction, opinions: Opinions | None) -> str:
    """Return a table of what the voice, the words and both together say; empty without opinions."""
    if opinions is None:
        return ""
    headings = "".join(f"<th>{escape(say(name))}</th>" for name in ("Emotion", "Voice", "Words", "Together"))
    rows = "".join(
        f'<tr><th scope="row">{with_face(label)}</th><td>{percent(voice.scores[label])}</td>'
        f"<td>{percent(opinions.text[label]) if label in opinions.text else '–'}</td><td>{percent(score)}</td></tr>"
        for label, score in opinions.together.top(len(opinions.together.scores))
    )
    by = say(
        "The opinion on the words is by {model}; it counts {share}.", model=opinions.model, share=percent(TEXT_WEIGHT)
    )
    return (
        f'<table class="opinions"><caption>{escape(say("What voice and words say"))}</caption>'
        f'<thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table><p class="hint">{escape(by)}</p>'
    )


def _phrase(phrase: Phrase, first: Word, gap: str) -> str:
    name, start = phrase.band.name, phrase.words[0].start_seconds
    colour = "" if name in (NOT_SURE, NO_SPEECH) else f' style="--of-emotion:{face(name).colour}"'
    words = gap.join(
        f'<span class="word" role="button" tabindex="{0 if word is first else -1}" '
        f'data-seek="{word.start_seconds:.2f}">{escape(word.text)}</span>'
        for word in phrase.words
    )
    return (
        f'<div class="phrase"{colour}><p class="mark">{with_face(name)} '
        f'<button type="button" data-seek="{start:.2f}">▶ {clock(start)}</button></p><p>{words}</p></div>'
    )


def _sentence(note: Note) -> str:
    return say(SENTENCES[note.doubt], start=clock(note.start_seconds), end=clock(note.end_seconds))
