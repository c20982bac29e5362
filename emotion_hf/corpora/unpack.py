"""Unpack a zip file that was downloaded or uploaded: only recordings and texts, and nothing outside the folder.

An unsafe path, a link, a password or a rare compression makes the whole file invalid; other files than recordings and
texts are left out. Sizes are checked before anything is written: a member never gives more bytes than its header
states.

Example:
    >>> unpack(Path("ravdess.zip"), Path("ravdess"))  # doctest: +SKIP
"""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from emotion_hf.corpora.new_folder import check_room
from emotion_hf.decoding import DECODABLE_EXTENSIONS
from emotion_hf.errors import DownloadError

MAX_FILES = 50_000
MAX_GIGABYTES = 8
MAX_RATIO = 200
"""How many times its own size a file may become; recordings become two to ten times as large."""
RATIO_BYTES = 100_000_000
"""Below this size, the ratio does not matter."""
TEXT_EXTENSIONS = (".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".yaml")
DOWNLOADED = "The downloaded zip file"
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)


def unpack(archive: Path, folder: Path, what: str = DOWNLOADED) -> None:
    """Unpack the recordings and texts of ``archive`` into ``folder``, an existing empty folder.

    Args:
        archive: The zip file.
        folder: The folder.
        what: Name of the zip file for messages.

    Raises:
        DownloadError: It is not a zip file, or it is damaged, unsafe or too large.
        OSError: The disk is full, or the file system reports an error.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            members = _members(file, what)
            _check_size(members, folder, archive.stat().st_size, what)
            for path, member in members.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with file.open(member) as source, target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
    except _DAMAGED as error:
        raise DownloadError(f"{what} is not a zip file, or it is damaged ({error}); try again.") from error


def _members(file: zipfile.ZipFile, what: str) -> Mapping[PurePosixPath, zipfile.ZipInfo]:
    """Return the members to unpack.

    Raises:
        DownloadError: A name is unsafe or occurs twice.
    """
    members: dict[PurePosixPath, zipfile.ZipInfo] = {}
    folded = set()
    for member in file.infolist():
        path = PurePosixPath(member.filename)
        if not _is_safe(member, path):
            raise DownloadError(f"{what} is not safe to unpack: it contains {member.filename!r}.")
        if member.is_dir() or not _is_wanted(path):
            continue
        if str(path).casefold() in folded:
            raise DownloadError(f"{what} contains {member.filename!r} twice.")
        folded.add(str(path).casefold())
        members[path] = member
    return members


def _is_safe(member: zipfile.ZipInfo, path: PurePosixPath) -> bool:
    kind = stat.S_IFMT(member.external_attr >> 16)  # 0 if the file was packed on a system without file types
    stays_inside = not path.is_absolute() and ".." not in path.parts and not set(member.filename) & set("\\:")
    is_plain = not member.flag_bits & _ENCRYPTED and member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    return stays_inside and is_plain and kind in (0, stat.S_IFREG, stat.S_IFDIR)


def _is_wanted(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not hidden and path.suffix.lower() in (*DECODABLE_EXTENSIONS, *TEXT_EXTENSIONS)


def _check_size(members: Mapping[PurePosixPath, zipfile.ZipInfo], folder: Path, packed_bytes: int, what: str) -> None:
    size = sum(member.file_size for member in members.values())
    if len(members) > MAX_FILES or size > MAX_GIGABYTES * 1e9:
        limit = f"{MAX_FILES:,} files and {MAX_GIGABYTES} GB"
        raise DownloadError(f"{what} has {len(members):,} files, {size / 1e9:.1f} GB; at most {limit} are allowed.")
    if size > RATIO_BYTES and size > MAX_RATIO * packed_bytes:
        times = f"{size / packed_bytes:,.0f}"
        raise DownloadError(f"{what} would unpack to {times} times its size; at most {MAX_RATIO} is allowed.")
    check_room(folder, size)
