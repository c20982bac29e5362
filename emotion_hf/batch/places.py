"""Find the recordings that a user names: folders, files, patterns, Parquet files, and data sets.

Everything is listed one by one, twice: for their number and for their content. So the memory does not depend on the
number of recordings.

Example:
    >>> [place.path for found in find_places(["recordings"]) for place in found]  # doctest: +SKIP
    ['recordings/a.wav', 'recordings/more/b.flac']
"""

from __future__ import annotations

import glob
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from emotion_hf.batch.place import Place, content_of, readable
from emotion_hf.batch.tables import Table, place_in_table, saved_tables
from emotion_hf.errors import AudioNotFoundError, CorpusError
from emotion_hf.hub.data_set import Address, AudioRows, open_audio, parse_address
from emotion_hf.model_source import is_local
from emotion_hf.search import Kind, kind_of_other, sift

logger = logging.getLogger(__name__)

TABLES = (".parquet", ".arrow")
MOST_KINDS = 5


class Places(Protocol):
    """Recordings that can be listed again and again, also by another process."""

    def __iter__(self) -> Iterator[Place]:
        """Yield the recordings."""
        ...

    def count(self) -> int | None:
        """Return their number, and log what is left out; `None` if it is unknown."""
        ...


def find_places(sources: Iterable[str], column: str = "") -> tuple[Places, ...]:
    """Return the recordings that each source names.

    Args:
        sources: Folders, files, patterns such as ``calls/*.wav``, Parquet files, folders of `datasets.save_to_disk`,
            and data sets of the Hub as ``OWNER/NAME``.
        column: Column of the recordings in tables; chosen if empty.

    Raises:
        AudioNotFoundError: There is nothing of this name.
        CorpusError: A table or a data set has no recordings.
        HubError: The Hub cannot be read.
    """
    return tuple(_find(source, column) for source in sources)


def _find(source: str, column: str) -> Places:
    path = Path(source)
    if os.path.isdir(path):
        files = saved_tables(path)
        return Folder(source, path, column) if files is None else SavedDataSet(source, tuple(files), column)
    if os.path.exists(path):
        return Table(source, path, column) if path.suffix.lower() in TABLES else File(source, path)
    if glob.has_magic(source):
        return Pattern(source, column)
    address = None if is_local(source) else parse_address(source)
    if address is None:
        raise AudioNotFoundError(f"There is no file or folder {source}; check the name.")
    return HubDataSet.find(address, column)


@dataclass(frozen=True)
class File:
    """One file."""

    source: str
    path: Path

    def __iter__(self) -> Iterator[Place]:
        """Yield the file."""
        yield _of_file(self.source, self.path)

    def count(self) -> int:
        """Return 1."""
        return 1


@dataclass(frozen=True)
class Folder:
    """All recordings and Parquet files below a folder. A Parquet file without recordings is left out."""

    source: str
    path: Path
    column: str = ""

    def __iter__(self) -> Iterator[Place]:
        """Yield the recordings."""
        for path, kind in sift(self.path):
            if kind in (Kind.RECORDING, Kind.BROKEN):
                yield _of_file(self.source, path)
            elif (table := self._table(path, kind)) is not None:
                yield from table

    def count(self) -> int:
        """Return their number, and log which files are left out."""
        number, others, closed = 0, Counter[str](), list[Path]()
        for path, kind in sift(self.path, on_error=closed.append):
            if kind in (Kind.RECORDING, Kind.BROKEN):
                number += 1
            elif (table := self._table(path, kind)) is not None:
                number += table.count()
            elif kind is Kind.OTHER:
                others[kind_of_other(path)] += 1
        if others:
            most = sorted(others.items(), key=lambda one: (-one[1], one[0]))[:MOST_KINDS]
            kinds = ", ".join(f"{count:,} {name}" for name, count in most)
            logger.warning("%s: skipped %s files that are no recordings (%s).", self.source, others.total(), kinds)
        for folder in closed:
            logger.warning("%s cannot be opened, so its recordings are left out.", folder)
        return number

    def _table(self, path: Path, kind: Kind) -> Table | None:
        """Return the table in a file; `None` if it is no Parquet file, or one without recordings."""
        if kind is not Kind.OTHER or path.suffix.lower() != ".parquet":
            return None
        table = Table(self.source, path, self.column)
        try:
            table.count()
        except CorpusError:
            return None
        return table


@dataclass(frozen=True)
class Pattern:
    """What a pattern such as ``calls/**/*.wav`` matches, as if each match had been named."""

    source: str
    column: str = ""

    def __iter__(self) -> Iterator[Place]:
        """Yield the recordings."""
        for match in self._matches():
            yield from match

    def count(self) -> int:
        """Return their number.

        Raises:
            AudioNotFoundError: Nothing matches.
        """
        number, is_empty = 0, True
        for match in self._matches():
            number, is_empty = number + (match.count() or 0), False
        if is_empty:
            raise AudioNotFoundError(f"Nothing matches {self.source}; check the pattern.")
        return number

    def _matches(self) -> Iterator[Places]:
        for name in glob.iglob(self.source, recursive=True):
            match = _find(name, self.column) if os.path.exists(name) else None  # it may be a link to nothing
            yield File(self.source, Path(name)) if match is None or isinstance(match, File) else match


@dataclass(frozen=True)
class SavedDataSet:
    """A data set that `datasets.save_to_disk` wrote."""

    source: str
    files: tuple[Path, ...]
    column: str = ""

    def __iter__(self) -> Iterator[Place]:
        """Yield the recordings."""
        for file in self.files:
            yield from Table(self.source, file, self.column)

    def count(self) -> int:
        """Return the number of rows."""
        return sum(Table(self.source, file, self.column).count() for file in self.files)


@dataclass(frozen=True)
class HubDataSet:
    """The recordings of a data set on the Hub, at one commit."""

    source: str
    rows: AudioRows

    @classmethod
    def find(cls, address: Address, column: str) -> HubDataSet:
        """Return a data set.

        Raises:
            HubError: It cannot be read.
            CorpusError: It has no recordings, or several configurations.
        """
        rows = open_audio(address, column)
        config = f":{address.config}" if address.config else ""
        return cls(f"{address.repository}{config}@{rows.revision}", rows)

    def __iter__(self) -> Iterator[Place]:
        """Yield the recordings, which are downloaded one by one."""
        for split, number, audio in self.rows:
            yield place_in_table(self.source, f"{split}#{number}", audio, self.rows.fetch)

    def count(self) -> int | None:
        """Return the number of rows, if the data set states it."""
        return self.rows.count()


def _of_file(source: str, path: Path) -> Place:
    return Place(readable(source), readable(path), partial(content_of, path))
