"""Learn to restore: pairs of a clip and what noise, a room, another microphone, the telephone or a codec made of it.

What a recipe's augmentation does between mouth and model is drawn anew for some passes over the training clips; the
restoration is then fitted to find the one from the other, by the mean absolute error in dB. No label takes part. What
was below a floor has to be below it again, no more: nobody hears it.

Example:
    >>> learn_restoration(trainer, seed=0, progress=Path("runs/functionals/progress.jsonl"))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from emotion_hf.data.collate import FULL_SCALE
from emotion_hf.models.spectrogram.restoration_spectrogram import Restoration
from emotion_hf.training.progress import passes

if TYPE_CHECKING:
    from emotion_hf.data.augment import Augmenter
    from emotion_hf.models.spectrogram.feature_extraction_spectrogram import SpectrogramFeatureExtractor
    from emotion_hf.training.trainer import SpeechTrainer

PASSES, EPOCHS = 5, 12  # over the clips; over the pairs
CROP_FRAMES = 160
BATCH_SIZE = 32
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-3
FLOOR_DB = 40.0  # below the loudest band of a clip
BELOW_FLOOR = 0.2  # of an error, where bands have to be found that have come below it


@dataclass(frozen=True)
class Pairs:
    """Crops of clips, in half precision.

    Attributes:
        changed: Mel bands in dB as they arrive, `(pairs, bands, CROP_FRAMES)`.
        spoken: As they were.
        mask: Which frames there are, `(pairs, CROP_FRAMES)`.
        floors: Below which bands do not count, `(pairs,)`.
    """

    changed: torch.Tensor
    spoken: torch.Tensor
    mask: torch.Tensor
    floors: torch.Tensor


def learn_restoration(trainer: SpeechTrainer, seed: int, progress: Path) -> None:
    """Set a model's restoration, and leave it so: no gradient reaches it afterwards.

    Args:
        trainer: Has the model, the clips and what is done to them.
        seed: Of the order and the crops.
        progress: File that says how far it is, as that of a training does.
    """
    restoration = trainer.model.restoration
    random = torch.Generator().manual_seed(seed)
    steps = passes(PASSES + EPOCHS, progress, "restoration")
    pairs = _draw(trainer, steps, random)
    count = len(pairs.floors)
    optimizer = torch.optim.AdamW(restoration.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    updates = EPOCHS * -(-count // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=updates)
    for _ in steps:
        for some in torch.randperm(count, generator=random).split(BATCH_SIZE):
            optimizer.zero_grad()
            _error(restoration, pairs, some).backward()
            torch.nn.utils.clip_grad_norm_(restoration.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    restoration.requires_grad_(False)


@torch.no_grad()
def _draw(trainer: SpeechTrainer, steps: Iterator[int], random: torch.Generator) -> Pairs:
    """Return a crop of each clip in each pass; the memory is taken at once, for in parts it would be in shreds."""
    collator, augmenter = trainer.data_collator, trainer.data_collator.augmenter
    if augmenter is None:
        raise ValueError("A restoration is learned from changed clips; the trainer's collator changes none.")
    bands_alone = type(collator.extractor)(**collator.extractor.to_dict() | {"features": ["log_mel"]})
    count, at = PASSES * len(trainer.sampler), 0
    changed, spoken = torch.zeros(2, count, bands_alone.front_end.num_bins, CROP_FRAMES, dtype=torch.half)
    mask, floors = torch.zeros(count, CROP_FRAMES, dtype=torch.half), torch.zeros(count)
    for number in range(PASSES):
        next(steps)
        trainer.sampler.set_epoch(number)
        for row in trainer.sampler:
            stored = trainer.train_dataset[row]["wave"][: collator.max_samples]
            before, after = _pair(stored, augmenter, bands_alone)
            start = int(torch.randint(max(1, before.shape[1] - CROP_FRAMES + 1), (), generator=random))
            frames = slice(start, start + CROP_FRAMES)
            kept = before[:, frames].shape[1]
            spoken[at, :, :kept], changed[at, :, :kept] = before[:, frames], after[:, frames]
            mask[at, :kept], floors[at] = 1, before.max() - FLOOR_DB
            at += 1
    return Pairs(changed, spoken, mask, floors)


def _pair(stored: np.ndarray, augmenter: Augmenter, extractor: SpectrogramFeatureExtractor) -> Sequence[torch.Tensor]:
    """Return the mel bands of a clip as it was and as it arrives, `(bands, frames)` each."""
    waves = list(augmenter.pair(stored.astype(np.float32) / FULL_SCALE))
    return extractor(waves, sampling_rate=extractor.sampling_rate)["input_values"][:, :, 0].mT.unbind()


def _error(restoration: Restoration, pairs: Pairs, some: torch.Tensor) -> torch.Tensor:
    """Return the mean absolute error in dB on some pairs."""
    device = restoration.first.weight.device
    changed, spoken, mask, floors = (one[some].float().to(device) for one in vars(pairs).values())
    floors, estimate = floors[:, None, None], restoration.estimate(changed, mask)
    wrong = (estimate.maximum(floors) - spoken.maximum(floors)).abs()
    # What is there must be found, however far below the floor it has come.
    wrong += torch.where(spoken > floors, BELOW_FLOOR * (floors - estimate).clamp(min=0), 0)
    return (wrong.mean(1) * mask).sum() / mask.sum()
