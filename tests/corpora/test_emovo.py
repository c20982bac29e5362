from pathlib import Path

import pytest

from emotion_hf.corpora.emovo import EMOTIONS, read_name


def test_all_that_a_name_says():
    clip = read_name(Path("tri-m2-n5.wav"))
    assert (clip.emotion, clip.speaker, clip.gender, clip.text, clip.language) == ("sad", "m2", "male", "n5", "it")


def test_every_emotion_is_read():
    assert [read_name(Path(f"{own}-f3-l4.wav")).emotion for own in EMOTIONS] == list(EMOTIONS.values())


@pytest.mark.parametrize("name", ["cal-f1-b1.wav", "dis-f4-b1.wav", "dis-f1-x1.wav", "dis-f1.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
