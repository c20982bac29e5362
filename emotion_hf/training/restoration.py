"""Learn to restore: pairs of a clip and what noise, a room, another microphone, the telephone or a codec made of it.

What a recipe's augmentation does between mouth and model is drawn anew for some passes over the training clips; the
restoration is then fitted to find the one from the other, by the mean absolute error in dB. No label takes part. How
far below a floor something lies counts nothing: nobody hears it.

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
    from emotion_hf.training.trainer import SpeechTrainer

PASSES, EPOCHS = 5, 12  # over the clips; over the pairs
CROP_FRAMES = 160
BATCH_SIZE = 32
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-3
FLOOR_DB = 40.0  # below the loudest band of a clip


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
    augmenter, rows = trainer.data_collator.augmenter, trainer.model.restoration.rows["log_mel"]
    if augmenter is None:
        raise ValueError("A restoration is learned from changed clips; the trainer's collator changes none.")
    count, at = PASSES * len(trainer.sampler), 0
    changed, spoken = torch.zeros(2, count, rows.stop - rows.start, CROP_FRAMES, dtype=torch.half)
    mask, floors = torch.zeros(count, CROP_FRAMES, dtype=torch.half), torch.zeros(count)
    for number in range(PASSES):
        next(steps)
        trainer.sampler.set_epoch(number)
        for row in trainer.sampler:
            before, after = _pair(trainer, augmenter, row)
            start = int(torch.randint(max(1, before.shape[1] - CROP_FRAMES + 1), (), generator=random))
            frames = slice(start, start + CROP_FRAMES)
            kept = before[:, frames].shape[1]
            spoken[at, :, :kept], changed[at, :, :kept] = before[:, frames], after[:, frames]
            mask[at, :kept], floors[at] = 1, before.max() - FLOOR_DB
            at += 1
    return Pairs(changed, spoken, mask, floors)


def _pair(trainer: SpeechTrainer, augmenter: Augmenter, row: int) -> Sequence[torch.Tensor]:
    """Return the mel bands of a clip as it was and as it arrives, `(bands, frames)` each."""
    collator, rows = trainer.data_collator, trainer.model.restoration.rows["log_mel"]
    wave = trainer.train_dataset[row]["wave"][: collator.max_samples].astype(np.float32) / FULL_SCALE
    heard = collator.extractor(
        list(augmenter.pair(wave)), sampling_rate=collator.extractor.sampling_rate, return_tensors="pt"
    )
    return heard["input_values"][:, 0, rows].unbind()


def _error(restoration: Restoration, pairs: Pairs, some: torch.Tensor) -> torch.Tensor:
    """Return the mean absolute error in dB on some pairs."""
    device = restoration.first.weight.device
    changed, spoken, mask, floors = (one[some].float().to(device) for one in vars(pairs).values())
    floors, estimate = floors[:, None, None], restoration.estimate(changed, mask)
    # What is there must be found, however far below the floor it has come; what is not there must not lie above it.
    wrong = torch.where(spoken > floors, estimate - spoken, (estimate - floors).clamp(min=0))
    return (wrong.abs().mean(1) * mask).sum() / mask.sum()
