"""The linear head of the encoder family, and what cross-validation over speakers says of it.

The head is the mean of two layers, each calibrated: a linear discriminant of the corpus with the most labels, which is
better on that corpus, and a logistic regression over all corpora, which carries over better to others. Both are
linear, so their mean is one layer.

It is fitted once on all training clips. Beforehand it is fitted on four fifths of the training speakers at a time and
asked about the others: these answers about unseen speakers calibrate the temperature and the threshold, estimate the
accuracy, and show how speakers differ (``emotion_hf.voice``). No speaker has to be kept out of the final fit.

Example:
    >>> fitted = fit_head(vectors, learned_in, clips, HeadOptions(labels=8))  # doctest: +SKIP
    >>> fitted.temperature  # doctest: +SKIP
    1.1
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from emotion_hf.calibration import fit_not_sure, fit_temperature
from emotion_hf.models import EncoderForAudioClassification
from emotion_hf.models.encoder.modeling_encoder import DIRECTIONS
from emotion_hf.training.closed_form.discriminant import Discriminant, discriminant
from emotion_hf.training.closed_form.logistic import IMPOSSIBLE, Linear, logistic_regression
from emotion_hf.voice import SpeakerStatistics, speaker_statistics

FOLDS = 5
OVERSAMPLED = 10  # directions that are found and not kept, so that those kept are exact
CLIPS_EACH = 4  # clips for each direction that is kept: those of a few clips would leave nothing for the rest


@dataclass(frozen=True)
class HeadOptions:
    """How a head is fitted.

    Attributes:
        labels: Number of labels.
        shrinkage: Of the discriminant: how far the scatter is drawn towards the same variance in all directions.
        logistic_share: Share of the logistic regression in the head, from 0 to 1.
        penalty: Of the logistic regression's squared weights.
        seed: Of the assignment of speakers to folds.
    """

    labels: int
    shrinkage: float = 0.3
    logistic_share: float = 0.0
    penalty: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class Clips:
    """What is known of the training clips, arrays ``(clips,)``.

    Attributes:
        truth: Class numbers.
        corpora: Corpus of each.
        speakers: Speaker of each, unique over the corpora.
        intensities: How strongly each was played, in the corpora's words.
        allowed: Labels that the clip's corpus has at all ``(clips, labels)``.
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
        """How much each clip counts in a calibration ``(clips,)``: each corpus alike, however many clips it has."""
        return equal_weights(self.corpora)


@dataclass(frozen=True)
class Variation:
    """How standardised embeddings vary: in some directions, and a rest that is the same in all.

    Attributes:
        directions: Scaled by the root of the mean square that is in them beyond the rest ``(DIRECTIONS, size)``.
        rest: Mean square in each other direction.
    """

    directions: np.ndarray
    rest: float


@dataclass(frozen=True)
class FittedHead:
    """A head, and what unseen speakers say of it.

    Attributes:
        layer: The linear layer with the scale before it.
        intensity: Direction in which an emotion becomes stronger ``(size,)``.
        borders: Where on it each emotion changes from normal to strong ``(labels,)``.
        temperature: Divides the logits.
        not_sure_below: Confidence below which the answer is "not sure".
        speakers: How speakers differ, in calibrated logits.
        variation: How standardised embeddings of the training clips vary.
        logits: Of each training clip as it is, by a head that did not learn from its speaker ``(clips, labels)``.
    """

    layer: Linear
    intensity: np.ndarray
    borders: np.ndarray
    temperature: float
    not_sure_below: float
    speakers: SpeakerStatistics
    variation: Variation
    logits: np.ndarray


def fit_head(vectors: np.ndarray, learned_in: np.ndarray, clips: Clips, options: HeadOptions) -> FittedHead:
    """Fit the head on all clips, and calibrate it by cross-validation over speakers.

    Args:
        vectors: Embeddings of each pass ``(passes, clips, size)``; pass 0 has the clips as they are.
        learned_in: Which clips each pass learns from `(passes, clips)`; all in pass 0.
        clips: What is known of them.
        options: How it is fitted.
    """
    fold = speaker_folds(clips.corpora, clips.speakers, options.seed)
    everybody = np.ones(len(clips), dtype=bool)
    material = vectors, learned_in, clips
    by_discriminant = _cross_validated(
        lambda rows: _linear(_discriminant(*material, rows, options)), vectors[0], fold, options.labels
    )
    found = _discriminant(*material, everybody, options)
    layer, logits = _linear(found), by_discriminant
    if options.logistic_share:
        by_regression = _cross_validated(
            lambda rows: _regression(*material, rows, options), vectors[0], fold, options.labels
        )
        weights = (1 - options.logistic_share, options.logistic_share)
        shares = [
            weight / fit_temperature(possible(one, clips), clips.truth, weights=clips.weights)
            for weight, one in zip(weights, (by_discriminant, by_regression), strict=True)
        ]
        other = _regression(*material, everybody, options).on_scale(layer.mean, layer.deviation)
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
    """Give a model the fitted head."""
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
    """Measure how the training clips vary; each corpus counts alike.

    Args:
        vectors: Embeddings of some passes ``(passes, clips, size)``.
        learned_in: Which clips each pass learns from ``(passes, clips)``.
        corpora: Corpus of each clip ``(clips,)``.
        layer: Has the scale.
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


def equal_weights(corpora: np.ndarray) -> np.ndarray:
    """Return weights ``(clips,)`` by which each corpus counts the same, whatever its number of clips."""
    _, number, counts = np.unique(corpora, return_inverse=True, return_counts=True)
    return 1 / counts[number]


def speaker_folds(corpora: np.ndarray, speakers: np.ndarray, seed: int) -> np.ndarray:
    """Return the fold of each clip ``(clips,)``: the speakers of each corpus are spread over all folds by turns."""
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
    """Return the logits of each clip by a layer that was fitted on the other folds ``(clips, labels)``."""
    logits = np.zeros((len(vectors), labels), dtype=np.float32)
    for number in range(FOLDS):
        asked = fold == number
        if asked.any():
            logits[asked] = fit(~asked).logits(vectors[asked])
    return logits


def _discriminant(
    vectors: np.ndarray, learned_in: np.ndarray, clips: Clips, rows: np.ndarray, options: HeadOptions
) -> Discriminant:
    """Fit the discriminant on the corpus with the most labels, if it has all of them, and else on all corpora."""
    names = np.unique(clips.corpora)
    counts = [(len(np.unique(clips.truth[clips.corpora == name])), (clips.corpora == name).sum()) for name in names]
    home = max(range(len(names)), key=lambda number: counts[number])
    if counts[home][0] == len(np.unique(clips.truth)):
        rows = rows & (clips.corpora == names[home])
    passes, of_clips = np.nonzero(learned_in & rows)
    of_all = (values[of_clips] for values in (clips.truth, clips.corpora, clips.speakers, clips.intensities))
    return discriminant(vectors[passes, of_clips], *of_all, labels=options.labels, shrinkage=options.shrinkage)


def _regression(
    vectors: np.ndarray, learned_in: np.ndarray, clips: Clips, rows: np.ndarray, options: HeadOptions
) -> Linear:
    passes, of_clips = np.nonzero(learned_in & rows)
    truth, corpora, allowed = (values[of_clips] for values in (clips.truth, clips.corpora, clips.allowed))
    return logistic_regression(vectors[passes, of_clips], truth, corpora, allowed, penalty=options.penalty)


def _linear(found: Discriminant) -> Linear:
    return Linear(found.mean, found.deviation, found.weight, found.bias)


def possible(logits: np.ndarray, clips: Clips) -> np.ndarray:
    """Return the logits `(clips, labels)`, with labels that a clip's corpus does not have ruled out."""
    return np.where(clips.allowed, logits, np.float32(IMPOSSIBLE))
