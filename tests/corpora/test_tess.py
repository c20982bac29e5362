from pathlib import Path

import pytest

from emotion_hf.corpora.tess import EMOTIONS, read_name


def test_all_that_a_name_says():
    clip = read_name(Path("YAF_jar_ps.wav"))
    assert (clip.emotion, clip.speaker, clip.gender, clip.text) == ("surprised", "YAF", "female", "Say the word jar")


def test_the_odd_name_of_the_release_is_the_older_speaker():
    clip = read_name(Path("OA_bite_neutral.wav"))
    assert (clip.speaker, clip.emotion) == ("OAF", "neutral")


def test_every_emotion_is_read():
    assert [read_name(Path(f"OAF_back_{own}.wav")).emotion for own in EMOTIONS] == list(EMOTIONS.values())


@pytest.mark.parametrize("name", ["OAF_back_calm.wav", "XAF_back_sad.wav", "OAF_sad.wav", "12testOAF_back_sad3.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
