"""The element of the tab "Live": its HTML, its texts and its look. `emotion_hf/app/microphone.py` fills it.

Example:
    >>> "Start listening" in live_html(["happy", "sad"])
    True
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from emotion_hf.app.faces import PROBLEM, WAITING, face_svg
from emotion_hf.app.microphone import CURVE_SECONDS
from emotion_hf.app.words import percent, say
from emotion_hf.labels import face
from emotion_hf.timeline import NO_SPEECH

CSS = """
.live { display: grid; gap: 1rem; }
.live-bar { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1rem; }
.live-toggle { display: inline-flex; align-items: center; gap: .6rem; padding: .65rem 1.25rem; border: 0;
  border-radius: 999px; background: var(--button-primary-background-fill); color: #fff; font-weight: 600; }
.live-toggle:hover { background: var(--primary-800); }
.live-toggle:focus-visible { outline: 3px solid var(--body-text-color); outline-offset: 2px; }
.live-toggle[aria-disabled=true] { opacity: .7; cursor: default; }
.live-toggle span { color: inherit; }
.live-toggle::before { content: ""; width: .7rem; height: .7rem; border-radius: 50%; background: currentColor; }
.live-toggle.is-on { background: #b91c1c; }
.live-toggle.is-on:hover { background: #991b1b; }
.live-toggle.is-on::before { border-radius: 2px; }
.live-meter { flex: 1 1 3rem; max-width: 16rem; height: .6rem; border-radius: 999px; overflow: hidden;
  background: var(--background-fill-secondary); box-shadow: inset 0 0 0 1px var(--border-color-primary); }
.live-meter::before { content: ""; display: block; height: 100%; background: var(--primary-600);
  transform: scaleX(var(--level, 0)); transform-origin: left; transition: transform .06s linear; }
.live-time { min-width: 3rem; font-variant-numeric: tabular-nums; color: var(--body-text-color-subdued); }
.live-clean { display: inline-flex; align-items: center; gap: .5rem; cursor: pointer; }
.live-clean input { accent-color: var(--primary-700); width: 1.1rem; height: 1.1rem; }
.live-now { display: grid; gap: 1rem; align-items: start; }
.live-card { display: grid; align-content: center; justify-items: center; min-height: 14.5rem; }
.live-card.problem h2 { color: var(--body-text-color); }
.live-card .words.high, .live-card .words.low { color: #fff; }
.live-card .words.medium { color: #1c1917; }
.live-curve { display: flex; flex-direction: column; height: 100%; margin: 0; }
.live-plot { position: relative; flex: 1; min-height: 11rem; margin-bottom: .5rem; overflow: hidden;
  border-radius: var(--radius-sm); background: var(--background-fill-secondary); }
.live-plot small { position: absolute; left: .4rem; color: var(--body-text-color-subdued); }
.live-plot small:first-of-type { top: 0; }
.live-plot small:last-of-type { top: calc(50% - 1.4em); }
.live-curve figcaption, .live-scores caption { font-weight: 600; text-align: left; padding: 0 0 .5rem; }
.live-curve .curves { position: absolute; inset: 0; height: 100%; margin: 0; }
.live-curve .curves path { fill: none; stroke: color-mix(in srgb, var(--of-emotion) 70%, #0f172a); stroke-width: 1.5;
  opacity: .6; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.dark .live-curve .curves path { stroke: var(--of-emotion); }
.live-curve .curves path.is-current { stroke-width: 4; opacity: 1; }
.live-curve .bands { height: 1.9rem; }
.live-curve .bands div { position: absolute; inset: 0; }
.live-curve .band { cursor: default; font-size: .8rem; line-height: 1.9rem; }
.live-curve .ticks { display: flex; justify-content: space-between; color: var(--body-text-color-subdued); }
.live-curve .ticks span { position: static; transform: none; }
.live-scores th::before { content: ""; display: inline-block; width: .8rem; height: .8rem; margin-right: .5rem;
  border-radius: 3px; vertical-align: -.05rem; background: var(--of-emotion); }
.live-scores .bar { transition: background-size .4s; }
.live-hint { margin: 0; font-size: .85rem; color: var(--body-text-color-subdued); }
.live-said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0; }
@media (min-width: 768px) {
  .live-now { grid-template: auto auto / 5fr 6fr; grid-template-areas: "card curve" "scores curve"; }
  .live-card { grid-area: card; } .live-curve { grid-area: curve; } .live-scores { grid-area: scores; }
}
@media (prefers-reduced-motion: reduce) { .live-meter::before, .live-scores .bar { transition: none; } }
"""
PRIVACY = "Your voice is not stored: the server keeps three seconds of it in memory while you speak."
RAW_SOUND = (
    "The browser sends the sound as the microphone records it, without noise suppression, unless you tick the box."
)


def live_html(labels: Sequence[str]) -> str:
    """Return the element before anybody speaks, in the language of the request, with a row for each label."""
    rows = "".join(
        f'<tr style="--of-emotion:{face(label).colour}"><th scope="row">{escape(say(label))}</th>'
        '<td><span class="bar" aria-hidden="true"></span><span class="percent">–</span></td></tr>'
        for label in labels
    )
    ticks = "".join(f"<span>−{second} s</span>" for second in range(CURVE_SECONDS, 0, -15))
    return f"""<div class="live" data-texts="{escape(json.dumps(_texts(), ensure_ascii=False))}">
<div class="live-bar">
<button type="button" class="live-toggle"><span>{say("Start listening")}</span></button>
<span class="live-time" aria-hidden="true">0:00</span><div class="live-meter" aria-hidden="true"></div>
<label class="live-clean"><input type="checkbox">{say("Let the browser clean the sound")}</label>
</div>
<div class="live-now">
<div class="answer live-card waiting"><p class="faces">{face_svg(WAITING)}</p>
<h2>{say("Hear emotions live")}</h2>
<p class="words">{say("Start listening and speak. The emotion of the last seconds appears here.")}</p></div>
<figure class="timeline live-curve" role="img" aria-label="{say("Emotions of the last minute")}">
<figcaption>{say("Emotions of the last minute")}</figcaption>
<div class="live-plot"><svg class="curves" viewBox="0 -3 {CURVE_SECONDS} 106" preserveAspectRatio="none">
<line x1="0" y1="50" x2="{CURVE_SECONDS}" y2="50"></line><g></g></svg>
<small>{percent(1)}</small><small>{percent(0.5)}</small></div>
<div class="bands"><div></div></div><div class="ticks">{ticks}<span>{say("now")}</span></div></figure>
<table class="scores live-scores"><caption>{say("Probability of each emotion")}</caption>
<thead><tr><th>{say("Emotion")}</th><th>{say("Probability")}</th></tr></thead>
<tbody data-labels="{escape(",".join(labels))}">{rows}</tbody></table>
</div>
<p class="live-hint">{say(PRIVACY)} {say(RAW_SOUND)}</p>
<p class="live-said" role="status" aria-live="polite"></p></div>"""


def _texts() -> dict[str, str | dict[str, str]]:
    """Return the texts and pictures that the browser shows by itself."""
    return {
        "start": say("Start listening"),
        "stop": say("Stop"),
        "asking": say("Allow the microphone …"),
        "listening": say("Listening …"),
        "speak": say("Speak, and the emotion appears here."),
        "silent": say("The microphone is silent. Check that it is not muted."),
        "stopped": say("Stopped"),
        "kept": say("The server has forgotten your voice."),
        "sorry": say("Not listening"),
        "insecure": say("Browsers allow the microphone only on https:// pages, and on the server's own computer."),
        "blocked": say(
            "The browser does not allow the microphone. Allow it with the icon next to the address, then start again."
        ),
        "missing": say("No microphone was found. Connect one, then start again."),
        "unusable": say("The microphone cannot be used. Another program may be using it; close it, then start again."),
        "dead": say("No sound arrives. Check the microphone. Firefox also needs a sound output, such as headphones."),
        "unplugged": say("The microphone was disconnected. Connect it, then start again."),
        "lost": say("The page cannot be reached. Check your connection, then start again."),
        "faces": {"listening": face_svg(WAITING), "stopped": face_svg(NO_SPEECH), "problem": face_svg(PROBLEM)},
    }
