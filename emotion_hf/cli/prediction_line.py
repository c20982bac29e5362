"""A prediction as one line of text, in columns that are aligned whatever a model predicts.

Example:
    >>> from pathlib import Path
    >>> sad = Prediction({"happy": 0.1, "sad": 0.9})
    >>> prediction_line(Answer(Path("clip.wav"), sad), labels=("happy", "sad"))
    '😢 sad                     90 % high   clip.wav'
"""

from __future__ import annotations

from collections.abc import Iterable

from emotion_hf.answers import Answer
from emotion_hf.cells import printable
from emotion_hf.labels import face
from emotion_hf.prediction import Prediction, Verdict, percent

UNSURE_EMOJI, SILENT_EMOJI = "🤔", "🔇"
LONGEST_ADDITION = len("not sure, ")
"""As long as ", moderate"; a prediction never has both."""


def prediction_line(answer: Answer, labels: Iterable[str]) -> str:
    """Return a result as a person reads it.

    Args:
        answer: A result with a prediction.
        labels: All labels of the model; the longest two determine the width of the first column.
    """
    prediction, width, file = answer.prediction or Prediction(), _width(labels), printable(answer.file)
    if prediction.label is None:
        return f"{SILENT_EMOJI} {'no speech':<{width + 13}} {file}"
    emoji, words = face(prediction.label).emoji, " or ".join(prediction.candidates)
    if prediction.verdict is Verdict.NOT_SURE:
        emoji, words = UNSURE_EMOJI, f"not sure, {words}"
    elif prediction.intensity_word:
        words = f"{words}, {prediction.intensity_word}"
    return f"{emoji} {words:<{width}} {percent(prediction.confidence):>5} {prediction.confidence_word:<6} {file}"


def _width(labels: Iterable[str]) -> int:
    return len(" or ".join(sorted(labels, key=len)[-2:])) + LONGEST_ADDITION
