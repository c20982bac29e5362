"""Draw a timeline as HTML: bands of emotion, a curve for each emotion, a time axis and a summary.

The same HTML stands on the page and in the file that `emotion-hf timeline --output FILE.html` writes. Colour never
carries meaning by itself: each band has its name, as text or for the pointer and screen readers.

Example:
    >>> from emotion_hf.prediction import Prediction
    >>> from emotion_hf.timeline import Timeline, Window
    >>> angry = Prediction({"calm": 0.1, "angry": 0.9})
    >>> 'title="0:00 to 0:04: angry, 90 %"' in bands_html(Timeline((Window(0, 4, angry),), angry, 4.0))
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

import numpy as np

from emotion_hf.labels import face
from emotion_hf.prediction import percent
from emotion_hf.timeline import NO_SPEECH, NOT_SURE, OTHER_SPEAKER, Band, Timeline, Window, clock

TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
MOST_TICKS = 8
COLUMNS = 1000
"""Width of the curves; a longer timeline is averaged to as many points."""
SHOWN_FROM = 0.2
"""An emotion whose probability never reaches this has no curve."""
LEAST_NAMED = 0.07
"""Share of the width from which a band shows its name."""
_WITHOUT_COLOUR = (NOT_SURE, NO_SPEECH, OTHER_SPEAKER)

Say = Callable[..., str]
"""Translates a text, and fills in its ``{names}``."""

CSS = """
.timeline { --ink: #0f172a; color: inherit; font-size: .85rem; }
.timeline .bands { position: relative; height: 2.5rem; border-radius: .4rem; overflow: hidden;
  background: color-mix(in srgb, currentColor 8%, transparent); }
.timeline .band { position: absolute; top: 0; bottom: 0; padding: 0; border: 0; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap;
  color: var(--ink); background: var(--of-emotion, #cbd5e1); font: inherit; font-weight: 600; text-align: center;
  box-shadow: inset 1px 0 #fff8; cursor: pointer; }
.timeline .band.not-sure { background: repeating-linear-gradient(45deg, #e2e8f0 0 6px, #cbd5e1 6px 12px); }
.timeline .band:is(.no-speech, .other-speaker) { background: transparent; color: inherit; box-shadow: none;
  font-weight: 400; }
.timeline .band[aria-selected=true] { box-shadow: inset 0 -4px var(--ink); }
.timeline .band:focus-visible { outline: 3px solid currentColor; outline-offset: -3px; }
.timeline .curves { display: block; width: 100%; height: 6rem; margin-top: .5rem; }
.timeline .curves polyline { fill: none; stroke: var(--of-emotion); stroke-width: 2;
  vector-effect: non-scaling-stroke; }
.timeline .curves line { stroke: currentColor; opacity: .15; vector-effect: non-scaling-stroke; }
.timeline .ticks { position: relative; height: 1.4rem; font-variant-numeric: tabular-nums; }
.timeline .ticks span { position: absolute; transform: translateX(-50%); }
.timeline .ticks span:first-child { transform: none; }
@media (max-width: 600px) { .timeline .ticks span:nth-child(even) { display: none; } }
.timeline .legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: .25rem 0; padding: 0; }
.timeline .legend li::before { content: ""; display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem;
  border-radius: 3px; vertical-align: -.05rem; background: var(--of-emotion, #cbd5e1); }
.timeline .shares { margin: .25rem 0; }
.timeline .moments { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: .25rem 0; padding: 0; }
"""


def english(text: str, **values: object) -> str:
    """Return a text with its ``{names}`` replaced by values, as `say` of the page does in other languages."""
    return text.format(**values)


def ticks(duration_seconds: float) -> list[int]:
    """Return round times from 0 on, in seconds, at most nine."""
    step = next((step for step in TICK_SECONDS if duration_seconds / step <= MOST_TICKS), TICK_SECONDS[-1])
    return list(range(0, int(duration_seconds * 0.97) + 1, step))


def timeline_html(timeline: Timeline, say: Say = english) -> str:
    """Return bands, curves, axis and legend below each other."""
    return (
        f'<div class="timeline" data-seconds="{timeline.duration_seconds:.2f}">{bands_html(timeline, say)}'
        f"{curves_svg(timeline, say)}{axis_html(timeline.duration_seconds)}{legend_html(timeline, say)}</div>"
    )


def axis_html(duration_seconds: float) -> str:
    """Return a time axis with round times."""
    shown = "".join(
        f'<span style="left:{second / max(duration_seconds, 1e-9):.3%}">{clock(second)}</span>'
        for second in ticks(duration_seconds)
    )
    return f'<div class="ticks" aria-hidden="true">{shown}</div>'


def bands_html(timeline: Timeline, say: Say = english) -> str:
    """Return the strip of bands: one list of options, of which one has the focus."""
    options = "".join(_band(number, band, timeline, say) for number, band in enumerate(timeline.bands))
    return f'<div class="bands" role="listbox" aria-label="{say("Emotions over time")}">{options}</div>'


def shares_text(timeline: Timeline, say: Say = english) -> str:
    """Return the share of speaking time of each emotion in words, such as ``calm 62 %, angry 38 %``."""
    return ", ".join(f"{say(name)} {percent(share)}" for name, share in timeline.shares.items())


def describe(band: Band, say: Say = english) -> str:
    """Return a band in words: ``0:28 to 0:57: angry, 92 %``, or ``0:28 to 0:57, speaker A: angry, 92 %``."""
    times = when(band, say)
    if not band.prediction.scores:
        return f"{times}: {say(band.name)}"
    if band.name == NOT_SURE:
        closest = say(" or ").join(map(say, band.prediction.candidates))
        return f"{times}: {say('not sure, closest {emotions}', emotions=closest)}"
    return f"{times}: {say(band.name)}, {percent(band.prediction.confidence)}"


def when(band: Band, say: Say = english) -> str:
    """Return the time of a band, and its speaker if there are two: ``0:28 to 0:57``."""
    times = say("{start} to {end}", start=clock(band.start_seconds), end=clock(band.end_seconds))
    return times + (say(", speaker {name}", name=band.speaker) if band.speaker else "")


def _band(number: int, band: Band, timeline: Timeline, say: Say) -> str:
    share = (band.end_seconds - band.start_seconds) / timeline.duration_seconds
    words = escape(describe(band, say))
    name = say(band.name) if share >= LEAST_NAMED and band.prediction.scores else ""
    name = f"{band.speaker}: {name}" if band.speaker and name else name or band.speaker or ""
    kind = f"band {band.name.replace(' ', '-')}" if band.name in _WITHOUT_COLOUR else "band"
    return (
        f'<button type="button" role="option" class="{kind}" data-number="{number}" '
        f'tabindex="{-1 if number else 0}" aria-selected="false" data-start="{band.start_seconds:.2f}" '
        f'data-end="{band.end_seconds:.2f}" title="{words}" aria-label="{words}" '
        f'style="left:{_percent(band.start_seconds, timeline)};width:{share:.3%};{_colour(band.name)}">'
        f"{escape(name)}</button>"
    )


def curves_svg(timeline: Timeline, say: Say = english) -> str:
    """Return the probability of each emotion over time as curves."""
    lines = "".join(
        f'<polyline style="{_colour(label)}" points="{" ".join(points)}"/>'
        for label in _curved(timeline)
        for points in _pieces(timeline, label)
    )
    grid = "".join(f'<line x1="0" x2="{COLUMNS}" y1="{y}" y2="{y}"/>' for y in (0, 50, 100))
    named = ", ".join(map(say, _curved(timeline))) or say("none")
    return (
        f'<svg class="curves" viewBox="0 0 {COLUMNS} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{say("Probability over time:")} {escape(named)}">{grid}{lines}</svg>'
    )


def _curved(timeline: Timeline) -> list[str]:
    """Return the labels that have a curve."""
    return [
        label
        for label in timeline.overall.scores
        if max(window.prediction.scores[label] for window in timeline.windows) >= SHOWN_FROM
    ]


def _pieces(timeline: Timeline, label: str) -> Iterable[list[str]]:
    """Yield the points of each unbroken piece of a label's curve."""
    piece: list[str] = []
    reached = 0.0
    for start, end, prediction in _fewer([*timeline.stretches()], timeline.duration_seconds):
        if prediction is None or start > reached:
            if piece:
                yield piece
            piece = []
        if prediction is not None:
            y = 100 * (1 - prediction[label])
            piece += [f"{COLUMNS * at / timeline.duration_seconds:.1f},{y:.1f}" for at in (start, end)]
        reached = end
    if piece:
        yield piece


def _fewer(stretches: Sequence[Window], duration_seconds: float) -> list[tuple[float, float, dict[str, float] | None]]:
    """Return stretches as start, end and scores, averaged in columns if there are more of them than columns."""
    plain = [(one.start_seconds, one.end_seconds, dict(one.prediction.scores) or None) for one in stretches]
    if len(plain) <= COLUMNS:
        return plain
    width = duration_seconds / COLUMNS
    columns: dict[int, list[dict[str, float]]] = {}
    for start, end, scores in plain:
        if scores:
            columns.setdefault(int((start + end) / 2 / width), []).append(scores)
    return [
        (
            number * width,
            (number + 1) * width,
            {label: float(np.mean([scores[label] for scores in some])) for label in some[0]},
        )
        for number, some in sorted(columns.items())
    ]


def legend_html(timeline: Timeline, say: Say = english) -> str:
    """Return the colours with their emotions."""
    names = dict.fromkeys([*_curved(timeline), *timeline.shares])
    items = "".join(f'<li style="{_colour(name)}">{escape(say(name))}</li>' for name in names)
    return f'<ul class="legend">{items}</ul>'


def _colour(name: str) -> str:
    return "" if name in _WITHOUT_COLOUR else f"--of-emotion:{face(name).colour}"


def _percent(seconds: float, timeline: Timeline) -> str:
    return f"{seconds / max(timeline.duration_seconds, 1e-9):.3%}"
