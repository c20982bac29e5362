"""IEMOCAP's evaluations are read by their published layout; the recordings themselves are not available here."""

from pathlib import Path

import pytest

from emotion_hf.corpora import CORPORA, find_corpus
from emotion_hf.corpora.check import check_corpus
from emotion_hf.corpora.corpus import list_clips
from emotion_hf.corpora.iemocap import FOUR_CLASSES, read_line
from emotion_hf.data.folds import make_folds
from emotion_hf.data.loader import load_corpora

SAID = ("neu", "exc", "hap", "sad", "ang", "fru", "xxx", "oth")


@pytest.fixture
def folder(tmp_path):
    """Two sessions with one dialogue each, in which the woman and the man say each emotion once."""
    for session in (1, 2):
        name = f"Ses{session:02d}F_impro01"
        place = tmp_path / f"Session{session}"
        evaluations, wavs = place / "dialog" / "EmoEvaluation", place / "sentences" / "wav" / name
        (evaluations / "Categorical").mkdir(parents=True)
        wavs.mkdir(parents=True)
        lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
        for letter in "FM":
            for number, emotion in enumerate(SAID):
                turn = f"{name}_{letter}{number:03d}"
                (wavs / f"{turn}.wav").write_text(turn)
                lines += [f"[6.2901 - 8.2357]\t{turn}\t{emotion}\t[2.5000, 2.5000, 2.5000]"]
                lines += ["C-E2:\tNeutral;\t()", "A-E3:\tval 3; act 2; dom  2;\t()", ""]
        (evaluations / f"{name}.txt").write_text("\n".join(lines))
        (evaluations / "._Ses01F_impro01.txt").write_bytes(b"\x00\x05\x16\x07")
        (evaluations / "Categorical" / f"{name}.txt").write_text(lines[2])
    return tmp_path


def test_every_agreed_turn_is_a_clip(folder):
    listing = list_clips(CORPORA["iemocap"], folder)
    assert len(listing.utterances) == 2 * 2 * 6 and not listing.missing
    assert {path.name[-4:] for path in listing.left_over} == {".wav"} and len(listing.left_over) == 2 * 2 * 2
    clip = listing.utterances[1]
    assert (clip.path.name, clip.emotion) == ("Ses01F_impro01_F001.wav", "excited")
    assert (clip.speaker, clip.gender, clip.language) == ("Ses01F", "female", "en")
    assert {one.speaker for one in listing.utterances} == {"Ses01F", "Ses01M", "Ses02F", "Ses02M"}


def test_the_speaker_is_the_letter_of_the_turn_not_of_the_dialogue():
    line = "[0.1 - 2.3]\tSes05M_script03_2b_F012\tsad\t[1.5, 2.0, 2.5]"
    clip = read_line(line, Path("Session5"))
    assert (clip.speaker, clip.gender, clip.emotion) == ("Ses05F", "female", "sad")
    assert clip.path == Path("Session5/sentences/wav/Ses05M_script03_2b/Ses05M_script03_2b_F012.wav")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "C-E2:\tNeutral;\t()",
        "[0.1 - 2.3]\tSes01F_impro01_F000\txxx\t[2.5, 2.5, 2.5]",
        "[0.1 - 2.3]\tSes06F_impro01_F000\tneu\t[2.5, 2.5, 2.5]",
        "[0.1 - 2.3]\tSes01F_impro01_X000\tneu\t[2.5, 2.5, 2.5]",
    ],
)
def test_other_lines_are_no_clips(line):
    assert read_line(line, Path("Session1")) is None


def test_four_classes_merge_excited_into_happy(folder):
    dataset = load_corpora({"iemocap": folder}, labels=FOUR_CLASSES)
    emotions = dataset["emotion"][:]
    assert {label: emotions.count(label) for label in FOUR_CLASSES} == {"neutral": 4, "happy": 8, "sad": 4, "angry": 4}


def test_a_session_is_a_fold(folder):
    dataset = load_corpora({"iemocap": folder})
    folds = make_folds(dataset, "iemocap")
    assert [fold.name for fold in folds] == ["session1", "session2"]
    assert folds[0].speakers == ("iemocap/Ses01F", "iemocap/Ses01M") and len(folds[0].rows) == 12


def test_the_layout_is_recognised(folder):
    assert check_corpus(folder).corpus.name == "iemocap"
    assert find_corpus("IEMOCAP") is CORPORA["iemocap"]
