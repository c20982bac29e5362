"""Draw emotion as a place: valence and arousal, with the trail of a timeline.

Example:
    >>> "<svg" in place_html(Prediction({"angry": 0.9, "calm": 0.1}))
    True
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from emotion_hf.app.answer import emotion
from emotion_hf.app.words import number, say
from emotion_hf.circumplex import PLACES, Place, place
from emotion_hf.labels import canonical, face
from emotion_hf.prediction import Prediction
from emotion_hf.timeline import Timeline

SIZE, MARGIN = 320, 30
MOST_POINTS = 200
"""A longer trail is thinned out to about this many points."""
ABOVE = ("fearful", "surprised")
"""Emotions whose name stands above their place, because another one is close."""


def place_html(prediction: Prediction, timeline: Timeline | None = None) -> str:
    """Return the picture; empty without speech, or if no label of the model has a place."""
    here = place(prediction.scores)
    if here is None:
        return ""
    labels = [label for label in prediction.scores if canonical(label) in PLACES]
    points = "".join(map(_label, labels))
    trail = _trail(timeline) if timeline else ""
    x, y = _at(here)
    spoken = say(
        "Pleasantness {valence}, agitation {arousal}, each from −1 to 1",
        valence=number(here.valence, "+.2f").replace("-", "−"),
        arousal=number(here.arousal, "+.2f").replace("-", "−"),
    )
    derived = say(
        "Derived: the mean of the emotions' places, weighted with their probabilities. The places are ratings of "
        "emotion words by Russell and Mehrabian (1977)."
    )
    return (
        f'<div class="place"><svg viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{escape(spoken)}">'
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE - 2 * MARGIN}" height="{SIZE - 2 * MARGIN}" rx="12"/>'
        f'<path class="axes" d="M{MARGIN} {SIZE / 2}H{SIZE - MARGIN}M{SIZE / 2} {MARGIN}V{SIZE - MARGIN}"/>'
        f'<text x="{SIZE / 2}" y="18">{say("agitated")}</text>'
        f'<text x="{SIZE / 2}" y="{SIZE - 10}">{say("quiet")}</text>'
        f'<text transform="translate(18 {SIZE / 2}) rotate(-90)">{say("unpleasant")}</text>'
        f'<text transform="translate({SIZE - 18} {SIZE / 2}) rotate(90)">{say("pleasant")}</text>'
        f'{points}{trail}<circle class="here" cx="{x:.1f}" cy="{y:.1f}" r="8"/></svg>'
        f"<p>{escape(spoken)}.</p><p class='derived'>{escape(derived)}</p></div>"
    )


def _at(where: Place) -> tuple[float, float]:
    """Return the coordinates in the picture; half a margin stays free inside the frame."""
    half = SIZE / 2 - 1.5 * MARGIN
    return SIZE / 2 + half * where.valence, SIZE / 2 - half * where.arousal


def _label(label: str) -> str:
    x, y = _at(PLACES[canonical(label)])
    return (
        f'<circle class="of" cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{face(label).colour}"/>'
        f'<text class="name" x="{x:.1f}" y="{y + (-9 if canonical(label) in ABOVE else 18):.1f}">'
        f"{escape(emotion(label))}</text>"
    )


def _trail(timeline: Timeline) -> str:
    """Return a line through the places of the windows; later parts are less transparent."""
    windows = timeline.windows[:: max(1, len(timeline.windows) // MOST_POINTS)]
    places = [_at(where) for window in windows if (where := place(window.prediction.scores))]
    lines = "".join(
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" '
        f'opacity="{0.15 + 0.6 * number / len(places):.2f}"/>'
        for number, ((x, y), (to_x, to_y)) in enumerate(pairwise(places), start=1)
    )
    return f'<g class="trail">{lines}</g>'


CSS = """
.place { text-align: center; }
.place svg { width: 100%; max-width: 24rem; margin: 0 auto; font-size: 12px; }
.place rect { fill: var(--background-fill-secondary); }
.place text { fill: var(--body-text-color); text-anchor: middle; }
.place .axes { stroke: var(--border-color-primary); stroke-width: 1.5; }
.place .of { stroke: #0f172a; stroke-width: 1; }
.place .trail line { stroke: var(--body-text-color); stroke-width: 2; stroke-linecap: round; }
.place .here { fill: none; stroke: var(--body-text-color); stroke-width: 4; }
.place p { margin: .25rem 0; } .place .derived { color: var(--body-text-color-subdued); font-size: .85rem; }
"""
