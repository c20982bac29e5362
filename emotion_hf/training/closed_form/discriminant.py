"""The last layer in closed form: linear discriminant analysis with a shrunken scatter, over several corpora.

Linear discriminant analysis whitens the scatter within emotions (Fisher 1936), which is shrunken here (Friedman 1989).
The scatter between speakers (voice, room, language, microphone) is estimated separately and added with a large weight,
because unseen speakers will differ in the same directions and by more than the few speakers of the training clips
(nuisance attribute projection, Solomonoff et al. 2005). Corpora count by their number of clips. All embeddings are
scaled with the statistics of the corpus with the most labels, and the other corpora are shifted so that the emotions
that they share with it have the same means.

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
"""In standard deviations; clipping keeps outliers, such as a clip with a click, from outweighing other clips."""
SPEAKER_WEIGHT = 20.0  # weight of the scatter between speakers


@dataclass(frozen=True)
class Discriminant:
    """A standardisation followed by a linear layer.

    Attributes:
        mean: Subtracted from an embedding `(size,)`.
        deviation: Standard deviation, which then divides it `(size,)`.
        weight: Weight of the layer `(labels, size)`.
        bias: Bias of the layer `(labels,)`.
        intensity: Direction from normal to strong emotions `(size,)`; zero if the clips do not show it.
        borders: Value in this direction at which each emotion changes from normal to strong `(labels,)`.
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
    """Fit the discriminant.

    Args:
        vectors: Embeddings `(clips, size)`.
        truth: Class numbers `(clips,)`.
        corpora: Name of each clip's corpus `(clips,)`.
        speakers: Name of each clip's speaker `(clips,)`.
        intensities: Intensity of each clip, a word of `MILD` or `STRONG`, or another one `(clips,)`.
        labels: Number of labels; one that no clip has is never predicted.
        shrinkage: How far the scatter is shrunk towards the same variance in all directions, from 0 to 1.
    """
    names, counts = np.unique(corpora, return_counts=True)
    most = {name: (len(np.unique(truth[corpora == name])), count) for name, count in zip(names, counts, strict=True)}
    home = corpora == max(most, key=lambda name: most[name])
    mean, deviation = vectors[home].mean(0), np.maximum(vectors[home].std(0), LEAST_DEVIATION)
    scaled = np.clip((vectors - mean) / deviation, -CLIP_AT, CLIP_AT).astype(np.float32)
    usual = _means(scaled[home], truth[home])
    between = _speaker_offsets(scaled, truth, speakers, usual)
    means, known = _align_and_centre(scaled, truth, corpora, usual, labels)
    scatter = scaled.T @ scaled / len(scaled)  # within classes, because _align_and_centre has subtracted their means
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
    """Return the offset of a speaker's or corpus's class means from the usual ones, averaged over shared classes."""
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
    """Subtract from each clip the mean of its class in its corpus, in place.

    Returns:
        Class means over all corpora, each corpus shifted to the usual means `(labels, size)`, and which classes have
        clips `(labels,)`.
    """
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
    """Return the mean difference between strong and mild clips `(size,)`, and the midpoints between mild and strong.

    The midpoints `(labels, size)` are relative to the class means.
    """
    mild, strong = (
        _means(centred[rows], truth[rows]) for rows in (np.isin(intensities, words) for words in (MILD, STRONG))
    )
    moves: dict[int, np.ndarray] = {label: strong[label] - mild[label] for label in mild.keys() & strong.keys()}
    rise = np.mean([*moves.values()], axis=0) if moves else np.zeros(centred.shape[1], dtype=np.float32)
    halfway = np.zeros((labels, centred.shape[1]), dtype=np.float32)
    for label, mean in mild.items():
        halfway[label] = mean + np.asarray(moves.get(label, rise)) / 2
    return rise, halfway
