"""From a recipe to the objects of a training: feature extractor, model, class weights, calibration.

Example:
    >>> extractor = build_extractor(recipe)  # doctest: +SKIP
    >>> model = build_model(recipe, extractor, ("happy", "sad"))  # doctest: +SKIP
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from huggingface_hub.errors import StrictDataclassError

from emotion_hf.errors import RecipeError
from emotion_hf.models import SpectrogramConfig, SpectrogramFeatureExtractor, SpectrogramForAudioClassification
from emotion_hf.models.spectrogram.frontend_spectrogram import FrontEnd
from emotion_hf.recipes import Recipe

_OWN_FIELDS = tuple(field for field in SpectrogramConfig.__annotations__ if field != "model_type")
_SET_BY_TRAINING = ("num_bins", "num_channels", "class_weights", "logit_temperature", "not_sure_below")
MIN_DEVIATION = 1e-3
NOT_SURE_SHARE = 0.2  # of the validation clips, when the threshold is fitted


def build_extractor(recipe: Recipe) -> SpectrogramFeatureExtractor:
    """Return the feature extractor of a recipe.

    Raises:
        RecipeError: `model.front_end` has an unknown key or an unusable value.
    """
    known = [name for name in inspect.signature(FrontEnd.__init__).parameters if name not in ("self", "sampling_rate")]
    _check_keys("model.front_end", recipe.model.front_end, known)
    try:
        return SpectrogramFeatureExtractor(**recipe.model.front_end)
    except (TypeError, ValueError, RuntimeError) as error:
        raise RecipeError(f"model.front_end cannot be used: {error}") from error


def build_model(
    recipe: Recipe,
    extractor: SpectrogramFeatureExtractor,
    labels: Sequence[str],
    class_weights: Sequence[float] | None = None,
) -> SpectrogramForAudioClassification:
    """Return a new model for the extractor's features and these labels.

    Raises:
        RecipeError: `model.config` has an unknown key or an unusable value.
    """
    known = [name for name in _OWN_FIELDS if name not in _SET_BY_TRAINING]
    _check_keys("model.config", recipe.model.config, known)
    try:
        config = SpectrogramConfig(
            num_bins=extractor.front_end.num_bins,
            num_channels=extractor.front_end.num_channels,
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
            class_weights=None if class_weights is None else list(class_weights),
            **recipe.model.config,
        )
        return SpectrogramForAudioClassification(config)
    except (TypeError, ValueError, StrictDataclassError) as error:
        raise RecipeError(f"model.config cannot be used: {' '.join(str(error).split())}") from error


def fit_standardization(model: SpectrogramForAudioClassification, batches: Iterable[dict[str, torch.Tensor]]) -> None:
    """Set the model's mean and deviation of each bin from batches of training features."""
    count = torch.zeros((), dtype=torch.float64)  # squares of decibels, summed over minutes, need the digits
    total = torch.zeros_like(model.standardize.mean, dtype=torch.float64)
    squares = torch.zeros_like(total)
    for batch in batches:
        kept = batch["input_values"].double() * batch["attention_mask"][:, None, None, :]
        count += batch["attention_mask"].sum()
        total += kept.sum(dim=(0, 3))[..., None]
        squares += kept.square().sum(dim=(0, 3))[..., None]
    mean = total / count
    model.standardize.mean.copy_(mean)
    model.standardize.deviation.copy_((squares / count - mean.square()).clamp(min=MIN_DEVIATION**2).sqrt())


def balanced_class_weights(emotions: Sequence[str], labels: Sequence[str]) -> list[float]:
    """Return weights inverse to each label's frequency, with mean 1 over the clips (scikit-learn's "balanced")."""
    counts = np.array([sum(emotion == label for emotion in emotions) for label in labels])
    if not counts.all():
        missing = labels[int(np.argmin(counts))]
        raise RecipeError(f"No training clip is {missing!r}, so it cannot be weighted; leave it out of data.labels.")
    return (len(emotions) / (len(labels) * counts)).tolist()


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature with the least negative log-likelihood (Guo et al. 2017), by search over 0.25 … 8.

    Args:
        logits: `(clips, labels)` at temperature 1.
        truth: Class numbers `(clips,)`.
    """
    temperatures = np.geomspace(0.25, 8, 501)
    scaled = logits[None] / temperatures[:, None, None]
    log_sums = np.logaddexp.reduce(scaled, axis=-1)
    losses = (log_sums - scaled[:, np.arange(len(truth)), truth]).mean(axis=-1)
    return float(temperatures[losses.argmin()])


def fit_not_sure(confidences: np.ndarray) -> float:
    """Return the confidence under which a fifth of the validation clips lie."""
    return float(np.quantile(confidences, NOT_SURE_SHARE))


def _check_keys(where: str, given: Iterable[str], known: Sequence[str]) -> None:
    for key in given:
        if key not in known:
            raise RecipeError(f"Unknown key {where}.{key}; the keys there are {', '.join(known)}.")
