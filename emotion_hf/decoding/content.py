"""The content of a recording: bytes, or a large file that stays on the disk and is read in parts.

The format is recognised from a few parts, and the decoders read from the start to the end. In memory, a CD-quality
recording of one hour would take 635 MB beside the decoded wave.

Example:
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     _ = file.write(b"RIFF, and more")
    ...     file.flush()
    ...     content = stored(file)
    >>> len(content), content[0], content[:4], stream(part(content, 6, 9)).read()
    (14, 82, b'RIFF', b'and')
"""

from __future__ import annotations

import io
import os
import re
import weakref
from collections.abc import Iterator, Sequence
from typing import IO, Any, overload

BUFFER_BYTES = 1 << 16
WINDOW_BYTES = 1 << 20
"""Bytes that are searched at a time."""


class _File:
    """An open file, closed when nothing uses it any more: its name may soon belong to another file."""

    def __init__(self, descriptor: int):
        self.descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)


class Stored:
    """Some or all bytes of an open file; slices are bytes.

    Args:
        file: The open file.
        start: Where the content begins in it.
        size: Length of the content in bytes.
        fields: Places in the content, and the bytes that stand there instead of the file's.
    """

    def __init__(self, file: _File, start: int, size: int, fields: Sequence[tuple[int, bytes]] = ()):
        self._file, self._start, self._size, self._fields = file, start, size, tuple(fields)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> bytes: ...

    def __getitem__(self, place: int | slice) -> int | bytes:
        """Return a byte, or the bytes of a slice with the step 1, as `bytes` does."""
        if isinstance(place, slice):
            start, stop, _ = place.indices(self._size)
            return self.read(start, stop - start)
        return self.read(range(self._size)[place], 1)[0]

    def read(self, start: int, size: int) -> bytes:
        """Return bytes from a place on; fewer at the end, or where another program has shortened the file."""
        size = max(0, min(size, self._size - start))
        read = os.pread(self._file.descriptor, size, self._start + start)
        for place, value in self._fields:
            if start < place + len(value) and place < start + len(read):
                read = _with_field(read, place - start, value)
        return read

    def part(self, start: int, stop: int) -> Stored:
        """Return a part of the content, which stays on the disk."""
        start, stop, _ = slice(start, stop).indices(self._size)
        fields = [(place - start, value) for place, value in self._fields]
        return Stored(self._file, self._start + start, max(0, stop - start), fields)

    def with_fields(self, fields: Sequence[tuple[int, bytes]]) -> Stored:
        """Return the content with other bytes at some places."""
        return Stored(self._file, self._start, self._size, (*self._fields, *fields))


Content = bytes | Stored


class _Position(io.RawIOBase):
    """A place in a stored file, from which a decoder reads on."""

    def __init__(self, content: Stored):
        self._content, self._at = content, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._content)}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        read = self._content.read(self._at, len(buffer))
        buffer[: len(read)] = read
        self._at += len(read)
        return len(read)


def stored(file: IO[bytes]) -> Stored | None:
    """Return the content of an open file, which may be closed afterwards; None if the system reads no parts.

    Raises:
        OSError: The file cannot be opened once more.
    """
    if not hasattr(os, "pread"):
        return None
    descriptor = os.dup(file.fileno())
    return Stored(_File(descriptor), 0, os.fstat(descriptor).st_size)


def stream(content: Content) -> io.BufferedReader | io.BytesIO:
    """Return a binary file object at the start of the content."""
    if isinstance(content, Stored):
        return io.BufferedReader(_Position(content), BUFFER_BYTES)
    return io.BytesIO(content)


def part(content: Content, start: int, stop: int) -> Content:
    """Return a part of the content, without reading it if it is on the disk."""
    return content.part(start, stop) if isinstance(content, Stored) else content[start:stop]


def with_fields(content: Content, fields: Sequence[tuple[int, bytes]]) -> Content:
    """Return the content with other bytes at some places."""
    if isinstance(content, Stored):
        return content.with_fields(fields)
    for place, value in fields:
        content = _with_field(content, place, value)
    return content


def positions(content: Content, pattern: re.Pattern[bytes], longest: int) -> Iterator[int]:
    """Yield where a pattern that matches at most `longest` bytes is found."""
    for start in range(0, len(content), WINDOW_BYTES):
        window = content[start : start + WINDOW_BYTES + longest - 1]
        yield from (start + found.start() for found in pattern.finditer(window) if found.start() < WINDOW_BYTES)


def _with_field(content: bytes, place: int, value: bytes) -> bytes:
    """Return bytes of the same length with a field that may begin before them or end behind them."""
    value = value[max(0, -place) : max(0, len(content) - place)]
    place = max(0, place)
    return content[:place] + value + content[place + len(value) :]
