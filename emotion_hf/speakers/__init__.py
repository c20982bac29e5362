"""Who speaks when, in a recording of one channel with two speakers: anonymous turns, A and B.

Speech is cut into pieces of 1.5 seconds. Each is embedded, and the embeddings are clustered into two groups. A change
of the speaker has a cost, so that one odd piece changes nothing. If the groups are not clearly apart, there is one
speaker. Embeddings are dropped afterwards: nothing that could recognise a person again is stored.

`benchmarks/speakers.py` measures it. Voices of different genders are told apart nearly always, and others often. A
single speaker whose emotions change is often taken for two, so ask for two speakers only where two people speak.

Example:
    >>> from emotion_hf.testing import synthetic_voice
    >>> class Loudness:
    ...     def embed(self, waves):
    ...         return np.array([[np.sqrt(np.mean(wave**2)), 0.1] for wave in waves])
    >>> talk = np.concatenate([synthetic_voice(5.0), 0.1 * synthetic_voice(5.0, seed=1)])
    >>> [turn.speaker for turn in find_speakers(talk, Loudness())]
    ['A', 'B']
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Protocol, runtime_checkable

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import CheckpointError
from emotion_hf.long_waves import forget
from emotion_hf.speech import Segment, speech_segments
from emotion_hf.turns import give_way

SPEAKERS = ("A", "B")
"""Names of the speakers, in the order in which they first speak."""
PIECE_SECONDS, PIECE_STEP_SECONDS = 1.5, 0.75
SHORTEST_PIECE_SECONDS = 0.75
"""A shorter piece is made longer on both sides before it is embedded, and does not decide what the groups are."""
SWITCH_COST = 4.0
"""Log-likelihood that a change of the speaker costs; chosen, like `APART`, on conversations of speakers of RAVDESS,
nEMO and Selvas whom the projection of the embedder had not been trained on."""
APART = 0.20
"""Mean silhouette (Rousseeuw 1987, with cosine distance) of the two groups from which they are two speakers. There, 3
of 38 conversations of two speakers were taken for one speaker, and 4 of 29 recordings of one speaker for two; on other
corpora it is less reliable (`benchmarks/SPEAKERS.md`)."""
MOST_COMPARED = 1_000
"""The silhouette compares all pairs of windows, so that of a long recording is computed from as many of them."""
STARTS, MOST_ROUNDS, SEED = 10, 20, 0
BATCH_PIECES = 16


class SpeakerEmbedder(Protocol):
    """Turns waves into vectors that are close to each other for one voice."""

    def embed(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return the embedding of each wave, mono float32 at 16 kHz: ``(waves, size)``."""
        ...


@runtime_checkable
class EmbedsSpeakers(Protocol):
    """A classifier that has an embedder of its own, such as `EmotionRecognizer`."""

    def speaker_embedder(self) -> SpeakerEmbedder:
        """Return it."""
        ...


def find_speakers(
    wave: np.ndarray, embedder: SpeakerEmbedder, progress: Callable[[float], object] | None = None
) -> tuple[Segment, ...]:
    """Return the turns of a recording: segments of speech, each of one speaker.

    Args:
        wave: Mono float32 at 16 kHz, shape ``(samples,)``.
        embedder: Embeds pieces of it.
        progress: Called with the share that is done, from 0 to 1; an error that it raises ends the work.

    Returns:
        In the order of time. ``A`` speaks first. All are ``A`` if the recording is too short to compare voices, or
        the voices are not clearly apart; none without speech.

    Raises:
        CheckpointError: The embedder gives numbers that are not finite.
    """
    report = progress or (lambda share: None)
    report(0.0)
    segments = speech_segments(wave)
    pieces = [(number, piece) for number, segment in enumerate(segments) for piece in _pieces(segment)]
    numbers = np.zeros(len(pieces), dtype=int)
    if len(pieces) > 2:
        vectors = _embedded(wave, [piece for _, piece in pieces], embedder, report)
        numbers = cluster(vectors, np.array([piece.seconds for _, piece in pieces]))
    report(1.0)
    return tuple(turn for segment, own in _by_segment(segments, pieces, numbers) for turn in _turns(segment, own))


def cluster(vectors: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return the speaker of each window, 0 or 1, counted in the order in which they first speak.

    K-means starts. Then the most likely sequence of speakers is found, with a Gaussian of the same spread around the
    mean of each (Viterbi's algorithm), and the means are computed again, until nothing changes.

    Args:
        vectors: Embeddings of the windows in the order of time ``(windows, size)``.
        seconds: Length of each ``(windows,)``; the evidence of a short window counts less.
    """
    from sklearn.cluster import KMeans  # scikit-learn takes a second to import

    nobody_else = np.zeros(len(vectors), dtype=int)
    reliable = seconds >= SHORTEST_PIECE_SECONDS
    if len(np.unique(vectors[reliable], axis=0)) < 3:
        return nobody_else
    points = vectors - vectors[reliable].mean(axis=0)
    means = KMeans(len(SPEAKERS), n_init=STARTS, random_state=SEED).fit(points[reliable]).cluster_centers_
    weights = np.minimum(seconds / PIECE_SECONDS, 1.0)
    numbers = nobody_else
    for _ in range(MOST_ROUNDS):
        distances = np.square(points[:, None] - means).sum(axis=2)
        spread = distances[reliable].min(axis=1).mean() / points.shape[1]
        evidence = -distances * weights[:, None] / (2 * max(spread, 1e-12))
        before, numbers = numbers, most_likely(evidence, SWITCH_COST)
        if len(np.unique(numbers[reliable])) < len(SPEAKERS) or (numbers == before).all():
            break
        means = np.stack([points[reliable & (numbers == number)].mean(axis=0) for number in range(len(SPEAKERS))])
    if not are_apart(points[reliable], numbers[reliable]):
        return nobody_else
    return numbers if numbers[0] == 0 else 1 - numbers


def most_likely(evidence: np.ndarray, switch_cost: float) -> np.ndarray:
    """Return the sequence of numbers with the highest sum of evidence, minus the cost of each switch.

    Args:
        evidence: Log-likelihood of each number at each step ``(steps, numbers)``.
        switch_cost: Subtracted whenever the number changes.

    Example:
        >>> most_likely(np.array([[0.0, -9.0], [-1.0, 0.0], [0.0, -9.0], [-9.0, 0.0]]), 2.0).tolist()
        [0, 0, 0, 1]
    """
    best, came_from = evidence[0], []
    for row in evidence[1:]:
        from_elsewhere = best.max() - switch_cost
        came_from.append(np.where(best >= from_elsewhere, np.arange(len(best)), best.argmax()))
        best = np.maximum(best, from_elsewhere) + row
    path = [int(best.argmax())]
    for origins in reversed(came_from):
        path.append(int(origins[path[-1]]))
    return np.array(path[::-1])


def are_apart(points: np.ndarray, numbers: np.ndarray) -> bool:
    """Return whether two groups of centred embeddings ``(windows, size)`` are two speakers, not one in two moods."""
    from sklearn.metrics import silhouette_score

    chosen = np.unique(np.linspace(0, len(points) - 1, MOST_COMPARED).round().astype(int))
    numbers = numbers[chosen]
    if len(np.unique(numbers)) < len(SPEAKERS) or len(numbers) < 3:
        return False
    return bool(silhouette_score(points[chosen], numbers, metric="cosine") >= APART)


def _pieces(segment: Segment) -> list[Segment]:
    """Return overlapping pieces that cover a segment: one if it is short."""
    start, length = segment.start_seconds, segment.seconds
    if length <= PIECE_SECONDS:
        return [segment]
    count = math.ceil((length - PIECE_SECONDS) / PIECE_STEP_SECONDS) + 1
    starts = np.linspace(start, segment.end_seconds - PIECE_SECONDS, count).tolist()
    return [Segment(one, one + PIECE_SECONDS) for one in starts]


def _embedded(
    wave: np.ndarray, pieces: Sequence[Segment], embedder: SpeakerEmbedder, report: Callable[[float], object]
) -> np.ndarray:
    """Return the embedding of each piece of a wave ``(pieces, size)``; shorter recordings may go first."""
    found = []
    for start in range(0, len(pieces), BATCH_PIECES):
        share = start / len(pieces)
        report(share)
        give_way(len(wave) / SAMPLING_RATE * (1 - share))
        found.append(embedder.embed([_slice(wave, piece) for piece in pieces[start : start + BATCH_PIECES]]))
        forget(wave)
    vectors = np.concatenate(found).astype(float)
    if not np.isfinite(vectors).all():
        raise CheckpointError("The speaker embeddings are not finite; use another speaker-verification model.")
    return vectors


def _slice(wave: np.ndarray, piece: Segment) -> np.ndarray:
    margin = max(0.0, (SHORTEST_PIECE_SECONDS - piece.seconds) / 2)
    start, end = (round(at * SAMPLING_RATE) for at in (piece.start_seconds - margin, piece.end_seconds + margin))
    return wave[max(0, start) : end]


def _by_segment(
    segments: Sequence[Segment], pieces: Sequence[tuple[int, Segment]], numbers: np.ndarray
) -> list[tuple[Segment, list[tuple[Segment, str]]]]:
    """Return each segment with its pieces and their speakers."""
    named = zip(pieces, numbers.tolist(), strict=True)
    return [
        (segments[which], [(piece, SPEAKERS[number]) for (_, piece), number in own])
        for which, own in groupby(named, key=lambda one: one[0][0])
    ]


def _turns(segment: Segment, pieces: Sequence[tuple[Segment, str]]) -> list[Segment]:
    """Return the turns in a segment; two meet in the middle between the centres of their nearest pieces."""
    turns = [replace(segment, speaker=pieces[0][1])]
    for (before, speaker), (after, next_speaker) in pairwise(pieces):
        if next_speaker != speaker:
            ends = (before.start_seconds + before.end_seconds + after.start_seconds + after.end_seconds) / 4
            turns[-1] = replace(turns[-1], end_seconds=ends)
            turns.append(Segment(ends, segment.end_seconds, speaker=next_speaker))
    return turns
