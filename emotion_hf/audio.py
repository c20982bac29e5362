"""Turn any recording into the models' input: mono float32 at 16 kHz, within limits, or one clear error.

Length, channels and rate are read from the header before decoding, and decoding stops at the limit whatever the header
says. A truncated recording counts as the part that can be read, if that is long enough.

Example:
    >>> load_audio((8_000, np.zeros(8_000, dtype=np.int16))).shape
    (16000,)
"""

from __future__ import annotations

import logging
import math
import numbers
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from emotion_hf.decoding import READ_BY_SOUNDFILE, Recording, open_with_pyav, open_with_soundfile, sniff, to_float
from emotion_hf.errors import AudioError, AudioFormatError, AudioTooLongError, AudioTooShortError, SettingsError
from emotion_hf.sources import MAX_CHANNELS, UNNAMED, Source, as_array, in_fewest_bits, read_source
from emotion_hf.turns import give_way

SAMPLING_RATE = 16_000
MIN_SECONDS = 0.3
MAX_MEGABYTES = 500
MIN_SOURCE_RATE = 4_000
MAX_SOURCE_RATE = 384_000
MAX_SAMPLE = 1e12
"""Above any integer's full scale; the square of a larger one could leave float32's range."""
GIVE_WAY_SECONDS = 10.0
"""Seconds of audio that are decoded before a shorter recording may go first; takes some 20 ms."""
SILENCE_PEAK = 1e-4
"""-80 dBFS: three steps of a 16-bit sample, so dither is below it and RAVDESS's calmest speech (-49 dBFS) is not."""
FAINTEST_PEAK = 1e-6
"""-120 dBFS: below it, nothing is amplified."""
LEAST_LEVELS = 16
"""A faint wave with fewer different values is dither or the noise of a converter."""
LEAST_VARIATION = 4.0
"""Ratio of a loud and a quiet frame of 20 ms in a faint wave: 1.0 for a hum, 1.1 for noise, above 200 for RAVDESS."""
AUDIO_EXTENSIONS = (
    *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".ogx", ".ogv", ".opus", ".spx", ".mp3"),
    *(".mp2", ".mpga", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".sph", ".nist", ".m4a", ".m4b", ".m4v"),
    *(".aac", ".adts", ".mp4", ".mov", ".qt", ".webm", ".weba", ".mka", ".mkv", ".amr", ".awb", ".3gp", ".3gpp"),
    *(".3gp2", ".3g2"),
)
"""Files with these extensions are recordings whatever they contain; others are recognised by their first bytes."""
_FIRST_BYTES = 64
_SAME_START = {b"RIFF": b"WAVE", b"FORM": b"AIF"}
"""These bytes also start pictures and films; the bytes after the length tell audio apart."""
_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"crx ")
"""Brands of MP4 files that are pictures."""

logger = logging.getLogger(__name__)


def load_audio(source: Source, *, max_seconds: float = 600.0, channel: int | None = None) -> np.ndarray:
    """Decode a recording to mono float32 at 16 kHz.

    Args:
        source: Path, bytes or binary file object of a recording in any format of ``AUDIO_EXTENSIONS`` (detected by
            content, not by name); ``(sampling_rate, samples)`` with samples of shape ``(samples,)`` or
            ``(samples, channels)``, as an array, a tensor or numbers, float, uint8 or signed integers; or what
            `datasets` has for audio, in each of its forms.
        max_seconds: Longest accepted recording, in seconds.
        channel: The channel to use, counted from 0; None averages all of them.

    Returns:
        Shape ``(samples,)``; level and length as recorded, never clipped or trimmed.

    Raises:
        AudioNotFoundError: No such file, or not a file.
        AudioFormatError: Not a recording that can be decoded.
        AudioTooShortError: Shorter than ``MIN_SECONDS``.
        AudioTooLongError: Longer than ``max_seconds``, or larger than ``MAX_MEGABYTES``.
        AudioError: Unreadable, without the named channel, or with NaN, infinite or absurdly large samples.
        SettingsError: ``max_seconds`` is not a length, or ``channel`` is not a whole number.
    """
    max_seconds, channel = check_max_seconds(max_seconds), _check_channel(channel)
    given = read_source(source, max_megabytes=MAX_MEGABYTES, max_seconds=max_seconds)
    if isinstance(given, Recording):
        return _decode(given, UNNAMED, max_seconds, channel)
    data, name = given.data, given.name
    if not data:
        raise AudioFormatError(f"{name} is empty (0 bytes); record or export it again.")
    container = sniff(data, name)
    if container.demuxer in READ_BY_SOUNDFILE:
        try:
            return _decode(open_with_soundfile(data), name, max_seconds, channel)
        except soundfile.LibsndfileError as error:
            logger.debug("soundfile cannot read %s, PyAV is next: %s", name, error)
    return _decode(open_with_pyav(data, container, name), name, max_seconds, channel)


def channels_of(source: Source) -> int:
    """Return the number of channels of a recording, from its header.

    Raises:
        AudioError: It cannot be read, as in `load_audio`.
    """
    given = read_source(source, max_megabytes=MAX_MEGABYTES)
    if isinstance(given, Recording):
        return given.channels
    data, name = given.data, given.name
    container = sniff(data, name)
    if container.demuxer in READ_BY_SOUNDFILE:
        with suppress(soundfile.LibsndfileError):
            return open_with_soundfile(data).channels
    return open_with_pyav(data, container, name).channels


def check_max_seconds(seconds: float) -> float:
    """Return a length limit if it is valid.

    Raises:
        SettingsError: It is not a finite number above 0; NaN would disable the limit.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, numbers.Real) or not 0 < seconds < math.inf:
        raise SettingsError(f"max_seconds is {seconds!r}; it must be a finite number of seconds above 0.")
    return float(seconds)


def as_wave(samples: Any) -> np.ndarray:
    """Return samples that are mono at 16 kHz as float32, shape ``(samples,)``; float32 samples are not copied.

    Raises:
        AudioFormatError: They are no mono samples, but a file, for example.
        AudioError: Some are NaN, infinite or absurdly large.
    """
    if isinstance(samples, str | bytes | os.PathLike | tuple | Mapping):
        remedy = "decode it with load_audio, or call the recognizer itself"
        raise AudioFormatError(f"A wave is an array of samples at 16 kHz, not {type(samples).__name__}; {remedy}.")
    array = as_array(samples)
    if array.ndim != 1:
        raise AudioFormatError(f"A wave has shape {array.shape}; give a list of waves of shape (samples,), mono.")
    wave = array if array.dtype == np.float32 and array.dtype.isnative else to_float(in_fewest_bits(array))
    if len(wave) > 0:
        _check_samples(wave, "A wave")
    return wave


def is_silent(wave: np.ndarray) -> bool:
    """Return whether ``wave``, shape ``(samples,)``, contains only silence, except for a constant offset.

    Below ``SILENCE_PEAK``, a hum, dither and steady noise are silence, but speech is not: it has been recorded or
    converted with much too little gain, and only needs amplification.
    """
    if len(wave) == 0:
        return True
    mean = np.mean(wave)
    peak = float(np.maximum(wave.max() - mean, mean - wave.min()))
    if peak >= SILENCE_PEAK:
        return False
    some = wave[:: 1 + len(wave) // 1_000_000]  # sorting two hours would take seconds
    return peak < FAINTEST_PEAK or len(np.unique(some)) < LEAST_LEVELS or not _varies(wave)


def is_recording(path: Path) -> bool:
    """Return whether ``path`` is a file that is a recording by its extension or, with another one, by its content.

    Hidden files are not (macOS: ``._a.wav``).
    """
    if path.name.startswith(".") or not os.path.isfile(path):
        return False
    return path.suffix.lower() in AUDIO_EXTENSIONS or _begins_like_audio(path)


def _begins_like_audio(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(_FIRST_BYTES)
        sniff(start, path.name)
    except (OSError, AudioFormatError):
        return False
    if start[:1] == b"\xff":  # MP3 and AAC without a header: two bytes are too few to trust
        return False
    return start[8:12].startswith(_SAME_START.get(start[:4], b"")) and not (
        start[4:8] == b"ftyp" and start[8:12] in _PICTURES
    )


def _varies(wave: np.ndarray) -> bool:
    """Return whether the level changes from frame to frame as it does in speech."""
    size = SAMPLING_RATE // 50
    frames = wave[: len(wave) // size * size].reshape(-1, size)
    if len(frames) == 0:
        return False
    levels = [frames[start : start + 10_000].std(axis=1) for start in range(0, len(frames), 10_000)]
    quiet, loud = np.quantile(np.concatenate(levels), (0.1, 0.95))
    return bool(loud > LEAST_VARIATION * quiet)


def _check_channel(channel: int | None) -> int | None:
    if channel is None:
        return None
    if isinstance(channel, bool) or not isinstance(channel, numbers.Integral):
        raise SettingsError(f"The channel is {channel!r}; it must be a whole number, counted from 0.")
    return int(channel)


def _decode(recording: Recording, name: str, max_seconds: float, channel: int | None) -> np.ndarray:
    """Check the header, then mix and resample block by block, so that the result's length limits memory."""
    _check_header(recording, name, max_seconds, channel)
    rate = recording.sampling_rate
    resampler = soxr.ResampleStream(rate, SAMPLING_RATE, 1, dtype="float32")
    pieces, samples, next_stop = [], 0, 0.0
    for block in recording.blocks:
        samples += len(block)
        if samples > max_seconds * rate:
            raise AudioTooLongError(f"{name} is longer than {max_seconds:g} s; cut it into pieces.")
        if samples >= next_stop:
            give_way(max(recording.seconds or 0.0, samples / rate))  # the analysis starts after the decoding
            next_stop = samples + GIVE_WAY_SECONDS * rate
        with np.errstate(over="ignore", invalid="ignore"):  # non-finite samples are refused below
            mono = block.mean(axis=1) if channel is None else block[:, channel]
        pieces.append(resampler.resample_chunk(np.ascontiguousarray(mono)))
    _check_length(samples / rate, recording.seconds, name)
    wave = np.concatenate([*pieces, resampler.resample_chunk(np.zeros(0, np.float32), last=True)])
    _check_samples(wave, name)
    return wave


def _check_samples(wave: np.ndarray, name: str) -> None:
    if not np.maximum(wave.max(), -wave.min()) <= MAX_SAMPLE:  # also false for NaN
        raise AudioError(f"{name} has invalid samples (NaN, infinite or above 1e12); export it again.")


def _check_header(recording: Recording, name: str, max_seconds: float, channel: int | None) -> None:
    rate, channels, seconds = recording.sampling_rate, recording.channels, recording.seconds
    if not MIN_SOURCE_RATE <= rate <= MAX_SOURCE_RATE:
        limits = f"{MIN_SOURCE_RATE} to {MAX_SOURCE_RATE} Hz"
        raise AudioFormatError(f"{name} has a sampling rate of {rate:.10g} Hz; use a rate from {limits}.")
    if not 1 <= channels <= MAX_CHANNELS:
        claim = channels or "an impossible number of"
        raise AudioFormatError(f"{name} has {claim} channels; use a recording with 1 to {MAX_CHANNELS}.")
    if channel is not None and not 0 <= channel < channels:
        known = "only channel 0" if channels == 1 else f"channels 0 to {channels - 1}"
        raise AudioError(f"{name} has no channel {channel}; it has {known}.")
    if seconds is not None and seconds > max_seconds:
        raise AudioTooLongError(f"{name} is {seconds:.1f} s long; cut it to at most {max_seconds:g} s.")


def _check_length(seconds: float, promised: float | None, name: str) -> None:
    promised = promised or 0.0
    if seconds < MIN_SECONDS <= promised:
        damage = f"only {seconds:.2f} s of its {promised:.2f} s can be read"
        raise AudioFormatError(f"{name} is cut off or damaged: {damage}; export it again.")
    if seconds == 0:
        raise AudioTooShortError(f"{name} contains no audio (zero samples); record it again.")
    if seconds < MIN_SECONDS:
        raise AudioTooShortError(f"{name} is {seconds:.2f} s long; record at least {MIN_SECONDS} s.")
    if seconds < promised - 0.1:
        logger.warning("%s ends early: %.2f of %.2f s can be read.", name, seconds, promised)
