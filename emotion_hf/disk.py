"""Find files below a folder, and write files that survive a killed process and a power cut, whole or line by line.

A line exists once its newline is on the disk; anything after the last newline is no line.

Example:
    >>> append_line(folder / "ledger.jsonl", b'{"event": "deletion"}\\n')  # doctest: +SKIP
    >>> complete_lines(folder / "ledger.jsonl")  # doctest: +SKIP
    [b'{"event": "deletion"}']
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emotion_hf.errors import EmotionError, SettingsError, WriteError

FULL = (errno.ENOSPC, errno.EDQUOT)
REFUSALS = (*FULL, errno.EROFS, errno.EACCES, errno.EPERM)
"""Errors of a full disk or a place that cannot be written."""
OF_TORCH = ("PytorchStreamWriter failed writing", "unexpected pos", "iostream error")
"""Messages of `torch.save` on a full disk; they do not state the reason."""
_UNFIT_FOR_NAMES = re.compile(r"[^\w.-]+")


def plain_name(text: str) -> str:
    """Return text as one part of a path: letters, digits, dots, dashes and underscores of any language.

    It is neither hidden nor the start of an option or a formula, and empty if nothing of the text is left.

    Example:
        >>> plain_name("../Ánna Müller\\n")
        'Ánna_Müller'
    """
    return _UNFIT_FOR_NAMES.sub("_", unicodedata.normalize("NFC", text)).strip("._-")


def files_below(folder: Path, on_error: Callable[[Path], object] | None = None) -> Iterator[Path]:
    """Yield the files in ``folder`` and all folders below it, including those behind symbolic links, each once.

    Folders that cannot be opened are passed to ``on_error``.
    """
    seen: set[str] = set()

    def report(error: OSError) -> None:
        if on_error is not None:
            on_error(Path(error.filename))

    for place, folders, files in os.walk(folder, onerror=report, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:  # a link back to a folder above
            folders.clear()
            continue
        seen.add(real)
        yield from (Path(place, name) for name in files)


def complete_lines(path: Path) -> list[bytes]:
    """Return the complete lines of the file at ``path``, without their newlines; none if there is no file."""
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []


def append_line(path: Path, line: bytes) -> None:
    """Append ``line``, which ends with a newline; if this fails, nothing of it remains.

    Raises:
        OSError: The file system reports an error.
    """
    with path.open("ab", buffering=0) as file:
        start = file.tell()
        try:
            if file.write(line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(start)
            raise
    sync_folder(path.parent)


def cut_torn_line(path: Path) -> bool:
    """Cut off what follows the last newline, and return whether there was any; an empty file is removed."""
    if not path.exists():
        return False
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        if file.read() == b"\n":
            return False
        file.seek(0)
        complete = file.read().rfind(b"\n") + 1
        file.truncate(complete)
        os.fsync(file.fileno())
    if not complete:
        path.unlink()
    return True


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` so that a reader, even after a power cut, finds all of it or none.

    Raises:
        OSError: The file system reports an error; what was at ``path`` is still there.
    """
    temporary = temporary_of(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def check_output(path: Path, endings: Collection[str]) -> None:
    """Check that a result can be written to ``path``, before hours of work depend on it.

    Raises:
        SettingsError: Its name has none of these endings, or the file cannot be written.
    """
    if path.suffix.lower() not in endings:
        raise SettingsError(f"Cannot write {path}: its name must end in {', '.join(endings)}.")
    if os.path.isdir(path):
        raise SettingsError(f"Cannot write {path}: it is a folder; name a file in it.")
    try:
        with writing(path):
            temporary_of(path).touch()
            temporary_of(path).unlink()
    except WriteError as error:
        raise SettingsError(str(error)) from error


def check_folder(folder: Path) -> None:
    """Check that files can be written into a folder that exists or can be made, before hours of work depend on it.

    Raises:
        SettingsError: There is a file at its place or above it, or it cannot be written.
    """
    place = folder.absolute()
    while not os.path.exists(place):
        place = place.parent
    if not place.is_dir():
        raise SettingsError(f"Cannot write {folder}: {place} is a file; name a folder.")
    check_output(place / f".{os.getpid()}", ("",))


def temporary_of(path: Path) -> Path:
    """Return the path that `write_whole` writes first; a killed process may have left a file there."""
    return path.with_name(f".{path.name}.tmp")


def write_many(files: Mapping[Path, bytes]) -> None:
    """Write many small files at once, and return when all are on the disk; a power cut may leave some incomplete.

    Raises:
        OSError: The file system reports an error.
    """
    for path, content in files.items():
        path.write_bytes(content)
    if hasattr(os, "sync"):  # Windows has none and writes the files at its own time
        os.sync()


def remove_named(folder: Path, parts: Collection[str]) -> None:
    """Remove the files in ``folder`` whose names contain one of ``parts``; the folder may be missing.

    Raises:
        OSError: The file system reports an error.
    """
    gone = [path for path in folder.glob("*") if any(part in path.name for part in parts)]
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in ``folder`` permanent; Windows does so by itself and cannot open folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def writing(place: Path | str) -> Iterator[None]:
    """Turn a disk error, while the block writes to ``place``, into one sentence.

    Some libraries raise their own errors that only quote the system's message; those count too.

    Raises:
        WriteError: The disk is full, the place cannot be written, or a file is in the place of a folder.
    """
    try:
        yield
    except EmotionError:
        raise
    except OSError as error:
        raise _refused(place, error.strerror or str(error)) from error
    except Exception as error:
        if words := _words_of_the_disk(str(error)):
            raise _refused(place, words) from error
        raise


def read_json(path: Path) -> Any:
    """Return the content of the JSON file at ``path``.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not UTF-8, not JSON, or nested too deeply.
    """
    return parse_json(path.read_bytes())


def parse_json(content: bytes | str) -> Any:
    """Return the content of JSON text.

    Raises:
        ValueError: It is not UTF-8, not JSON, or nested too deeply.
    """
    try:
        return json.loads(content if isinstance(content, str) else content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file at ``path``, in hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(place: Path | str, reason: str) -> WriteError:
    is_full = reason in map(os.strerror, FULL)
    remedy = "free some space, or choose another place" if is_full else "choose a place that can be written"
    return WriteError(f"Cannot write {place}: {reason}; {remedy}.")


def _words_of_the_disk(message: str) -> str:
    """Return the system's message in the message of a library's own error, if it is a disk error."""
    if any(words in message for words in OF_TORCH):
        return os.strerror(errno.ENOSPC)
    return next((words for words in map(os.strerror, REFUSALS) if words in message), "")
