"""Find the recordings below a folder, and say what was skipped and why.

A file is a recording by its extension or by its first bytes, so that the
search finds what the decoder reads. Nothing is left out silently: links to missing recordings are listed, and all
other files are counted.

Example:
    >>> search(Path("recordings")).skipped  # doctest: +SKIP
    '3 files that are no recordings (2 .txt, 1 .jpg), 1 hidden file'
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from emotion_hf.decoding import DECODABLE_EXTENSIONS, sniff
from emotion_hf.disk import files_below
from emotion_hf.errors import AudioFormatError

USUAL_FILES = ".wav, .flac, .mp3, .m4a or other recordings"
"""For error messages; the list of all extensions would be too long."""
_FIRST_BYTES = 64
_SAME_START = {b"RIFF": b"WAVE", b"FORM": b"AIF"}
"""These bytes also start pictures and films; the bytes after the length tell audio apart."""
_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"crx ")
"""Brands of MP4 files that are pictures."""
_MOST_KINDS = 5
TABLES = ("metadata.csv", "metadata.jsonl")
"""Names of the tables that describe recordings."""
SOURCE = "source.json"
"""Name of the file that says where recordings come from; like the tables, it does not count as skipped."""


class Kind(Enum):
    """What a file below a folder is."""

    RECORDING = "recording"
    BROKEN = "link with a recording's name to a file that does not exist"
    HIDDEN = "hidden file, or a file in a hidden folder"
    OTHER = "no recording"


@dataclass(frozen=True)
class Found:
    """Files below a folder.

    Attributes:
        recordings: Recordings, in the order of their paths.
        broken: Links with a recording's name to files that do not exist.
        closed: Folders that could not be opened.
        others: Extension → number of files that are no recordings.
        hidden: Number of hidden files, and of files in hidden folders.
    """

    recordings: tuple[Path, ...]
    broken: tuple[Path, ...] = ()
    closed: tuple[Path, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    hidden: int = 0

    @property
    def skipped(self) -> str:
        """Which files were skipped and why, as the object of a sentence; empty if there are none."""
        return ", ".join(words for amount, words in self._parts() if amount)

    def _parts(self) -> Iterator[tuple[int, str]]:
        count, broken, closed = sum(self.others.values()), len(self.broken), len(self.closed)
        kinds = [f"{number:,} {kind}" for kind, number in Counter(self.others).most_common()]
        more = ["others"] if len(kinds) > _MOST_KINDS else []
        listed = ", ".join([*kinds[:_MOST_KINDS], *more])
        yield count, f"{_counted(count, 'file that is no recording', 'files that are no recordings')} ({listed})"
        links = _counted(broken, "link to a missing recording", "links to missing recordings")
        yield broken, f"{links} ({_example(self.broken)})"
        yield closed, f"{_counted(closed, 'folder', 'folders')} without permission ({_example(self.closed)})"
        yield self.hidden, _counted(self.hidden, "hidden file", "hidden files")


def is_recording(path: Path) -> bool:
    """Return whether ``path`` is a file that is a recording by its extension or, with another one, by its content.

    Hidden files are not (macOS: ``._a.wav``).
    """
    if path.name.startswith(".") or not os.path.isfile(path):
        return False
    return path.suffix.lower() in DECODABLE_EXTENSIONS or _begins_like_audio(path)


def search(folder: Path) -> Found:
    """Return the recordings below ``folder``, including those behind symbolic links, and what was skipped."""
    closed: list[Path] = []
    found: dict[Kind, list[Path]] = {kind: [] for kind in Kind}
    others = Counter[str]()
    for path, kind in sift(folder, on_error=closed.append):
        if kind is Kind.OTHER:
            others[kind_of_other(path)] += 1
        else:
            found[kind].append(path)
    recordings, broken = (tuple(sorted(found[kind])) for kind in (Kind.RECORDING, Kind.BROKEN))
    return Found(recordings, broken, tuple(sorted(closed)), dict(others), len(found[Kind.HIDDEN]))


def sift(folder: Path, on_error: Callable[[Path], object] | None = None) -> Iterator[tuple[Path, Kind]]:
    """Yield each file below ``folder`` with its kind, one by one; folders that cannot be opened go to ``on_error``.

    Tables and other files that describe recordings are left out.
    """
    for path in files_below(folder, on_error=on_error):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path, Kind.HIDDEN
        elif is_recording(path):
            yield path, Kind.RECORDING
        elif not os.path.exists(path) and path.suffix.lower() in DECODABLE_EXTENSIONS:
            yield path, Kind.BROKEN
        elif path.name not in (*TABLES, SOURCE):
            yield path, Kind.OTHER


def kind_of_other(path: Path) -> str:
    """Return what the counts call a file that is no recording: its extension, if it has one."""
    return path.suffix.lower() or "without an extension" if os.path.exists(path) else "without a target"


def _begins_like_audio(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(_FIRST_BYTES)
        sniff(start, path.name)
    except (OSError, AudioFormatError):
        return False
    if start[:1] == b"\xff":  # MP3 and AAC without a header: two bytes are too few to trust
        return False
    return start[8:12].startswith(_SAME_START.get(start[:4], b"")) and not (
        start[4:8] == b"ftyp" and start[8:12] in _PICTURES
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _example(paths: Iterable[Path]) -> str:
    return next((path.name for path in paths), "")
