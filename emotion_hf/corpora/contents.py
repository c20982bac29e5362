"""What the recordings of a folder contain: durations, silence, damage and equal recordings, as the decoder reads them.

Headers are not trusted, because they can state another length than the file has: a FLAC written to a pipe states none.
A clip takes about 3 ms.

Example:
    >>> read_contents([Path("happy/1.wav"), Path("sad/1.flac")]).identical  # doctest: +SKIP
    ((PosixPath('happy/1.wav'), PosixPath('sad/1.flac')),)
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from emotion_hf.audio import SAMPLING_RATE, is_silent, load_audio
from emotion_hf.errors import AudioError, AudioTooShortError

Progress = Callable[[Iterable[Path]], Iterable[Path]]


@dataclass(frozen=True)
class Contents:
    """What recordings contain.

    Attributes:
        seconds: Duration of each recording that can be used.
        unreadable: The reason for each recording that cannot be used, except for its length.
        too_short: Recordings shorter than an utterance.
        silent: Recordings without any sound.
        identical: Groups of recordings with the same samples; their files may have different formats.
    """

    seconds: dict[Path, float]
    unreadable: dict[Path, str]
    too_short: tuple[Path, ...]
    silent: tuple[Path, ...]
    identical: tuple[tuple[Path, ...], ...]


def read_contents(paths: Iterable[Path], progress: Progress = iter) -> Contents:
    """Decode recordings one by one.

    Args:
        paths: The recordings.
        progress: Wraps them, for a progress bar.
    """
    seconds, unreadable, too_short, silent = {}, {}, [], []
    same: dict[bytes, list[Path]] = defaultdict(list)
    for path in progress(paths):
        try:
            wave = load_audio(path)
        except AudioTooShortError:
            too_short.append(path)
        except AudioError as error:
            unreadable[path] = str(error)
        else:
            seconds[path] = len(wave) / SAMPLING_RATE
            if is_silent(wave):
                silent.append(path)
            else:
                same[hashlib.sha256(wave.tobytes()).digest()].append(path)
    groups = (tuple(group) for group in same.values() if len(group) > 1)
    return Contents(seconds, unreadable, tuple(too_short), tuple(silent), tuple(groups))
