"""Augmentation: random changes of training clips, drawn again in each epoch.

torchaudio (speed) and ``augment_waves`` change waves; torchaudio (SpecAugment) changes features. Mixup mixes two waves
of equal level.

Example:
    >>> augment = Augmenter(AugmentationRecipe(speeds=[0.9, 1.1]), sampling_rate=16_000)
    >>> len(augment.wave(np.zeros(16_000, dtype=np.float32))) in (17778, 14546)
    True
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
import torchaudio.transforms
from audiomentations import Compose

from emotion_hf.data.augment_waves import channel_transforms, voice_transforms
from emotion_hf.errors import RecipeError
from emotion_hf.recipes import AugmentationRecipe

QUIET = 1e-8


class Augmenter:
    """Apply an `AugmentationRecipe`; randomness comes from Python's and torch's seeded generators, as in Trainer."""

    def __init__(self, recipe: AugmentationRecipe, sampling_rate: int):
        self.recipe = recipe
        self.sampling_rate = sampling_rate
        self._wave_changes = Compose([*voice_transforms(recipe), *channel_transforms(recipe)])
        self._speeds = [_speed(factor, sampling_rate) for factor in recipe.speeds]
        self._frequency_mask = torchaudio.transforms.FrequencyMasking(recipe.frequency_mask_bins, iid_masks=True)
        self._time_mask = torchaudio.transforms.TimeMasking(recipe.time_mask_frames, iid_masks=True)

    def wave(self, wave: np.ndarray) -> np.ndarray:
        """Change one wave `(samples,)`; its length may change with its tempo."""
        return self._wave_changes(self._changed_tempo(wave), sample_rate=self.sampling_rate)

    def mix(self, waves: Sequence[np.ndarray], targets: torch.Tensor) -> tuple[list[np.ndarray], torch.Tensor]:
        """Mix each wave with another one of the batch, and the targets `(batch, labels)` in the same way."""
        alpha = self.recipe.mixup_alpha
        if alpha == 0 or random.random() >= self.recipe.mixup_probability:
            return list(waves), targets
        share = random.betavariate(alpha, alpha)
        partners = torch.randperm(len(waves)).tolist()
        mixed = [_mix(wave, waves[other], share) for wave, other in zip(waves, partners, strict=True)]
        return mixed, share * targets + (1 - share) * targets[partners]

    def features(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Mask features `(batch, 1, bins, frames)`; masked parts get the mean of their bin."""
        kept = torch.ones_like(features)
        for _ in range(self.recipe.masks):
            if self.recipe.frequency_mask_bins:
                kept = self._frequency_mask(kept)
            if self.recipe.time_mask_frames:
                kept = self._time_mask(kept)
        mean = features.sum(dim=(0, 3), keepdim=True) / mask.sum()
        return torch.where(kept > 0, features, mean)

    def _changed_tempo(self, wave: np.ndarray) -> np.ndarray:
        return random.choice(self._speeds)(torch.from_numpy(wave)).numpy() if self._speeds else wave


def _speed(factor: float, sampling_rate: int) -> torch.nn.Module:
    if not 0.25 <= factor <= 4:
        raise RecipeError(f"augmentation.speeds contains {factor}; use speeds from 0.25 to 4, such as 0.9.")
    return torchaudio.transforms.Resample(round(sampling_rate * factor), sampling_rate)


def _mix(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    mixed = np.zeros(max(len(one), len(other)), dtype=np.float32)
    mixed[: len(one)] += share * one / (np.sqrt(np.mean(one**2)) + QUIET)
    mixed[: len(other)] += (1 - share) * other / (np.sqrt(np.mean(other**2)) + QUIET)
    return mixed
