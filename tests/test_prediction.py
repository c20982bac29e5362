"""A Prediction says the same in each of its forms."""

import json
from dataclasses import FrozenInstanceError

import pytest

from emotion_hf.prediction import Prediction, Predictions, Verdict

ANSWER = Prediction(scores={"calm": 0.2, "happy": 0.5, "sad": 0.3}, duration_seconds=2.5, model="demo")
NO_SPEECH = Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=1.0, model="demo")


def test_the_label_is_the_most_probable_one():
    assert (ANSWER.label, ANSWER.confidence, ANSWER.verdict) == ("happy", 0.5, Verdict.OK)


def test_of_equals_the_first_one_is_named():
    answer = Prediction(scores={"sad": 0.4, "happy": 0.4, "calm": 0.2})
    assert (answer.label, answer.top(3)[0]) == ("sad", ("sad", 0.4))


def test_without_speech_there_is_no_label():
    assert (NO_SPEECH.label, NO_SPEECH.confidence, NO_SPEECH.confidence_word) == (None, 0.0, "low")
    assert (NO_SPEECH.top(2), NO_SPEECH.candidates) == ((), ())


def test_top_is_sorted_and_as_long_as_it_can_be():
    assert ANSWER.top(2) == (("happy", 0.5), ("sad", 0.3))
    assert [label for label, _ in ANSWER.top(9)] == ["happy", "sad", "calm"]


@pytest.mark.parametrize(
    ("confidence", "word"), [(1.0, "high"), (0.696, "high"), (0.694, "medium"), (0.496, "medium"), (0.494, "low")]
)
def test_the_confidence_in_a_word(confidence, word):
    assert Prediction(scores={"sad": confidence}).confidence_word == word


@pytest.mark.parametrize(
    ("intensity", "word"),
    [(None, None), (0.0, "mild"), (0.33, "mild"), (0.34, "moderate"), (0.66, "moderate"), (0.67, "strong")],
)
def test_the_intensity_in_a_word(intensity, word):
    assert Prediction(scores={"sad": 0.9}, intensity=intensity).intensity_word == word
    assert Prediction(scores={"neutral": 0.9}, intensity=intensity).intensity_word is None


@pytest.mark.parametrize(
    ("scores", "candidates"),
    [
        ({"happy": 0.45, "sad": 0.31, "calm": 0.24}, ("happy", "sad")),
        ({"happy": 0.31, "sad": 0.45, "calm": 0.24}, ("sad", "happy")),
        ({"happy": 0.60, "sad": 0.40}, ("happy",)),
        ({"happy": 0.34, "sad": 0.33, "calm": 0.33}, ("happy", "sad")),
        ({"happy": 1.0}, ("happy",)),
    ],
)
def test_a_close_second_is_named_too(scores, candidates):
    assert Prediction(scores=scores).candidates == candidates


def test_the_plain_form_is_json():
    assert json.loads(json.dumps(ANSWER.to_dict())) == {
        "verdict": "ok",
        "label": "happy",
        "confidence": 0.5,
        "scores": {"calm": 0.2, "happy": 0.5, "sad": 0.3},
        "duration_seconds": 2.5,
        "model": "demo",
        "intensity": None,
        "notes": [],
    }
    assert Prediction(scores={"sad": 0.9}, intensity=0.25).to_dict()["intensity"] == 0.25
    assert list(ANSWER.to_dict()["scores"]) == ["calm", "happy", "sad"]


def test_the_plain_form_without_speech():
    plain = NO_SPEECH.to_dict()
    assert (plain["verdict"], plain["label"], plain["confidence"], plain["scores"]) == ("no_speech", None, 0.0, {})


def test_a_prediction_does_not_change():
    with pytest.raises(FrozenInstanceError):
        ANSWER.model = "other"


def test_predictions_become_a_table():
    table = Predictions([ANSWER, NO_SPEECH]).to_frame()
    assert table["label"][0] == "happy" and table["label"].isna().tolist() == [False, True]
    assert table["verdict"].tolist() == ["ok", "no_speech"]
    assert table.loc[0, ["score_calm", "score_happy", "score_sad"]].tolist() == [0.2, 0.5, 0.3]
    assert table.loc[1, ["score_calm", "score_happy", "score_sad"]].isna().all()
    assert len(Predictions().to_frame()) == 0 and Predictions([ANSWER])[0] is ANSWER
