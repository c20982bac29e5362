"""Set aside what belongs to no record, and never remove it: it may be all that is left of a correction.

Recordings are in ``.quarantine/audio``, lines of the table in ``.quarantine/lines.jsonl``, unchanged. ``repair`` takes
back what turns out to belong to a record; a deletion also removes matching files and lines here.

Example:
    >>> quarantine = Quarantine(folder / ".quarantine")  # doctest: +SKIP
    >>> quarantine.take_lines([b"not a record"])  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from emotion_hf.disk import complete_lines, remove_named, sync_folder, write_whole


class Quarantine:
    """Quarantine of one store; the writer must hold the store's lock.

    Args:
        folder: Its folder; created when something is set aside.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.audio = folder / "audio"
        self.lines_path = folder / "lines.jsonl"

    def lines(self) -> list[bytes]:
        """Return the lines, without their newlines."""
        return complete_lines(self.lines_path)

    def __len__(self) -> int:
        """Return the number of recordings and lines in quarantine."""
        return len(list(self.audio.glob("*"))) + len(self.lines())

    def take_lines(self, lines: Iterable[bytes]) -> None:
        """Set lines aside; lines that are already here are not repeated.

        Raises:
            OSError: The file system reports an error.
        """
        known = self.lines()
        new = [line for line in dict.fromkeys(lines) if line and line not in known]
        if new:
            self._write([*known, *new])

    def drop_lines(self, lines: Collection[bytes]) -> None:
        """Remove lines that are in the table again.

        Raises:
            OSError: The file system reports an error.
        """
        if lines:
            self._write([line for line in self.lines() if line not in lines])

    def take_file(self, path: Path) -> None:
        """Set the file at ``path`` aside; a file with the same name is kept.

        Raises:
            OSError: The file system reports an error.
        """
        self.audio.mkdir(parents=True, exist_ok=True)
        place, number = self.audio / path.name, 1
        while os.path.lexists(place):
            place, number = self.audio / f"{path.stem}.{number}{path.suffix}", number + 1
        path.rename(place)
        sync_folder(self.audio)
        sync_folder(path.parent)

    def give_back(self, file_name: str, to: Path) -> bool:
        """Move the recording with this name to ``to``, and return whether it was here.

        Raises:
            OSError: The file system reports an error.
        """
        place = self.audio / Path(file_name).name
        if not place.is_file():
            return False
        to.parent.mkdir(exist_ok=True)
        place.rename(to)
        sync_folder(to.parent)
        return True

    def mentions(self, id: str) -> bool:
        """Return whether something here has this id in its name or its line."""
        return any(id in path.name for path in self.audio.glob("*")) or any(id.encode() in x for x in self.lines())

    def remove(self, ids: Collection[str]) -> None:
        """Remove everything with one of these ids in its name or its line.

        Raises:
            OSError: The file system reports an error.
        """
        remove_named(self.audio, ids)
        self.drop_lines([line for line in self.lines() if any(id.encode() in line for id in ids)])

    def _write(self, lines: Collection[bytes]) -> None:
        self.folder.mkdir(exist_ok=True)
        if lines:
            write_whole(self.lines_path, b"".join(line + b"\n" for line in lines))
        else:
            self.lines_path.unlink(missing_ok=True)
