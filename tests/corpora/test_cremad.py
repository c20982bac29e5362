from collections import Counter
from pathlib import Path

import pytest

from emotion_hf.corpora.cremad import CREMAD, EMOTIONS, SENTENCES, read_name


def test_all_that_a_name_says():
    clip = read_name(Path("1091_WSI_DIS_XX.wav"))
    assert (clip.emotion, clip.speaker, clip.gender, clip.language) == ("disgust", "1091", "female", "en")
    assert clip.text == "We'll stop in a couple of minutes"


def test_every_emotion_is_read():
    assert [read_name(Path(f"1001_IEO_{own}_LO.wav")).emotion for own in EMOTIONS] == list(EMOTIONS.values())


def test_levels_are_intensities_where_they_are_specified():
    levels = [read_name(Path(f"1001_IEO_SAD_{level}.wav")).intensity for level in ("LO", "MD", "HI", "XX")]
    assert levels == ["low", "medium", "high", None]


def test_the_odd_name_of_the_release_has_no_level():
    clip = read_name(Path("1040_ITH_SAD_X.wav"))
    assert (clip.emotion, clip.intensity) == ("sad", None)


def test_all_actors_and_sentences_are_read(tmp_path):
    for actor in range(1000, 1093):
        for sentence in SENTENCES:
            (tmp_path / f"{actor}_{sentence}_NEU_XX.wav").touch()
    clips = CREMAD.index(tmp_path).utterances
    assert len(clips) == 91 * 12
    assert (len({clip.speaker for clip in clips}), len({clip.text for clip in clips})) == (91, 12)
    assert (clips[0].speaker, clips[-1].speaker) == ("1001", "1091")
    assert Counter(clip.gender for clip in clips) == {"male": 48 * 12, "female": 43 * 12}


@pytest.mark.parametrize(
    "name", ["1001_DFA_SUR_XX.wav", "1092_DFA_SAD_XX.wav", "1001_ABC_SAD_XX.wav", "1001_DFA_SAD.wav"]
)
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
