"""The content of a large file, read from the disk when it is needed, so that it takes no memory.

The decoders read a recording once, from its start to its end. Beside the decoded wave, a file of 2 hours would take
another 230 MB.

Example:
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(b"RIFF, and more")
    ...     file.flush()
    ...     content = stored(Path(file.name), size=14)
    >>> len(content), content[0], content[:4], stream(content).read(4)
    (14, 82, b'RIFF', b'RIFF')
"""

from __future__ import annotations

import io
import os
import weakref
from pathlib import Path
from typing import Any, overload

BUFFER_BYTES = 1 << 16


class Stored:
    """The bytes of an open file, which it keeps open: a name may soon belong to another file.

    Args:
        descriptor: The open file; it is closed with this object.
        size: Its length in bytes.
    """

    def __init__(self, descriptor: int, size: int):
        self._descriptor, self._size = descriptor, size
        weakref.finalize(self, os.close, descriptor)

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
            return self.read(start, max(0, stop - start))
        return self.read(range(self._size)[place], 1)[0]

    @property
    def is_whole(self) -> bool:
        """Whether the file still has the length that it is said to have."""
        return os.fstat(self._descriptor).st_size == self._size

    def read(self, start: int, size: int) -> bytes:
        """Return bytes from a place on; fewer at the end of the file."""
        return os.pread(self._descriptor, size, start)


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
        read = self._content.read(self._at, min(len(buffer), max(0, len(self._content) - self._at)))
        buffer[: len(read)] = read
        self._at += len(read)
        return len(read)


def stored(path: Path, size: int) -> Stored | None:
    """Return the content of a file; None if it cannot be read in parts, or no longer has this size."""
    if not hasattr(os, "pread"):
        return None
    try:
        content = Stored(os.open(path, os.O_RDONLY), size)
    except OSError:
        return None
    return content if content.is_whole else None


def stream(content: bytes | Stored) -> io.BufferedReader | io.BytesIO:
    """Return a binary file object at the start of the content."""
    if isinstance(content, Stored):
        return io.BufferedReader(_Position(content), BUFFER_BYTES)
    return io.BytesIO(content)
