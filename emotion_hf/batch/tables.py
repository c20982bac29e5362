"""Read recordings from tables: Parquet files, and the Arrow files of `datasets.save_to_disk`.

The recordings are in a column with rows of `bytes` and `path`, as `datasets` writes audio, with bytes, or with paths,
which are relative to the table's folder. Rows are read in small batches, so that a table of any size can be read.

Example:
    >>> Table("clips.parquet", Path("clips.parquet")).count()  # doctest: +SKIP
    1440
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from emotion_hf.batch.place import Place, content_of, readable
from emotion_hf.disk import read_json
from emotion_hf.errors import AudioFormatError, CorpusError

USUAL_COLUMN = "audio"
BATCH_ROWS = 16
STATE, SPLITS = "state.json", "dataset_dict.json"
"""Files of a folder that `datasets` saved."""


@dataclass(frozen=True)
class Table:
    """The recordings in a Parquet or Arrow file.

    Attributes:
        source: What the user named.
        file: The file.
        column: The column with the recordings; chosen if empty.
    """

    source: str
    file: Path
    column: str = ""

    def count(self) -> int:
        """Return the number of rows.

        Raises:
            CorpusError: The file is damaged, or has no recordings.
        """
        with _reading(self.file):
            if self.file.suffix == ".arrow":
                with pa.memory_map(str(self.file)) as file, pa.ipc.open_stream(file) as reader:
                    audio_column(reader.schema, self.column, self.file)
                    return sum(batch.num_rows for batch in reader)
            with pq.ParquetFile(self.file) as table:
                audio_column(table.schema_arrow, self.column, self.file)
                return table.metadata.num_rows

    def __iter__(self) -> Iterator[Place]:
        """Yield the recordings, in the order of the rows.

        Raises:
            CorpusError: As in `count`.
        """
        source, file, number = readable(self.source), readable(self.file), 0
        for values in self._batches():
            for value in values:
                yield place_in_table(source, f"{file}#{number}", value.as_py(), self._fetch)
                number += 1

    def _fetch(self, path: str) -> bytes:
        return content_of(self.file.parent / path)

    def _batches(self) -> Iterator[pa.Array]:
        with _reading(self.file):
            if self.file.suffix == ".arrow":
                with pa.memory_map(str(self.file)) as file, pa.ipc.open_stream(file) as reader:
                    column = audio_column(reader.schema, self.column, self.file)
                    for batch in reader:
                        yield batch[column]
                return
            with pq.ParquetFile(self.file, memory_map=True) as table:
                column = audio_column(table.schema_arrow, self.column, self.file)
                for batch in table.iter_batches(BATCH_ROWS, columns=[column]):
                    yield batch[0]


def audio_column(columns: pa.Schema, wanted: str, file: Path) -> str:
    """Return the name of the column with the recordings: `audio`, or the only one with `bytes`, unless named.

    Raises:
        CorpusError: There is none.
    """
    if wanted and wanted not in columns.names:
        raise CorpusError(f"{file} has no column {wanted!r}; it has {', '.join(columns.names)}.")
    usual = [column.name for column in columns if column.name == USUAL_COLUMN and _has_recordings(column.type)]
    rows = [column.name for column in columns if _is_row_of_audio(column.type)]
    found = [wanted] if wanted else usual or (rows if len(rows) == 1 else [])
    if not found or not _has_recordings(columns.field(found[0]).type):
        kinds = "rows of bytes and path, bytes, or paths"
        raise CorpusError(
            f"{file} has no column with recordings ({kinds}); it has {', '.join(columns.names)}. "
            "Name one with --column."
        )
    return found[0]


def saved_tables(folder: Path) -> list[Path] | None:
    """Return the files of a folder that `datasets.save_to_disk` wrote; `None` for another folder.

    Raises:
        CorpusError: Its description is damaged.
    """
    if not os.path.isfile(folder / STATE) and not os.path.isfile(folder / SPLITS):
        return None
    try:
        if os.path.isfile(folder / SPLITS):
            names = [str(name) for name in read_json(folder / SPLITS)["splits"]]
            return [file for name in names for file in saved_tables(folder / name) or ()]
        return [folder / str(file["filename"]) for file in read_json(folder / STATE)["_data_files"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CorpusError(f"{folder} is a damaged data set; save it again.") from error


def place_in_table(source: str, path: str, value: Any, fetch: Callable[[str], bytes]) -> Place:
    """Return the place of a recording in a row of a table.

    Args:
        source: What the user named.
        path: The table and the number of the row.
        value: Its content: `bytes` and `path`, bytes, a path, or `None`.
        fetch: Returns the content of a recording whose row has only its path.
    """
    given = value if isinstance(value, Mapping) else {"path" if isinstance(value, str) else "bytes": value}
    data, name = given.get("bytes"), given.get("path")
    path = f"{path}/{os.path.basename(str(name))}" if name else path
    if data is not None:
        return Place(source, path, partial(bytes, data))
    return Place(source, path, partial(_missing, path) if name is None else partial(fetch, str(name)))


def _missing(path: str) -> bytes:
    raise AudioFormatError(f"{path} is a row without a recording.")


def _is_row_of_audio(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and any(field.name == "bytes" for field in kind)


def _has_recordings(kind: pa.DataType) -> bool:
    plain = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return _is_row_of_audio(kind) or any(is_kind(kind) for is_kind in plain)


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Turn an error of pyarrow into one sentence.

    Raises:
        CorpusError: The file cannot be read.
    """
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise CorpusError(f"{file} cannot be read ({reason}); make it again, or leave it out.") from error
