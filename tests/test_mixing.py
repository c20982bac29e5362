"""Channels that cancel each other out or hold only noise are left out, and nothing else changes."""

import io

import numpy as np
import pytest
import soundfile

from emotion_hf.audio import load_audio, read_audio
from emotion_hf.mixing import ChannelMeter, choose_mix
from emotion_hf.testing import synthetic_voice

VOICE = synthetic_voice(3.0)
RNG = np.random.default_rng(0)
HUM = (0.5 * np.sign(np.sin(2 * np.pi * 50 * np.arange(len(VOICE)) / 16_000))).astype(np.float32)
NOISE = (0.2 * RNG.standard_normal(len(VOICE))).astype(np.float32)
CANCELLED = "Only the left channel is used, because the channels cancel each other out."


def encoded(samples: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format=kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["array", "WAV", "FLAC", "OGG", "MP3"])
def test_an_inverted_channel_does_not_cancel_the_other(kind):
    stereo = np.stack([VOICE, -VOICE], axis=1)
    audio = read_audio((16_000, stereo) if kind == "array" else encoded(stereo, kind))
    assert audio.notes == (CANCELLED,)
    assert np.abs(np.corrcoef(audio.wave[:48_000], VOICE)[0, 1]) > 0.95
    assert audio.wave.std() == pytest.approx(VOICE.std(), rel=0.1)


@pytest.mark.parametrize("other", [HUM, NOISE, 0.1 * NOISE], ids=["hum", "noise", "soft noise"])
@pytest.mark.parametrize("side", [0, 1])
def test_a_channel_with_noise_beside_speech_is_left_out(side, other):
    stereo = np.stack([VOICE, other] if side == 0 else [other, VOICE], axis=1)
    audio = read_audio((16_000, stereo))
    used, left_out = (("left", "right"), ("right", "left"))[side]
    sentence = f"Only the {used} channel is used; the {left_out} one holds noise and hardly any speech."
    assert audio.notes == (sentence,)
    np.testing.assert_array_equal(audio.wave, load_audio((16_000, VOICE)))


def test_a_soft_voice_beside_loud_noise_is_found():
    stereo = np.stack([NOISE, 0.003 * VOICE], axis=1)
    assert read_audio((16_000, stereo)).notes[0].startswith("Only the right channel is used")


@pytest.mark.parametrize(
    "stereo",
    [
        np.stack([VOICE, VOICE], axis=1),
        np.stack([VOICE, 0.3 * VOICE], axis=1),
        np.stack([VOICE, np.zeros_like(VOICE)], axis=1),
        np.stack([VOICE, 1e-3 * NOISE], axis=1),
        np.stack([VOICE, VOICE + 0.1 * NOISE], axis=1),
        np.stack([HUM, NOISE], axis=1),
        np.repeat(VOICE[:, None], 6, axis=1),
    ],
    ids=["alike", "softer", "silent", "quiet noise", "noisy", "no speech", "six"],
)
def test_the_mean_is_used_otherwise(stereo):
    audio = read_audio((16_000, stereo))
    assert audio.notes == ()
    np.testing.assert_array_equal(audio.wave, load_audio((16_000, stereo.mean(axis=1))))


def test_both_sides_of_a_conversation_are_used():
    pause = np.zeros_like(VOICE)
    left, right = np.concatenate([VOICE, pause, VOICE]), np.concatenate([pause, VOICE[::-1], pause])
    stereo = np.stack([left, right], axis=1) + 1e-4 * RNG.standard_normal((len(left), 2)).astype(np.float32)
    audio = read_audio((16_000, stereo))
    assert audio.notes == ()
    np.testing.assert_array_equal(audio.wave, load_audio((16_000, stereo.mean(axis=1))))


def test_of_six_channels_the_noisy_ones_are_left_out():
    surround = np.stack([VOICE, VOICE, VOICE, HUM, NOISE, 0 * VOICE], axis=1)
    audio = read_audio((16_000, surround))
    assert audio.notes == ("Channels that hold noise and hardly any speech are left out: 3, 4 (counted from 0).",)
    np.testing.assert_allclose(audio.wave, VOICE, atol=1e-5)


def test_a_given_channel_is_used_whatever_it_holds():
    stereo = np.stack([VOICE, HUM], axis=1)
    audio = read_audio((16_000, stereo), channel=1)
    assert audio.notes == ()
    np.testing.assert_array_equal(audio.wave, load_audio((16_000, HUM)))


def test_a_long_recording_is_judged_by_excerpts_from_all_over():
    calls = []
    meter = ChannelMeter(2)
    meter.samples = 3_600 * 8_000
    meter._products = np.diag([1.0, 1.0]) * meter.samples

    def blocks():
        for second in range(3_600):
            calls.append(second)
            yield np.zeros((8_000, 2), np.float32)

    assert choose_mix(meter, blocks(), 8_000).channels == ()
    assert len(calls) == 3_600


def test_values_that_are_not_finite_are_left_to_the_check_behind():
    meter = ChannelMeter(2)
    meter.add(np.array([[np.nan, 1.0], [np.inf, 2.0]], np.float32))
    assert meter.must_be_measured is False
