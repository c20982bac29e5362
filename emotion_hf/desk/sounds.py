"""The recordings of the desk: FLAC files named after their content, beside the database.

A file is written before the row that names it. A process that dies in between leaves a file without a row, which the
next sweep removes; there is never a row without its file. A lock beside the files keeps a sweep from removing a file
whose row is just being written.

Example:
    >>> sounds = Sounds(folder)  # doctest: +SKIP
    >>> sounds.write(wave)  # doctest: +SKIP
    '0c92bddb…'
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock

from emotion_hf.audio import load_audio
from emotion_hf.disk import sync_folder, write_whole
from emotion_hf.errors import DeskError, WriteError
from emotion_hf.feedback import encode_flac
from emotion_hf.feedback.sound import content_of

ENDING = ".flac"
CONTENT_CHARACTERS = 64
LONGEST_SECONDS = 86_400.0
"""A stored recording was within the limit when it was taken, whatever the limit is now."""


class Sounds:
    """Recordings in one folder.

    Args:
        folder: Folder of the desk; the recordings are in ``audio`` below it.
    """

    def __init__(self, folder: Path):
        self.folder = folder / "audio"
        self._lock = FileLock(folder / "audio.lock")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from adding and removing files: hold this from `write` until the row is committed."""
        with self._lock:
            yield

    def path(self, content: str) -> Path:
        """Return the path of a recording."""
        return self.folder / content[:2] / f"{content}{ENDING}"

    def write(self, wave: np.ndarray) -> str:
        """Write a recording, unless it is there, and return its name: the SHA-256 of its samples.

        Args:
            wave: Mono float32 at 16 kHz, shape ``(samples,)``.

        Raises:
            WriteError: The disk is full, or the folder cannot be written.
        """
        content = content_of(wave)
        self.put(content, encode_flac(wave))
        return content

    def put(self, content: str, data: bytes) -> None:
        """Write the bytes of a recording under its name, unless it is there.

        Raises:
            WriteError: The disk is full, or the folder cannot be written.
        """
        path = self.path(content)
        if path.exists():
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
            sync_folder(self.folder)
        except OSError as error:
            raise WriteError(f"Cannot write the desk's recordings ({error.strerror}); free some space.") from error

    def read(self, content: str) -> np.ndarray:
        """Return a recording, mono float32 at 16 kHz, shape ``(samples,)``.

        Raises:
            DeskError: Its file is missing.
        """
        path = self.path(content)
        if not path.exists():
            raise DeskError("The recording of this call is missing; restore the desk's folder from a backup.")
        return load_audio(path, max_seconds=LONGEST_SECONDS)

    def remove_others(self, known: Collection[str]) -> int:
        """Remove the recordings whose names are not among the known ones, and return their number.

        The caller holds `locked`. Files of other programs are left alone.

        Raises:
            WriteError: A file cannot be removed.
        """
        gone = 0
        for path in self.folder.glob("??/*"):
            is_ours = path.suffix == ENDING and len(path.stem) == CONTENT_CHARACTERS
            is_unfinished = ENDING in path.name and not is_ours  # a process died while it wrote this
            if (is_ours and path.stem not in known) or is_unfinished:
                try:
                    path.unlink(missing_ok=True)
                    sync_folder(path.parent)
                except OSError as error:
                    raise WriteError(f"Cannot remove {path.name} from the desk ({error.strerror}).") from error
                gone += 1
        return gone

    def missing(self, known: Collection[str]) -> list[str]:
        """Return the names among the known ones that have no file."""
        return sorted(content for content in known if not os.path.exists(self.path(content)))
