from pathlib import Path

import pytest

from emotion_hf.corpora.savee import EMOTIONS, SAVEE, SPEAKERS, read_name

NUMBERS = {own: range(1, 31 if own == "n" else 16) for own in EMOTIONS}


def test_all_that_a_name_says():
    clip = read_name(Path("KL_su15.wav"))
    assert (clip.emotion, clip.speaker, clip.gender, clip.text) == ("surprised", "KL", "male", "su15")
    assert clip.language == "en"


def test_every_emotion_is_read():
    assert [read_name(Path(f"DC_{own}01.wav")).emotion for own in EMOTIONS] == list(EMOTIONS.values())


@pytest.mark.parametrize("between", ["_", "/"])
def test_the_speaker_is_in_the_name_or_is_the_folder(tmp_path, between):
    for speaker in SPEAKERS:
        for own, numbers in NUMBERS.items():
            for number in numbers:
                path = tmp_path / f"{speaker}{between}{own}{number:02}.wav"
                path.parent.mkdir(exist_ok=True)
                path.touch()
    clips = SAVEE.index(tmp_path)
    assert len(clips) == 480
    assert {name: sum(clip.speaker == name for clip in clips) for name in SPEAKERS} == dict.fromkeys(SPEAKERS, 120)
    assert sum(clip.emotion == "neutral" for clip in clips) == 120


@pytest.mark.parametrize("name", ["a01.wav", "XY/a01.wav", "XY_a01.wav", "DC_s01.wav", "DC_a1.wav", "DC/JE_x01.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
