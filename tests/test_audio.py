"""Every format comes in as mono 16 kHz, every bad input as one clear sentence, with no program of the system's."""

import io
import math
import os
import struct
import subprocess
import sys
import tempfile
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from emotion_hf import decoding
from emotion_hf.audio import is_silent, load_audio, read_audio
from emotion_hf.decoding import DECODABLE_EXTENSIONS
from emotion_hf.decoding import with_pyav as decoding_with_pyav
from emotion_hf.errors import (
    AudioError,
    AudioFormatError,
    AudioNotFoundError,
    AudioTooLongError,
    AudioTooShortError,
    SettingsError,
)
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice

ROOT = Path(__file__).resolve().parents[1]
AMPLITUDE, TONE_HZ = 0.25, 440


def tone(sampling_rate: int, seconds: float = 1.5) -> np.ndarray:
    time = np.arange(round(seconds * sampling_rate)) / sampling_rate
    return (AMPLITUDE * np.sin(2 * np.pi * TONE_HZ * time)).astype(np.float32)


def with_soundfile(samples, sampling_rate, kind="WAV", subtype=None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, sampling_rate, format=kind, subtype=subtype)
    return file.getvalue()


def with_pyav(samples, sampling_rate, container, codec, *, file=None, bit_rate=None, pictures=0, **options) -> bytes:
    """Encode mono ``samples``, shape (samples,); None: no sound. ``pictures``: length of a video track before it."""
    file = file or io.BytesIO()
    with av.open(file, "w", format=container, options=options) as output:
        streams = []
        if pictures:
            video = output.add_stream("mpeg4", rate=5, width=32, height=32, pix_fmt="yuv420p")
            streams.append((video, [av.VideoFrame(32, 32, "yuv420p") for _ in range(pictures)]))
            for number, picture in enumerate(streams[0][1]):
                picture.pts, picture.time_base = number, Fraction(1, 5)
        if samples is not None:
            sound = output.add_stream(codec, rate=sampling_rate, layout="mono")
            if bit_rate:
                sound.bit_rate = bit_rate
            frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
            frame.sample_rate = sampling_rate
            streams.append((sound, [frame]))
        for stream, frames in streams:
            for frame in (*frames, None):
                output.mux(stream.encode(frame))
    return file.getvalue()


def wav_with_header(channels=1, sampling_rate=16_000, coding=1, data=bytes(64_000)) -> bytes:
    """Write 16-bit WAV by hand, so that its header can say anything."""
    per_sample = (2 * channels) % 2**16
    layout = struct.pack(
        "<HHIIHH", coding, channels, sampling_rate, sampling_rate * per_sample % 2**32, per_sample, 16
    )
    body = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def without_length(flac: bytes) -> bytes:
    """Clear the 36 bits of FLAC's STREAMINFO that count the samples: "unknown", as a streaming encoder leaves them."""
    return flac[:21] + bytes([flac[21] & 0xF0]) + bytes(4) + flac[26:]


def assert_tone(wave: np.ndarray, seconds: float = 1.5, *, level_tolerance: float = 0.06) -> None:
    assert wave.dtype == np.float32
    assert wave.ndim == 1
    assert seconds - 0.01 <= len(wave) / 16_000 <= seconds + 0.13  # AAC and AMR add a frame or two
    middle = wave[4_000:20_000]  # one second: bins are 1 Hz apart
    assert np.argmax(np.abs(np.fft.rfft(middle * np.hanning(16_000)))) == TONE_HZ
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(AMPLITUDE / math.sqrt(2), rel=level_tolerance)


@pytest.mark.parametrize("sampling_rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        *(("WAV", subtype) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW")),
        *(("WAVEX", "PCM_24"), ("RF64", "PCM_16"), ("AU", "ULAW"), ("CAF", "PCM_16")),
        *(("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")),
        *(("AIFF", "PCM_16"), ("AIFF", "PCM_24"), ("AIFF", "FLOAT")),
    ],
)
def test_formats_of_soundfile(kind, subtype, sampling_rate):
    assert_tone(load_audio(with_soundfile(tone(sampling_rate), sampling_rate, kind, subtype)))


@pytest.mark.parametrize("sampling_rate", [8_000, 16_000, 48_000])
def test_ogg_opus(sampling_rate):
    assert_tone(load_audio(with_soundfile(tone(sampling_rate), sampling_rate, "OGG", "OPUS")))


@pytest.mark.parametrize(
    ("container", "codec", "sampling_rate"),
    [
        ("ipod", "aac", 44_100),
        ("ipod", "alac", 44_100),
        ("adts", "aac", 48_000),
        ("mp4", "aac", 16_000),
        ("mov", "pcm_s16le", 44_100),
        ("webm", "libopus", 48_000),
        ("matroska", "pcm_s16le", 22_050),
        ("wav", "libmp3lame", 44_100),
    ],
)
def test_formats_of_pyav(container, codec, sampling_rate):
    assert_tone(load_audio(with_pyav(tone(sampling_rate), sampling_rate, container, codec)))


@pytest.mark.parametrize("container", ["amr", "3gp"])
def test_amr_narrowband(container):
    wave = load_audio(with_pyav(tone(8_000), 8_000, container, "libopencore_amrnb"))
    assert_tone(wave, level_tolerance=0.3)  # made for speech: it does not keep the level of a tone


def test_amr_wideband():
    frame = bytes([0x04]) + bytes(17)  # mode 0 (6.6 kbit/s), good quality: 132 bits of speech for 20 ms
    assert len(load_audio(b"#!AMR-WB\n" + 50 * frame)) == 16_000


def test_the_sound_of_a_video():
    assert_tone(load_audio(with_pyav(tone(44_100), 44_100, "mp4", "aac", pictures=10)))


def test_mp3_of_changing_bit_rate_without_a_xing_header_is_read_to_its_end():
    parts = [
        with_pyav(tone(44_100, 5.0), 44_100, "mp3", "libmp3lame", bit_rate=rate, write_xing="0", id3v2_version="0")
        for rate in (320_000, 32_000)
    ]
    assert len(load_audio(b"".join(parts))) / 16_000 == pytest.approx(10.0, abs=0.2)


@pytest.fixture
def without_pyav(monkeypatch):
    """PyAV is not installed, as in a light installation."""
    for module in (decoding, decoding_with_pyav):
        monkeypatch.setattr(module, "has_pyav", lambda: False)


@pytest.mark.parametrize("options", [{}, {"write_xing": "0", "id3v2_version": "0"}], ids=["Xing", "no Xing"])
def test_an_mp3_is_the_same_without_pyav(request, options):
    data = with_pyav(tone(44_100, 2.0), 44_100, "mp3", "libmp3lame", **options)
    expected = load_audio(data)
    request.getfixturevalue("without_pyav")
    np.testing.assert_allclose(load_audio(data), expected, atol=1e-5)
    assert 2.0 <= len(expected) / 16_000 <= 2.1


def test_what_only_pyav_reads_to_its_end_is_refused_without_it(without_pyav):
    parts = [
        with_pyav(tone(44_100, 2.0), 44_100, "mp3", "libmp3lame", bit_rate=rate, write_xing="0", id3v2_version="0")
        for rate in (320_000, 32_000)
    ]
    remedy = r"can only be read with PyAV; run pip install av, or export it as 16-bit WAV\.$"
    with pytest.raises(AudioFormatError, match=rf"^The recording \(MP3\) {remedy}"):
        load_audio(b"".join(parts))
    with pytest.raises(AudioFormatError, match=rf"^The recording \(MP4\) {remedy}"):
        load_audio(with_pyav(tone(44_100), 44_100, "ipod", "aac"))


def test_flac_of_unknown_length_is_read_to_its_end():
    assert len(load_audio(without_length(with_soundfile(tone(16_000), 16_000, "FLAC")))) == 24_000


def test_path_text_bytes_and_file_object_give_the_same(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(with_soundfile(tone(16_000), 16_000))
    expected = load_audio(path)
    assert len(expected) == 24_000
    for source in (str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        np.testing.assert_array_equal(load_audio(source), expected)


@pytest.mark.parametrize("extension", DECODABLE_EXTENSIONS)
def test_contents_decide_not_the_extension(tmp_path, extension):
    path = tmp_path / f"clip{extension}"
    path.write_bytes(with_soundfile(tone(16_000), 16_000, "FLAC"))
    assert_tone(load_audio(path))


def test_stereo_at_48_khz_sounds_like_mono_at_16_khz():
    voice = synthetic_voice(2.0)
    high = load_audio((16_000, voice))
    upsampled = np.interp(np.arange(0, 32_000, 1 / 3), np.arange(32_000), voice).astype(np.float32)
    low = load_audio(with_soundfile(np.stack([upsampled, upsampled], axis=1), 48_000, "WAV", "FLOAT"))
    assert len(low) == len(high) == 32_000
    assert np.corrcoef(low, high)[0, 1] > 0.99


def test_resampling_keeps_the_samples_in_place():
    wave = load_audio((48_000, tone(48_000)))
    np.testing.assert_allclose(wave[800:-800], tone(16_000)[800:-800], atol=1e-4)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("channels", [None, 1, 2])
def test_samples_with_their_rate(dtype, channels):
    samples = tone(16_000)
    if np.issubdtype(dtype, np.integer):
        samples = samples * np.float64(np.iinfo(dtype).max)
    samples = samples.astype(dtype)
    given = samples if channels is None else np.stack([samples] * channels, axis=1)
    np.testing.assert_allclose(load_audio((16_000, given)), tone(16_000), atol=1e-4)


def test_floats_above_full_scale_are_not_clipped():
    assert load_audio(with_soundfile(8 * tone(16_000), 16_000, "WAV", "FLOAT")).max() == pytest.approx(2.0, abs=1e-3)


def test_a_channel_can_be_chosen():
    stereo = np.stack([tone(16_000), np.zeros(24_000, np.float32)], axis=1)
    for source in ((16_000, stereo), with_soundfile(stereo, 16_000), with_soundfile(stereo, 16_000, "FLAC")):
        np.testing.assert_allclose(load_audio(source), tone(16_000) / 2, atol=1e-4)
        np.testing.assert_allclose(load_audio(source, channel=0), tone(16_000), atol=1e-4)
        assert is_silent(load_audio(source, channel=1))
    with pytest.raises(AudioError, match=r"^The recording has no channel 2; it has channels 0 to 1\.$"):
        load_audio((16_000, stereo), channel=2)
    with pytest.raises(AudioError, match=r"has no channel -1; it has only channel 0\.$"):
        load_audio((16_000, tone(16_000)), channel=-1)


def test_silence_is_a_verdict_not_an_error():
    dither = np.random.default_rng(0).integers(-1, 2, 16_000).astype(np.int16)
    for source in ((16_000, np.zeros(16_000)), (16_000, dither), (16_000, np.full(16_000, 0.3))):
        assert is_silent(load_audio(source))
    assert not is_silent(load_audio((16_000, tone(16_000) * 0.004)))
    assert is_silent(np.zeros(0, np.float32))


SPEECH = with_soundfile(synthetic_voice(2.0), 16_000)
FLAC = with_soundfile(synthetic_voice(2.0), 16_000, "FLAC")
M4A = with_pyav(tone(44_100), 44_100, "ipod", "aac")

BAD_FILES = {
    "empty.wav": (b"", AudioFormatError, "is empty (0 bytes)"),
    "text.wav": (b"These are words, not sound.\n", AudioFormatError, "is text, not audio"),
    "script.wav": (b"ffconcat version 1.0\nfile voice.wav\n", AudioFormatError, "is a playlist"),
    "hls.wav": (b"#EXTM3U\n#EXTINF:10,\nvoice.ts\n", AudioFormatError, "is a playlist"),
    "picture.wav": (b"\x89PNG\r\n\x1a\n" + bytes(99), AudioFormatError, "is a picture, not audio"),
    "header-cut.wav": (SPEECH[:30], AudioFormatError, "begins like WAV but cannot be opened; it may be cut off"),
    "header-cut.flac": (FLAC[:30], AudioFormatError, "begins like FLAC but cannot be opened; it may be cut off"),
    "index-cut.m4a": (M4A[: len(M4A) // 2], AudioFormatError, "begins like MP4 but cannot be opened; it may be cut"),
    "data-cut.wav": (
        SPEECH[:4_044],
        AudioFormatError,
        "is cut off, damaged or of an unknown kind: only 0.12 s of its 2.00 s can be read",
    ),
    "data-cut.flac": (FLAC[:2_000], AudioFormatError, "begins like FLAC, but none of its sound can be decoded"),
    "no-samples.wav": (
        wav_with_header(data=b""),
        AudioTooShortError,
        "contains no audio that can be read (zero samples)",
    ),
    "no-samples.amr": (b"#!AMR\n", AudioTooShortError, "contains no audio that can be read (zero samples)"),
    "short.wav": (
        with_soundfile(tone(16_000, 0.29), 16_000),
        AudioTooShortError,
        "is 0.29 s long; record at least",
    ),
    "nan.wav": (
        with_soundfile(np.append(tone(16_000), np.nan), 16_000, "WAV", "FLOAT"),
        AudioError,
        "has invalid samples (NaN, infinite or above 1e12)",
    ),
    "infinite.wav": (
        with_soundfile(np.append(tone(44_100), -np.inf), 44_100, "WAV", "FLOAT"),
        AudioError,
        "has invalid samples (NaN, infinite or above 1e12)",
    ),
    "huge.wav": (
        with_soundfile(1e18 * tone(16_000), 16_000, "WAV", "FLOAT"),
        AudioError,
        "has invalid samples (NaN, infinite or above 1e12)",
    ),
    "long.wav": (
        with_soundfile(np.zeros(9_600), 4_000),
        AudioTooLongError,
        "is 2.4 s long; cut it to at most 2.1 s",
    ),
    "long.m4a": (
        with_pyav(tone(44_100, 3.0), 44_100, "ipod", "aac"),
        AudioTooLongError,
        "is 3.0 s long; cut it to at most 2.1 s",
    ),
    "long.mp3": (with_soundfile(tone(16_000, 3.0), 16_000, "MP3"), AudioTooLongError, "is longer than 2.1 s"),
    "no-channel.wav": (wav_with_header(channels=0), AudioFormatError, "has an impossible number of channels"),
    "200-channels.wav": (
        wav_with_header(channels=200),
        AudioFormatError,
        "has 200 channels; use a recording with 1 to 32",
    ),
    "1-hz.wav": (wav_with_header(sampling_rate=1), AudioFormatError, "has a sampling rate of 1 Hz"),
    "10-mhz.wav": (wav_with_header(sampling_rate=10**7), AudioFormatError, "has a sampling rate of 10000000 Hz"),
    "pictures.mp4": (
        with_pyav(None, None, "mp4", None, pictures=10),
        AudioFormatError,
        "has no audio track; use a recording with one",
    ),
    "unknown-coding.wav": (
        wav_with_header(coding=0x7777),
        AudioFormatError,
        "contains WAV audio in an unknown",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gives_one_clear_sentence(tmp_path, name):
    contents, error, reason = BAD_FILES[name]
    path = tmp_path / name
    path.write_bytes(contents)
    with pytest.raises(AudioError) as raised:
        load_audio(path, max_seconds=2.1)
    assert type(raised.value) is error
    message = str(raised.value)
    assert message.startswith(f"{name} {reason}")
    assert message.endswith(".")
    assert "\n" not in message


def test_missing_file_folder_and_pipe(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^There is no file .*nowhere\.wav; check the name\.$"):
        load_audio(tmp_path / "nowhere.wav")
    with pytest.raises(AudioNotFoundError, match="is a folder; name a recording in it"):
        load_audio(tmp_path)
    with pytest.raises(AudioNotFoundError, match="There is no file"):
        load_audio("a\0b.wav")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.wav")
        with pytest.raises(AudioNotFoundError, match=r"pipe\.wav is not a regular file"):
            load_audio(tmp_path / "pipe.wav")


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions of files need a POSIX system")
def test_a_file_without_permission():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "secret.wav"
        path.write_bytes(SPEECH)
        path.chmod(0o000)
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(65_534)
            with pytest.raises(AudioError, match=r"secret\.wav cannot be read \(Permission denied\)"):
                load_audio(path)
        finally:
            os.seteuid(user)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("emotion_hf.audio.MAX_MEGABYTES", 1)
    path = tmp_path / "large.wav"
    path.write_bytes(wav_with_header(data=bytes(1_500_000)))
    with pytest.raises(AudioTooLongError, match=r"^large\.wav is larger than 1 MB; cut it into pieces\.$"):
        load_audio(path)
    with path.open("rb") as file, pytest.raises(AudioTooLongError, match="The recording is larger than 1 MB"):
        load_audio(file)


@pytest.mark.parametrize(
    "source",
    [None, 42, (16_000, None), (16_000, "words"), (16_000, np.zeros((2, 3, 4))), (np.zeros(16_000), 16_000)],
)
def test_what_is_no_recording_at_all(source):
    with pytest.raises(AudioFormatError, match=r"^(A recording must be a path|Give \(sampling_rate, samples\))"):
        load_audio(source)


def test_a_file_object_in_text_mode():
    with pytest.raises(AudioFormatError, match="open it in binary mode"):
        load_audio(io.StringIO("RIFF"))


def test_channels_before_samples_are_refused():
    with pytest.raises(AudioFormatError, match=r"shape \(2, 16000\)"):
        load_audio((16_000, np.zeros((2, 16_000))))


@pytest.fixture(scope="module")
def two_hours_of_flac() -> bytes:
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8_000, 1, format="FLAC") as flac:
        for _ in range(120):
            flac.write(np.zeros(60 * 8_000, np.int16))
    return file.getvalue()


def test_a_small_file_that_decodes_to_hours_is_refused_by_its_header(two_hours_of_flac):
    assert len(two_hours_of_flac) < 400_000
    with pytest.raises(AudioTooLongError, match=r"is 7200\.0 s long; cut it to at most 600 s"):
        load_audio(two_hours_of_flac)


def test_a_small_file_that_hides_its_length_is_stopped_while_decoding(two_hours_of_flac):
    with pytest.raises(AudioTooLongError, match=r"is longer than 600 s; cut it into pieces\.$"):
        load_audio(without_length(two_hours_of_flac))


def test_webm_without_a_length_as_browsers_record_it_is_bounded_too():
    class Pipe(io.RawIOBase):
        """Takes bytes and cannot go back to write the length."""

        def __init__(self):
            self.written = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.written += bytes(data)
            return len(data)

        def getvalue(self):
            return bytes(self.written)

    recorded = with_pyav(tone(48_000, 3.0), 48_000, "webm", "libopus", file=Pipe())
    assert_tone(load_audio(recorded), 3.0)
    with pytest.raises(AudioTooLongError, match=r"is longer than 2 s"):
        load_audio(recorded, max_seconds=2.0)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
def test_of_a_file_cut_in_the_middle_the_first_part_is_read(kind):
    noise = (0.1 * np.random.default_rng(0).standard_normal(64_000)).astype(np.float32)
    whole = with_soundfile(noise, 16_000, kind)
    assert len(load_audio(whole)) == 64_000
    assert 0.8 < len(load_audio(whole[: len(whole) // 2])) / 16_000 < 2.2  # OGG loses its last page of a second


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "AIFF", "AU", "W64", "CAF", "MP3"])
def test_a_file_that_ends_early_says_so(kind):
    noise = (0.1 * np.random.default_rng(0).standard_normal(64_000)).astype(np.float32)
    whole = with_soundfile(noise, 16_000, kind)
    assert read_audio(whole).notes == ()
    audio = read_audio(whole[: len(whole) // 2])
    assert audio.notes == (f"Only {len(audio.wave) / 16_000:.1f} of 4.0 s can be read.",)


def test_one_damaged_packet_costs_only_itself():
    whole = with_pyav(tone(44_100, 3.0), 44_100, "ipod", "aac")
    damaged = bytearray(whole)
    damaged[len(whole) // 2 : len(whole) // 2 + 30] = b"\xff" * 30
    assert len(load_audio(bytes(damaged))) > 0.9 * len(load_audio(whole))


def run_alone(code: str, *arguments: str, path: str = "") -> str:
    """Run ``code`` in a new process that finds programs only in ``path``."""
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_every_format_is_decoded_with_ffmpeg_hidden(tmp_path):
    for name, container, codec, rate in (
        ("a.m4a", "ipod", "aac", 44_100),
        ("b.webm", "webm", "libopus", 48_000),
        ("c.3gp", "3gp", "libopencore_amrnb", 8_000),
        ("d.mp3", "mp3", "libmp3lame", 44_100),
        ("e.ogg", "ogg", "libopus", 48_000),
        ("f.mov", "mov", "pcm_s16le", 44_100),
    ):
        (tmp_path / name).write_bytes(with_pyav(tone(rate), rate, container, codec))
    code = """
import shutil, sys
from pathlib import Path
from emotion_hf.audio import load_audio
assert shutil.which("ffmpeg") is None and shutil.which("ffprobe") is None
for path in sorted(Path(sys.argv[1]).iterdir()):
    print(path.name, round(len(load_audio(path)) / 16_000, 1))
"""
    lines = run_alone(code, str(tmp_path)).split()
    assert lines[::2] == ["a.m4a", "b.webm", "c.3gp", "d.mp3", "e.ogg", "f.mov"]
    assert [float(seconds) for seconds in lines[1::2]] == pytest.approx([1.5] * 6, abs=0.1)


def test_importing_is_light():
    code = "import sys, emotion_hf.audio; print(sorted({'torch', 'transformers', 'av', 'librosa'} & set(sys.modules)))"
    assert run_alone(code).strip() == "[]"


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 0, -1.0, True, "60", None, 1 + 2j])
def test_a_limit_that_is_none_is_one_sentence(seconds):
    with pytest.raises(SettingsError, match=r"^max_seconds is .*; it must be a finite number of seconds above 0\.$"):
        load_audio((16_000, tone(16_000)), max_seconds=seconds)
    with pytest.raises(SettingsError, match=r"^max_seconds is"):
        EmotionRecognizer.from_pretrained(max_seconds=seconds)
    with pytest.raises(SettingsError, match=r"^max_seconds is"):
        EmotionRecognizer(FakeScorer(), "fake", max_seconds=seconds)


class FakeScorer:
    labels, not_sure_below, batch_size = ("happy", "sad"), 0.0, 1


def test_a_limit_of_numpy_is_a_limit():
    assert EmotionRecognizer(FakeScorer(), "fake", max_seconds=np.float32(2.0)).max_seconds == 2.0
    with pytest.raises(AudioTooLongError):
        load_audio((16_000, tone(16_000)), max_seconds=np.int64(1))


@pytest.mark.parametrize("channel", [True, 0.0, "0", math.nan])
def test_a_channel_that_is_no_number_is_one_sentence(channel):
    with pytest.raises(SettingsError, match="it must be a whole number, counted from 0"):
        load_audio((16_000, tone(16_000)), channel=channel)


def test_a_masked_array_is_refused_instead_of_losing_its_mask():
    masked = np.ma.masked_array(tone(16_000), mask=[*[True] * 100, *[False] * 23_900])
    for samples in (masked, np.ma.masked_array(tone(16_000))):
        with pytest.raises(AudioFormatError, match=r"masked array; fill the masked samples first"):
            load_audio((16_000, samples))
    with pytest.raises(AudioFormatError, match="masked array"):
        EmotionRecognizer(FakeScorer(), "fake").predict([masked])
    assert load_audio((16_000, masked.filled(0)))[:100].max() < 0.01


def test_decoding_needs_little_more_memory_than_the_wave():
    samples = np.zeros(300 * 16_000, dtype=np.int16)
    samples[::100] = 1_000
    tracemalloc.start()
    wave = load_audio((16_000, samples))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(wave) == 300 * 16_000 and wave.nbytes <= peak < 1.4 * wave.nbytes


@pytest.mark.parametrize("format", ["WAV", "MP3"])
def test_decoding_gives_way_every_ten_seconds(format, monkeypatch):
    left, buffer = [], io.BytesIO()
    monkeypatch.setattr("emotion_hf.audio.give_way", left.append)
    soundfile.write(buffer, synthetic_voice(30.0), 16_000, format=format)
    assert len(load_audio(buffer.getvalue())) == pytest.approx(480_000, abs=2_000)
    if format == "WAV":
        assert left == [30.0, 30.0]  # the header says so, and a block is 16 s
    else:
        assert left == pytest.approx([0.5, 10.5, 20.5], abs=0.6)  # as long as it has been so far
