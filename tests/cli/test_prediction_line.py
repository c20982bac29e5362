"""The line for each recording: its words, and columns that stay aligned."""

from pathlib import Path

import pytest

from emotion_hf.answers import Answer
from emotion_hf.cli.prediction_line import prediction_line
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict

CLOSE = {"surprised": 0.4, "fearful": 0.35, "neutral": 0.25}


def line(prediction: Prediction | None, labels=("happy", "sad")) -> str:
    return prediction_line(Answer(Path("a.wav"), prediction), labels)


@pytest.mark.parametrize(
    ("verdict", "intensity", "expected"),
    [
        (Verdict.OK, 0.83, "😄 happy, strong           80 % high   a.wav"),
        (Verdict.OK, 0.2, "😄 happy, mild             80 % high   a.wav"),
        (Verdict.NOT_SURE, 0.83, "🤔 not sure, happy         80 % high   a.wav"),
    ],
)
def test_how_strongly_is_said_where_it_is_known(verdict, intensity, expected):
    assert line(Prediction({"happy": 0.8, "sad": 0.2}, verdict=verdict, intensity=intensity)) == expected


@pytest.mark.parametrize("labels", [LABELS, (*LABELS, "pleasantly astonished"), ("surprised",)])
def test_files_are_aligned_whatever_is_predicted(labels):
    predictions = [
        Prediction(CLOSE, intensity=0.2),
        Prediction(CLOSE, verdict=Verdict.NOT_SURE),
        Prediction({"sad": 1.0}),
        Prediction({"pleasantly astonished": 0.5, "surprised": 0.5}, intensity=0.2),
        Prediction(verdict=Verdict.NO_SPEECH),
    ]
    possible = [one for one in predictions if set(one.candidates) <= set(labels)]
    behind_the_emoji = [line(one, labels).partition(" ")[2] for one in possible]  # an emoji may have two characters
    assert len({text.index("a.wav") for text in behind_the_emoji}) == 1


def test_silence_has_no_confidence():
    assert line(Prediction(verdict=Verdict.NO_SPEECH)).split() == ["🔇", "no", "speech", "a.wav"]


def test_a_name_cannot_change_the_terminal():
    sad = Prediction({"happy": 0.1, "sad": 0.9})
    for prediction in (sad, Prediction(verdict=Verdict.NO_SPEECH)):
        shown = prediction_line(Answer(Path("a\n\x1b[2Jb.wav"), prediction), ("happy", "sad"))
        assert shown.endswith(r" a\n\x1b[2Jb.wav")
        assert shown.isprintable()
