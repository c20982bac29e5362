"""Formats are told by their bytes, scripts never reach a decoder, and damage never ends in a traceback."""

import io
import struct

import av
import numpy as np
import pytest
import soundfile

from emotion_hf.audio import load_audio
from emotion_hf.decoding import sniff, to_float
from emotion_hf.errors import AudioFormatError, EmotionError
from emotion_hf.testing import synthetic_voice


@pytest.mark.parametrize(
    ("first_bytes", "title"),
    [
        (b"RIFF\x00\x00\x00\x00WAVE", "WAV"),
        (b"fLaC\x00", "FLAC"),
        (b"OggS\x00", "OGG"),
        (b"FORM\x00\x00\x00\x00AIFC", "AIFF"),
        (b"ID3\x04", "MP3"),
        (b"\xff\xfb\x90\x00", "MP3"),
        (b"\xff\xf3\x90\x00", "MP3"),
        (b"\xff\xf1\x50\x40", "AAC"),
        (b"\xff\xf9\x50\x40", "AAC"),
        (b"#!AMR-WB\n", "AMR"),
        (b"\x1aE\xdf\xa3\x9fB", "WebM"),
        (b"\x00\x00\x00\x1cftypM4A ", "MP4"),
        (b"\x00\x00\x00\x08wide", "MOV"),
    ],
)
def test_the_first_bytes_tell_the_format(first_bytes, title):
    assert sniff(first_bytes, "x").title == title


@pytest.mark.parametrize(
    ("first_bytes", "reason"),
    [
        (b"ffconcat version 1.0\nfile voice.wav\n", "is a playlist"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\nvoice.ts\n", "is a playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n", "is a playlist"),
        ("Naïve words,\n".encode(), "is text, not audio"),
        (b"\xff\xfeN\x00o\x00", "is not in a known format"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "is not in a known format"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not in a known format"),
        (b"\x00", "is not in a known format"),
    ],
)
def test_other_bytes_are_named_and_refused(first_bytes, reason):
    with pytest.raises(AudioFormatError, match=rf"^song\.wav {reason}"):
        sniff(first_bytes, "song.wav")


def test_a_script_reaches_no_decoder(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "voice.wav", synthetic_voice(1.0), 16_000)
    script = tmp_path / "script.wav"
    script.write_text("ffconcat version 1.0\nfile voice.wav\n")
    opened = []
    monkeypatch.setattr(av, "open", lambda *args, **kwargs: opened.append(args))
    monkeypatch.setattr(soundfile, "SoundFile", lambda *args, **kwargs: opened.append(args))
    with pytest.raises(AudioFormatError, match=r"^script\.wav is a playlist"):
        load_audio(script)
    assert opened == []


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([0, 128, 255], np.uint8), [-1, 0, 127 / 128]),
        (np.array([-(2**15), 0, 2**15 - 1], np.int16), [-1, 0, 32767 / 32768]),
        (np.array([-(2**31), 2**30], np.int32), [-1, 0.5]),
        (np.array([-2.5, 0.25], np.float64), [-2.5, 0.25]),
        (np.array([0.5], np.float16), [0.5]),
    ],
)
def test_full_scale_is_one(samples, expected):
    scaled = to_float(samples)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, expected, rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, bool, complex, "U1"])
def test_types_without_a_known_full_scale_are_refused(dtype):
    with pytest.raises(AudioFormatError, match="cannot be used; use float, int16, int32 or uint8"):
        to_float(np.zeros(3, dtype))


def test_a_wav_of_64_bit_integers_is_an_unknown_coding():
    samples = np.zeros(16_000, "<i8").tobytes()
    form = struct.pack("<HHIIHH", 1, 1, 16_000, 16_000 * 8, 8, 64)  # PCM, one channel, 64 bits a sample
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    with pytest.raises(AudioFormatError) as caught:
        load_audio(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    sentence = "The recording contains WAV audio in an unknown encoding; export it as 16-bit WAV or FLAC."
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "IMA_ADPCM"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("AIFF", "PCM_16"),
        ("MP3", None),
    ],
)
def test_damaged_bytes_give_sound_or_one_sentence(kind, subtype):
    file = io.BytesIO()
    soundfile.write(file, synthetic_voice(1.0), 16_000, format=kind, subtype=subtype)
    rng = np.random.default_rng(0)
    outcomes = []
    for _ in range(60):
        damaged = bytearray(file.getvalue())
        for place in rng.integers(0, rng.choice([64, 512, len(damaged)]), size=8):
            damaged[place] = rng.integers(256)
        try:
            outcomes.append(bool(np.isfinite(load_audio(bytes(damaged))).all()))
        except EmotionError as error:
            outcomes.append("\n" not in str(error) and str(error).endswith("."))
    assert outcomes == [True] * 60
