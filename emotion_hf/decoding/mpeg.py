"""Frames of MPEG audio (MP1, MP2, MP3) and of AAC in ADTS: find the first one, and count what a header promises.

A frame header has too few fixed bits to be recognised alone, so a run of frames counts, each where the one before it
ends. Tables: ISO/IEC 11172-3 and 13818-3 (MPEG audio), 13818-7 (ADTS).

Example:
    >>> frame = b"\\xff\\xfb\\x90\\x00" + bytes(413)
    >>> first_frame(b"junk" + 5 * frame)
    ('mp3', 4)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from emotion_hf.decoding.content import Content

SURE_FRAMES = 4
"""A run of this many frames is no accident: each has some 20 fixed bits."""
JUNK_BYTES = 1 << 16
"""The first frame is looked for in this many bytes."""

_SYNC = re.compile(rb"\xff[\xe0-\xff]")
_RATES = (44_100, 48_000, 32_000)
_KILOBITS = {  # (is MPEG-1, layer) → by index from 1
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


class Frame(NamedTuple):
    """What a frame's header says: FFmpeg's name of the reader, bytes, and what all frames of a stream share."""

    demuxer: str
    size: int
    samples: int
    sampling_rate: int
    kind: int


def frame_at(data: Content, at: int) -> Frame | None:
    """Return the frame that begins at a position; None if none does."""
    header = data[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] < 0xE0:
        return None
    second, third = header[1], header[2]
    layer = 4 - (second >> 1 & 3)
    if layer == 4:
        return _adts_frame(data, at) if second >= 0xF0 else None
    version, index, rate = second >> 3 & 3, third >> 4, third >> 2 & 3
    if version == 1 or rate == 3 or not 1 <= index <= 14:  # reserved, or "free format"
        return None
    is_mpeg_1 = version == 3
    sampling_rate = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    bits = 1_000 * _KILOBITS[is_mpeg_1, layer][index - 1]
    padding = third >> 1 & 1
    if layer == 1:
        return Frame("mp3", 4 * (12 * bits // sampling_rate + padding), 384, sampling_rate, second & 0xFE)
    samples = 576 if layer == 3 and not is_mpeg_1 else 1_152
    return Frame("mp3", samples // 8 * bits // sampling_rate + padding, samples, sampling_rate, second & 0xFE)


def first_frame(data: Content, start: int = 0) -> tuple[str, int] | None:
    """Return FFmpeg's name of the reader and the position of the first frame from ``start`` on.

    At ``start`` itself, a run that ends with the file is enough, so that a short recording is recognised.
    """
    for found in _SYNC.finditer(data[start : start + JUNK_BYTES]):
        at = start + found.start()
        if (demuxer := _run_at(data, at, must_be_sure=at > start)) is not None:
            return demuxer, at
    return None


def xing_seconds(data: Content) -> float | None:
    """Return the length that the Xing or Info header in the first frame of an MP3 states, if there is one."""
    frame = frame_at(data, 0)
    if frame is None or frame.demuxer != "mp3":
        return None
    content = data[: frame.size]
    at = max(content.find(b"Xing", 4, 64), content.find(b"Info", 4, 64))
    if at < 0 or len(content) < at + 12 or not content[at + 7] & 1:
        return None
    samples = int.from_bytes(content[at + 8 : at + 12], "big") * frame.samples
    fields = content[at + 7]  # frames, bytes, table of contents, quality
    encoder = at + 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if fields >> bit & 1)
    if content[encoder : encoder + 4] in (b"LAME", b"Lavc", b"Lavf") and len(content) >= encoder + 24:
        gaps = int.from_bytes(content[encoder + 21 : encoder + 24], "big")
        samples -= (gaps >> 12) + (gaps & 0xFFF)  # what the encoder added before and behind the sound
    return max(0, samples) / frame.sampling_rate


def counted_seconds(data: Content) -> float | None:
    """Return the length of all frames of an MP3, the one with a Xing header included; None if more follows them."""
    at, samples, rate = 0, 0, 0
    while (frame := frame_at(data, at)) is not None and rate in (0, frame.sampling_rate):
        at, samples, rate = at + frame.size, samples + frame.samples, frame.sampling_rate
    return samples / rate if rate and len(data) < at + 4 else None


def _adts_frame(data: Content, at: int) -> Frame | None:
    header = data[at : at + 7]
    if len(header) < 7:
        return Frame("aac", 7, 1_024, 0, header[1] & 0xF6)
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    is_possible = size >= 7 and header[2] >> 2 & 15 <= 12
    return Frame("aac", size, 1_024, header[2] >> 2 & 15, header[1] & 0xF6) if is_possible else None


def _run_at(data: Content, at: int, must_be_sure: bool) -> str | None:
    first = frame_at(data, at)
    if first is None:
        return None
    position = at
    for _ in range(SURE_FRAMES):
        frame = frame_at(data, position)
        if frame is None:
            is_end = len(data) < position + 4
            return first.demuxer if is_end and not must_be_sure else None
        if (frame.demuxer, frame.sampling_rate, frame.kind) != (first.demuxer, first.sampling_rate, first.kind):
            return None
        position += frame.size
    return first.demuxer
