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
