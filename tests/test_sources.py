"""What a developer passes in: each kind of recording is read at its level, or refused in one sentence."""

import array
import io
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from emotion_hf.audio import as_wave, channels_of, is_silent, load_audio
from emotion_hf.errors import AudioError, AudioFormatError, AudioNotFoundError, AudioTooLongError, EmotionError
from emotion_hf.live import Listener
from emotion_hf.sources import MAX_CHANNELS, in_fewest_bits
from emotion_hf.speech import has_speech
from emotion_hf.testing import FakeClassifier, synthetic_voice

RATE = 16_000
VOICE = synthetic_voice(1.5)
TENSOR = torch.tensor(VOICE)
SHORT = np.round(VOICE * 32_767).astype(np.int16)


def encoded(samples=VOICE) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="FLOAT")
    return file.getvalue()


WAV = encoded()
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # torch warns about its rarer kinds of tensors


class Samples:
    """As torchcodec's `AudioSamples`: shape (channels, samples)."""

    def __init__(self, data, sample_rate=RATE):
        self.data, self.sample_rate = data, sample_rate


class Decoder:
    """As torchcodec's `AudioDecoder`, also below the one of `datasets`."""

    def __init__(self, data):
        self.data = data

    def get_samples_played_in_range(self, start_seconds=0.0, stop_seconds=None):
        stop = None if stop_seconds is None else round(stop_seconds * RATE)
        return Samples(self.data[:, round(start_seconds * RATE) : stop])


class Broken:
    def get_samples_played_in_range(self, start_seconds, stop_seconds):
        raise RuntimeError("Invalid data found when processing input\n")


SAMPLES = {
    "tensor": TENSOR,
    "with a gradient": TENSOR.clone().requires_grad_(),
    "result of a computation": TENSOR.clone().requires_grad_() * 1.0,
    "double": TENSOR.double(),
    "sparse": TENSOR.to_sparse(),
    "sparse rows": TENSOR[None].to_sparse_csr(),
    "negative bit": torch._neg_view(-TENSOR),
    "one channel first": TENSOR[None],
    "one channel last": TENSOR[:, None],
    "big-endian float": VOICE.astype(">f4"),
    "strided": np.repeat(VOICE, 2)[::2],
    "list of floats": VOICE.tolist(),
}
INTEGERS = {
    "int16": SHORT,
    "big-endian int16": SHORT.astype(">i2"),
    "16 bits in int32": SHORT.astype(np.int32),
    "16 bits in big-endian int32": SHORT.astype(">i4"),
    "16 bits in int64": SHORT.astype(np.int64),
    "tensor of 16 bits in int64": torch.tensor(SHORT, dtype=torch.int64),
    "list of int": SHORT.tolist(),
    "array.array": array.array("h", SHORT.tolist()),
    "int32": SHORT.astype(np.int32) << 16,
    "big-endian int32": (SHORT.astype(np.int32) << 16).astype(">i4"),
    "32 bits in int64": SHORT.astype(np.int64) << 16,
}
COARSE = {
    "half": (TENSOR.half(), 2e-4),
    "bfloat16": (TENSOR.bfloat16(), 2e-3),
    "int8": ((VOICE * 127).astype(np.int8), 1e-2),
    "uint8": (np.round(VOICE * 127 + 128).astype(np.uint8), 1e-2),
    "quantised": (torch.quantize_per_tensor(TENSOR, 0.005, 0, torch.qint8), 5e-3),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_floats_keep_their_values(kind):
    np.testing.assert_allclose(load_audio((RATE, SAMPLES[kind])), VOICE, atol=1e-6)


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers_are_scaled_by_the_bits_that_they_use(kind):
    np.testing.assert_allclose(load_audio((RATE, INTEGERS[kind])), VOICE, atol=5e-5)


@pytest.mark.parametrize("kind", COARSE)
def test_coarse_samples_keep_their_level(kind):
    samples, tolerance = COARSE[kind]
    np.testing.assert_allclose(load_audio((RATE, samples)), VOICE, atol=tolerance)


def test_the_scale_is_that_of_the_whole_recording():
    loud = np.concatenate([SHORT.astype(np.int64), np.zeros(1 << 18, np.int64), SHORT.astype(np.int64) << 16])
    wave = load_audio((RATE, loud))
    assert np.abs(wave[: len(SHORT)]).max() < 1e-5  # a quiet start is not amplified
    assert np.abs(wave).max() == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize(("highest", "kind"), [(32_767, np.int16), (32_768, np.int32), (2**31 - 1, np.int32)])
def test_the_fewest_bits(highest, kind):
    assert in_fewest_bits(np.array([0, highest])).dtype == kind
    assert in_fewest_bits(np.array([0, -highest - 1])).dtype == kind
    assert in_fewest_bits(np.array([2**31])).dtype == np.int64


RATES = {"tensor": torch.tensor(RATE), "numpy": np.int64(RATE), "array": np.array(RATE), "fraction": Fraction(RATE)}


@pytest.mark.parametrize("kind", RATES)
def test_rates_of_every_library(kind):
    assert len(load_audio((RATES[kind], VOICE))) == len(VOICE)


REFUSED = {
    "only a rate": ((RATE,), "this tuple has the length 1"),
    "nothing": ((), "this tuple has the length 0"),
    "three things": ((RATE, VOICE, 1), "this tuple has the length 3"),
    "an array without a rate": (VOICE, "has no sampling rate"),
    "a tensor without a rate": (TENSOR, "has no sampling rate"),
    "a list": ([RATE, VOICE], "must be a path, bytes"),
    "no values": ((RATE, TENSOR.to("meta")), "on the device meta, which keeps no values"),
    "a rate without a value": ((torch.tensor(RATE, device="meta"), VOICE), "Give (sampling_rate, samples)"),
    "8-bit floats": ((RATE, TENSOR.to(torch.float8_e4m3fn)), "torch.float8_e4m3fn"),
    "nested": ((RATE, torch.nested.nested_tensor([TENSOR, TENSOR[:9]])), "give a dense one of floats"),
    "complex": ((RATE, TENSOR.to(torch.complex64).conj()), "Samples of type complex64"),
    "truth": ((RATE, TENSOR > 0), "Samples of type bool"),
    "uint16": ((RATE, SHORT.astype(np.uint16)), "Samples of type uint16"),
    "objects": ((RATE, VOICE.astype(object)), "Samples of type object"),
    "63 bits": ((RATE, SHORT.astype(np.int64) << 48), "Samples of type int64"),
    "ragged": ((RATE, [[1, 2], [3]]), "no array of numbers"),
    "two channels first": ((RATE, torch.stack([TENSOR, TENSOR])), "transposed"),
    "more than all numbers": ((10**400, VOICE), "sampling rate of inf Hz"),
    "a huge rate": ((1e308, VOICE), "sampling rate of 1e+308 Hz"),
    "no number": ((float("nan"), VOICE), "sampling rate of nan Hz"),
    "text as the rate": (("16000", VOICE), "Give (sampling_rate, samples)"),
    "truth as the rate": ((True, VOICE), "Give (sampling_rate, samples)"),
    "an empty row": ({}, "this one has the keys none"),
    "a row without sound": ({"bytes": None, "path": None}, "this one has the keys bytes, path"),
    "samples without a rate": ({"array": VOICE}, "this one has the keys array"),
    "a row of a table": ({"audio": {"bytes": WAV}, "label": 1}, "this one has the keys audio, label"),
    "a broken decoder": (Broken(), "The audio decoder cannot decode the recording"),
    "a class": (Decoder, "must be a path, bytes"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_one_sentence_says_what_is_wrong(kind):
    source, words = REFUSED[kind]
    with pytest.raises(AudioError) as raised:
        load_audio(source)
    message = str(raised.value)
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 250


@pytest.mark.parametrize("channel", ["0", 0.0, True, torch.tensor(0), [0]])
def test_a_channel_of_another_type_is_one_sentence(channel):
    with pytest.raises(EmotionError, match="it must be a whole number, counted from 0"):
        load_audio((RATE, VOICE), channel=channel)


def test_rows_of_data_sets(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(WAV)
    for row in (
        {"array": VOICE, "sampling_rate": RATE, "path": None},
        {"array": TENSOR.bfloat16().float(), "sampling_rate": torch.tensor(RATE)},
        {"raw": VOICE, "sampling_rate": RATE},
        {"bytes": WAV, "path": "clip.wav"},
        {"bytes": None, "path": str(path)},
        {"path": path},
    ):
        np.testing.assert_allclose(load_audio(row), VOICE, atol=2e-3)
        assert channels_of(row) == 1
    with pytest.raises(AudioFormatError, match=r"^bad\.wav is text, not audio"):
        load_audio({"bytes": b"words, words", "path": "folder/bad.wav"})


def test_audio_decoders():
    stereo = torch.stack([TENSOR, TENSOR / 2])
    for source in (Decoder(stereo), Samples(stereo), Samples(stereo.numpy())):
        np.testing.assert_allclose(load_audio(source), 0.75 * VOICE, atol=1e-6)
        np.testing.assert_allclose(load_audio(source, channel=1), VOICE / 2, atol=1e-6)
        assert channels_of(source) == 2
    with pytest.raises(AudioFormatError, match="Give"):
        load_audio(Samples(None))
    with pytest.raises(AudioTooLongError, match="longer than 1 s"):
        load_audio(Decoder(torch.zeros(1, 3 * RATE)), max_seconds=1.0)
    assert len(load_audio(Decoder(TENSOR[None]), max_seconds=1e9)) == len(VOICE)


def test_an_audio_decoder_of_torchcodec_itself():
    try:
        from torchcodec.decoders import AudioDecoder

        decoder = AudioDecoder(WAV)
    except (ImportError, RuntimeError, OSError):  # torchcodec needs libraries of FFmpeg on the machine
        pytest.skip("torchcodec cannot be used here")
    np.testing.assert_allclose(load_audio(decoder), VOICE, atol=1e-6)
    np.testing.assert_allclose(load_audio(decoder.get_all_samples()), VOICE, atol=1e-6)
    assert channels_of(decoder) == 1


def test_names_in_errors_are_on_one_line(tmp_path):
    path = tmp_path / "a\n\x1b[2Jb.wav"
    for source in (path, {"bytes": b"words, words", "path": path}):
        with pytest.raises(AudioError, match=r"a\\n\\x1b\[2Jb\.wav (is|;)|There is no file .*a\\n\\x1b\[2Jb\.wav;"):
            load_audio(source)
    path.write_bytes(b"words, words")
    with pytest.raises(AudioFormatError, match=r"^a\\n\\x1b\[2Jb\.wav is text"):
        load_audio(path)


class OwnPath:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


def test_paths_of_every_kind(tmp_path, monkeypatch):
    (tmp_path / "clip.wav").write_bytes(WAV)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for path in ("~/clip.wav", Path("~/clip.wav"), OwnPath(str(tmp_path / "clip.wav"))):
        assert len(load_audio(path)) == len(VOICE)
    assert len(load_audio(OwnPath(os.fsencode(tmp_path / "clip.wav")))) == len(VOICE)
    with pytest.raises(AudioNotFoundError, match=r"^There is no file ~nobody-at-all/a\.wav"):
        load_audio("~nobody-at-all/a.wav")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "clip.wav").write_bytes(encoded(VOICE / 2))
    np.testing.assert_allclose(load_audio("~/clip.wav"), VOICE / 2, atol=1e-6)  # a folder may be called that


def test_file_objects_are_read_from_their_start(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(WAV)
    read, half_read = io.BytesIO(WAV), path.open("rb")
    read.read()
    half_read.seek(50)
    with half_read:
        for file in (read, half_read, read):
            assert len(load_audio(file)) == len(VOICE)
    (closed := io.BytesIO(WAV)).close()
    with pytest.raises(AudioError, match=r"^The file object cannot be read \(I/O operation on closed file\); open"):
        load_audio(closed)
    with (tmp_path / "new.wav").open("wb") as written, pytest.raises(AudioError, match="cannot be read"):
        load_audio(written)


class Stream:
    """Can only be read forwards, like a pipe."""

    def __init__(self, answer):
        self.answer = answer

    def read(self, size):
        return self.answer


def test_a_stream_is_read_from_where_it_is():
    assert len(load_audio(Stream(WAV))) == len(load_audio(Stream(bytearray(WAV)))) == len(VOICE)
    with pytest.raises(AudioFormatError, match="returns NoneType instead of bytes"):
        load_audio(Stream(None))


def test_a_wave_is_checked_and_not_copied():
    assert as_wave(VOICE) is VOICE
    np.testing.assert_allclose(as_wave(TENSOR.clone().requires_grad_()), VOICE, atol=0)
    np.testing.assert_allclose(as_wave(SHORT.astype(np.int64)), VOICE, atol=5e-5)
    np.testing.assert_allclose(as_wave(VOICE.astype(">f4")), VOICE, atol=0)
    assert len(as_wave(np.zeros(0, np.float32))) == 0
    with pytest.raises(AudioFormatError, match=r"has shape \(2, 24000\)"):
        as_wave(np.stack([VOICE, VOICE]))
    with pytest.raises(AudioFormatError, match=r"has shape \(\); give a list of waves"):
        as_wave(VOICE[0])
    for source in ("clip.wav", Path("clip.wav"), WAV, (RATE, VOICE), {"array": VOICE, "sampling_rate": RATE}):
        with pytest.raises(AudioFormatError, match="decode it with load_audio, or call the recognizer itself"):
            as_wave(source)
    with pytest.raises(AudioError, match="NaN"):
        as_wave(np.append(VOICE, np.nan))


def test_live_sound_of_torch():
    listener = Listener(FakeClassifier())
    listener.add(torch.tensor(RATE), TENSOR.clone().requires_grad_())
    listener.add(RATE, TENSOR.bfloat16())
    assert listener.seconds == 3.0
    with pytest.raises(AudioFormatError, match="a sampling rate of inf Hz; use a rate from 4000 to"):
        listener.add(10**400, TENSOR)
    with pytest.raises(AudioFormatError, match="device meta"):
        listener.add(RATE, TENSOR.to("meta"))


@pytest.mark.parametrize("peak", [1e-5, 9e-5])
def test_speech_that_is_much_too_quiet_is_no_silence(peak):
    quiet = (synthetic_voice(3.0) * peak / 0.3).astype(np.float32)
    assert not is_silent(quiet)
    assert not is_silent(quiet + np.float32(0.25 * peak))
    assert has_speech(quiet)


def test_a_faint_hum_dither_and_noise_are_silence():
    rng, time = np.random.default_rng(0), np.arange(3 * RATE) / RATE
    faint = {
        "hum": 5e-5 * np.sin(2 * np.pi * 50 * time) + 1e-5 * np.sin(2 * np.pi * 150 * time),
        "whistle": 5e-5 * np.sin(2 * np.pi * 1_000 * time),
        "dither": rng.integers(-1, 2, len(time)) / 32_768,
        "a rare flip of the last bit": (rng.random(len(time)) < 1e-3) / 32_768,
        "noise of a preamplifier": 1.5e-5 * rng.standard_normal(len(time)),
        "below everything": 1e-6 * synthetic_voice(3.0),
        "too short to tell": 5e-5 * synthetic_voice(3.0)[:100],
    }
    for name, wave in faint.items():
        assert is_silent(wave.astype(np.float32)), name
        assert not has_speech(wave.astype(np.float32)), name


def test_a_long_faint_recording_is_judged_by_all_of_it():
    hum = 5e-5 * np.sin(2 * np.pi * 50 * np.arange(300 * RATE) / RATE)
    assert is_silent(hum.astype(np.float32))
    hum[: 60 * RATE] += 2e-4 * np.tile(synthetic_voice(3.0), 20)
    hum[60 * RATE :] *= 0.01
    assert not is_silent(hum.astype(np.float32))


def test_the_number_of_channels():
    assert channels_of((RATE, np.zeros((RATE, MAX_CHANNELS)))) == MAX_CHANNELS
    assert channels_of((RATE, TENSOR[None])) == 1
