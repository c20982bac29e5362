from collections import Counter
from pathlib import Path

import pytest

from emotion_hf.corpora.emodb import EMOTIONS, GENDERS, read_name


def test_all_that_a_name_says():
    clip = read_name(Path("16b10Wb.wav"))
    assert (clip.emotion, clip.speaker, clip.gender, clip.text) == ("angry", "16", "female", "b10")
    assert clip.language == "de"


def test_every_emotion_is_read():
    assert [read_name(Path(f"03a01{own}a.wav")).emotion for own in EMOTIONS] == list(EMOTIONS.values())


def test_five_speakers_are_men_and_five_are_women():
    clips = [read_name(Path(f"{speaker}a02Nc.wav")) for speaker in GENDERS]
    assert [clip.speaker for clip in clips if clip.gender == "male"] == ["03", "10", "11", "12", "15"]
    assert Counter(clip.gender for clip in clips) == {"male": 5, "female": 5}


@pytest.mark.parametrize("name", ["04a01Fa.wav", "03c01Fa.wav", "03a01Xa.wav", "03a01F.wav", "03a11Fa.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
