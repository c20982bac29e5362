"""What is refused, and what is said, before a training starts."""

import logging
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_hf.errors import CorpusError, LabelError
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.testing import synthetic_voice
from emotion_hf.training.material import load_and_split


def write(folder: Path, *names: str, wave: np.ndarray | None = None) -> None:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, synthetic_voice(0.4, seed=number) if wave is None else wave, 16_000)


def split(folder: Path, split: str = "speakers:1", name: str = "mine"):
    recipe = recipe_from_mapping({"name": "test", "data": {"split": split, "validation": 0}})
    return load_and_split(recipe, {name: folder})


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, *(f"{who}/{emotion}/1.wav" for who in ("anna", "ben", "cleo") for emotion in ("Wut", "Freude")))
    return tmp_path


def test_what_the_folder_is_comes_first(folder, caplog):
    (folder / "notes.txt").touch()
    with caplog.at_level(logging.INFO):
        dataset, parts = split(folder)
    assert caplog.messages == [
        "mine: 2 emotions, 3 speakers, 6 clips, from folder names (speaker/emotion).",
        f"{folder}: skipped 1 file that is no recording (1 .txt).",
        "No training clip is neutral or calm or sad or fearful or disgust or surprised, so the model will not predict "
        "them; data.labels=[happy,angry] leaves such labels out.",
        "Checking 6 recordings …",
    ]
    assert (len(parts.train), len(parts.test)) == (4, 2)
    assert set(dataset["speaker"]) == {"mine/anna", "mine/ben", "mine/cleo"}


def test_one_emotion_is_refused_with_the_name_that_was_meant(tmp_path):
    write(tmp_path, "audio/1.wav", "audio/2.wav")
    with pytest.raises(LabelError, match=r"one emotion, 'audio', .* Did you mean ravdess=DIR instead of ravdes=DIR"):
        split(tmp_path, name="ravdes")


def test_a_speaker_for_each_emotion_is_refused(tmp_path):
    write(tmp_path, "happy/anna/1.wav", "happy/anna/2.wav", "sad/ben/1.wav")
    with pytest.raises(LabelError, match=r"speaker of its own \(happy: mine/anna\).* several speakers"):
        split(tmp_path)


def test_a_split_that_leaves_one_emotion_for_training_is_refused(tmp_path):
    write(tmp_path, "train/happy/a/1.wav", "test/sad/a/1.wav", "test/happy/b/1.wav")
    with pytest.raises(LabelError, match="All training clips of the split folders are happy"):
        split(tmp_path, "folders")


def test_an_emotion_without_training_clips_is_said(tmp_path, caplog):
    write(tmp_path, "train/happy/a/1.wav", "train/sad/b/1.wav", "test/happy/c/1.wav", "test/angry/c/1.wav")
    recipe = {"name": "test", "data": {"split": "folders", "validation": 0, "labels": ["happy", "sad", "angry"]}}
    load_and_split(recipe_from_mapping(recipe), {"mine": tmp_path})
    assert "No training clip is angry, so the model will not predict it." in caplog.messages


def test_all_recordings_that_cannot_be_used_are_counted_before_the_training(folder):
    (folder / "anna/Wut/1.wav").write_bytes(b"RIFF broken")
    write(folder, "ben/Wut/1.wav", wave=np.ones(100))
    with pytest.raises(
        CorpusError, match=r"2 of 6 recordings cannot be used, for example .*1\.wav: .* Remove or replace"
    ):
        split(folder)


def test_silence_and_contradictions_are_said(folder, caplog):
    write(folder, "anna/Freude/1.wav", wave=np.zeros(8_000))
    soundfile.write(folder / "ben/Wut/2.flac", *soundfile.read(folder / "ben/Freude/1.wav", dtype="int16"))
    split(folder)
    _, first, second = caplog.messages
    assert first == f"Silent recordings: 1, for example {folder / 'anna/Freude/1.wav'}."
    paths = folder / "ben/Freude/1.wav", folder / "ben/Wut/2.flac"
    assert second == f"One recording has two emotions: {paths[0]} is happy and {paths[1]} is angry."
