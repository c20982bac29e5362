"""Show a prediction as HTML: emotion, confidence and the probability of each emotion.

Colour never carries meaning by itself: confidence also has a word, and each bar a figure.

Example:
    >>> "Angry" in answer_html(Prediction(scores={"angry": 0.9, "sad": 0.1}, model="demo"))
    True
"""

from __future__ import annotations

from html import escape

from emotion_hf.labels import face
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import NOT_SURE, Timeline, clock
from emotion_hf.timeline.picture import shares_text

MOSTLY = 0.6
"""Share of the speaking time from which one emotion alone is the heading."""
NAMED = 0.1
"""Share from which an emotion is in the heading beside others."""

WAITING = (
    '<div class="answer waiting"><p class="face" aria-hidden="true">🎙️</p>'
    "<h2>Speak to see a prediction</h2>"
    "<p>Record about three seconds or choose a file. The prediction appears here automatically.</p></div>"
)


def with_emoji(label: str) -> str:
    """Return ``label`` with its emoji in front, as plain text."""
    return f"{face(label).emoji} {label}"


def answer_html(prediction: Prediction) -> str:
    """Return the card that shows ``prediction``."""
    if prediction.verdict is Verdict.NO_SPEECH:
        return _card(
            "silent",
            "🔇",
            "No speech detected",
            "This recording contains no voice. Speak closer to the microphone, or check that it is the right one.",
        )
    words = " or ".join(prediction.candidates)
    note = f"{_confidence(prediction)}<p>{_circumstances(prediction)}</p>"
    if prediction.verdict is Verdict.NOT_SURE:
        closest = " or ".join(with_emoji(label) for label in prediction.candidates)
        return _card("unsure", "🤔", "Not sure", f"No emotion stands out. Closest: {escape(closest)}.", note)
    faces = " ".join(face(label).emoji for label in prediction.candidates)
    return _card("sure", faces, words.capitalize(), _meaning(prediction), f"{_intensity(prediction)}{note}")


def timeline_answer_html(timeline: Timeline) -> str:
    """Return the card that sums up a long recording."""
    if not timeline.windows:
        return answer_html(timeline.overall)
    (first, share), *others = timeline.shares.items()
    if share >= MOSTLY or not others:
        heading, faces = f"Mostly {first}" if others else first, _emoji(first)
    else:
        names = [name for name, share in timeline.shares.items() if share >= NAMED and name != NOT_SURE][:3]
        *before, last = names or [NOT_SURE]
        heading, faces = f"{', '.join(before)} and {last}" if before else last, " ".join(map(_emoji, names))
    moments = "".join(
        f'<li><button type="button" data-seek="{moment.start_seconds:.2f}">▶ {clock(moment.start_seconds)} '
        f"{escape(with_emoji(moment.name))}</button></li>"
        for moment in timeline.moments()
    )
    strongest = f'<p>Strongest moments</p><ul class="moments">{moments}</ul>' if moments else ""
    model = f"{clock(timeline.duration_seconds)} of audio; model: {escape(timeline.overall.model)}"
    text = f"Share of the speaking time: {escape(shares_text(timeline))}.".replace(" %", "\u00a0%")
    return _card("long", faces, heading.capitalize(), text, f"{strongest}<p>{model}</p>")


def progress_html(share: float, seconds_left: float | None) -> str:
    """Return the card shown while a long recording is analysed."""
    left = "" if seconds_left is None else f", about {clock(seconds_left)} left"
    return (
        f'<div class="answer working" role="status"><p class="face" aria-hidden="true">⏳</p><h2>Analysing</h2>'
        f'<progress value="{share:.3f}" aria-label="Progress"></progress><p>{share:.0%} done{left}</p></div>'
    )


def problem_html(sentence: str) -> str:
    """Return the card that says why there is no prediction; ``sentence`` is HTML already."""
    return f'<div class="answer problem" role="alert"><p class="face" aria-hidden="true">⚠️</p><p>{sentence}</p></div>'


def scores_html(prediction: Prediction) -> str:
    """Return every label with its probability, the most probable first; empty without speech."""
    if not prediction.scores:
        return ""
    rows = "".join(_row(label, score) for label, score in prediction.top(len(prediction.scores)))
    return (
        '<table class="scores"><caption>Probability of each emotion</caption>'
        "<thead><tr><th>Emotion</th><th>Probability</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _emoji(name: str) -> str:
    return "🤔" if name == NOT_SURE else face(name).emoji


def _card(kind: str, faces: str, heading: str, text: str, note: str = "") -> str:
    return (
        f'<div class="answer {kind}"><p class="face" aria-hidden="true">{faces}</p>'
        f"<h2>{escape(heading)}</h2><p>{text}</p>{note}</div>"
    )


def _intensity(prediction: Prediction) -> str:
    if prediction.intensity is None:
        return ""
    return f"<p>Expressed {prediction.intensity_word}ly (intensity {prediction.intensity:.0%})</p>"


def _confidence(prediction: Prediction) -> str:
    word = prediction.confidence_word
    return f'<p class="confidence {word}">Confidence: <b>{word}</b>, {prediction.confidence:.0%}</p>'


def _meaning(prediction: Prediction) -> str:
    shown = face(prediction.label or "")
    return f"{shown.arousal.capitalize()}, {shown.valence}"


def _circumstances(prediction: Prediction) -> str:
    return f"Based on {prediction.duration_seconds:.1f} seconds of audio; model: {escape(prediction.model)}"


def _row(label: str, score: float) -> str:
    shown = face(label)
    return (
        f'<tr><th scope="row"><span aria-hidden="true">{shown.emoji}</span> {escape(label)}'
        f"<small>{shown.arousal}, {shown.valence}</small></th>"
        f'<td><span class="bar" style="--score:{score:.4f}" aria-hidden="true"></span>'
        f'<span class="percent">{score:.1%}</span></td></tr>'
    )
