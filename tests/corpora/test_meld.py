"""MELD's tables are read by their published layout; the videos themselves are not available here."""

import pytest

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.corpus import list_clips
from emotion_hf.corpora.meld import FOLDERS
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import make_split

HEAD = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
ROWS = {
    "train": [("Oh my God, he's lost it.", "Phoebe", "sadness", 0, 0), ("No!", "Ross", "anger", 0, 1)],
    "dev": [("Hey!", "The Interviewer", "joy", 0, 0)],
    "test": [("Why do all you\x92re coffee mugs?", "Ross", "surprise", 0, 0), ("What?", "Rachel", "fear", 12, 3)],
}


@pytest.fixture
def folder(tmp_path):
    for part, rows in ROWS.items():
        lines = [HEAD]
        (tmp_path / FOLDERS[part]).mkdir()
        for number, (text, speaker, emotion, dialogue, utterance) in enumerate(rows):
            lines.append(
                f'{number},"{text}",{speaker},{emotion},negative,{dialogue},{utterance},8,21,"00:16,05","00:21"'
            )
            clip = tmp_path / FOLDERS[part] / f"dia{dialogue}_utt{utterance}.mp4"
            clip.write_text(f"{part} {clip.name}")
        (tmp_path / f"{part}_sent_emo.csv").write_bytes("\n".join(lines).encode("cp1252", errors="replace"))
    (tmp_path / FOLDERS["test"] / "final_videos_testdia0_utt0.mp4").write_text("left over")
    return tmp_path


def test_the_same_name_in_several_parts_is_told_apart(folder):
    listing = list_clips(CORPORA["meld"], folder)
    found = [(one.path.parent.name, one.path.stem, one.emotion, one.speaker, one.gender) for one in listing.utterances]
    assert found == [
        ("dev_splits_complete", "dia0_utt0", "happy", "The Interviewer", None),
        ("output_repeated_splits_test", "dia0_utt0", "surprised", "Ross", "male"),
        ("output_repeated_splits_test", "dia12_utt3", "fearful", "Rachel", "female"),
        ("train_splits", "dia0_utt0", "sad", "Phoebe", "female"),
        ("train_splits", "dia0_utt1", "angry", "Ross", "male"),
    ]
    assert listing.utterances[3].text == "Oh my God, he's lost it."
    assert [path.stem for path in listing.left_over] == ["final_videos_testdia0_utt0"]


def test_extracted_sound_is_used_instead_of_the_video(folder):
    clip = folder / "train_splits" / "dia0_utt1.mp4"
    clip.rename(clip.with_suffix(".wav"))
    listing = list_clips(CORPORA["meld"], folder)
    assert not listing.missing and listing.utterances[-1].path.suffix == ".wav"


def test_the_published_parts_share_speakers_and_are_optimistic(folder):
    dataset = load_corpora({"meld": folder})
    split = make_split(dataset, "published")
    assert (len(split.train), len(split.validation), len(split.test)) == (2, 1, 2)
    assert split.optimistic  # Ross is in train and in test
    whole = make_split(dataset, "speakers:meld/Ross", validation=0)
    assert not whole.optimistic and len(whole.test) == 2
