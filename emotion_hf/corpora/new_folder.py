"""A folder that is either complete or absent.

Example:
    >>> with new_folder(Path("out")) as folder:  # doctest: +SKIP
    ...     (folder / "clip.wav").write_bytes(content)
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emotion_hf.errors import CorpusError, EmotionError


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``target`` if the block succeeds, and is removed otherwise.

    Raises:
        CorpusError: ``target`` exists and is not empty, or the file system reports an error.
    """
    place = Path(os.path.abspath(target.expanduser()))
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    is_ours = False
    try:
        if has_content(place):
            raise CorpusError(f"{target} already exists and is not empty; name a new folder.")
        place.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        is_ours = True
        yield part
        if place.is_dir():
            place.rmdir()
        part.rename(place)
    except EmotionError:
        raise
    except OSError as error:
        raise CorpusError(f"Cannot write {target}: {error.strerror or error}.") from error
    finally:
        if is_ours:
            shutil.rmtree(part, ignore_errors=True)


def has_content(path: Path) -> bool:
    """Return whether ``path`` exists and is not an empty folder."""
    return os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir()))


def check_room(folder: Path, needed_bytes: int) -> None:
    """Make sure that the disk of ``folder`` has enough space.

    Raises:
        OSError: It does not; the message states both numbers.
    """
    free = shutil.disk_usage(folder).free
    if needed_bytes > free:
        sizes = f"{needed_bytes / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free"
        raise OSError(errno.ENOSPC, sizes)
