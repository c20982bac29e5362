"""The work of a run: every recording with its key, read only as far as needed, and scored only once for each content.

A `Work` can be sent to another process and always gives the same clips in the same order, whatever is written
meanwhile. A cluster may start it again after a crash.

Example:
    >>> parse_shard("2/10")
    Shard(number=2, count=10)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emotion_hf.batch.index import Index
from emotion_hf.batch.place import Place
from emotion_hf.batch.places import Places
from emotion_hf.batch.rows import Clip, State
from emotion_hf.errors import AudioError, SettingsError

BLOCK_CLIPS = 32
"""Clips that are scored together; sorted by length, few of them need much padding."""
BLOCK_BYTES = 8_000_000


@dataclass(frozen=True)
class Shard:
    """A part of all recordings, from 1 to `count`, for one of several machines."""

    number: int
    count: int

    def has(self, place: Place) -> bool:
        """Return whether a recording belongs to it; this depends on its path in the source alone."""
        name = place.path.removeprefix(place.source)
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % self.count == self.number - 1


def parse_shard(text: str) -> Shard:
    """Return the shard that `2/10` names.

    Raises:
        SettingsError: It has another form.
    """
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise SettingsError(f"--shard {text} cannot be used; give a part and the number of parts, such as 2/10.")
    return Shard(int(found[1]), int(found[2]))


@dataclass(frozen=True)
class Work:
    """All recordings of a run.

    Attributes:
        places: Where they are.
        model_key: Key of the model with its settings.
        parts: Files with earlier results.
        shard: The part of the recordings to score; `None` for all.
    """

    places: tuple[Places, ...]
    model_key: str
    parts: tuple[Path, ...] = ()
    shard: Shard | None = None

    def __iter__(self) -> Iterator[Clip]:
        """Yield each recording; those that must be scored have their content."""
        index = Index(self.parts)
        for places in self.places:
            for place in places:
                if self.shard is None or self.shard.has(place):
                    yield self._clip(place, index)

    def _clip(self, place: Place, index: Index) -> Clip:
        try:
            data = place.read()
        except AudioError as error:
            state = index.state_of(place.source, place.path, None)
            index.add(place.source, place.path, None, failed=True)
            return Clip(place.source, place.path, error=str(error), state=state)
        key = f"{hashlib.sha256(data).hexdigest()}-{self.model_key}"
        state = index.state_of(place.source, place.path, key)
        index.add(place.source, place.path, key, failed=False)  # for the case that it is listed twice
        return Clip(place.source, place.path, key, data if state is State.NEW else None, state=state)


def in_blocks(clips: Iterator[Clip]) -> Iterator[list[Clip]]:
    """Yield clips in lists of a limited number and size."""
    block: list[Clip] = []
    size = 0
    for clip in clips:
        block.append(clip)
        size += len(clip.data or b"")
        if len(block) == BLOCK_CLIPS or size >= BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block
