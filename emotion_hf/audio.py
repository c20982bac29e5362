"""Turn any recording into the models' input: mono float32 at 16 kHz, within limits, or one clear error.

Length, channels and rate are read from the header before decoding, and decoding stops at the limit whatever the header
says. A truncated recording counts as the part that can be read, if that is long enough.

Example:
    >>> load_audio((8_000, np.zeros(8_000, dtype=np.int16))).shape
    (16000,)
"""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile
import soxr

from emotion_hf.decoding import Note, RecordedFile, Recording, to_float
from emotion_hf.errors import AudioError, AudioFormatError, AudioTooLongError, AudioTooShortError, SettingsError
from emotion_hf.long_waves import GrowingWave, spans
from emotion_hf.mixing import ChannelMeter, choose_mix
from emotion_hf.sources import MAX_CHANNELS, UNNAMED, Encoded, Source, as_array, in_fewest_bits, read_source
from emotion_hf.turns import give_way
from emotion_hf.waves import SAMPLING_RATE as SAMPLING_RATE
from emotion_hf.waves import is_silent as is_silent

MIN_SECONDS = 0.3
MAX_MEGABYTES = 500
"""Largest recording in memory; a file on the disk may be larger."""
MIN_SOURCE_RATE = 4_000
MAX_SOURCE_RATE = 384_000
MAX_SAMPLE = 1e12
"""Above any integer's full scale; the square of a larger one could leave float32's range."""
GIVE_WAY_SECONDS = 10.0
"""Seconds of audio that are decoded before a shorter recording may go first; takes some 20 ms."""


@dataclass(frozen=True)
class Audio:
    """A decoded recording.

    Attributes:
        wave: Mono float32 at 16 kHz, shape ``(samples,)``.
        notes: Sentences about what was left out or chosen, if anything was.
    """

    wave: np.ndarray
    notes: tuple[str, ...] = ()


def load_audio(
    source: Source, *, max_seconds: float = 600.0, channel: int | None = None, track: int | None = None
) -> np.ndarray:
    """Decode a recording to mono float32 at 16 kHz, shape ``(samples,)``: the wave of `read_audio`."""
    return read_audio(source, max_seconds=max_seconds, channel=channel, track=track).wave


def read_audio(
    source: Source, *, max_seconds: float = 600.0, channel: int | None = None, track: int | None = None
) -> Audio:
    """Decode a recording to mono float32 at 16 kHz, with notes on what was left out or chosen.

    Args:
        source: Path, bytes or binary file object of a recording in any format of ``DECODABLE_EXTENSIONS`` (detected
            by content, not by name); ``(sampling_rate, samples)`` with samples of shape ``(samples,)`` or
            ``(samples, channels)``, as an array, a tensor or numbers, float, uint8 or signed integers; or what
            `datasets` has for audio, in each of its forms.
        max_seconds: Longest accepted recording, in seconds.
        channel: The channel to use, counted from 0; None averages all of them, without those that hold only noise
            beside speech and without those that cancel each other out.
        track: The audio track to use, counted from 0; None takes the first of the default ones that is not silent.

    Returns:
        The wave, with level and length as recorded, never clipped or trimmed, and the notes.

    Raises:
        AudioNotFoundError: No such file, or not a file.
        AudioFormatError: Not a recording that can be decoded.
        AudioTooShortError: Shorter than ``MIN_SECONDS``.
        AudioTooLongError: Longer than ``max_seconds``, or larger in memory than ``MAX_MEGABYTES``.
        AudioError: Unreadable, without the named channel or track, or with NaN, infinite or absurdly large samples.
        SettingsError: ``max_seconds`` is not a length, or ``channel`` or ``track`` is not a whole number.
    """
    max_seconds = check_max_seconds(max_seconds)
    channel, track = _check_number(channel, "channel"), _check_number(track, "track")
    given = read_source(source, max_megabytes=MAX_MEGABYTES, max_seconds=max_seconds)
    if isinstance(given, Recording):
        if track:
            raise AudioError(f"{UNNAMED} has no track {track}; it has only track 0.")
        samples = given
        return _decode(lambda: samples, UNNAMED, max_seconds, channel)  # its blocks can be read again
    file = _file(given)
    if track is not None:
        return _decode_track(file, track, max_seconds, channel)
    return _first_with_sound(file, max_seconds, channel)


def channels_of(source: Source) -> int:
    """Return the number of channels of a recording, from its header.

    Raises:
        AudioError: It cannot be read, as in `load_audio`.
    """
    given = read_source(source, max_megabytes=MAX_MEGABYTES)
    if isinstance(given, Recording):
        return given.channels
    file = _file(given)
    *others, last = file.ways(file.tracks[0])
    for way in others:
        with suppress(soundfile.LibsndfileError):
            return way().channels
    return last().channels


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
    _check_samples(wave, "A wave")
    return wave


def _check_number(number: int | None, name: str) -> int | None:
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, numbers.Integral):
        raise SettingsError(f"The {name} is {number!r}; it must be a whole number, counted from 0.")
    return int(number)


def _file(given: Encoded) -> RecordedFile:
    if not given.data:
        raise AudioFormatError(f"{given.name} is empty (0 bytes); record or export it again.")
    return RecordedFile.of(given.data, given.name)


def _first_with_sound(file: RecordedFile, max_seconds: float, channel: int | None) -> Audio:
    """Decode the preferred track, or the first one that can be decoded and is not silent."""
    tracks = file.tracks
    if len(tracks) == 1:
        return _decode_track(file, tracks[0], max_seconds, channel)
    silent: list[Audio] = []
    problems: list[AudioFormatError] = []
    for track in tracks:
        try:
            audio = _decode_track(file, track, max_seconds, channel)
        except AudioFormatError as error:
            problems.append(error)
            continue
        if not is_silent(audio.wave):
            note = Note(f"The file has {len(tracks)} audio tracks; number {track} (counted from 0) is used.")
            return Audio(audio.wave, (note, *audio.notes))
        silent = silent or [audio]
    if silent:
        return silent[0]
    raise problems[0]


def _decode_track(file: RecordedFile, track: int, max_seconds: float, channel: int | None) -> Audio:
    *others, last = file.ways(track)
    for way in others:
        with suppress(soundfile.LibsndfileError):
            return _decode(way, file.name, max_seconds, channel)
    return _decode(last, file.name, max_seconds, channel)


def _decode(open_again: Callable[[], Recording], name: str, max_seconds: float, channel: int | None) -> Audio:
    """Decode a recording; a second time if its channels must be compared, so that memory does not grow with them."""
    recording = open_again()
    _check_header(recording, name, max_seconds, channel)
    if channel is not None or recording.channels == 1:
        used = () if channel is None else (channel,)
        return Audio(_mono(recording, name, max_seconds, used), tuple(recording.notes))
    meter = ChannelMeter(recording.channels)
    wave = _mono(recording, name, max_seconds, (), meter)
    notes = tuple(recording.notes)
    if not meter.must_be_measured:
        return Audio(wave, notes)
    mix = choose_mix(meter, open_again().blocks, recording.sampling_rate)
    if mix.note:
        del wave
        wave, notes = _mono(open_again(), name, max_seconds, mix.channels), (*notes, mix.note)
    return Audio(wave, notes)


def _mono(
    recording: Recording, name: str, max_seconds: float, used: Sequence[int], meter: ChannelMeter | None = None
) -> np.ndarray:
    """Mix the used channels and resample, block by block, so that the result's length limits memory."""
    rate = recording.sampling_rate
    resampler = soxr.ResampleStream(rate, SAMPLING_RATE, 1, dtype="float32")
    wave, samples, next_stop = GrowingWave(), 0, 0.0
    for block in recording.blocks:
        samples += len(block)
        if samples > max_seconds * rate:
            raise AudioTooLongError(f"{name} is longer than {max_seconds:g} s; cut it into pieces.")
        if samples >= next_stop:
            give_way(max(recording.seconds or 0.0, samples / rate))  # the analysis starts after the decoding
            next_stop = samples + GIVE_WAY_SECONDS * rate
        if meter is not None:
            meter.add(block)
        with np.errstate(over="ignore", invalid="ignore"):  # non-finite samples are refused below
            mono = block[:, used[0]] if len(used) == 1 else (block[:, used] if used else block).mean(axis=1)
        wave.append(resampler.resample_chunk(np.ascontiguousarray(mono)))
    _check_length(samples / rate, recording, name)
    wave.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    _check_samples(wave.samples, name)
    return wave.samples


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


def _check_length(seconds: float, recording: Recording, name: str) -> None:
    promised = recording.stated_seconds or recording.seconds or 0.0
    if seconds < MIN_SECONDS <= promised:
        damage = f"only {seconds:.2f} s of its {promised:.2f} s can be read"
        raise AudioFormatError(f"{name} is cut off, damaged or of an unknown kind: {damage}; export it again.")
    if seconds == 0 and recording.notes:
        raise AudioFormatError(f"{name} is cut off or damaged before its first sound; export it again.")
    if seconds == 0:
        raise AudioTooShortError(
            f"{name} contains no audio that can be read (zero samples); record or export it again."
        )
    if seconds < MIN_SECONDS:
        raise AudioTooShortError(f"{name} is {seconds:.2f} s long; record at least {MIN_SECONDS} s.")
    if seconds < promised - 0.1:
        recording.notes.append(Note(f"Only {seconds:.1f} of {promised:.1f} s can be read."))


def _check_samples(wave: np.ndarray, name: str) -> None:
    parts = (wave[span] for span in spans(wave))
    if not all(np.maximum(part.max(), -part.min()) <= MAX_SAMPLE for part in parts):  # also false for NaN
        raise AudioError(f"{name} has invalid samples (NaN, infinite or above 1e12); export it again.")
