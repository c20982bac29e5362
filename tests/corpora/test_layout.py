"""What the names of nested folders mean."""

import pytest

from emotion_hf.corpora.layout import Layout, Names, find_layout, looks_like_speaker

HAPPY_ANNA = Names("happy", "anna", None, None)


def folders(*paths: str) -> list[tuple[str, ...]]:
    return [tuple(path.split("/")) for path in paths]


@pytest.mark.parametrize(
    ("paths", "first", "words"),
    [
        (("happy", "sad"), Names("happy", None, None, None), "emotion"),
        (("happy/anna", "sad/ben"), HAPPY_ANNA, "emotion/speaker"),
        (("happy/anna", "sad/anna"), HAPPY_ANNA, "emotion/speaker"),
        (("anna/happy", "anna/sad", "ben/sad"), HAPPY_ANNA, "speaker/emotion"),
        (("anna/Freude", "ben/traurig"), HAPPY_ANNA, "speaker/emotion"),
        (("joy/happy", "anna/sad"), Names("happy", "joy", None, None), "speaker/emotion"),  # a person called Joy
        (("audio/happy/anna", "audio/sad/ben"), HAPPY_ANNA, "emotion/speaker"),
        (("happy/wav", "sad/wav"), Names("happy", None, None, None), "emotion"),
        (("mine/happy", "mine/sad"), Names("happy", None, None, None), "emotion"),
        (("train/happy", "test/sad"), Names("happy", None, None, "train"), "train or test/emotion"),
        (
            ("Training/happy/anna", "eval/sad/ben"),
            Names("happy", "anna", None, "train"),
            "train or test/emotion/speaker",
        ),
        (
            ("dev/anna/happy", "train/ben/sad"),
            Names("happy", "anna", None, "validation"),
            "train or test/speaker/emotion",
        ),
        (("happy/train", "sad/test"), Names("happy", None, None, "train"), "emotion/train or test"),
        (("female/anna/happy", "male/ben/sad"), Names("happy", "anna", "female", None), "gender/speaker/emotion"),
        (("happy/anna/monday", "sad/ben/monday"), HAPPY_ANNA, "emotion/speaker"),
        (("anna/boredom", "ben/interest"), Names("boredom", "anna", None, None), "speaker/emotion"),
        (("yawn", "sigh"), Names("yawn", None, None, None), "emotion"),  # labels of one's own
        (("Actor_01/yawn", "Actor_02/sigh"), Names("yawn", "Actor_01", None, None), "speaker/emotion"),
    ],
)
def test_the_level_of_emotions_is_found_wherever_it_is(paths, first, words):
    layout = find_layout(folders(*paths))
    assert layout.read(folders(*paths)[0]) == first
    assert layout.words == words


def test_recordings_with_fewer_folders_lack_what_these_say():
    layout = find_layout(folders("happy", "sad/anna", "happy/anna"))
    assert layout.read(("happy",)) == Names("happy", None, None, None)
    assert layout.read(()) == Names(None, None, None, None)


def test_a_folder_beside_train_and_test_belongs_to_neither():
    layout = find_layout(folders("train/happy", "test/sad", "unused/sad"))
    assert layout.read(("unused", "sad")).emotion is None


def test_folders_that_can_only_be_speakers_are_no_emotions():
    layout = find_layout(folders("Actor_01", "Actor_02"))
    assert (layout.emotion, layout.speakers_only) == (None, ("Actor_01", "Actor_02"))
    assert find_layout(folders("001/01", "002/01")).speakers_only == ("001", "002")
    assert find_layout([]) == find_layout([(), ()]) == Layout()


@pytest.mark.parametrize(
    ("name", "is_speaker"),
    [
        *((name, True) for name in ("Actor_01", "speaker 3", "spk-7", "P225", "0012", "f1", "Sprecher_Anna")),
        *((name, False) for name in ("happy", "anger", "n", "yawn", "1", "boredom")),
    ],
)
def test_names_of_speakers(name, is_speaker):
    assert looks_like_speaker(name) is is_speaker
