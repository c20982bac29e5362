"""Learn to restore: pairs of a clip and what noise, a room, another microphone, the telephone or a codec made of it.

What a recipe's augmentation does between mouth and model is drawn anew for some passes over the training clips; the
restoration is then fitted to find the one from the other, by the mean absolute error in dB. No label takes part. What
lies below a floor counts as the floor: nobody hears it.

Example:
    >>> learn_restoration(trainer, seed=0, progress=Path("runs/functionals/progress.jsonl"))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from emotion_hf.data.collate import FULL_SCALE
from emotion_hf.models.spectrogram.descriptors_spectrogram import soft_floor
from emotion_hf.models.spectrogram.restoration_spectrogram import Restoration
from emotion_hf.training.progress import passes

if TYPE_CHECKING:
    from emotion_hf.data.augment import Augmenter
    from emotion_hf.training.trainer import SpeechTrainer

PASSES, EPOCHS = 5, 12  # over the clips; over the pairs
CROP_FRAMES = 160
BATCH_SIZE = 32
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-3
FLOOR_DB = 40.0  # below the loudest band of a clip


@dataclass(frozen=True)
class Pair:
    """The mel bands of one clip in dB and half precision, `(bands, frames)`.

    Attributes:
        changed: As they arrive.
        spoken: As they were.
        floor: Below which they do not count.
    """

    changed: torch.Tensor
    spoken: torch.Tensor
    floor: float


def learn_restoration(trainer: SpeechTrainer, seed: int, progress: Path) -> None:
    """Set a model's restoration, and leave it so: no gradient reaches it afterwards.

    Args:
        trainer: Has the model, the clips and what is done to them.
        seed: Of the order and the crops.
        progress: File that says how far it is, as that of a training does.
    """
    restoration, augmenter, pairs = trainer.model.restoration, trainer.data_collator.augmenter, []
    if augmenter is None:
        raise ValueError("A restoration is learned from changed clips; the trainer's collator changes none.")
    steps = passes(PASSES + EPOCHS, progress, "restoration")
    for epoch in range(PASSES):
        next(steps)
        trainer.sampler.set_epoch(epoch)
        rows = list(trainer.sampler)
        for begin in range(0, len(rows), BATCH_SIZE):
            pairs += _pairs(trainer, augmenter, rows[begin : begin + BATCH_SIZE])
    optimizer = torch.optim.AdamW(restoration.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    batches = -(-len(pairs) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=EPOCHS * batches)
    random = np.random.default_rng(seed)
    for _ in steps:
        for some in np.array_split(random.permutation(len(pairs)), batches):
            optimizer.zero_grad()
            _error(restoration, [pairs[number] for number in some], random).backward()
            torch.nn.utils.clip_grad_norm_(restoration.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    restoration.requires_grad_(False)


@torch.no_grad()
def _pairs(trainer: SpeechTrainer, augmenter: Augmenter, rows: Sequence[int]) -> list[Pair]:
    collator = trainer.data_collator
    waves = [trainer.train_dataset[row]["wave"][: collator.max_samples] for row in rows]
    sides = zip(*(augmenter.pair(wave.astype(np.float32) / FULL_SCALE) for wave in waves), strict=True)
    spoken, changed = (_bands(trainer, side) for side in sides)
    return [Pair(after, before, float(before.max()) - FLOOR_DB) for before, after in zip(spoken, changed, strict=True)]


def _bands(trainer: SpeechTrainer, waves: Sequence[np.ndarray]) -> list[torch.Tensor]:
    extractor = trainer.data_collator.extractor
    heard = extractor(list(waves), sampling_rate=extractor.sampling_rate, return_tensors="pt")
    bands = heard["input_values"][:, 0, trainer.model.restoration.rows["log_mel"]].half()
    frames = heard["attention_mask"].sum(1).tolist()
    return [one[:, :count].clone() for one, count in zip(bands, frames, strict=True)]


def _error(restoration: Restoration, pairs: Sequence[Pair], random: np.random.Generator) -> torch.Tensor:
    """Return the mean absolute error in dB on a crop of each pair."""
    size = min(CROP_FRAMES, max(pair.spoken.shape[1] for pair in pairs))
    changed, spoken = torch.zeros(2, len(pairs), len(pairs[0].spoken), size)
    mask = torch.zeros(len(pairs), size)
    for number, pair in enumerate(pairs):
        frames = pair.spoken.shape[1]
        start = int(random.integers(max(1, frames - size + 1)))
        kept = min(frames, size)
        changed[number, :, :kept] = pair.changed[:, start : start + kept]
        spoken[number, :, :kept] = pair.spoken[:, start : start + kept]
        mask[number, :kept] = 1
    floors = torch.tensor([pair.floor for pair in pairs])[:, None, None]
    device = restoration.first.weight.device
    changed, spoken, mask, floors = (one.to(device) for one in (changed, spoken, mask, floors))
    wrong = soft_floor(restoration.estimate(changed, mask), floors) - soft_floor(spoken, floors)
    return (wrong.abs().mean(1) * mask).sum() / mask.sum()
