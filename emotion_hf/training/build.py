"""Build the objects of a training from its recipe: feature extractor, model, class weights.

Example:
    >>> extractor = build_extractor(recipe)  # doctest: +SKIP
    >>> model = build_model(recipe, extractor, ("happy", "sad"))  # doctest: +SKIP
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub.errors import StrictDataclassError
from sklearn.utils.class_weight import compute_class_weight
from transformers import FeatureExtractionMixin, PreTrainedConfig, PreTrainedModel, Wav2Vec2FeatureExtractor

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import CheckpointError, RecipeError
from emotion_hf.models import (
    SpectrogramConfig,
    SpectrogramFeatureExtractor,
    SpectrogramForAudioClassification,
    WaveformConfig,
    WaveformForAudioClassification,
)
from emotion_hf.models.spectrogram.frontend_spectrogram import FrontEnd
from emotion_hf.models.spectrogram.modeling_spectrogram import MIN_DEVIATION
from emotion_hf.recipes import EncoderRecipe, HeadRecipe, Recipe
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.weights import building

_SET_BY_TRAINING = (
    *("model_type", "num_bins"),
    *("class_weights", "label_smoothing"),
    *("logit_temperature", "not_sure_below"),
)
_FRONT_END_TYPES = {
    name: parameter.annotation
    for name, parameter in inspect.signature(FrontEnd.__init__).parameters.items()
    if name not in ("self", "sampling_rate")
}
_FAMILIES: dict[str, tuple[type[PreTrainedConfig], type[PreTrainedModel]]] = {
    "spectrogram": (SpectrogramConfig, SpectrogramForAudioClassification),
    "waveform": (WaveformConfig, WaveformForAudioClassification),
}
_TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
_SIZES = (
    *("widths", "blocks", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_frames", "head"),
    *("scales", "scale_width", "stride"),
)


def build_extractor(recipe: Recipe) -> FeatureExtractionMixin:
    """Return the feature extractor of a recipe.

    Raises:
        RecipeError: `model.front_end` has an unknown key or an invalid value, or a setting is for another family.
    """
    for part, usual in (("encoder", EncoderRecipe()), ("head", HeadRecipe())):
        if getattr(recipe.model, part) != usual:
            raise RecipeError(f"model.{part} is for family encoder; set model.family=encoder.")
    if recipe.model.family == "waveform":
        _typed("model.front_end", recipe.model.front_end, {})
        return Wav2Vec2FeatureExtractor(sampling_rate=SAMPLING_RATE, return_attention_mask=True)
    settings = _typed("model.front_end", recipe.model.front_end, _FRONT_END_TYPES)
    try:
        return SpectrogramFeatureExtractor(**settings)
    except ValueError as error:
        raise RecipeError(f"model.front_end cannot be used: {error}") from error


def build_model(
    recipe: Recipe,
    extractor: FeatureExtractionMixin,
    labels: Sequence[str],
    class_weights: Sequence[float] | None = None,
) -> PreTrainedModel:
    """Return a model for the extractor's features and these labels: new, or trained if its training continues.

    Raises:
        RecipeError: `model.config` has an unknown key or an invalid value.
        CheckpointError: The trained model cannot be loaded completely, or does not match the recipe.
    """
    configuration, network = _FAMILIES[recipe.model.family]
    types = {name: kind for name, kind in configuration.__annotations__.items() if name not in _SET_BY_TRAINING}
    settings = _typed("model.config", recipe.model.config, types)
    settings |= {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        "class_weights": None if class_weights is None else list(class_weights),
        "label_smoothing": recipe.training.label_smoothing,
    }
    if isinstance(extractor, SpectrogramFeatureExtractor):
        settings["num_bins"] = extractor.front_end.num_bins
    try:
        config = configuration(**settings)
        _check_sizes(config)
        with building("The model of model.config"):
            model = network(config)
    except CheckpointError as error:
        raise RecipeError(str(error)) from error
    except (ValueError, AssertionError, StrictDataclassError) as error:  # torch asserts that heads divide the size
        raise RecipeError(f"model.config cannot be used: {' '.join(str(error).split())}") from error
    if recipe.model.checkpoint:
        _load_trained(model, extractor, Path(recipe.model.checkpoint))
    return model


def describe(config: Mapping[str, Any], family: str) -> dict[str, Any]:
    """Return the `model.config` of a recipe that builds the network described by this `config.json`.

    It is empty for family `encoder`, whose checkpoint describes the network.
    """
    if family not in _FAMILIES:
        return {}
    configuration, _ = _FAMILIES[family]
    names = set(configuration.__annotations__) - set(_SET_BY_TRAINING)
    return {name: value for name, value in config.items() if name in names}


def _load_trained(model: PreTrainedModel, extractor: FeatureExtractionMixin, folder: Path) -> None:
    """Copy the weights of a trained model, which must have the same labels, features and sizes, into a new one."""
    trained = EmotionRecognizer.from_pretrained(folder)
    if trained.labels != tuple(model.config.id2label.values()):
        raise CheckpointError(
            f"{folder} has the labels {', '.join(trained.labels)}; set data.labels to these to continue its training."
        )
    if any(getattr(trained.extractor, name, None) != getattr(extractor, name, None) for name in _FRONT_END_TYPES):
        raise CheckpointError(f"{folder} takes other features than model.front_end describes; use its own recipe.")
    try:
        model.load_state_dict(trained.model.state_dict())
    except RuntimeError as error:  # names or sizes differ
        raise CheckpointError(
            f"{folder} is another network than model.config describes; use its own recipe."
        ) from error


def fit_standardization(model: SpectrogramForAudioClassification, batches: Iterable[dict[str, torch.Tensor]]) -> None:
    """Set the model's mean and standard deviation of each bin from batches of training features."""
    count = torch.zeros((), dtype=torch.float64)  # float32 is not precise enough for these sums of squares
    total = torch.zeros_like(model.standardize.mean, dtype=torch.float64)
    squares = torch.zeros_like(total)
    for batch in batches:
        features = batch["input_values"].permute(0, 2, 3, 1)
        kept = features.double() * batch["attention_mask"][:, None, None, :]
        count += batch["attention_mask"].sum()
        total += kept.sum(dim=(0, 3))[..., None]
        squares += kept.square().sum(dim=(0, 3))[..., None]
    mean = total / count
    model.standardize.mean.copy_(mean)
    model.standardize.deviation.copy_((squares / count - mean.square()).clamp(min=MIN_DEVIATION**2).sqrt())


def balanced_class_weights(emotions: Sequence[str], labels: Sequence[str]) -> list[float]:
    """Return weights inverse to each label's frequency, with mean 1 over the clips.

    Raises:
        RecipeError: A label never occurs.
    """
    missing = sorted(set(labels) - set(emotions))
    if missing:
        raise RecipeError(f"No training clip is {missing[0]!r}, so it has no weight; leave it out of data.labels.")
    return compute_class_weight("balanced", classes=np.asarray(labels), y=np.asarray(emotions)).tolist()


def _typed(where: str, given: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    """Check keys and types; return the values, with whole numbers as floats where a float is needed.

    Raises:
        RecipeError: A key is unknown, or a value has the wrong type.
    """
    values = {}
    for key, value in given.items():
        if key not in types:
            raise RecipeError(f"Unknown key {where}.{key}; the keys there are {', '.join(types)}.")
        if types[key] is float and type(value) is int:
            value = float(value)
        if types[key] in _TYPE_NAMES and type(value) is not types[key]:
            raise RecipeError(f"{where}.{key} is {value!r}; it must be {_TYPE_NAMES[types[key]]}.")
        values[key] = value
    return values


def _check_sizes(config: PreTrainedConfig) -> None:
    """Refuse sizes and shares that no network can have.

    Raises:
        ValueError: One of them is out of range.
    """
    if not getattr(config, "widths", True):
        raise ValueError("widths must have at least one entry.")
    for name, value in vars(config).items():
        numbers = value if isinstance(value, list | tuple) else [value]
        if name in _SIZES and value is not None and any(number < 1 for number in numbers):
            raise ValueError(f"{name} must be at least 1.")
        if name.endswith("dropout") and not 0 <= value < 1:
            raise ValueError(f"{name} must be from 0 to below 1.")
