from pathlib import Path

import pytest

from emotion_hf.corpora.ravdess import RAVDESS, read_name


def test_all_that_a_name_says():
    clip = read_name(Path("anywhere/03-01-06-01-02-02-07.flac"))
    assert (clip.emotion, clip.intensity, clip.speaker, clip.gender) == ("fearful", "normal", "Actor_07", "male")
    assert (clip.text, clip.language, clip.corpus) == ("Dogs are sitting by the door", "en", "ravdess")


def test_even_actors_are_female():
    assert read_name(Path("03-01-02-02-01-01-24.wav")).gender == "female"


@pytest.mark.parametrize(
    "name",
    [
        "03-02-06-01-02-02-07.wav",  # a song
        "01-01-06-01-02-02-07.mp4",  # a video, whose voice is that of the audio-only clip
        "03-01-09-01-02-02-07.wav",  # no such emotion
        "03-01-06-01-02-02-25.wav",  # no such actor
        "03-01-06-01-02-02-00.wav",
        "03-01-06-01-02-02.wav",
        "03-01-06-01-02-02-07 (copy).wav",
    ],
)
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None


def test_index_skips_songs_and_takes_any_audio_ending(tmp_path):
    for name in ("Actor_02/03-01-08-01-01-01-02.wav", "Actor_01/03-01-01-01-01-01-01.ogg", "03-02-01-01-01-01-01.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [(clip.speaker, clip.emotion) for clip in RAVDESS.index(tmp_path)] == [
        ("Actor_01", "neutral"),
        ("Actor_02", "surprised"),
    ]
