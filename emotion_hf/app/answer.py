"""Show a prediction as HTML: the emotion, how sure the model is, and the probability of each emotion.

Colour never carries meaning by itself: confidence also has a word, and each bar a figure.

Example:
    >>> "Angry" in answer_html(Prediction(scores={"angry": 0.9, "sad": 0.1}, model="demo"))
    True
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from emotion_hf.app import faces
from emotion_hf.app.faces import face_svg
from emotion_hf.app.focus import LANDING
from emotion_hf.app.words import both, number, percent, say, translated
from emotion_hf.labels import face
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.timeline import NO_SPEECH, NOT_SURE, Timeline, clock

MOSTLY = 0.6
"""Share of the speaking time from which one emotion alone is the heading."""
NAMED = 0.1
"""Share from which an emotion is in the heading beside others."""
ENOUGH_CLIPS = 10
"""A precision is shown from this many predictions on."""
SHORT_SECONDS = 1.0
"""A shorter recording gets advice."""
EXPRESSED = {"strong": "expressed strongly", "moderate": "expressed moderately", "mild": "expressed mildly"}

WAITING = (
    f'<div class="answer waiting" {LANDING}><p class="faces">{face_svg(faces.WAITING)}</p>'
    f"<h2>{both('Speak to see a prediction')}</h2>"
    f"<p>{both('Record about three seconds, choose a file, or drop one anywhere on this page.')}</p></div>"
)


class Precision(NamedTuple):
    """How often predictions of one emotion were right, in clips of speakers that were not used in training."""

    right: int
    clips: int


def emotion(name: str) -> str:
    """Return an emotion, ``not sure`` or ``no speech`` in the visitor's language, as plain text."""
    return say(name)


def with_face(name: str) -> str:
    """Return an emotion with its face in front, as HTML."""
    return f"{face_svg(name)} {escape(emotion(name))}"


def answer_html(prediction: Prediction, precision: Precision | None = None, note: str = "") -> str:
    """Return the card that shows a prediction.

    Args:
        prediction: The prediction of a short recording.
        precision: How often such predictions were right, if that was measured.
        note: A sentence about this prediction, as plain text.
    """
    if prediction.verdict is Verdict.NO_SPEECH:
        advice = say("This recording contains no voice. Speak closer to the microphone, or choose another recording.")
        return _card("silent", face_svg(NO_SPEECH), say("No speech detected"), advice, _notes(prediction))
    said = f"{_paragraph(note)}{_notes(prediction)}{_short(prediction)}"
    end = f"{said}<p>{_circumstances(prediction)}</p>"
    if prediction.verdict is Verdict.NOT_SURE:
        scores = prediction.scores
        closest = say(" or ").join(f"{with_face(name)} {_percent(scores[name])}" for name in prediction.candidates)
        text = f"{say('No emotion stands out. Closest:')} {closest}"
        return _card("unsure", face_svg(NOT_SURE), say("Not sure"), text, end)
    pictures = " ".join(map(face_svg, prediction.candidates))
    heading = _capital(say(" or ").join(map(emotion, prediction.candidates)))
    return _card(
        "sure",
        pictures,
        heading,
        _meaning(prediction),
        f"{_measured(prediction, precision)}{_confidence(prediction)}{end}",
    )


def timeline_answer_html(timeline: Timeline, note: str = "") -> str:
    """Return the card that sums up a long recording."""
    if not timeline.windows:
        return answer_html(timeline.overall)
    names, heading = summary(timeline)
    pictures = " ".join(map(face_svg, names))
    moments = "".join(
        f'<li><button type="button" data-seek="{moment.start_seconds:.2f}">▶ {clock(moment.start_seconds)} '
        f"{with_face(moment.name)}</button></li>"
        for moment in timeline.moments()
    )
    strongest = f'<p>{say("Strongest moments")}</p><ul class="moments">{moments}</ul>' if moments else ""
    length = say("{length} of audio; model: {model}", length=clock(timeline.duration_seconds), model="{}")
    shares = ", ".join(f"{escape(emotion(name))} {_percent(share)}" for name, share in timeline.shares.items())
    text = f"{say('Share of the speaking time:')} {shares}"
    end = f"{_paragraph(note)}{_notes(timeline.overall)}<p>{length.format(escape(timeline.overall.model))}</p>"
    return _card("long", pictures, _capital(heading), text, f"{strongest}{end}")


def summary(timeline: Timeline) -> tuple[list[str], str]:
    """Return the names of the main emotions of a timeline with windows, and the same as words."""
    (first, share), *others = timeline.shares.items()
    if share >= MOSTLY or not others:
        name = emotion(first)
        return [first], say("Mostly {emotion}", emotion=name) if others else name
    names = [name for name, share in timeline.shares.items() if share >= NAMED and name != NOT_SURE][:3] or [NOT_SURE]
    *before, last = map(emotion, names)
    return names, f"{', '.join(before)}{say(' and ')}{last}" if before else last


def progress_html(share: float, seconds_left: float | None) -> str:
    """Return the card shown while a recording is analysed."""
    left = "" if seconds_left is None else say(", about {time} left", time=clock(seconds_left))
    done = say("{share} done", share=percent(share))
    return (
        f'<div class="answer working" role="status" {LANDING}><p class="faces">{face_svg(faces.WORKING)}</p>'
        f'<h2>{say("Analysing")}</h2><progress value="{share:.3f}" aria-label="{say("Progress")}"></progress>'
        f"<p>{done}{left}</p></div>"
    )


def problem_html(sentence: str) -> str:
    """Return the card that says why there is no prediction; ``sentence`` is HTML already."""
    return (
        f'<div class="answer problem" role="alert" {LANDING}><p class="faces">{face_svg(faces.PROBLEM)}</p>'
        f"<p>{sentence}</p></div>"
    )


def scores_html(prediction: Prediction) -> str:
    """Return every label with its probability, the most probable first; empty without speech."""
    if not prediction.scores:
        return ""
    rows = "".join(_row(label, score) for label, score in prediction.top(len(prediction.scores)))
    return (
        f'<table class="scores"><caption>{say("Probability of each emotion")}</caption>'
        f"<thead><tr><th>{say('Emotion')}</th><th>{say('Probability')}</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def confidence_text(prediction: Prediction) -> str:
    """Return the confidence as a word and a percentage, such as ``medium, 62 %``."""
    return f"{say(prediction.confidence_word)}, {percent(prediction.confidence)}"


def _card(kind: str, pictures: str, heading: str, text: str, end: str = "") -> str:
    return (
        f'<div class="answer {kind}" {LANDING}><p class="faces">{pictures}</p>'
        f"<h2>{escape(heading)}</h2><p>{text}</p>{end}</div>"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _notes(prediction: Prediction) -> str:
    """Return what the reader must know about how the recording was read, in the visitor's language."""
    return _paragraph(" ".join(map(translated, prediction.notes)))


def _meaning(prediction: Prediction) -> str:
    """Return how the voice sounds and how strongly the emotion is expressed."""
    words = [say(mood) for mood in [face(prediction.label or "").mood] if mood]
    if prediction.intensity_word:
        words.append(say(EXPRESSED[prediction.intensity_word]))
    return _capital(", ".join(words))


def _measured(prediction: Prediction, precision: Precision | None) -> str:
    if precision is None or precision.clips < ENOUGH_CLIPS or len(prediction.candidates) > 1:
        return ""
    sentence = say(
        "When the model says “{emotion}”, it is right about {times} times in 10 ({right} of {clips} acted clips of "
        "unseen speakers).",
        emotion=emotion(prediction.label or ""),
        times=round(10 * precision.right / precision.clips),
        right=precision.right,
        clips=precision.clips,
    )
    return f'<p class="measured">{escape(sentence)}</p>'


def _short(prediction: Prediction) -> str:
    if prediction.duration_seconds >= SHORT_SECONDS:
        return ""
    return _paragraph(say("This recording is very short. Two to five seconds of speech say more."))


def _percent(share: float) -> str:
    return percent(share).replace(" ", "\u00a0")


def _confidence(prediction: Prediction) -> str:
    word = prediction.confidence_word
    return (
        f'<p class="confidence {word}">{say("Confidence:")} <b>{say(word)}</b>, {_percent(prediction.confidence)}</p>'
    )


def _circumstances(prediction: Prediction) -> str:
    seconds = number(prediction.duration_seconds, ".1f")
    return say("{seconds} seconds of audio; model: {model}", seconds=seconds, model=escape(prediction.model))


def _row(label: str, score: float) -> str:
    percents = number(100 * score, ".1f")
    return (
        f'<tr><th scope="row">{with_face(label)}</th>'
        f'<td><span class="bar" style="--score:{score:.4f}" aria-hidden="true"></span>'
        f'<span class="percent">{percents}\u00a0%</span></td></tr>'
    )
