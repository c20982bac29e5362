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

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.corpora.corpus import MILD, STRONG
from emotion_hf.data.augment import Augmenter
from emotion_hf.errors import RecipeError
from emotion_hf.models.spectrogram.backbone_dictionary import DictionaryBackbone
from emotion_hf.models.spectrogram.modeling_spectrogram import Conditions, Scatter, SpectrogramForAudioClassification
from emotion_hf.models.spectrogram.vectors_spectrogram import CLIP_AT, LEAST_DEVIATION
from emotion_hf.training.conditions import NONE, of_condition
from emotion_hf.training.dictionary import learn_atoms
from emotion_hf.training.progress import passes

if TYPE_CHECKING:
    from emotion_hf.data.collate import WaveCollator
    from emotion_hf.recipes import Recipe
    from emotion_hf.training.trainer import SpeechTrainer

MEASURING = ("functionals", "dictionary")  # backbones whose vectors need no gradient
CLIPS_AT_ONCE = 8  # more do not stay in a core's cache: 32 take half as long again
ATOM_CLIPS = 512  # from which a dictionary is learned
OVERSAMPLED = 10  # directions that are found and not kept, so that those kept are exact
LEAST_SPREAD = 0.3  # of one number, in that of the directions not kept
SPEAKER_WEIGHT = 20.0  # of the scatter between speakers
SHARED = 4  # one of so many passes in an acoustic condition is learned from by the layers of the others too
MEASURED = ("vectors", "truth", "rows")

Scale = tuple[np.ndarray, np.ndarray]
"""What is subtracted from a vector, and what then divides it, `(size,)` both."""


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
        means: Of each label `(labels, size)`.
        scatter: Of the clips about them `(size, size)`.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    intensity: np.ndarray
    borders: np.ndarray
    means: np.ndarray
    scatter: np.ndarray


@dataclass(frozen=True)
class Pass:
    """What was measured of training clips in one pass over them.

    Attributes:
        condition: Number of the acoustic condition, 0 for none.
        epoch: Number of the pass among those of its condition.
        rows: Of the clips.
        vectors: `(clips, size)`.
        truth: Class numbers `(clips,)`.
    """

    condition: int
    epoch: int
    rows: list[int]
    vectors: np.ndarray
    truth: np.ndarray


def solve(trainer: SpeechTrainer, recipe: Recipe, progress: Path) -> None:
    """Set the scale and the last layer from `training.epochs` passes over the training clips, each changed anew.

    A model with layers for acoustic conditions hears so many passes in each of them, and in none: each layer is solved
    from all passes of its own, and some of the others. How far it is stands in the file `progress`, as that of a
    training by gradients does.
    """
    model, clips = trainer.model.eval(), trainer.train_dataset
    if isinstance(model.backbone, DictionaryBackbone):
        rows = list(trainer.sampler)[:ATOM_CLIPS]
        features = [_features(trainer, trainer.data_collator, part)[:2] for part in _parts(rows)]
        learn_atoms(model.backbone, features, recipe.seed)
    heard = _hear(trainer, recipe, progress)
    names = [np.asarray(clips[name], dtype=str) for name in ("corpus", "speaker", "intensity")]

    def found_in(some: Sequence[Pass], labels: int, scale: Scale | None = None) -> Discriminant:
        vectors, truth, rows = (np.concatenate([getattr(one, name) for one in some]) for name in MEASURED)
        of_each = (words[rows] for words in names)
        shrinkage = recipe.training.shrinkage
        return discriminant(vectors, truth, *of_each, labels=labels, shrinkage=shrinkage, scale=scale)

    shared = max(1, recipe.training.epochs // SHARED)
    usual, *others = (
        [one for one in heard if one.condition == condition or one.epoch < shared]
        for condition in range(1 + len(model.config.conditions))
    )
    found = found_in(usual, model.config.num_labels)
    _keep(model, found, recipe)
    if others:
        scale = found.mean, found.deviation
        layers = [found_in(some, model.config.num_labels, scale) for some in others]
        told = [replace(one, truth=np.full_like(one.truth, one.condition)) for one in heard if one.epoch < shared]
        _keep_conditions(model.conditions, layers, found_in(told, 1 + len(others), scale), _label_bias(model, recipe))


def _hear(trainer: SpeechTrainer, recipe: Recipe, progress: Path) -> list[Pass]:
    """Measure the training clips in each pass."""
    model, epochs = trainer.model, recipe.training.epochs
    collators = [trainer.data_collator]
    if model.config.conditions:
        recipes = [of_condition(recipe.augmentation, name) for name in (NONE, *model.config.conditions)]
        collators = [trainer.data_collator.changing(Augmenter(one, SAMPLING_RATE)) for one in recipes]
    heard = []
    for number in passes(epochs * len(collators), progress):
        condition, epoch = divmod(number, epochs)
        trainer.sampler.set_epoch(number)
        rows, vectors, truth = list(trainer.sampler), [], []
        for part in _parts(rows):
            features, mask, targets = _features(trainer, collators[condition], part)
            with torch.inference_mode():
                vectors.append(model.backbone.measure(model.restored(features, mask), mask).numpy())
            truth.append(targets.argmax(1).numpy())
        heard.append(Pass(condition, epoch, rows, np.concatenate(vectors), np.concatenate(truth)))
    return heard


@torch.no_grad()
def _keep(model: SpectrogramForAudioClassification, found: Discriminant, recipe: Recipe) -> None:
    """Set the scale, the usual layer and all that comes with it."""
    model.backbone.scale.fit(torch.from_numpy(found.mean), torch.from_numpy(found.deviation))
    model.classifier.weight.copy_(torch.from_numpy(found.weight))
    model.classifier.bias.copy_(torch.from_numpy(found.bias) + _label_bias(model, recipe))
    if model.intensity is not None:
        if not found.intensity.any():
            raise RecipeError(
                "No emotion was recorded both normal and strong, so that its intensity cannot be learned; set "
                "model.config.intensity=false."
            )
        model.intensity.direction.weight[0] = torch.from_numpy(found.intensity)
        model.intensity.borders.weight[0] = torch.from_numpy(found.borders)
    if model.scatter is not None:
        _keep_scatter(model.scatter, found)


@torch.no_grad()
def _keep_conditions(
    kept: Conditions, layers: Sequence[Discriminant], gate: Discriminant, label_bias: torch.Tensor
) -> None:
    """Set the layers of the acoustic conditions, and what tells these apart."""
    for name in ("weight", "bias", "means"):
        getattr(kept, name).copy_(torch.from_numpy(np.stack([getattr(layer, name) for layer in layers])))
    kept.bias += label_bias
    kept.gate_weight.copy_(torch.from_numpy(gate.weight))
    kept.gate_bias.copy_(torch.from_numpy(gate.bias))


def _label_bias(model: SpectrogramForAudioClassification, recipe: Recipe) -> torch.Tensor:
    return torch.tensor([recipe.training.label_bias.get(label, 0.0) for label in model.config.id2label.values()])


def discriminant(
    vectors: np.ndarray,
    truth: np.ndarray,
    corpora: np.ndarray,
    speakers: np.ndarray,
    intensities: np.ndarray,
    *,
    labels: int,
    shrinkage: float,
    scale: Scale | None = None,
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
        scale: By default mean and deviation of the corpus with the most labels.
    """
    names, counts = np.unique(corpora, return_counts=True)
    most = {name: (len(np.unique(truth[corpora == name])), count) for name, count in zip(names, counts, strict=True)}
    home = corpora == max(most, key=lambda name: most[name])
    mean, deviation = scale or (vectors[home].mean(0), np.maximum(vectors[home].std(0), LEAST_DEVIATION))
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
    bias = np.where(known, -0.5 * (means * np.stack(weight)).sum(1), np.finfo(np.float32).min / 2)
    borders = (means + halfway) @ intensity
    bias = bias.astype(np.float32)
    return Discriminant(mean, deviation, np.stack(weight), bias, intensity, borders, means, scatter)


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


def _keep_scatter(kept: Scatter, found: Discriminant) -> None:
    """Keep the scatter as its widest directions and a diagonal."""
    scatter, rank = torch.from_numpy(found.scatter), len(kept.directions)
    vectors, variances, _ = torch.svd_lowrank(scatter, q=rank + OVERSAMPLED, niter=4)
    vectors, variances = vectors[:, :rank], variances[:rank]
    rest = (scatter.trace() - variances.sum()) / (len(scatter) - rank)  # variance of the other directions
    directions = vectors * (variances - rest).clamp(min=0).sqrt()
    kept.directions.copy_(directions.T)
    kept.spread.copy_((scatter.diagonal() - directions.square().sum(1)).clamp(min=LEAST_SPREAD * rest))
    kept.means.copy_(torch.from_numpy(found.means))


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


def _features(
    trainer: SpeechTrainer, collator: WaveCollator, rows: list[int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return features `(clips, channels, bins, frames)`, their mask and the targets of training clips, changed at
    random."""
    batch = collator([trainer.train_dataset[row] for row in rows])
    features = batch["input_values"].permute(0, 2, 3, 1)
    return features, batch["attention_mask"].to(features.dtype), batch["labels"]


def _parts(rows: list[int]) -> list[list[int]]:
    return [rows[begin : begin + CLIPS_AT_ONCE] for begin in range(0, len(rows), CLIPS_AT_ONCE)]
