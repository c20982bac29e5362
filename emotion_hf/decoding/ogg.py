"""Find the links of a chained Ogg file: recordings that were appended to each other, as some messengers do.

A link begins with one page for each of its streams that is marked as the stream's first (RFC 3533, section 6). The
usual decoders read the first link and stop.

Example:
    >>> page = b"OggS\\x00\\x02" + bytes(20) + b"\\x01\\x03" + b"abc"
    >>> rest = b"OggS\\x00\\x00" + bytes(20) + b"\\x01\\x03" + b"def"
    >>> [(link.start, link.stop) for link in links(page + rest + page + rest)]
    [(0, 62), (62, 124)]
"""

from __future__ import annotations

import re

from emotion_hf.decoding.content import Content, positions

MAX_LINKS = 10_000
"""The last of them contains all others."""
MAX_PAGE_BYTES = 27 + 255 + 255 * 255
_FIRST_PAGE = re.compile(rb"OggS\0[\x02\x06]")


def links(data: Content) -> list[slice]:
    """Return where each link lies; a file without a first page is one link."""
    starts: list[int] = []
    end_of_last = -1
    for at in positions(data, _FIRST_PAGE, longest=6):
        if len(starts) == MAX_LINKS:
            break
        if at != end_of_last:  # else it is a further stream of the same link
            starts.append(at)
        end_of_last = _end_of_page(data, at)
    starts = starts or [0]
    return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], len(data)], strict=True)]


def is_cut_off(data: Content) -> bool:
    """Return whether the file ends in the middle of a page."""
    start = max(0, len(data) - MAX_PAGE_BYTES)
    last = data[start:].rfind(b"OggS\0")
    return last >= 0 and _end_of_page(data, start + last) > len(data)


def _end_of_page(data: Content, start: int) -> int:
    header = data[start : start + 27 + 255]
    sizes = header[27 : 27 + header[26]] if len(header) > 26 else b""
    return start + 27 + len(sizes) + sum(sizes)
