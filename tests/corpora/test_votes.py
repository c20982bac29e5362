"""Several opinions on one recording: whose count, who disagrees, what is learned."""

from dataclasses import dataclass

import pytest

from emotion_hf.corpora.votes import MIXED, Recording, majority, recordings, to_learn, trainable, undecided, unused


@dataclass(frozen=True)
class Said:
    label: str
    annotator: str = ""
    recording: str = "the same"
    may_train: bool = True


@pytest.mark.parametrize(
    ("labels", "best", "learned"),
    [
        ([], None, None),
        (["sad"], "sad", "sad"),
        (["sad", "calm"], None, None),
        (["sad", "calm", "sad"], "sad", "sad"),
        (["sad", "sad", "calm", "calm", "happy"], None, None),
        ([MIXED, MIXED, "sad"], MIXED, None),
        ([MIXED, "sad"], None, None),
        (["Happiness", "happy", "sad"], None, "happy"),  # two names of one emotion
    ],
)
def test_more_votes_than_any_other_decide(labels, best, learned):
    recording = Recording(tuple(Said(label, str(number)) for number, label in enumerate(labels)))
    assert (majority(recording.opinions), recording.label) == (best, learned)


@pytest.mark.parametrize(
    ("said", "label", "is_disputed"),
    [
        ([("", "sad")], "sad", False),
        ([("anna", "sad"), ("ben", "calm")], None, True),
        ([("anna", "sad"), ("ben", "calm"), ("", "calm")], "calm", True),
        ([("anna", "sad"), ("ben", "calm"), ("anna", "calm")], "calm", False),  # she thought again
        ([("", "sad"), ("", "calm"), ("", "sad"), ("anna", "happy")], None, True),  # are these two? nobody knows
        ([("anna", MIXED), ("ben", MIXED), ("cleo", "sad")], None, True),
        ([("anna", MIXED), ("ben", "sad"), ("cleo", "sad")], "sad", True),
        ([("anna", MIXED)], None, False),
    ],
)
def test_everybodys_latest_counts(said, label, is_disputed):
    (recording,) = recordings(Said(emotion, who) for who, emotion in said)
    assert (recording.label, recording.is_disputed) == (label, is_disputed)


def test_recordings_come_in_the_order_of_their_first_annotations():
    first, second, third = Said("sad", recording="b"), Said("sad", recording="a"), Said("calm", recording="b")
    assert [recording.annotations for recording in recordings([first, second, third])] == [(first, third), (second,)]


def test_only_opinions_whose_owner_allows_training_teach():
    owner, other = Said("sad", "anna"), Said("calm", "ben", may_train=False)
    tied = [Said("sad", "anna", "tied"), Said("calm", "ben", "tied")]
    said = [owner, other, *tied]
    assert [recording.annotations for recording in trainable(said)] == [(owner,), tuple(tied)]
    assert [recording.label for recording in to_learn(said)] == ["sad"]
    assert undecided(said) == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "No correction is saved yet."),
        ([Said("sad")], ""),
        (
            [Said("sad", recording="a", may_train=False), Said("sad", recording="b", may_train=False)],
            "Saved recordings: 2; without consent to training: 2; rejected because the opinions are tied or mixed: 0.",
        ),
        (
            [Said(MIXED, recording="a"), Said("sad", "anna", "b"), Said("calm", "ben", "b")],
            "Saved recordings: 2; without consent to training: 0; rejected because the opinions are tied or mixed: 2.",
        ),
        (
            [Said("sad", recording="a"), Said("sad", recording="b", may_train=False), Said(MIXED, recording="c")],
            "Saved recordings: 3; without consent to training: 1; rejected because the opinions are tied or mixed: 1.",
        ),
    ],
)
def test_why_there_is_nothing_to_learn_from(said, why):
    assert unused(said) == why
