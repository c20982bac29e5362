from pathlib import Path

import pytest

from emotion_hf.corpora.spanish import EMOTIONS, read_name


def test_all_that_the_names_say():
    clip = read_name(Path("data/7/Tristeza_3.wav"))
    assert (clip.emotion, clip.speaker, clip.language) == ("sad", "7", "es")
    assert read_name(Path("tests/Test1/Ira_1.wav")).speaker == "Test1"


def test_every_emotion_is_read_in_each_spelling_that_occurs():
    assert [read_name(Path(f"0/{own}_1.ogg")).emotion for own in EMOTIONS] == list(EMOTIONS.values())
    assert read_name(Path("0/Ira__11.ogg")).emotion == "angry"
    assert read_name(Path("11/Neutro.ogg")).emotion == "neutral"


@pytest.mark.parametrize("name", ["anna/Ira_1.wav", "0/Rabia_1.wav", "0/Ira_x.wav", "Ira_1.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
