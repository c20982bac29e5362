"""Check that a loaded model is sound: its labels, its weights, and its predictions for synthetic sounds.

Every load ends here, whoever made the model. The two sounds of one second are always the same.

Example:
    >>> check_config("runs/mine", model.config, extractor)  # doctest: +SKIP
    >>> check_weights("runs/mine", model)  # doctest: +SKIP
    >>> check_answers("runs/mine", scores)  # doctest: +SKIP
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import CheckpointError

if TYPE_CHECKING:
    import torch

SUM_TOLERANCE = 1e-3
SHARED_FIELDS = ("sampling_rate", "hop_length", "num_mel_bins")
"""Fields on which configuration and feature extractor must agree, if both have them."""


@cache
def synthetic_seconds() -> tuple[np.ndarray, np.ndarray]:
    """Return two different sounds of one second: a falling voice with little noise, and a rising one with more.

    Returns:
        Mono float32 at 16 kHz, each `(16000,)`.
    """
    return _voice(160.0, 120.0, 0.01, seed=1), _voice(210.0, 330.0, 0.1, seed=2)


def check_labels(source: object, labels: Sequence[Any]) -> None:
    """Refuse labels that are not text, or that occur twice.

    Raises:
        CheckpointError: They are invalid.
    """
    if len(labels) < 2:
        raise CheckpointError(f"The model {source} has {len(labels)} labels; it needs at least two.")
    for label in labels:
        if not isinstance(label, str) or not label.strip():
            raise CheckpointError(f"The model {source} has the label {label!r}; each label must be a name.")
        if labels.count(label) > 1:
            raise CheckpointError(f"The model {source} has the label {label!r} twice; give each label its own name.")


def check_calibration(source: object, settings: Mapping[str, Any], temperature: str = "logit_temperature") -> None:
    """Refuse an invalid temperature or threshold; a model may have neither.

    Raises:
        CheckpointError: One of them is invalid.
    """
    for name, holds, what in (
        (temperature, lambda value: 0 < value < math.inf, "a finite number above 0"),
        ("not_sure_below", lambda value: 0 <= value <= 1, "from 0 to 1"),
    ):
        value = settings.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not holds(value):
            raise CheckpointError(f"The model {source} has {name}={value!r}; it must be {what}.")


def check_config(source: object, config: Any, extractor: Any) -> None:
    """Refuse a configuration that contradicts itself or the feature extractor.

    Raises:
        CheckpointError: It does.
    """
    by_number = config.id2label or {}
    if sorted(by_number) != list(range(len(by_number))):
        numbers = ", ".join(map(str, sorted(by_number)))
        raise CheckpointError(f"The model {source} numbers its labels {numbers}; id2label must count from 0 up.")
    names = [by_number[number] for number in range(len(by_number))]
    check_labels(source, names)
    _check_inverse(source, names, config.label2id)
    check_calibration(source, vars(config))
    for name in SHARED_FIELDS:
        in_config, in_extractor = getattr(config, name, None), getattr(extractor, name, None)
        if None not in (in_config, in_extractor) and in_config != in_extractor:
            raise CheckpointError(
                f"The model {source} has {name}={in_config} in config.json and {in_extractor} in "
                "preprocessor_config.json; they must agree."
            )


def check_weights(source: object, model: torch.nn.Module) -> None:
    """Refuse a network with a weight that is not a finite number.

    Raises:
        CheckpointError: NaN or infinity is among its weights or buffers.
    """
    check_tensors(source, (*model.named_parameters(), *model.named_buffers()))


def check_tensors(source: object, tensors: Iterable[tuple[str, torch.Tensor]]) -> None:
    """Refuse tensors with a number that is not finite, as `check_weights` does.

    Raises:
        CheckpointError: NaN or infinity is in one of them.
    """
    import torch  # takes two seconds

    with torch.inference_mode():
        for name, tensor in tensors:
            # A non-finite weight makes the sum non-finite, which is faster than checking each.
            is_suspect = tensor.is_floating_point() and not tensor.sum(dtype=torch.float32).isfinite()
            if is_suspect and not tensor.isfinite().all():
                raise CheckpointError(f"The model {source} has weights that are not finite ({name}); train it again.")


def check_answers(source: object, scores: np.ndarray, num_labels: int, intensities: np.ndarray | None = None) -> None:
    """Refuse scores that are not probabilities.

    Args:
        source: The model.
        scores: Its scores for some sounds `(sounds, labels)`.
        num_labels: Number of its labels.
        intensities: Its intensities, from 0 to 1, if it predicts them.

    Raises:
        CheckpointError: There are more or fewer scores than labels, they are not finite, negative or do not sum to 1,
            or an intensity is not finite.
    """
    if scores.shape[1:] != (num_labels,):
        raise CheckpointError(f"The model {source} gives {scores.shape[-1]} scores for {num_labels} labels.")
    are_probabilities = np.isfinite(scores).all() and (scores >= 0).all()
    sum_to_one = (abs(scores.sum(axis=1) - 1) <= SUM_TOLERANCE).all()
    if not are_probabilities or not sum_to_one or (intensities is not None and not np.isfinite(intensities).all()):
        raise CheckpointError(
            f"The model {source} gives scores that are not probabilities, so its weights or its configuration are "
            "broken; download or train it again."
        )


def check_difference(source: object, scores: np.ndarray) -> None:
    """Refuse a network that ignores its input: it gives exactly the same scores for different sounds.

    A network with a score of 1 may give the same scores.

    Args:
        source: The model.
        scores: Its scores for different sounds `(sounds, labels)`.

    Raises:
        CheckpointError: All sounds have the same scores.
    """
    if (scores == scores[0]).all() and scores[0].max() < 1:
        raise CheckpointError(
            f"The model {source} gives every recording the same scores, as with weights that are all zero; download "
            "or train it again."
        )


def _check_inverse(source: object, names: Sequence[str], by_name: Mapping[str, Any] | None) -> None:
    """Compare both label maps; the second may be missing, or filled in by transformers."""
    said = {name: _number(value) for name, value in (by_name or {}).items()}
    if not said or all(name.startswith("LABEL_") for name in said):
        return
    for number, name in enumerate(names):
        if said.get(name) != number:
            raise CheckpointError(
                f"The model {source} contradicts itself: {name!r} is number {number} in id2label and "
                f"{said.get(name)} in label2id; correct its config.json."
            )
    if extra := sorted(set(said) - set(names)):
        raise CheckpointError(f"The model {source} contradicts itself: id2label lacks {extra[0]!r} of label2id.")


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value  # some models store them as text


def _voice(first_hz: float, last_hz: float, noise: float, seed: int) -> np.ndarray:
    pitch = np.linspace(first_hz, last_hz, SAMPLING_RATE)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLING_RATE
    harmonics = sum(np.sin(number * phase) / number for number in range(1, 12))
    loudness = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * np.arange(SAMPLING_RATE) / SAMPLING_RATE)  # four syllables
    wave = 0.2 * loudness * harmonics + noise * np.random.default_rng(seed).standard_normal(SAMPLING_RATE)
    return wave.astype(np.float32)
