"""Choose between recordings of the same name: lossless, readable and not silent ones are better.

A full checkout of CREMA-D contains every clip as WAV and as MP3, and some of the MP3 files are silent.

Example:
    >>> best_of([Path("AudioMP3/1001_DFA_ANG_XX.mp3"), Path("AudioWAV/1001_DFA_ANG_XX.wav")])  # doctest: +SKIP
    PosixPath('AudioWAV/1001_DFA_ANG_XX.wav')
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from emotion_hf.audio import is_silent, load_audio
from emotion_hf.errors import AudioError

_LOSSLESS = (
    *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf"),
    *(".sph", ".nist"),
)
_SOUND, _SILENCE, _NOTHING = range(3)


def best_of(paths: Sequence[Path]) -> Path:
    """Return the best of recordings with the same name; of equal ones, the first.

    Files are decoded only if there are several, and no more of them than necessary.
    """
    if len(paths) == 1:
        return paths[0]
    ranked = sorted(paths, key=lambda path: path.suffix.lower() not in _LOSSLESS)
    best, lowest = ranked[0], _NOTHING
    for path in ranked:
        state = path.stat()
        content = _content(path, state.st_size, state.st_mtime_ns)
        if content < lowest:
            best, lowest = path, content
        if content == _SOUND:
            break
    return best


@lru_cache(maxsize=100_000)
def _content(path: Path, size: int, changed: int) -> int:
    """Return what a file contains; size and time of the last change are only a part of the cache's key."""
    try:
        return _SILENCE if is_silent(load_audio(path)) else _SOUND
    except AudioError:
        return _NOTHING
