from pathlib import Path

import pytest

from emotion_hf.corpora.nemo import EMOTIONS, GENDERS, read_name


def test_all_that_a_name_says():
    clip = read_name(Path("MP0_surprised_35.ogg"))
    assert (clip.emotion, clip.speaker, clip.gender, clip.text) == ("surprised", "MP0", "male", "35")
    assert (clip.language, clip.intensity) == ("pl", None)


def test_every_speaker_and_emotion_is_read():
    clips = {read_name(Path(f"{speaker}_{emotion}_1.wav")) for speaker in GENDERS for emotion in EMOTIONS}
    assert len(clips) == 9 * 6
    assert None not in clips


@pytest.mark.parametrize("name", ["XX0_anger_1.wav", "EB0_joy_1.wav", "EB0_anger.wav", "EB0_anger_1_2.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
