"""Recordings on disk while the page needs them, and not a moment longer.

Uploads and replays lie in one folder per process below ``<data_dir>/voices``. A task that lives as long as the
server removes whatever has come of age there, also what a killed process left; in the end ``serve`` removes it all.

Example:
    >>> demo.launch(app_kwargs={"lifespan": sweeping(Settings())})  # doctest: +SKIP
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from emotion_hf.settings import Settings

SWEEP_SECONDS = 30


def voices_folder(settings: Settings) -> Path:
    """Return this process's folder of recordings."""
    return settings.data_dir.resolve() / "voices" / str(os.getpid())


def lifetime_seconds(settings: Settings) -> tuple[int, int]:
    """Return how often to look and how old a file may then be, so that none outlives ``history_seconds``."""
    pause = max(1, min(SWEEP_SECONDS, settings.history_seconds // 2))
    return pause, max(1, settings.history_seconds - pause)


def sweep(folder: Path, max_age_seconds: float) -> None:
    """Remove the files and empty folders below ``folder`` that are older."""
    limit = time.time() - max_age_seconds
    for path in sorted(folder.rglob("*"), reverse=True):  # what lies in a folder comes before the folder
        with suppress(OSError):  # gone already, or a folder that is not empty
            if path.stat().st_mtime < limit:
                path.rmdir() if path.is_dir() else path.unlink()


def sweeping(settings: Settings) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """Return a server's lifespan during which old recordings are removed."""
    pause, max_age = lifetime_seconds(settings)

    async def sweep_on() -> None:
        while True:
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
