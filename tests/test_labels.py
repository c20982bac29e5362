"""The eight emotions, the names that others give them, and how they are shown."""

import pytest

from emotion_hf.errors import LabelError, SettingsError
from emotion_hf.labels import ALIASES, FACES, LABELS, OTHER_FACE, canonical, check_label, face, named, parse_renaming


def test_the_labels_are_those_of_ravdess_in_its_order():
    assert LABELS == ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
    assert tuple(ALIASES) == tuple(FACES) == LABELS


def test_every_other_name_stands_for_one_label():
    names = [name for label, aliases in ALIASES.items() for name in (label, *aliases)]
    assert len(names) == len(set(names))
    for label, aliases in ALIASES.items():
        assert {canonical(name) for name in (label, *aliases)} == {label}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("fear", "fearful"),
        ("ps", "surprised"),
        ("Pleasant Surprise", "surprised"),
        ("pleasant-surprised", "surprised"),
        (" ANGER\n", "angry"),
        ("joy", "happy"),
        ("dis", "disgust"),
    ],
)
def test_names_are_read_in_any_spelling(name, label):
    assert canonical(name) == label


def test_names_of_ones_own_stay_and_are_spelt_alike():
    assert canonical("Boredom") == "boredom"
    assert canonical("mixed feelings") == canonical("Mixed-Feelings") == "mixed_feelings"


def test_each_label_has_a_face_and_others_a_plain_one():
    assert len({face(label).emoji for label in LABELS}) == len(LABELS)
    assert (face("calm").mood, face("sad").mood) == ("quiet and pleasant", "quiet and unpleasant")
    assert face("boredom") is OTHER_FACE


def test_a_label_is_checked_against_the_ones_there_are():
    assert check_label("sad", iter(LABELS)) == "sad"
    with pytest.raises(LabelError, match=r"^Unknown label 'Sad'; the labels are happy, sad\.$"):
        check_label("Sad", ["happy", "sad"])


def test_a_label_may_be_given_by_another_name_unless_it_is_one_itself():
    assert named(" Anger", LABELS) == "angry"
    assert named("anger", ["anger", "angry"]) == "anger"
    with pytest.raises(LabelError, match=r"^Unknown label 'Bored'; the labels are happy, sad\.$"):
        named("Bored", ["happy", "sad"])


def test_a_renaming_is_read():
    assert parse_renaming(["ang=angry", "LABEL_3=very = sad"]) == {"ang": "angry", "LABEL_3": "very = sad"}
    assert parse_renaming([]) == {}


@pytest.mark.parametrize("entry", ["ang", "=angry", "ang=", ""])
def test_what_is_no_renaming_is_one_sentence(entry):
    with pytest.raises(SettingsError) as caught:
        parse_renaming(["sa=sad", entry])
    assert str(caught.value) == f"--label {entry} is not OLD=NEW; write for example ang=angry."
