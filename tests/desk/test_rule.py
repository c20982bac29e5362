"""The rule of urgency: pure, with numbers."""

import pytest

from emotion_hf.desk.rule import Level, Moment, Reason, Rule, Urgency, judge, mean_strain, strain, stretches
from emotion_hf.errors import LabelError, SettingsError
from emotion_hf.labels import LABELS

STRICT = Rule(least_confidence=0.6, windows=3, of_windows=4, leave_confidence=0.4, short_confidence=0.8)


def moments(*strains, emotion="angry", step=2.0, length=4.0):
    return [
        Moment(step * number, step * number + length, {emotion: one, "calm": 1 - one})
        for number, one in enumerate(strains)
    ]


@pytest.mark.parametrize(
    ("strains", "expected"),
    [
        ([0.7, 0.7, 0.7, 0.7], [(0, 3)]),
        ([0.7, 0.1, 0.7, 0.7], [(0, 3)]),  # three of four
        ([0.7, 0.1, 0.7, 0.1, 0.7, 0.1, 0.7], []),  # never three of four
        ([0.59, 0.59, 0.59, 0.59, 0.59], []),  # close is not enough to enter
        ([0.7, 0.7, 0.7, 0.5, 0.5, 0.5], [(0, 5)]),  # but it is enough to stay
        ([0.7, 0.7, 0.7, 0.39, 0.39, 0.39, 0.39], [(0, 2)]),
        ([0.7, 0.7, 0.7, 0.1, 0.1, 0.1, 0.7, 0.7, 0.7], [(0, 2), (6, 8)]),
        ([0.1, 0.1, 0.1, 0.1, 0.9], []),
    ],
)
def test_a_stretch_begins_and_ends(strains, expected):
    assert stretches(strains, STRICT) == expected


@pytest.mark.parametrize(
    ("strains", "level"),
    [
        ([0.85], Level.URGENT),
        ([0.79], Level.RAISED),
        ([0.59], Level.CALM),
        ([0.9, 0.9], Level.URGENT),
        ([0.9, 0.1], Level.RAISED),  # two of two are needed: 3/4 of two, rounded up
        ([0.9, 0.9, 0.9], Level.URGENT),
        ([0.9, 0.9, 0.1], Level.RAISED),
    ],
)
def test_a_short_call_needs_the_same_share_with_more_confidence(strains, level):
    assert judge(moments(*strains), STRICT).level == level


def test_the_reason_is_the_strongest_stretch_and_can_be_played():
    quiet, loud = [0.7] * 3, [0.9] * 5
    urgency = judge(moments(*quiet, 0.1, 0.1, 0.1, 0.1, *loud, emotion="fearful"), STRICT)
    assert urgency == Urgency(Level.URGENT, Reason("fearful", 14.0, 26.0, pytest.approx(0.9)))


def test_the_emotions_count_together_and_the_strongest_is_named():
    mixed = Moment(0, 4, {"angry": 0.5, "sad": 0.35, "calm": 0.15})
    assert strain(mixed, Rule()) == pytest.approx(0.85)
    assert judge([mixed], Rule()).reason.emotion == "angry"
    assert judge([mixed], Rule(emotions=("sad",))).level is Level.CALM


def test_a_raised_call_names_its_strongest_window():
    urgency = judge(moments(0.1, 0.1, 0.7, 0.1, 0.1), STRICT)
    assert urgency == Urgency(Level.RAISED, Reason("angry", 4.0, 8.0, pytest.approx(0.7)))


def test_a_call_without_speech_is_calm():
    assert judge([], Rule()) == Urgency(Level.CALM, None)
    assert mean_strain([], Rule()) == 0.0


def test_the_mean_strain_is_weighted_with_the_length():
    assert mean_strain([*moments(1.0, length=2.0), *moments(0.0, length=6.0)], Rule()) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"emotions": ()}, "at least one emotion"),
        ({"least_confidence": 0.0}, "least confidence must be above 0"),
        ({"least_confidence": float("nan")}, "least confidence must be above 0"),
        ({"short_confidence": True}, "short confidence must be above 0"),
        ({"leave_confidence": 0.5}, "leave confidence must not be above"),
        ({"short_confidence": 0.35}, "leave confidence must not be above"),
        ({"windows": 0}, "windows must be a whole number from 1"),
        ({"of_windows": 2.5}, "of windows must be a whole number"),
        ({"windows": 4}, "4 of 3 windows"),
        ({"cool_down_minutes": -1}, "cool-down must be from 0"),
        ({"cool_down_minutes": float("inf")}, "cool-down must be from 0"),
    ],
)
def test_values_that_cannot_be_used_are_refused(values, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Rule(**values)


def test_the_usual_rule_is_the_documented_one():
    usual = Rule()
    assert (usual.least_confidence, usual.leave_confidence, usual.short_confidence) == (0.4, 0.3, 0.6)
    assert stretches([0.1, 0.41, 0.1, 0.41, 0.31, 0.31, 0.1, 0.1], usual) == [(1, 5)]


def test_a_rule_goes_to_json_and_back():
    rule = Rule(("sad", "sad", "angry"), least_confidence=0.5, windows=2)
    assert rule.emotions == ("sad", "angry")
    assert Rule.from_dict(rule.to_dict()) == rule
    assert Rule.from_dict({}) == Rule()
    with pytest.raises(SettingsError, match="no value 'hope'"):
        Rule.from_dict({"hope": 1})


def test_a_rule_needs_a_model_that_knows_its_emotions():
    Rule().check(LABELS)
    with pytest.raises(LabelError):
        Rule().check(("happy", "neutral"))
