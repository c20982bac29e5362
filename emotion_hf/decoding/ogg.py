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

MAX_LINKS = 10_000
"""The last of them contains all others."""
_FIRST_PAGE = re.compile(rb"OggS\0[\x02\x06]")


def links(data: bytes) -> list[slice]:
    """Return where each link lies; a file without a first page is one link."""
    starts: list[int] = []
    end_of_last = -1
    for found in _FIRST_PAGE.finditer(data):
        if len(starts) == MAX_LINKS:
            break
        if found.start() != end_of_last:  # else it is a further stream of the same link
            starts.append(found.start())
        end_of_last = _end_of_page(data, found.start())
    starts = starts or [0]
    return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], len(data)], strict=True)]


def is_cut_off(data: bytes) -> bool:
    """Return whether the file ends in the middle of a page."""
    last = data.rfind(b"OggS\0")
    return last >= 0 and _end_of_page(data, last) > len(data)


def _end_of_page(data: bytes, start: int) -> int:
    sizes = data[start + 27 : start + 27 + data[start + 26]] if len(data) > start + 26 else b""
    return start + 27 + len(sizes) + sum(sizes)
