"""What a report says in words is what was done."""

from dataclasses import replace

import pytest

from emotion_hf.evaluation import wording
from emotion_hf.evaluation.results import Figure, PairedTest, Training

TRAINING = Training(
    "cnn", 5, 30, 2, {"ravdess": 20, "nemo": 10}, {"happy": 10, "sad": 20}, 8, 1, 100, "2 cores", "Noise: ours."
)


@pytest.fixture
def report(make_report):
    return make_report([0, 1, 2, 0], [0, 1, 1, 0], groups={"corpus": {"ravdess": {}}}, ua=Figure(0.645, 0.538, 0.728))


def test_what_was_tested_on_what(report):
    said = " ".join(wording.protocol(report))
    assert said.startswith("demo was tested on 4 clips of 6 speakers from ravdess. Its top prediction is compared")
    assert "the test part of the split fold1: a public fold of RAVDESS (EmoBox)" in said
    assert "The speakers are ravdess/Actor_00, ravdess/Actor_01, ravdess/Actor_02, ravdess/Actor_03." in said
    assert "With 6 speakers they are rough." in said
    assert wording.measured(report, "Each model").startswith("Each model was tested on 4 clips")


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("speakers:0.2-test", "the test part of the split speakers:0.2: whole speakers are held out."),
        ("kfold:5:0-test", "one fold of a cross-validation over whole speakers."),
        ("random:0.25-test", "clips are drawn at random, regardless of the speaker."),
        ("file:mine.csv-test", "a file assigns each clip to a part."),
        ("all", "They are all clips of the data."),
    ],
)
def test_each_split_is_explained(report, split, words):
    assert words in wording.measured(replace(report, split=split), "It")


def test_many_speakers_are_not_named(report):
    rows = [{**report.predictions[0], "speaker": f"s{number}"} for number in range(13)]
    assert "The speakers are" not in wording.measured(replace(report, predictions=rows), "It")


def test_the_training_is_told(report):
    said = wording.trained(replace(report, training=TRAINING))
    assert said == (
        "It was trained with the recipe cnn, seed 5, on 30 clips of 2 speakers (ravdess 20, nemo 10). None of the "
        "test speakers is among them. Epoch, temperature and threshold were chosen on 8 other clips (validation "
        "speakers: 1). Noise: ours."
    )
    alone = wording.trained(replace(report, training=replace(TRAINING, validation_clips=0), optimistic=True))
    assert "no validation clips" in alone and "None of the test" not in alone
    assert wording.trained(report) == "How the model was trained is not recorded in this report."


def test_the_lead_is_the_figure_in_words(report):
    assert wording.lead(report) == (
        "It recognises 64 of 100 clips if each emotion counts the same (UA); with other speakers of this kind, "
        "54 to 73. Always predicting the same emotion would reach 33.3."
    )


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({}, ()),
        ({"optimistic": True, "split": "random:0.25-test"}, (wording.OPTIMISTIC,)),
        ({"split": "fold1-validation"}, (wording.CHOSEN_ON,)),
        ({"split": "all", "optimistic": True}, (wording.OPTIMISTIC,)),
        ({"split": "folders-test", "optimistic": True, "speakers": 0}, (wording.UNKNOWN_SPEAKERS,)),
        ({"split": "fold1-train", "optimistic": True}, (wording.OPTIMISTIC, wording.TRAINED_ON)),
    ],
)
def test_what_nobody_may_miss(report, changes, warnings):
    assert wording.warnings(replace(report, **changes)) == warnings


@pytest.mark.parametrize(
    ("speakers", "words"),
    [
        (1, "because 1 speaker is too few"),
        (4, "because 4 speakers are too few"),
        (0, "because 4 clips of unknown speakers"),
    ],
)
def test_few_speakers_are_the_reason_for_no_interval(report, speakers, words):
    few = replace(report, ua=Figure(0.645), speakers=speakers)
    for said in (wording.lead(few), wording.intervals(few), wording.too_few(few)):
        assert words in said and "at least 5 test speakers" in said
    assert wording.interval(few.ua) == wording.in_brackets(few.ua) == wording.interval_in_points(few.ua) == ""
    assert wording.too_few(report) == "" and "each clip counts as one" in wording.intervals(
        replace(report, speakers=0)
    )


def test_without_a_test_no_model_is_better():
    test = PairedTest("a", "b", Figure(0.3), None, 20, 2, 0.001)
    assert wording.verdict(test, better=False) == (
        "Not tested: the UA of a and b differs by 30.0 points, and fewer than 5 speakers cannot show whether this is "
        "chance."
    )
    assert wording.details(test, None) == "Only a is right on 20 clips, only b on 2."


def test_a_verdict_names_a_model_only_if_the_test_does():
    assert "p < 0.001" in wording.details(PairedTest("a", "b", Figure(0.1, 0.1, 0.1), 0.0005, 9, 0, 0.5), 0.0005)
    test = PairedTest("a", "b", Figure(0.031, 0.004, 0.059), 0.02, 20, 12, 0.215)
    assert wording.verdict(test, better=True) == "a is better than b by 3.1 points of UA [0.4, 5.9]."
    turned = replace(test, difference=Figure(-0.031, -0.059, -0.004))
    assert wording.verdict(turned, better=True) == "b is better than a by 3.1 points of UA [0.4, 5.9]."
    tie = replace(test, difference=Figure(0.031, -0.01, 0.059))
    assert wording.verdict(tie, better=False) == (
        "A tie: the difference of 3.1 points of UA between a and b [−1.0, 5.9] may be chance."
    )
    assert "Only a is right on 20 clips, only b on 12 (McNemar over single clips, p = 0.215)" in wording.details(
        test, 0.02
    )
