"""Conversations made of clips: two speakers take turns of one to four clips each, and who speaks when is known.

Example:
    >>> audible(np.r_[np.zeros(5120), np.ones(5120) * (-1) ** np.arange(5120)]).tolist()[:1]
    [False]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from emotion_hf.audio import SAMPLING_RATE, load_audio

FRAME_SAMPLES = 160
"""Who speaks is known for each 10 ms."""
ACTIVE_DB = -30.0
"""Frames of a clip are speech if they are at most this far below its loudest one."""
LONGEST_PAUSE_FRAMES = 30
"""A shorter pause within a clip is speech."""
LEAST_SECONDS, MOST_SECONDS = 60.0, 120.0
MOST_CLIPS, MOST_PAUSE_SECONDS = 4, 0.5


@dataclass(frozen=True)
class Conversation:
    """A recording, and who speaks in each frame of 10 ms: 0 for nobody, 1 or 2 ``(frames,)``."""

    wave: np.ndarray
    truth: np.ndarray


def converse(clips: Mapping[str, Sequence[Path]], rng: np.random.Generator) -> Conversation:
    """Return a conversation of one or two speakers, 60 to 120 s long unless the clips end before.

    Args:
        clips: Recordings of each speaker.
        rng: Draws everything.
    """
    length = rng.uniform(LEAST_SECONDS, MOST_SECONDS) * SAMPLING_RATE
    left = {name: _shuffled(clips[name], rng) for name in _shuffled(sorted(clips), rng)}
    waves: list[np.ndarray] = []
    truth: list[np.ndarray] = []
    for number, path in _in_turns(list(left.values()), rng):
        wave, spoken = trimmed(load_audio(path))
        pause = int(rng.uniform(0, MOST_PAUSE_SECONDS) * SAMPLING_RATE / FRAME_SAMPLES)
        waves += [wave, np.zeros(pause * FRAME_SAMPLES, dtype=np.float32)]
        truth += [number * spoken, np.zeros(pause, dtype=int)]
        if sum(map(len, waves)) >= length:
            break
    return Conversation(np.concatenate(waves), np.concatenate(truth))


def trimmed(wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a clip without the silence at its ends, and which of its frames are speech."""
    spoken = audible(wave)
    first, last = np.flatnonzero(spoken)[[0, -1]]
    return wave[first * FRAME_SAMPLES : (last + 1) * FRAME_SAMPLES], spoken[first : last + 1]


def audible(wave: np.ndarray) -> np.ndarray:
    """Return which whole frames of a clip are speech, or a short pause in it ``(frames,)``, by their level alone."""
    frames = len(wave) // FRAME_SAMPLES
    power = np.square((wave - wave.mean())[: frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES)).mean(axis=1)
    spoken = power >= power.max() * 10 ** (ACTIVE_DB / 10)
    positions = np.flatnonzero(spoken)
    for before, after in pairwise(positions):
        if after - before <= LONGEST_PAUSE_FRAMES:
            spoken[before:after] = True
    return spoken


def _in_turns(clips: Sequence[list[Path]], rng: np.random.Generator) -> Iterator[tuple[int, Path]]:
    """Yield the number of the speaker, from 1, and the next clip, until the speaker whose turn it is has none."""
    number = 0
    while clips[number]:
        for _ in range(rng.integers(1, MOST_CLIPS, endpoint=True)):
            if clips[number]:
                yield number + 1, clips[number].pop()
        number = (number + 1) % len(clips)


def _shuffled(some: Sequence, rng: np.random.Generator) -> list:
    return [some[number] for number in rng.permutation(len(some))]
