"""The panel "Why this answer?": what decided, how the voice differs from neutral speech, and how stable the answer is.

Example:
    >>> panel = WhyPanel(services, history, current)  # doctest: +SKIP
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import gradio as gr

from emotion_hf.app.analysing import OnProgress
from emotion_hf.app.answer import emotion, with_face
from emotion_hf.app.focus import LANDING
from emotion_hf.app.history import Entry
from emotion_hf.app.on_demand import OnDemand, Updates
from emotion_hf.app.services import Services
from emotion_hf.app.words import number, percent, say
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.explain import Explanation, explain
from emotion_hf.speaking_style import Trait, speaking_style
from emotion_hf.timeline import WHOLE_SECONDS


class WhyPanel:
    """Components and handlers; created inside a ``gr.Blocks``, where the panel should appear.

    Args:
        services: The services of the page.
        history: The recordings of the session.
        current: Id of the recording whose prediction is shown.
    """

    def __init__(self, services: Services, history: gr.State, current: gr.State):
        self.services = services
        self.on_demand = OnDemand("Why this answer?", self._explain, history, current, elem_id="why")

    def offer(self, entry: Entry) -> Updates:
        """Return the updates that offer an explanation, if the recording is short and contains speech."""
        is_short = entry.timeline is None and entry.predicted.duration_seconds <= WHOLE_SECONDS
        return self.on_demand.offer(bool(entry.predicted.scores) and is_short)

    def _explain(self, entry: Entry, progress: OnProgress) -> str:
        """Return the explanation as HTML, after waiting for a turn."""
        wave = entry.analysis().wave
        with self.services.turns.take(len(wave) / SAMPLING_RATE):
            return because_html(explain(self.services.model, wave, progress=progress), speaking_style(wave))


def because_html(explanation: Explanation, style: Sequence[Trait]) -> str:
    """Return an explanation for people: moments to play, the picture, the speaking style, and what if."""
    from emotion_hf.explanation_picture import picture_png  # loads matplotlib's figures

    name = emotion(explanation.label)
    moments = "".join(
        f'<li><button type="button" data-seek="{one.start_seconds:.2f}" data-until="{one.end_seconds:.2f}">'
        f"▶ {number(one.start_seconds, '.1f')} – {number(one.end_seconds, '.1f')} s</button></li>"
        for one in explanation.moments
    )
    decided = (
        f"<p>{say('Without these moments, it would sound less {emotion}:', emotion=escape(name))}</p>"
        f'<ul class="moments">{moments}</ul>'
        if moments
        else f"<p>{say('No single moment stands out.')}</p>"
    )
    picture = base64.b64encode(picture_png(explanation, say, number)).decode()
    alt = say("Red areas of the spectrogram speak for {emotion}, blue ones against it", emotion=name)
    traits = "".join(
        f'<tr><th scope="row">{say(trait.name)}</th><td>{escape(_value(trait))}</td>'
        f"<td>{escape(_compared(trait))}</td></tr>"
        for trait in style
    )
    others = "".join(
        f'<tr><th scope="row">{say(change)}</th><td>{with_face(one.label or "no speech")}</td>'
        f"<td>{percent(one.confidence)}</td></tr>"
        for change, one in explanation.what_if.items()
    )
    stable = (
        say("The answer stays the same if the recording changes a little.")
        if explanation.is_stable
        else say("The answer changes if the recording changes a little, so do not rely on it.")
    )
    return (
        f'<div class="because" {LANDING}><h3>{say("What decided")}</h3>{decided}'
        f'<img src="data:image/png;base64,{picture}" alt="{escape(alt)}">'
        f"<h3>{say('Compared with neutral speech')}</h3><table>{traits}</table>"
        f"<h3>{say('What if')}</h3><table>{others}</table><p>{stable}</p></div>"
    )


def _value(trait: Trait) -> str:
    return say(trait.text, number=number(trait.number, trait.form))


def _compared(trait: Trait) -> str:
    """Return the comparison in the visitor's language; each of its parts is a text of its own."""
    return ", ".join(map(say, trait.comparison.split(", ")))


CSS = """
.because { display: grid; gap: .5rem; }
.because h3 { margin: .5rem 0 0; font-size: 1rem; }
.because p { margin: 0; }
.because img { width: 100%; height: auto; border-radius: var(--radius-md); background: #fff; }
.because table { width: 100%; border-collapse: collapse; border: 0; font-size: .95rem; }
.because :is(tr, th, td) { border: 0; }
.because :is(th, td) { text-align: left; padding: .3rem .75rem .3rem 0;
  border-top: 1px solid var(--border-color-primary); }
.because th { font-weight: 500; }
"""
