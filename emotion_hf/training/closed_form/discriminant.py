"""The last layer in closed form: linear discriminant analysis with a shrunken scatter, over several corpora at once.

What differs within an emotion is whitened away; the rest tells emotions apart (Fisher 1936; for the shrinkage Friedman
1989). How a speaker differs from the average one, in voice, room, language and microphone, is told apart from how an
emotion does, and counts many times: the next speaker will differ in ways like these, and by more than so few show
(nuisance attribute projection, Solomonoff et al. 2005). Corpora count by the number of their clips; all are scaled by
the one with the most labels, and a corpus's emotions are moved to where that one has those that both know.

Example:
    >>> vectors = np.concatenate([np.random.default_rng(0).normal(at, 1, (50, 4)) for at in (0, 3)])
    >>> truth, names = np.repeat([0, 1], 50), np.repeat("mine", 100)
    >>> found = discriminant(vectors, truth, names, names, names, labels=2, shrinkage=0.1)
    >>> found.weight.shape, found.bias.shape
    ((2, 4), (2,))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from emotion_hf.corpora.corpus import MILD, STRONG
from emotion_hf.training.closed_form.logistic import IMPOSSIBLE

LEAST_DEVIATION = 1e-6
CLIP_AT = 3.0
"""Deviations from the mean: what a training clip has in excess, such as a click, may not outweigh the others."""
SPEAKER_WEIGHT = 20.0  # of the scatter between speakers


@dataclass(frozen=True)
class Discriminant:
    """A scale, and a linear layer behind it.

    Attributes:
        mean: Subtracted from a vector, `(size,)`.
        deviation: Divides it then, `(size,)`.
        weight: Of the layer `(labels, size)`.
        bias: Of the layer `(labels,)`.
        intensity: Direction in which an emotion becomes stronger `(size,)`; zero if no clip shows it.
        borders: Where on it each emotion changes from normal to strong `(labels,)`.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    intensity: np.ndarray
    borders: np.ndarray


def discriminant(
    vectors: np.ndarray,
    truth: np.ndarray,
    corpora: np.ndarray,
    speakers: np.ndarray,
    intensities: np.ndarray,
    *,
    labels: int,
    shrinkage: float,
) -> Discriminant:
    """Return the linear layer that tells labels apart.

    Args:
        vectors: `(clips, size)`.
        truth: Class numbers `(clips,)`.
        corpora: Name of each clip's corpus `(clips,)`.
        speakers: Name of each clip's speaker `(clips,)`.
        intensities: How strongly each clip's emotion was played, in words out of `MILD` and `STRONG`, or others
            `(clips,)`.
        labels: How many there are; one that no clip has is never answered.
        shrinkage: How far the scatter is drawn towards the same variance in all directions, from 0 to 1.
    """
    names, counts = np.unique(corpora, return_counts=True)
    most = {name: (len(np.unique(truth[corpora == name])), count) for name, count in zip(names, counts, strict=True)}
    home = corpora == max(most, key=lambda name: most[name])
    mean, deviation = vectors[home].mean(0), np.maximum(vectors[home].std(0), LEAST_DEVIATION)
    scaled = np.clip((vectors - mean) / deviation, -CLIP_AT, CLIP_AT).astype(np.float32)
    usual = _means(scaled[home], truth[home])
    between = _speaker_offsets(scaled, truth, speakers, usual)
    means, known = _align_and_centre(scaled, truth, corpora, usual, labels)
    scatter = scaled.T @ scaled / len(scaled)  # of what _align_and_centre left within the classes
    even = shrinkage * np.trace(scatter) / len(scatter)
    scatter = (1 - shrinkage) * (scatter + SPEAKER_WEIGHT * between.T @ between / len(between))
    scatter[np.diag_indices_from(scatter)] += max(even, LEAST_DEVIATION)
    factor = torch.linalg.cholesky(torch.from_numpy(scatter))
    rise, halfway = _rise(scaled, truth, intensities, labels)
    wanted = np.concatenate([means, rise[None]])
    *weight, intensity = torch.cholesky_solve(torch.from_numpy(wanted).T, factor).T.numpy()
    bias = np.where(known, -0.5 * (means * np.stack(weight)).sum(1), IMPOSSIBLE)
    borders = (means + halfway) @ intensity
    return Discriminant(mean, deviation, np.stack(weight), bias.astype(np.float32), intensity, borders)


def _means(vectors: np.ndarray, truth: np.ndarray) -> dict[int, np.ndarray]:
    return {label: vectors[truth == label].mean(0) for label in np.unique(truth)}


def _offset(usual: dict[int, np.ndarray], own: dict[int, np.ndarray]) -> np.ndarray | None:
    """Return how far somebody's emotions lie from the usual ones, on average over those that both have."""
    shared = sorted(usual.keys() & own.keys())
    return np.mean([own[label] - usual[label] for label in shared], axis=0) if shared else None


def _speaker_offsets(
    scaled: np.ndarray, truth: np.ndarray, speakers: np.ndarray, usual: dict[int, np.ndarray]
) -> np.ndarray:
    """Return the offset of each speaker `(speakers, size)`."""
    each = (speakers == name for name in np.unique(speakers))
    offsets = [_offset(usual, _means(scaled[rows], truth[rows])) for rows in each]
    return np.stack([offset for offset in offsets if offset is not None])


def _align_and_centre(
    scaled: np.ndarray, truth: np.ndarray, corpora: np.ndarray, usual: dict[int, np.ndarray], labels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Take each clip's class mean in its corpus out of it, in place; return the classes' means over all corpora, each
    moved to where the usual ones are, and which classes there are at all."""
    total, clips = np.zeros((labels, scaled.shape[1]), dtype=np.float32), np.zeros(labels, dtype=np.float32)
    for name in np.unique(corpora):
        rows = np.flatnonzero(corpora == name)
        means = _means(scaled[rows], truth[rows])
        offset = _offset(usual, means)
        for label, mean in means.items():
            of = rows[truth[rows] == label]
            scaled[of] -= mean
            total[label] += len(of) * (mean if offset is None else mean - offset)
            clips[label] += len(of)
    return total / np.maximum(clips, 1)[:, None], clips > 0


def _rise(
    centred: np.ndarray, truth: np.ndarray, intensities: np.ndarray, labels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far emotions move when they become strong `(size,)`, and how far halfway is from each one's mean
    `(labels, size)`."""
    mild, strong = (
        _means(centred[rows], truth[rows]) for rows in (np.isin(intensities, words) for words in (MILD, STRONG))
    )
    moves: dict[int, np.ndarray] = {label: strong[label] - mild[label] for label in mild.keys() & strong.keys()}
    rise = np.mean([*moves.values()], axis=0) if moves else np.zeros(centred.shape[1], dtype=np.float32)
    halfway = np.zeros((labels, centred.shape[1]), dtype=np.float32)
    for label, mean in mild.items():
        halfway[label] = mean + np.asarray(moves.get(label, rise)) / 2
    return rise, halfway
