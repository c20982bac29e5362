"""Turn rows of the data set into one batch for the model: decode once, then crop, augment, extract, pad.

Example:
    >>> waves = decode(load_corpora({"ravdess": "ravdess/"}))  # doctest: +SKIP
    >>> WaveCollator(extractor, labels, masks)([waves[0], waves[1]])["labels"].shape  # doctest: +SKIP
    torch.Size([2, 8])
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import datasets
import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.data.augment import Augmenter

FULL_SCALE = 32767


def decode(dataset: datasets.Dataset) -> datasets.Dataset:
    """Add the column `wave` (mono 16 kHz, int16, full scale per clip) and drop the files.

    Each clip is scaled to its own peak, so that 16 bits lose nothing of a quiet clip; the models ignore level anyway.
    An hour of audio takes 115 MB of memory.
    """
    features = datasets.Features(
        {name: feature for name, feature in dataset.features.items() if name != "audio"}
        | {"wave": datasets.Sequence(datasets.Value("int16"))}
    )
    if not sys.stderr.isatty():  # a log is no place for a progress bar
        datasets.disable_progress_bars()
    decoded = dataset.map(_decode_row, features=features, remove_columns=["audio"], desc="Decoding")
    return decoded.with_format("numpy")


def augmented_copies(clips: datasets.Dataset, augmenter: Augmenter, copies: int) -> datasets.Dataset:
    """Make `copies` rows of each row of `decode`: the clip itself, and copies that are changed once.

    The column `source` has the number of the row in `clips`. Use it only on training clips, after the split; otherwise
    copies of one recording are on both sides of it.
    """

    def copies_of(batch: dict[str, Any], rows: list[int]) -> dict[str, Any]:
        stored = batch["wave"][0].astype(np.int16)
        wave = stored.astype(np.float32) / FULL_SCALE
        waves = [stored, *(_stored(augmenter.wave(wave)) for _ in range(copies - 1))]
        same = {name: [values[0]] * copies for name, values in batch.items()}
        return {**same, "wave": waves, "source": rows * copies}

    features = datasets.Features({**clips.features, "source": datasets.Value("int64")})
    options = {"batched": True, "batch_size": 1, "load_from_cache_file": False, "desc": "Augmenting"}
    return clips.map(copies_of, with_indices=True, features=features, **options)


def _decode_row(row: dict[str, Any]) -> dict[str, Any]:
    return {"wave": _stored(load_audio(row["audio"]["path"]))}


def _stored(wave: np.ndarray) -> np.ndarray:
    peak = float(np.abs(wave).max()) or 1.0
    return np.round(wave / peak * FULL_SCALE).astype(np.int16)


class WaveCollator:
    """Turn rows of `decode` into what the extractor returns, such as `input_values`, `labels` and `label_mask`.

    Args:
        extractor: Maps a list of waves to features.
        labels: The labels in the model's order.
        label_masks: For each corpus, which labels it contains.
        augmenter: Changes training clips; without one, clips are unchanged.
        max_seconds: A longer clip is cut: at a random position in training, otherwise at its end.
    """

    def __init__(
        self,
        extractor,
        labels: Sequence[str],
        label_masks: Mapping[str, Sequence[bool]],
        augmenter: Augmenter | None = None,
        max_seconds: float = 6.0,
    ):
        self.extractor = extractor
        self.label_numbers = {label: number for number, label in enumerate(labels)}
        self.label_masks = {corpus: torch.tensor(mask) for corpus, mask in label_masks.items()}
        self.augmenter = augmenter
        self.max_samples = round(max_seconds * SAMPLING_RATE)
        self._inputs = extractor.model_input_names[0]

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Return one padded batch; `labels` are probabilities `(batch, labels)`."""
        waves = [self._wave(row["wave"]) for row in rows]
        numbers = torch.tensor([self.label_numbers[str(row["emotion"])] for row in rows])
        targets = torch.nn.functional.one_hot(numbers, len(self.label_numbers)).float()
        allowed = torch.stack([self.label_masks[str(row["corpus"])] for row in rows])
        if self.augmenter is not None:
            waves, targets = self.augmenter.mix(waves, targets)
        batch = self.extractor(waves, sampling_rate=SAMPLING_RATE, padding=True, return_tensors="pt")
        inputs = batch[self._inputs]
        if self.augmenter is not None and inputs.ndim > 2:  # features, not samples
            features = inputs.reshape(*inputs.shape[:2], -1, inputs.shape[-1]).permute(0, 2, 3, 1)
            changed = self.augmenter.features(features, batch["attention_mask"]).permute(0, 3, 1, 2)
            batch[self._inputs] = changed.reshape(inputs.shape)
        # A mixed clip may have a label that its first corpus lacks.
        return {**batch, "labels": targets, "label_mask": allowed | (targets > 0)}

    def _wave(self, stored: np.ndarray) -> np.ndarray:
        wave = stored.astype(np.float32) / FULL_SCALE
        if self.augmenter is not None and self.augmenter.recipe.copies == 1:  # otherwise copies are already changed
            wave = self.augmenter.wave(wave)
        spare = len(wave) - self.max_samples
        start = random.randint(0, spare) if spare > 0 and self.augmenter is not None else 0
        return wave[start : start + self.max_samples]
