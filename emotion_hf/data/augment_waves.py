"""Changes of a wave: pitch, tempo, time, then room, microphone, noise, telephone and codec, in this order.

Most changes come from audiomentations. Rooms, the telephone and codecs are our own, because those of audiomentations
need packages or programs that a plain installation lacks; so is noise, which it reads from the file each time. All
random draws come from the seeded generators of Python and numpy.

Example:
    >>> (room,) = channel_transforms(AugmentationRecipe(reverberation_probability=1.0))
    >>> room(np.zeros(16_000, dtype=np.float32), sample_rate=16_000).shape
    (16000,)
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

import audiomentations
import librosa
import numpy as np

from emotion_hf.audio import load_audio
from emotion_hf.channel import add_noise, fast_length, find_noise, some_of, telephone, through_codec
from emotion_hf.errors import AudioError, RecipeError
from emotion_hf.recipes import AugmentationRecipe

DIRECT_TO_REVERBERANT_DB = (0.0, 10.0)
"""Level of the voice above the room's reverberation, in dB: near and far from the microphone."""
LOWEST_TILTED_HZ = 50.0
SILENCE_DB = 35
"""Anything softer than the loudest part by more than this is silence."""
LONGEST_PAUSE_SECONDS = 0.3
MAINS_HZ = (50, 60)
HUM_OVERTONES = 5
HUM_FALL_DB = (3.0, 12.0)
"""Level of each overtone below the previous one."""
HUM_DB = (-60.0, -30.0)
"""Peak level of the hum relative to that of the voice."""


def load_noises(where: str) -> list[np.ndarray]:
    """Return the recordings in a folder, or those that a pattern matches, mono at 16 kHz. They are loaded once,
    because reading the files for each draw would take most of a training's time.

    Raises:
        RecipeError: There are none, or one cannot be decoded.
    """
    try:
        return [load_audio(file) for file in find_noise(where)]
    except AudioError as error:
        raise RecipeError(f"augmentation.noise cannot be used: {error}") from error


def reverberate(wave: np.ndarray, sampling_rate: int, *, seconds: Sequence[float]) -> np.ndarray:
    """Add the reverberation of a room to a wave `(samples,)`: white noise that falls by 60 dB in the reverberation
    time.

    This is Polack's model of diffuse rooms (1988). The time is drawn from the range `seconds`, and the distance of the
    voice from `DIRECT_TO_REVERBERANT_DB`; reverberation after the clip's end is cut off.
    """
    time = np.arange(1, round(random.uniform(*seconds) * sampling_rate)) / sampling_rate
    answer = np.random.standard_normal(len(time)) * 10 ** (-3 * time / time[-1])
    power = 10 ** (-random.uniform(*DIRECT_TO_REVERBERANT_DB) / 10)
    answer *= np.sqrt(power / np.square(answer).sum())
    size = fast_length(len(wave) + len(answer))
    spectrum = np.fft.rfft(wave, size) * np.fft.rfft(np.concatenate(([1.0], answer)), size)
    return np.fft.irfft(spectrum, size)[: len(wave)].astype(np.float32)


def voice_transforms(recipe: AugmentationRecipe) -> list:
    """Return the changes of the voice itself.

    Raises:
        RecipeError: A range does not have two rising values.
    """
    changes: list = []
    if recipe.trim_probability:
        changes.append(audiomentations.Lambda(_trimmed, p=recipe.trim_probability))
    if recipe.gain_db:
        changes.append(audiomentations.Gain(-recipe.gain_db, recipe.gain_db, p=1.0))
    if recipe.pitch_probability:
        semitones = recipe.pitch_semitones
        changes.append(audiomentations.PitchShift(-semitones, semitones, p=recipe.pitch_probability))
    if recipe.stretch_probability:
        slow, fast = _range(recipe, "stretch_rates", 0.25, 4)
        changes.append(
            audiomentations.TimeStretch(slow, fast, leave_length_unchanged=False, p=recipe.stretch_probability)
        )
    if recipe.shift_seconds:
        most = recipe.shift_seconds
        changes.append(audiomentations.Shift(-most, most, shift_unit="seconds", rollover=False, p=1.0))
    return changes


def channel_transforms(recipe: AugmentationRecipe) -> list:
    """Return the changes between the mouth and the model.

    Raises:
        RecipeError: A range does not have two rising values, or the noise cannot be used.
    """
    changes: list = []
    if recipe.reverberation_probability:
        room = partial(reverberate, seconds=_range(recipe, "reverberation_seconds", 0.05, 10))
        changes.append(audiomentations.Lambda(room, p=recipe.reverberation_probability))
    if recipe.equalizer_probability:
        most = recipe.equalizer_db
        changes.append(audiomentations.SevenBandParametricEQ(-most, most, p=recipe.equalizer_probability))
    if recipe.noise_probability and not recipe.noise:
        raise RecipeError("augmentation.noise_probability needs augmentation.noise, a folder of background noise.")
    if recipe.noise_probability:
        snr_db = _range(recipe, "noise_snr_db", -100, 100)
        noises = load_noises(recipe.noise)
        noise = partial(_in_some_noise, noises=noises, snr_db=snr_db, tilt_db=recipe.noise_tilt_db)
        changes.append(audiomentations.Lambda(noise, p=recipe.noise_probability))
    if recipe.hum_probability:
        changes.append(audiomentations.Lambda(_humming, p=recipe.hum_probability))
    if recipe.white_noise_probability:
        low, high = _range(recipe, "white_noise_snr_db", -100, 100)
        often, tilt = recipe.white_noise_probability, recipe.noise_tilt_db
        white = audiomentations.AddGaussianSNR(low, high, p=often)
        changes.append(audiomentations.AddColorNoise(low, high, -tilt, tilt, p=often) if tilt else white)
    if recipe.telephone_probability:
        changes.append(audiomentations.Lambda(_telephone, p=recipe.telephone_probability))
    if recipe.codec_probability:
        codec = partial(_through_some_codec, kbps=_range(recipe, "codec_kbps", 8, 160))
        changes.append(audiomentations.Lambda(codec, p=recipe.codec_probability))
    return changes


def _range(recipe: AugmentationRecipe, name: str, least: float, most: float) -> tuple[float, float]:
    values = getattr(recipe, name)
    if len(values) != 2 or not least <= values[0] <= values[1] <= most:
        raise RecipeError(f"augmentation.{name} is {values}; give the lowest and the highest, from {least} to {most}.")
    return values[0], values[1]


def _in_some_noise(
    wave: np.ndarray, sampling_rate: int, *, noises: Sequence[np.ndarray], snr_db: Sequence[float], tilt_db: float
) -> np.ndarray:
    noise = random.choice(noises)
    some = some_of(noise, random.randrange(len(noise)), len(wave))
    if tilt_db:
        some = _tilted(some, sampling_rate, random.uniform(-tilt_db, tilt_db))
    return add_noise(wave, some, random.uniform(*snr_db))


def _tilted(noise: np.ndarray, sampling_rate: int, tilt_db: float) -> np.ndarray:
    """Make noise `(samples,)` louder by this number of dB per octave, from `LOWEST_TILTED_HZ` on."""
    size = fast_length(len(noise))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / sampling_rate), LOWEST_TILTED_HZ))
    return np.fft.irfft(np.fft.rfft(noise, size) * 10 ** (tilt_db * octaves / 20), size)[: len(noise)]


def _trimmed(wave: np.ndarray, sampling_rate: int) -> np.ndarray:
    """Cut the silence at both ends of a wave `(samples,)`, except for a pause of random length."""
    _, (first, last) = librosa.effects.trim(wave, top_db=SILENCE_DB, frame_length=512, hop_length=128)
    before, after = (round(random.uniform(0, LONGEST_PAUSE_SECONDS) * sampling_rate) for _ in range(2))
    return wave[max(0, first - before) : last + after]


def _humming(wave: np.ndarray, sampling_rate: int) -> np.ndarray:
    """Add mains hum to a wave `(samples,)`: 50 or 60 Hz and overtones, each softer than the one below."""
    base, phases = random.choice(MAINS_HZ) / sampling_rate, 2 * np.pi * np.random.random(HUM_OVERTONES)
    time = 2 * np.pi * base * np.arange(len(wave))
    softer = 10 ** (-random.uniform(*HUM_FALL_DB) / 20)
    hum = sum(softer**number * np.sin((number + 1) * time + phase) for number, phase in enumerate(phases))
    return (wave + np.abs(wave).max(initial=0) * 10 ** (random.uniform(*HUM_DB) / 20) * hum).astype(np.float32)


def _telephone(wave: np.ndarray, sampling_rate: int) -> np.ndarray:
    return telephone(wave)


def _through_some_codec(wave: np.ndarray, sampling_rate: int, *, kbps: Sequence[float]) -> np.ndarray:
    return through_codec(wave, random.choice(("mp3", "opus")), random.uniform(*kbps), quick=True)
