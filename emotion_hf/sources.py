"""Take what a developer passes in as a recording: a file, its bytes, samples with their rate, or a row of a data set.

What is encoded comes out as bytes, for a decoder; what has samples comes out as a `Recording`. An object of another
library (torch, torchcodec) is recognised by what it can do, so that none of them is imported here.

Example:
    >>> given = read_source((8_000, [0, 16_384, -16_384]))
    >>> given.sampling_rate, next(iter(given.blocks)).tolist()
    (8000.0, [[0.0], [0.5], [-0.5]])
"""

from __future__ import annotations

import io
import math
import numbers
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from emotion_hf.cells import printable
from emotion_hf.decoding import BLOCK_SAMPLES, Content, Recording, Stored, stored, to_float
from emotion_hf.errors import AudioError, AudioFormatError, AudioNotFoundError, AudioTooLongError

MAX_CHANNELS = 32
LONGEST_SECONDS = 1e6
LARGE_BYTES = 16_000_000
"""A file from here on stays on the disk."""
UNNAMED = "The recording"
"""In error messages, for a recording without a file name."""
PAIR = "(sampling_rate, samples) in this order, with samples of shape (samples,) or (samples, channels)"
KINDS = "a path, bytes, a binary file object, (sampling_rate, samples) or an audio row of a data set"


class AudioDecoder(Protocol):
    """What `torchcodec.decoders.AudioDecoder` can do; `datasets` returns such objects for its audio."""

    def get_samples_played_in_range(self, start_seconds: float, stop_seconds: float | None) -> Any:
        """Return samples with `data`, shape `(channels, samples)`, and `sample_rate`."""
        ...


Source = str | os.PathLike | bytes | BinaryIO | tuple[float, Any] | Mapping[str, Any] | AudioDecoder


@dataclass(frozen=True)
class Encoded:
    """The content of a recording's file, and its name for error messages."""

    data: Content
    name: str


def read_source(
    source: Source, *, max_megabytes: float = math.inf, max_seconds: float = math.inf
) -> Encoded | Recording:
    """Return a recording as bytes or as samples.

    Args:
        source: A path (`~` is the home folder); bytes; a binary file object, read from its start; samples with their
            rate, as arrays, tensors or numbers; a row with `array` and `sampling_rate`, or with `bytes` or `path`; an
            audio decoder of torchcodec, or samples from it.
        max_megabytes: Largest content in memory; a large file stays on the disk.
        max_seconds: A decoder need not decode more than this.

    Raises:
        AudioNotFoundError: No such file, or not a file.
        AudioTooLongError: Larger in memory than `max_megabytes`.
        AudioFormatError: Not a recording.
        AudioError: It cannot be read.
    """
    if isinstance(source, type):  # a class has the methods of its objects
        raise _no_recording(source)
    given: Any
    given, name = _of_row(source) if isinstance(source, Mapping) else (source, UNNAMED)
    if hasattr(given, "get_samples_played_in_range"):
        given = _decoded(given, max_seconds)
    if hasattr(given, "sample_rate") and hasattr(given, "data"):  # torchcodec's AudioSamples
        given = (given.sample_rate, as_array(given.data).T)
    if isinstance(given, tuple):
        if len(given) != 2:
            raise AudioFormatError(f"Give {PAIR}; this tuple has the length {len(given)}.")
        return _of_samples(*given)
    encoded = _encoded(given, name, max_megabytes)
    if isinstance(encoded.data, bytes):
        check_size(encoded, max_megabytes)
    return encoded


def check_size(given: Encoded, max_megabytes: float) -> None:
    """Check that the content of a recording may be in memory.

    Raises:
        AudioTooLongError: It is larger than `max_megabytes`.
    """
    if len(given.data) > max_megabytes * 1_000_000:
        raise AudioTooLongError(f"{given.name} is larger than {max_megabytes} MB; cut it into pieces.")


def as_array(samples: Any) -> np.ndarray:
    """Return samples as an array of their own type: arrays, tensors of torch, or nested numbers.

    Raises:
        AudioFormatError: They are a masked array, whose masked samples would be used, or have no values.
    """
    if np.ma.isMaskedArray(samples):
        raise AudioFormatError("The samples are a masked array; fill the masked samples first, as with .filled(0).")
    samples = _of_tensor(samples)
    try:
        return np.asarray(samples)
    except (TypeError, ValueError, RuntimeError) as error:  # nested lists of different lengths, for example
        raise AudioFormatError(f"The samples are no array of numbers; give {PAIR}.") from error


def in_fewest_bits(array: np.ndarray) -> np.ndarray:
    """Return integer samples as int16 or int32 if they fit: 16-bit values keep their level in a wider type.

    Example:
        >>> in_fewest_bits(np.array([-32_768, 32_767])).dtype
        dtype('int16')
    """
    if array.dtype.kind == "i" and array.dtype.itemsize > 2 and array.size:
        lowest, highest = array.min(), array.max()
        for bits in (np.int16, np.int32):
            if np.iinfo(bits).min <= lowest and highest <= np.iinfo(bits).max:
                return array.astype(bits)
    return array


def _of_row(row: Mapping[str, Any]) -> tuple[Any, str]:
    """Return what is in a row of a data set, and its name."""
    samples = row.get("array", row.get("raw"))  # transformers' pipelines say raw
    name = printable(os.path.basename(str(row.get("path") or ""))) or UNNAMED
    if samples is not None and "sampling_rate" in row:
        return (row["sampling_rate"], samples), name
    for kind in ("bytes", "path"):
        if row.get(kind) is not None:
            return row[kind], name
    keys = ", ".join(map(str, row)) or "none"
    raise AudioFormatError(f"A row needs array and sampling_rate, or bytes or path; this one has the keys {keys}.")


def _decoded(decoder: AudioDecoder, max_seconds: float) -> Any:
    """Return the samples of an audio decoder, a second more than are accepted."""
    stop_seconds = max_seconds + 1.0 if max_seconds < LONGEST_SECONDS else None  # a decoder counts in integers
    try:
        return decoder.get_samples_played_in_range(0.0, stop_seconds)
    except (RuntimeError, ValueError) as error:
        raise AudioError("The audio decoder cannot decode the recording; export it again.") from error


def _of_samples(sampling_rate: Any, samples: Any) -> Recording:
    rate = as_rate(sampling_rate)
    array = as_array(samples)
    if rate is None or array.ndim not in (1, 2):
        raise AudioFormatError(f"Give {PAIR}.")
    array = array[:, None] if array.ndim == 1 else array.T if array.shape[0] == 1 < array.shape[1] else array
    if array.shape[0] <= MAX_CHANNELS < array.shape[1]:
        raise AudioFormatError(f"The samples have shape {array.shape}; give them as (samples, channels), transposed.")
    return Recording(rate, array.shape[1], None, _Blocks(in_fewest_bits(array)))


def as_rate(rate: Any) -> float | None:
    """Return a sampling rate in Hz, unchecked, also from an array or tensor with one number; else None."""
    if getattr(rate, "ndim", None) == 0:
        rate = rate.item() if not getattr(rate, "is_meta", False) else None
    if isinstance(rate, bool) or not isinstance(rate, numbers.Real):
        return None
    try:
        return float(rate)
    except OverflowError:  # an integer of 400 digits
        return math.inf


@dataclass(frozen=True)
class _Blocks:
    """The samples of an array `(samples, channels)`, which can be read any number of times."""

    array: np.ndarray

    def __iter__(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self.array), BLOCK_SAMPLES):
            yield to_float(self.array[start : start + BLOCK_SAMPLES])


def _of_tensor(samples: Any) -> Any:
    """Return a tensor of torch as an array: without a gradient, dense, from any device; all else unchanged."""
    torch = sys.modules.get("torch")  # without it, there are no tensors
    if torch is None or not isinstance(samples, torch.Tensor):
        return samples
    if samples.is_meta:
        raise AudioFormatError(
            "The samples are on the device meta, which keeps no values; give them on another device."
        )
    try:
        samples = samples.detach()
        samples = samples.dequantize() if samples.is_quantized else samples.to_dense()
        samples = samples.float() if samples.dtype == torch.bfloat16 else samples
        return samples.cpu().resolve_conj().resolve_neg().numpy()
    except (RuntimeError, TypeError) as error:  # nested tensors, 8-bit floats and the like
        raise AudioFormatError(
            f"A tensor of type {samples.dtype} cannot be used; give a dense one of floats."
        ) from error


def _encoded(source: Any, name: str, max_megabytes: float) -> Encoded:
    """Return the content of a file; in memory, up to just above the limit."""
    limit = -1 if math.isinf(max_megabytes) else int(max_megabytes * 1_000_000) + 1
    if isinstance(source, bytes | bytearray | memoryview):
        return Encoded(bytes(source), name)
    if isinstance(source, str | os.PathLike):
        path = _as_path(source)
        return Encoded(_read_file(path, limit), printable(path.name))
    if callable(getattr(source, "read", None)):
        return Encoded(_read_object(source, limit), name)
    if isinstance(source, np.ndarray) or hasattr(source, "detach"):
        raise AudioFormatError(f"An array alone has no sampling rate; give {PAIR}.")
    raise _no_recording(source)


def _no_recording(source: Any) -> AudioFormatError:
    return AudioFormatError(f"A recording must be {KINDS}, not {type(source).__name__}.")


def _as_path(source: str | os.PathLike) -> Path:
    """Return a path; `~` is the home folder, unless a file is called that."""
    path = Path(os.fsdecode(source))
    try:
        return path if os.path.exists(path) else path.expanduser()
    except RuntimeError:  # `~somebody`, whom the system does not know
        return path


def _read_file(path: Path, limit: int) -> Content:
    name = printable(path)
    if os.path.isdir(path):
        raise AudioNotFoundError(f"{name} is a folder; name a recording in it.")
    if os.path.islink(path) and "annex/objects" in os.readlink(path).replace("\\", "/") and not os.path.exists(path):
        remedy = f"fetch it by `git annex get {name}`"
        raise AudioNotFoundError(f"{name} is a git-annex link to a recording that is not here; {remedy}.")
    if os.path.islink(path) and not os.path.exists(path):
        target = printable(os.readlink(path))
        raise AudioNotFoundError(f"{name} is a link to {target}, which does not exist; restore that file.")
    if not os.path.exists(path):
        raise AudioNotFoundError(f"There is no file {name}; check the name.")
    if not os.path.isfile(path):  # a pipe or a device could block, or never end
        raise AudioNotFoundError(f"{name} is not a regular file; name a recording.")
    try:
        with path.open("rb") as file:
            return _content(file, limit)
    except OSError as error:
        raise AudioError(f"{name} cannot be read ({error.strerror}); check the file and its permissions.") from error


def _read_object(file: BinaryIO, limit: int) -> Content:
    """Return the content of a file object from its start, wherever an earlier reader left it."""
    try:
        if callable(seekable := getattr(file, "seekable", None)) and seekable():
            file.seek(0)
        data = _content(file, limit)
    except (OSError, ValueError) as error:
        reason = str(error).rstrip(".")
        raise AudioError(f"The file object cannot be read ({reason}); open it in binary mode ('rb').") from error
    if isinstance(data, str):
        raise AudioFormatError("The file object returns text; open it in binary mode ('rb').")
    if isinstance(data, Stored):
        return data
    if not isinstance(data, bytes | bytearray | memoryview):
        raise AudioFormatError(f"The file object returns {type(data).__name__} instead of bytes; read it first.")
    return bytes(data)


def _content(file: Any, limit: int) -> Any:
    """Return what a file object reads, or its content on the disk if it is a large file."""
    if isinstance(file, io.BufferedReader) and isinstance(file.raw, io.FileIO):
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_size >= LARGE_BYTES and (large := stored(file)) is not None:
            return large
    return file.read(limit)
