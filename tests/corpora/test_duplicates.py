"""Which of several recordings with the same name is used."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_hf.corpora import CORPORA, duplicates
from emotion_hf.corpora.corpus import list_clips
from emotion_hf.corpora.duplicates import best_of
from emotion_hf.corpora.folder import folder_corpus
from emotion_hf.testing import synthetic_voice

VOICE = synthetic_voice(0.5)
SILENCE = np.zeros(8_000, dtype=np.float32)


def write(path: Path, wave: np.ndarray | None = VOICE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if wave is None:
        path.write_bytes(b"RIFF broken")
    else:
        soundfile.write(path, wave, 16_000)
    return path


@pytest.mark.parametrize(
    ("mp3", "wav", "best"),
    [
        (VOICE, VOICE, "wav"),
        (SILENCE, VOICE, "wav"),
        (VOICE, SILENCE, "mp3"),
        (VOICE, None, "mp3"),
        (SILENCE, None, "mp3"),
        (None, SILENCE, "wav"),
        (SILENCE, SILENCE, "wav"),
        (None, None, "wav"),
    ],
)
def test_lossless_readable_and_audible_files_are_preferred_in_any_order(tmp_path, mp3, wav, best):
    paths = {"mp3": write(tmp_path / "a/1.mp3", mp3), "wav": write(tmp_path / "b/1.wav", wav)}
    assert best_of([*paths.values()]) == best_of([*reversed(paths.values())]) == paths[best]


def test_of_equal_files_the_first_is_used_and_a_single_one_is_not_opened(tmp_path, monkeypatch):
    first, second = write(tmp_path / "a/1.wav"), write(tmp_path / "b/1.wav")
    assert best_of([first, second]) == first
    monkeypatch.setattr(duplicates, "load_audio", lambda path: pytest.fail("opened"))
    assert best_of([tmp_path / "nowhere.wav"]) == tmp_path / "nowhere.wav"


def test_a_full_checkout_of_cremad_uses_the_wav_files_and_counts_each_clip_once(tmp_path):
    for number, emotion in enumerate(("ANG", "HAP", "SAD")):
        write(tmp_path / f"AudioMP3/1001_DFA_{emotion}_XX.mp3", SILENCE if number else VOICE)
        write(tmp_path / f"AudioWAV/1001_DFA_{emotion}_XX.wav")
    listing = list_clips(CORPORA["cremad"], tmp_path)
    assert [clip.path.suffix for clip in listing.utterances] == [".wav"] * 3
    assert {path.suffix for path in listing.repeated} == {".mp3"} and len(listing.repeated) == 3
    assert (listing.left_over, listing.missing) == ((), ())


def test_one_recording_in_two_formats_is_one_clip_of_a_folder_of_ones_own(tmp_path):
    write(tmp_path / "happy/1.mp3")
    kept = write(tmp_path / "happy/1.wav")
    other = write(tmp_path / "sad/1.wav")
    listing = list_clips(folder_corpus("mine"), tmp_path)
    assert [clip.path for clip in listing.utterances] == [kept, other]
    assert listing.repeated == (tmp_path / "happy/1.mp3",)


def test_folders_of_formats_hold_the_same_recordings_and_numbers_are_no_formats(tmp_path):
    write(tmp_path / "mp3/happy/anna/1.mp3")
    kept = [write(tmp_path / f"wav/{emotion}/anna/1.wav") for emotion in ("happy", "sad")]
    listing = list_clips(folder_corpus("mine"), tmp_path)
    assert [(clip.path, clip.speaker) for clip in listing.utterances] == [(path, "anna") for path in kept]
    assert listing.repeated == (tmp_path / "mp3/happy/anna/1.mp3",)

    for number in ("001", "002"):
        call = write(tmp_path / f"calls/sad/call{number}.wav")
        call.rename(call.with_name(f"call.{number}"))
    names = [clip.path.name for clip in list_clips(folder_corpus("mine"), tmp_path / "calls").utterances]
    assert names == ["call.001", "call.002"]
