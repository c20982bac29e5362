"""Length fields of WAV, AIFF, AU, W64 and CAF: what they promise, and those that were never written.

A recorder writes the header first and the lengths at the end. If it crashes, or writes into a pipe, the lengths stay 0
or at the largest number, although the sound is there. Such a field means "to the end of the file".

Example:
    >>> form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 16_000, 2, 16)
    >>> crashed = b"RIFF" + bytes(4) + b"WAVE" + form + b"data" + bytes(4) + bytes(16_000)
    >>> written, promise = with_lengths(crashed, "wav")
    >>> int.from_bytes(written[40:44], "little"), promise
    (16000, 1.0)
    >>> with_lengths(written[:8_044], "wav")[1]
    2.0
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from emotion_hf.decoding.content import Content, with_fields

PLACEHOLDER_BYTES = 0x7FFF_0000
"""A length from here on, in a file that is shorter, is a placeholder: no program knew the real one."""
UNKNOWN = b"\xff\xff\xff\xff"
MAX_CHUNKS = 10_000
"""A file made of ever more empty chunks would take minutes to walk through."""


def with_lengths(data: Content, demuxer: str) -> tuple[Content, float]:
    """Return the file with the missing length fields filled in, and how much sound its header promises.

    Args:
        data: The whole file.
        demuxer: FFmpeg's name of its format.

    Returns:
        The same content, or a corrected one; and the promised length as a multiple of what the file contains, above 1
        if the end is missing.
    """
    of = {"wav": _of_wav, "aiff": _of_aiff, "au": _of_au, "w64": _of_w64, "caf": _of_caf}.get(demuxer)
    try:
        return of(data) if of else (data, 1.0)
    except (struct.error, ZeroDivisionError):  # the header is cut off, or says nonsense: the decoder decides
        return data, 1.0


def is_whole_mp4(data: Content) -> bool:
    """Return whether the last box of an MP4 or MOV file ends within the file."""
    at = 0
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            break
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:  # then 64 bits follow
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:  # to the end
            return True
        at += max(8, size)
    return at == len(data)


def _of_wav(data: Content) -> tuple[Content, float]:
    order = ">" if data[:4] == b"RIFX" else "<"
    is_large = data[:4] in (b"RF64", b"BW64")
    large_at = 0
    for name, at, size in _chunks(data, 12, order):
        if name == b"ds64":
            large_at = at + 8
        if name != b"data":
            continue
        left = len(data) - at
        if is_large and large_at and size in (0, 0xFFFF_FFFF):
            (size,) = _unpacked("<Q", data, large_at)
            if size == 0 and left:
                return with_fields(data, [(large_at - 8, struct.pack("<QQ", len(data) - 8, left))]), 1.0
        elif size == 0 and _is_sound(data, at, order):
            lengths = [(4, len(data) - 8), (at - 4, left)]
            return with_fields(data, [(place, struct.pack(f"{order}I", length)) for place, length in lengths]), 1.0
        return data, _promise(size, left)
    return data, 1.0


def _of_aiff(data: Content) -> tuple[Content, float]:
    frames_at = channels = bits = 0
    for name, at, size in _chunks(data, 12, ">"):
        if name == b"COMM":
            channels, _, bits = _unpacked(">hIh", data, at)
            frames_at = at + 2
        if name != b"SSND" or not frames_at:
            continue
        left = len(data) - at
        if size <= 8 and _is_sound(data, at + 8, ">"):
            frames = (left - 8) // (channels * ((bits + 7) // 8))
            fields = [(4, len(data) - 8), (at - 4, left), (frames_at, frames)]
            return with_fields(data, [(place, struct.pack(">I", value)) for place, value in fields]), 1.0
        return data, _promise(size - 8, left - 8)
    return data, 1.0


def _of_au(data: Content) -> tuple[Content, float]:
    order = ">" if data[:4] == b".snd" else "<"
    start, size = _unpacked(f"{order}II", data, 4)
    if size == 0 or PLACEHOLDER_BYTES <= size > len(data):
        return with_fields(data, [(8, UNKNOWN)]), 1.0
    return data, _promise(size, len(data) - start)


def _of_w64(data: Content) -> tuple[Content, float]:
    at = 40  # behind the identifier, the length and the form type; lengths include their own 24 bytes of header
    for _ in range(MAX_CHUNKS):
        if at + 24 > len(data):
            break
        (size,) = _unpacked("<Q", data, at + 16)
        left = len(data) - at
        if data[at : at + 4] == b"data":
            if size <= 24 < left:
                return with_fields(data, [(16, struct.pack("<Q", len(data))), (at + 16, struct.pack("<Q", left))]), 1.0
            return data, _promise(size - 24, left - 24)
        at += max(24, size + -size % 8)
    return data, 1.0


def _of_caf(data: Content) -> tuple[Content, float]:
    at = 8
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(data):
            break
        (size,) = _unpacked(">q", data, at + 4)
        left = len(data) - at - 12
        if data[at : at + 4] == b"data":
            if 0 < size <= left:
                return data, 1.0
            # libsndfile refuses a length behind the end of the file
            return with_fields(data, [(at + 4, struct.pack(">q", left))]), _promise(size, left)
        at += 12 + max(0, size)
    return data, 1.0


def _promise(size: int, left: int) -> float:
    return size / left if left < size < PLACEHOLDER_BYTES else 1.0


def _chunks(data: Content, at: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, position of the content, and length of each chunk of a RIFF or FORM file."""
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            break
        (size,) = _unpacked(f"{order}I", data, at + 4)
        yield data[at : at + 4], at + 8, size
        at += 8 + size + size % 2


def _is_sound(data: Content, at: int, order: str) -> bool:
    """Return whether what follows an empty chunk is its sound, and not simply the next chunks."""
    end = at
    for name, start, size in _chunks(data, at, order):
        if not all(0x20 <= byte < 0x7F for byte in name):
            return True
        end = start + size + size % 2
    return at < len(data) and end not in (len(data), len(data) + 1)


def _unpacked(format: str, data: Content, at: int) -> tuple[Any, ...]:
    return struct.unpack(format, data[at : at + struct.calcsize(format)])
