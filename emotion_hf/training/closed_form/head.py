"""The linear head of the encoder family, calibrated by cross-validation over speakers.

The head is the weighted mean of two calibrated layers: a linear discriminant of the corpus with the most labels, which
is better on that corpus, and a logistic regression over all corpora, which transfers better to other corpora. Both are
linear, so their mean is also a linear layer.

The head is fitted on all training clips. Before that, it is fitted five times, each time on four fifths of the
training speakers, and predicts the clips of the others. These predictions for unseen speakers calibrate the
temperature and the threshold, estimate the accuracy, and show how speakers differ (``emotion_hf.voice``). So the final
fit can use all speakers.

Example:
    >>> fitted = fit_head(vectors, learned_in, clips, HeadOptions(labels=8))  # doctest: +SKIP
    >>> fitted.temperature  # doctest: +SKIP
    1.1
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

import numpy as np
import torch

from emotion_hf.calibration import fit_not_sure, fit_temperature
from emotion_hf.corpora.corpus import MILD, STRONG
from emotion_hf.models import EncoderForAudioClassification
from emotion_hf.models.encoder.modeling_encoder import DIRECTIONS
from emotion_hf.training.closed_form.discriminant import Discriminant, discriminant
from emotion_hf.training.closed_form.logistic import IMPOSSIBLE, Linear, logistic_regression
from emotion_hf.voice import SpeakerStatistics, speaker_statistics

FOLDS = 5
PENALTY = 0.1  # on the squared weights of the logistic regression
OVERSAMPLED = 10  # additional directions that are computed and dropped, for the precision of the others
CLIPS_EACH = 4  # least number of clips per direction; with fewer, the directions would contain all of the variation
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class HeadOptions:
    """Options of the fit.

    Attributes:
        labels: Number of labels.
        shrinkage: How far the discriminant's scatter is shrunk towards the same variance in all directions.
        logistic_share: Share of the logistic regression in the head, from 0 to 1.
        seed: Seed of the assignment of speakers to folds.
    """

    labels: int
    shrinkage: float = 0.3
    logistic_share: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Clips:
    """Facts about the training clips, as arrays ``(clips,)``.

    Attributes:
        truth: Class numbers.
        corpora: Corpus of each clip.
        speakers: Speaker of each clip, unique over the corpora.
        intensities: Intensity of each clip, in the corpora's words.
        allowed: Labels that the clip's corpus has ``(clips, labels)``.
    """

    truth: np.ndarray
    corpora: np.ndarray
    speakers: np.ndarray
    intensities: np.ndarray
    allowed: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def weights(self) -> np.ndarray:
        """Weight of each clip in a calibration ``(clips,)``; each corpus has the same total weight."""
        return equal_weights(self.corpora)


@dataclass(frozen=True)
class Variation:
    """Variation of standardised embeddings: the main directions, and the same variation in all other directions.

    Attributes:
        directions: Main directions, scaled by the root of their mean square minus ``rest`` ``(DIRECTIONS, size)``.
        rest: Mean square in each other direction.
    """

    directions: np.ndarray
    rest: float


@dataclass(frozen=True)
class FittedHead:
    """A fitted head with its calibration.

    Attributes:
        layer: The linear layer with its standardisation.
        intensity: Direction from normal to strong emotions ``(size,)``.
        borders: Value in this direction at which each emotion changes from normal to strong ``(labels,)``.
        temperature: Divides the logits.
        not_sure_below: Confidence below which a prediction is "not sure".
        speakers: Statistics of how speakers differ, in calibrated logits.
        variation: Variation of the standardised embeddings of the training clips.
        logits: Logits of each unchanged training clip from a head fitted without its speaker ``(clips, labels)``.
    """

    layer: Linear
    intensity: np.ndarray
    borders: np.ndarray
    temperature: float
    not_sure_below: float
    speakers: SpeakerStatistics
    variation: Variation
    logits: np.ndarray


def fit_head(
    vectors: np.ndarray,
    learned_in: np.ndarray,
    clips: Clips,
    options: HeadOptions,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> FittedHead:
    """Fit the head on all clips, and calibrate it by cross-validation over speakers.

    Args:
        vectors: Embeddings of each pass ``(passes, clips, size)``; in pass 0, the clips are unchanged.
        learned_in: Which clips each pass uses ``(passes, clips)``; pass 0 uses all.
        clips: Facts about the clips.
        options: Options of the fit.
        progress: Called with the number of finished fits and that of all fits, at the start and after each.
    """
    fold = speaker_folds(clips.corpora, clips.speakers, options.seed)
    total, finished = (2 if options.logistic_share else 1) * (len(np.unique(fold)) + 1), count(1)

    def counted(found: _Found) -> _Found:
        progress(next(finished), total)
        return found

    progress(0, total)
    everybody = np.ones(len(clips), dtype=bool)
    material = vectors, learned_in, clips
    by_discriminant = _cross_validated(
        lambda rows: counted(_linear(_discriminant(*material, rows, options))), vectors[0], fold, options.labels
    )
    found = counted(_discriminant(*material, everybody, options))
    layer, logits = _linear(found), by_discriminant
    if options.logistic_share:
        by_regression = _cross_validated(
            lambda rows: counted(_regression(*material, rows, options)), vectors[0], fold, options.labels
        )
        weights = (1 - options.logistic_share, options.logistic_share)
        shares = [
            weight / fit_temperature(possible(one, clips), clips.truth, weights=clips.weights)
            for weight, one in zip(weights, (by_discriminant, by_regression), strict=True)
        ]
        other = counted(_regression(*material, everybody, options)).on_scale(layer.mean, layer.deviation)
        weight, bias = (
            shares[0] * mine + shares[1] * theirs
            for mine, theirs in ((layer.weight, other.weight), (layer.bias, other.bias))
        )
        layer = Linear(layer.mean, layer.deviation, weight, bias)
        logits = shares[0] * by_discriminant + shares[1] * by_regression
    temperature = fit_temperature(possible(logits, clips), clips.truth, weights=clips.weights)
    confidence = torch.from_numpy(possible(logits, clips) / temperature).softmax(-1).amax(-1).numpy()
    return FittedHead(
        layer=layer,
        intensity=found.intensity,
        borders=found.borders,
        temperature=temperature,
        not_sure_below=fit_not_sure(confidence, weights=clips.weights),
        speakers=speaker_statistics(logits / temperature, clips.truth, clips.speakers),
        variation=variation_of(vectors[:2], learned_in[:2], clips.corpora, layer),
        logits=logits,
    )


@torch.no_grad()
def set_head(model: EncoderForAudioClassification, fitted: FittedHead) -> None:
    """Set the head of a model, in place."""
    model.scale.mean.copy_(torch.from_numpy(fitted.layer.mean))
    model.scale.deviation.copy_(torch.from_numpy(fitted.layer.deviation))
    model.classifier.weight.copy_(torch.from_numpy(fitted.layer.weight))
    model.classifier.bias.copy_(torch.from_numpy(fitted.layer.bias))
    if model.intensity is not None:
        model.intensity.direction.weight[0] = torch.from_numpy(fitted.intensity)
        model.intensity.borders.weight[0] = torch.from_numpy(fitted.borders)
    for name in ("means", "within"):
        getattr(model.voice, name).copy_(torch.from_numpy(getattr(fitted.speakers, name)))
    model.variation.directions.copy_(torch.from_numpy(fitted.variation.directions))
    model.variation.rest.fill_(fitted.variation.rest)
    model.config.logit_temperature = fitted.temperature
    model.config.not_sure_below = fitted.not_sure_below


def variation_of(vectors: np.ndarray, learned_in: np.ndarray, corpora: np.ndarray, layer: Linear) -> Variation:
    """Measure the variation of the training clips; each corpus has the same weight.

    Args:
        vectors: Embeddings of some passes ``(passes, clips, size)``.
        learned_in: Which clips each pass uses ``(passes, clips)``.
        corpora: Corpus of each clip ``(clips,)``.
        layer: Layer with the standardisation.
    """
    passes, of_clips = np.nonzero(learned_in)
    weights = equal_weights(corpora[of_clips])
    weights /= weights.sum()
    scaled = (vectors[passes, of_clips] - layer.mean) / layer.deviation * np.sqrt(weights)[:, None]
    flat = torch.from_numpy(scaled.astype(np.float32))
    size = flat.shape[1]
    kept = min(DIRECTIONS, size, len(flat) // CLIPS_EACH)
    _, roots, axes = torch.svd_lowrank(flat, q=min(kept + OVERSAMPLED, *flat.shape), niter=4)
    squares, axes = roots[:kept].square(), axes[:, :kept]
    rest = max(float(flat.square().sum() - squares.sum()), 0.0) / max(size - kept, 1)
    directions = np.zeros((min(DIRECTIONS, size), size), dtype=np.float32)
    directions[:kept] = (axes * (squares - rest).clamp(min=0).sqrt()).T.numpy()
    return Variation(directions, rest)


def shows_intensity(clips: Clips) -> bool:
    """Return whether the clips of the discriminant show normal and strong intensity of any emotion."""
    rows = _home(clips)
    mild, strong = (set(clips.truth[rows & np.isin(clips.intensities, words)]) for words in (MILD, STRONG))
    return bool(mild & strong)


def equal_weights(corpora: np.ndarray) -> np.ndarray:
    """Return weights ``(clips,)`` that give each corpus the same total weight."""
    _, number, counts = np.unique(corpora, return_inverse=True, return_counts=True)
    return 1 / counts[number]


def speaker_folds(corpora: np.ndarray, speakers: np.ndarray, seed: int) -> np.ndarray:
    """Return the fold of each clip ``(clips,)``; the speakers of each corpus are spread evenly over the folds."""
    rng = np.random.default_rng(seed)
    fold, turn = np.zeros(len(speakers), dtype=int), 0
    for corpus in np.unique(corpora):
        for speaker in rng.permutation(np.unique(speakers[corpora == corpus])):
            fold[(corpora == corpus) & (speakers == speaker)] = turn % FOLDS
            turn += 1
    return fold


def _cross_validated(
    fit: Callable[[np.ndarray], Linear], vectors: np.ndarray, fold: np.ndarray, labels: int
) -> np.ndarray:
    """Return the logits of each clip from a layer fitted on the other folds ``(clips, labels)``."""
    logits = np.zeros((len(vectors), labels), dtype=np.float32)
    for number in np.unique(fold):
        held_out = fold == number
        logits[held_out] = fit(~held_out).logits(vectors[held_out])
    return logits


def _discriminant(
    vectors: np.ndarray, learned_in: np.ndarray, clips: Clips, rows: np.ndarray, options: HeadOptions
) -> Discriminant:
    passes, of_clips = np.nonzero(learned_in & rows & _home(clips))
    of_all = (values[of_clips] for values in (clips.truth, clips.corpora, clips.speakers, clips.intensities))
    return discriminant(vectors[passes, of_clips], *of_all, labels=options.labels, shrinkage=options.shrinkage)


def _home(clips: Clips) -> np.ndarray:
    """Return which clips the discriminant uses: the corpus with the most labels if it has all, otherwise all clips."""
    names = np.unique(clips.corpora)
    counts = [(len(np.unique(clips.truth[clips.corpora == name])), (clips.corpora == name).sum()) for name in names]
    home = max(range(len(names)), key=lambda number: counts[number])
    if counts[home][0] < len(np.unique(clips.truth)):
        return np.ones(len(clips), dtype=bool)
    return clips.corpora == names[home]


def _regression(
    vectors: np.ndarray, learned_in: np.ndarray, clips: Clips, rows: np.ndarray, options: HeadOptions
) -> Linear:
    passes, of_clips = np.nonzero(learned_in & rows)
    truth, corpora, allowed = (values[of_clips] for values in (clips.truth, clips.corpora, clips.allowed))
    return logistic_regression(vectors[passes, of_clips], truth, corpora, allowed, penalty=PENALTY)


def _linear(found: Discriminant) -> Linear:
    return Linear(found.mean, found.deviation, found.weight, found.bias)


def possible(logits: np.ndarray, clips: Clips) -> np.ndarray:
    """Return the logits ``(clips, labels)``, very low for labels that a clip's corpus does not have."""
    return np.where(clips.allowed, logits, np.float32(IMPOSSIBLE))
