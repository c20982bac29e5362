"""Trainer for speech: what an epoch draws, evaluation batches that are not augmented, one loss for all models.

Example:
    >>> len(EpochSampler(["ravdess"] * 10 + ["nemo"] * 20, ["sad", "calm"] * 15, {"nemo": 0.25}))
    15
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from torch.utils.data import DataLoader, Sampler
from transformers import Trainer

from emotion_hf.data.collate import WaveCollator
from emotion_hf.errors import RecipeError

Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


class EpochSampler(Sampler[int]):
    """Draw, for each epoch anew, all rows of some corpora and a share of others, in random order.

    Args:
        corpora: Each row's corpus.
        emotions: Each row's emotion.
        shares: Corpus → share of its rows; one that is not named gives all.
        balanced: Draw as many rows in all, but of each emotion equally many: of a rare one some rows several times.
        seed: Of all draws.

    Raises:
        RecipeError: `shares` names another corpus, or leaves nothing.
    """

    def __init__(
        self,
        corpora: Sequence[str],
        emotions: Sequence[str],
        shares: Mapping[str, float],
        *,
        balanced: bool = False,
        seed: int = 0,
    ):
        names = sorted(set(corpora))
        unknown = sorted(set(shares) - set(names))
        if unknown:
            raise RecipeError(f"data.shares names {unknown[0]!r}; the data has {', '.join(names)}.")
        self._rows = [np.flatnonzero(np.asarray(corpora) == corpus) for corpus in names]
        self._counts = [
            round(len(rows) * shares.get(corpus, 1.0)) for corpus, rows in zip(names, self._rows, strict=True)
        ]
        if not any(self._counts):
            raise RecipeError("data.shares leaves no clip to train on; give a corpus a share above 0.")
        self._emotions = np.asarray(emotions)
        self._balanced = balanced
        self._seed, self._epoch = seed, 0

    def __len__(self) -> int:
        return sum(self._counts)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self._seed, self._epoch))
        drawn = [rng.permutation(rows)[:count] for rows, count in zip(self._rows, self._counts, strict=True)]
        rows = rng.permutation(np.concatenate(drawn))
        yield from (self._balance(rows) if self._balanced else rows).tolist()

    def set_epoch(self, epoch: int) -> None:
        """Be told the epoch, as Trainer does, so that a resumed training draws what it would have drawn."""
        self._epoch = epoch

    def _balance(self, rows: np.ndarray) -> np.ndarray:
        """Return as many rows, one of each emotion in turn, beginning anew with those of an emotion that run out."""
        emotions = self._emotions[rows]
        by_emotion = [rows[emotions == emotion] for emotion in np.unique(emotions)]
        each = -(-len(rows) // len(by_emotion))
        return np.stack([np.resize(some, each) for some in by_emotion], axis=1).ravel()[: len(rows)]


class SpeechTrainer(Trainer):
    """Trainer with an `EpochSampler`, one loss for all models, and evaluation batches that are not augmented.

    Args:
        plain_collator: Makes the batches of evaluation.
        sampler: What an epoch draws.
        loss: Loss from logits, targets and label mask, all `(batch, labels)`.
        one_cycle_rise: Share of the steps in which the one-cycle schedule rises; without it the schedule is that of
            the training arguments.
    """

    data_collator: WaveCollator

    def __init__(
        self,
        *args,
        plain_collator: WaveCollator,
        sampler: EpochSampler,
        loss: Loss,
        one_cycle_rise: float | None = None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.plain_collator = plain_collator
        self.sampler = sampler
        self._loss = loss
        self._one_cycle_rise = one_cycle_rise

    def _get_train_sampler(self, train_dataset=None) -> Sampler[int]:
        return self.sampler

    def get_eval_dataloader(self, eval_dataset=None) -> DataLoader:
        """Return batches of clips as they are."""
        augmenting = self.data_collator
        self.data_collator = self.plain_collator
        loader = super().get_eval_dataloader(eval_dataset)
        self.data_collator = augmenting
        return loader

    get_test_dataloader = get_eval_dataloader

    def create_scheduler(self, num_training_steps: int, optimizer=None) -> LRScheduler:
        """Return the schedule; the one-cycle policy is torch's own."""
        if self._one_cycle_rise is None:
            return super().create_scheduler(num_training_steps, optimizer)
        steps = num_training_steps + 1  # Trainer asks for one more rate after the last step
        rates = [group["lr"] for group in self.optimizer.param_groups]
        rise = max(2, round(num_training_steps * self._one_cycle_rise)) / steps  # torch divides by the steps but one
        self.lr_scheduler = OneCycleLR(self.optimizer, rates, total_steps=steps, pct_start=rise)
        return self.lr_scheduler

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """Return the loss of the model's logits, without telling the model the targets."""
        told = {name: value for name, value in inputs.items() if name not in ("labels", "label_mask")}
        outputs = model(**told)
        loss = self._loss(outputs.logits, inputs["labels"], inputs["label_mask"])
        return (loss, {"logits": outputs.logits}) if return_outputs else loss  # the layers' states would fill memory
