"""Unpack a zip file that came from the network: recordings and the texts beside them, and nothing outside the folder.

A name that leads elsewhere, a link, a password or a rare compression make the whole file unfit; what is neither a
recording nor a text is left out. Sizes are checked before anything is written: a member never gives more bytes than
its header says.

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

from emotion_hf.audio import AUDIO_EXTENSIONS
from emotion_hf.corpora.new_folder import check_room
from emotion_hf.errors import DownloadError

MAX_FILES = 50_000
MAX_GIGABYTES = 8
TEXT_EXTENSIONS = (".txt", ".md", ".csv", ".tsv", ".json", ".yaml")
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the recordings and texts of ``archive`` into ``folder``, which is there and empty.

    Raises:
        DownloadError: It is no zip file, or a damaged, unsafe or too large one.
        OSError: The disk has no room, or refuses.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            members = _members(file)
            _check_size(members, folder)
            for path, member in members.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with file.open(member) as source, target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
    except _DAMAGED as error:
        raise DownloadError(f"What was downloaded is no zip file, or a damaged one ({error}); try again.") from error


def _members(file: zipfile.ZipFile) -> Mapping[PurePosixPath, zipfile.ZipInfo]:
    """Return what is to be unpacked.

    Raises:
        DownloadError: A name is unsafe or occurs twice.
    """
    members: dict[PurePosixPath, zipfile.ZipInfo] = {}
    folded = set()
    for member in file.infolist():
        path = PurePosixPath(member.filename)
        if not _is_safe(member, path):
            raise DownloadError(f"The downloaded zip file is not safe to unpack: {member.filename!r} is in it.")
        if member.is_dir() or not _is_wanted(path):
            continue
        if str(path).casefold() in folded:
            raise DownloadError(f"The downloaded zip file holds {member.filename!r} twice.")
        folded.add(str(path).casefold())
        members[path] = member
    return members


def _is_safe(member: zipfile.ZipInfo, path: PurePosixPath) -> bool:
    kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the file was packed on a system without such kinds
    stays_inside = not path.is_absolute() and ".." not in path.parts and not set(member.filename) & set("\\:")
    is_plain = not member.flag_bits & _ENCRYPTED and member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    return stays_inside and is_plain and kind in (0, stat.S_IFREG, stat.S_IFDIR)


def _is_wanted(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not hidden and path.suffix.lower() in (*AUDIO_EXTENSIONS, *TEXT_EXTENSIONS)


def _check_size(members: Mapping[PurePosixPath, zipfile.ZipInfo], folder: Path) -> None:
    size = sum(member.file_size for member in members.values())
    if len(members) > MAX_FILES or size > MAX_GIGABYTES * 1e9:
        limit = f"{MAX_FILES:,} files and {MAX_GIGABYTES} GB"
        raise DownloadError(f"The downloaded zip file holds {len(members):,} files, {size / 1e9:.1f} GB; {limit} fit.")
    check_room(folder, size)
