"""Keep recordings on disk only while the page needs them.

Uploads and replays are in one folder per process below ``<data_dir>/voices``, which contains a marker file. While the
server runs, a task removes expired files from all marked folders, including those that a killed process left. At the
end, ``serve`` removes this process's own folder. Nothing else in ``voices`` is touched.

Example:
    >>> demo.launch(app_kwargs={"lifespan": sweeping(Settings())})  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from emotion_hf.settings import Settings

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 30
MARKER = ".emotion-hf-voices"
OWN = secrets.token_hex(8)
"""Name of this process's folder; no other process, earlier or later, has the same."""


def voices_folder(settings: Settings) -> Path:
    """Return this process's folder of recordings."""
    return settings.data_dir.resolve() / "voices" / OWN


def make_voices_folder(settings: Settings) -> Path:
    """Make this process's folder of recordings with its marker, and return it.

    Raises:
        OSError: The folder cannot be written.
    """
    folder = voices_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    others = [path.name for path in folder.parent.iterdir() if not (path / MARKER).is_file()]
    if others:
        logger.warning(
            "%s holds files that this page does not own, for example %s; remove recordings of earlier versions there.",
            folder.parent,
            min(others),
        )
    return folder


def lifetime_seconds(settings: Settings) -> tuple[int, int]:
    """Return how often to look and how old a file may then be, so that no file outlives ``history_seconds``."""
    pause = max(1, min(SWEEP_SECONDS, settings.history_seconds // 2))
    return pause, max(1, settings.history_seconds - pause)


def sweep(folder: Path, max_age_seconds: float) -> None:
    """Remove files and empty folders older than ``max_age_seconds``, only in the marked folders of ``folder``.

    A process touches its marker while it lives, so a folder with an old marker belongs to no process any more.
    """
    limit = time.time() - max_age_seconds
    for marker in folder.glob(f"*/{MARKER}"):
        if marker.parent.is_symlink():
            continue
        for path in sorted(marker.parent.rglob("*"), reverse=True):  # a folder comes after its content
            if path != marker:
                _remove_older(path, limit)
        if os.listdir(marker.parent) == [MARKER] and _remove_older(marker, limit):
            with suppress(OSError):
                marker.parent.rmdir()


def _remove_older(path: Path, limit: float) -> bool:
    with suppress(OSError):  # gone already, or a folder that is not empty
        if path.lstat().st_mtime < limit:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            return True
    return False


def sweeping(settings: Settings) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """Return a server's lifespan during which old recordings are removed."""
    pause, max_age = lifetime_seconds(settings)

    async def sweep_on() -> None:
        while True:
            with suppress(OSError):  # the disk is full, or the folder is gone
                (voices_folder(settings) / MARKER).touch()
            await asyncio.to_thread(sweep, settings.data_dir / "voices", max_age)
            await asyncio.sleep(pause)

    @asynccontextmanager
    async def lifespan(server: object) -> AsyncIterator[None]:
        task = asyncio.create_task(sweep_on())
        try:
            yield
        finally:
            task.cancel()

    return lifespan
