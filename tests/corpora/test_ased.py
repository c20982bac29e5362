from pathlib import Path

import pytest

from emotion_hf.corpora.ased import EMOTIONS, read_name


def test_all_that_a_name_says():
    clip = read_name(Path("01Neutral/n1-01-02-01-05.wav"))
    assert (clip.emotion, clip.speaker, clip.text, clip.gender) == ("neutral", "05", "n101", None)
    assert clip.language == "am"


def test_every_emotion_is_read():
    found = [read_name(Path(f"{letter}3-01-01-02-40.wav")).emotion for letter in EMOTIONS]
    assert found == ["neutral", "fearful", "happy", "sad", "angry"]
    assert read_name(Path("04Sad/S4-04-02-01-29.wav")).emotion == "sad"


@pytest.mark.parametrize("name", ["x1-01-01-01-01.wav", "n9-01-01-01-01.wav", "n1-01-01-01.wav", "n1-1-01-01-01.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
