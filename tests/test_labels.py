"""The eight emotions, the names that others give them, and how they are shown."""

import unicodedata
from itertools import chain

import pytest

from emotion_hf.errors import LabelError, SettingsError
from emotion_hf.labels import (
    ALIASES,
    FACES,
    LABELS,
    OTHER_FACE,
    TRANSLATIONS,
    canonical,
    check_label,
    face,
    named,
    parse_renaming,
)


def test_the_labels_are_those_of_ravdess_in_its_order():
    assert LABELS == ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
    assert tuple(ALIASES) == tuple(FACES) == LABELS


def test_every_other_name_stands_for_one_label():
    assert tuple(TRANSLATIONS) == LABELS
    names = [name for label in LABELS for name in (label, *ALIASES[label], *TRANSLATIONS[label])]
    assert len(names) == len(set(names))
    for label in LABELS:
        assert {canonical(name) for name in (label, *ALIASES[label], *TRANSLATIONS[label])} == {label}


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


@pytest.mark.parametrize(
    ("label", "names"),
    [
        (
            "angry",
            "wütend wuetend wutend WÜTEND Ärger Aerger arger colère colere enojado rabbia złość zlosc raiva zły",
        ),
        ("happy", "fröhlich Froehlich Freude joie heureuse alegría alegria Felicità radość radosc szczęśliwa feliz"),
        ("sad", "traurig Tristesse triste tristeza tristezza smutek"),
        ("fearful", "Angst ängstlich peur miedo paura strach lęk lek medo effrayée"),
        ("disgust", "Ekel dégoût degout asco disgusto wstręt wstret nojo"),
        ("surprised", "überrascht ueberrascht Überraschung surpris sorpresa zaskoczenie surpresa"),
        ("calm", "ruhig calme tranquila calmo spokój spokoj calma"),
        ("neutral", "Neutral neutre neutro neutrale neutralny neutra"),
    ],
)
def test_names_in_other_languages_are_understood_with_and_without_accents(label, names):
    assert {name: canonical(name) for name in names.split()} == dict.fromkeys(names.split(), label)


def test_composed_and_decomposed_letters_are_one_name():
    for name in chain(*TRANSLATIONS.values()):
        assert canonical(unicodedata.normalize("NFD", name)) == canonical(unicodedata.normalize("NFC", name.upper()))
    assert (
        canonical(unicodedata.normalize("NFD", "Müdigkeit")) == "müdigkeit"
    )  # a label of one's own keeps its letters


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
