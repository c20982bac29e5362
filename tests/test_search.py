"""Which files of a folder are recordings, and what is said about the others."""

import os
from pathlib import Path

import pytest
import soundfile

from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.decoding import DECODABLE_EXTENSIONS
from emotion_hf.search import is_recording, search
from emotion_hf.testing import synthetic_voice

VOICE = synthetic_voice(0.5)
STARTS = {  # first bytes of files that begin like recordings and are none
    "photo.webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "picture.iff": b"FORM\x00\x00\x00\x10ILBMBMHD",
    "phone.heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
    "photo.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "utf16.txt": "\ufeffnotes".encode("utf-16"),
    "empty": b"",
    "list.m3u": b"#EXTM3U\n1.wav\n",
    "code.py": b"print(1)",
}


def write(path: Path, **options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, VOICE, SAMPLING_RATE, **options)
    return path


@pytest.mark.parametrize(
    "extension",
    [
        *(".3gpp", ".3g2", ".m4b", ".m4v", ".mp2", ".mpga", ".wave", ".bwf", ".rf64", ".snd", ".spx", ".ogx", ".ogv"),
        *(".qt", ".w64", ".sph", ".nist", ".adts", ".awb", ".MP3", ".Wav"),
    ],
)
def test_an_extension_of_audio_is_enough(tmp_path, extension):
    path = tmp_path / f"a{extension}"
    path.touch()
    assert is_recording(path)
    assert search(tmp_path).recordings == (path,) and not search(tmp_path).skipped


@pytest.mark.parametrize(("name", "kind"), [("call.rec", "WAV"), ("call", "FLAC"), ("call.20261130", "OGG")])
def test_with_another_extension_the_content_decides_as_in_the_decoder(tmp_path, name, kind):
    path = tmp_path / name
    with path.open("wb") as file:
        soundfile.write(file, VOICE, SAMPLING_RATE, format=kind)
    assert search(tmp_path).recordings == (path,)
    assert len(load_audio(path)) == 8_000


def test_what_only_begins_like_audio_is_counted_and_not_found(tmp_path):
    for name, start in STARTS.items():
        (tmp_path / name).write_bytes(start)
    found = search(tmp_path)
    assert found.recordings == ()
    assert sum(found.others.values()) == len(STARTS) and found.others["without an extension"] == 1
    assert found.skipped.startswith("8 files that are no recordings (1 .")
    assert found.skipped.endswith(", others)")


def test_links_hidden_files_and_tables_are_told_apart(tmp_path):
    wanted = write(tmp_path / "b/1.wav")
    (tmp_path / "a.wav").symlink_to(tmp_path / "gone.wav")
    (tmp_path / "notes").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "again.wav").symlink_to(wanted)
    write(tmp_path / "._1.wav")
    write(tmp_path / ".trash/1.wav")
    for name in ("metadata.csv", "one.txt", "two.TXT", "three.json"):
        (tmp_path / name).touch()
    found = search(tmp_path)
    assert found.recordings == (tmp_path / "again.wav", wanted)
    assert found.broken == (tmp_path / "a.wav",)
    assert found.skipped == (
        "4 files that are no recordings (2 .txt, 1 .json, 1 without a target), 1 link to a missing recording (a.wav), "
        "2 hidden files"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may enter every folder")
def test_a_folder_that_may_not_be_entered_is_named(tmp_path):
    closed = write(tmp_path / "closed/a.wav").parent
    closed.chmod(0)
    try:
        assert search(tmp_path).skipped == "1 folder without permission (closed)"
    finally:
        closed.chmod(0o700)


def test_every_extension_is_lower_case_and_listed_once():
    assert len(set(DECODABLE_EXTENSIONS)) == len(DECODABLE_EXTENSIONS)
    assert all(one == one.lower() and one.startswith(".") for one in DECODABLE_EXTENSIONS)
