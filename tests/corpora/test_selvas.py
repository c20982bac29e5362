from pathlib import Path

import pytest

from emotion_hf.corpora.selvas import read_name


def test_all_that_a_name_says():
    clip = read_name(Path("plain-to-emotional/emf/wav/emf00105.wav"))
    assert (clip.emotion, clip.speaker, clip.language) == ("happy", "emf", "ko")


def test_sad_and_angry_are_not_swapped():
    found = [read_name(Path(f"nea{emotion}01.wav")).emotion for emotion in ("000", "001", "002", "003")]
    assert found == ["neutral", "happy", "sad", "angry"]


@pytest.mark.parametrize("name", ["nea00401.wav", "xea00101.wav", "nea0011.wav", "nea001011.wav"])
def test_other_names_do_not_fit(name):
    assert read_name(Path(name)) is None
