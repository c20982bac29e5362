"""Trainer for speech: a sampler with shares of corpora, evaluation without augmentation, one loss for all models.

Example:
    >>> len(EpochSampler(["ravdess"] * 10 + ["nemo"] * 20, {"nemo": 0.25}))
    15
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch.utils.data import DataLoader, Sampler
from transformers import Trainer

from emotion_hf.data.collate import WaveCollator
from emotion_hf.errors import RecipeError

Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


class EpochSampler(Sampler[int]):
    """Draw the rows of each epoch in random order: all rows of some corpora, and a new share of the others.

    Args:
        corpora: Corpus of each row.
        shares: Corpus → share of its rows; all rows of a corpus that is not listed.
        seed: Seed of all draws.

    Raises:
        RecipeError: `shares` names a corpus that is not in the data, or leaves no rows.
    """

    def __init__(self, corpora: Sequence[str], shares: Mapping[str, float], *, seed: int = 0):
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
        self._seed, self._epoch = seed, 0

    def __len__(self) -> int:
        return sum(self._counts)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self._seed, self._epoch))
        drawn = [rng.permutation(rows)[:count] for rows, count in zip(self._rows, self._counts, strict=True)]
        yield from rng.permutation(np.concatenate(drawn)).tolist()

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch (called by Trainer), so that a resumed training makes the same draws."""
        self._epoch = epoch


class SpeechTrainer(Trainer):
    """Trainer with an `EpochSampler`, one loss for all models, and evaluation batches without augmentation.

    Args:
        plain_collator: Collator of the evaluation batches.
        sampler: Sampler of the training clips.
        loss: Loss from logits, targets and label mask, all `(batch, labels)`.
    """

    data_collator: WaveCollator

    def __init__(
        self,
        *args,
        plain_collator: WaveCollator,
        sampler: EpochSampler,
        loss: Loss,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.plain_collator = plain_collator
        self.sampler = sampler
        self._loss = loss

    def _get_train_sampler(self, train_dataset=None) -> Sampler[int]:
        return self.sampler

    def get_eval_dataloader(self, eval_dataset=None) -> DataLoader:
        """Return batches without augmentation."""
        augmenting = self.data_collator
        self.data_collator = self.plain_collator
        loader = super().get_eval_dataloader(eval_dataset)
        self.data_collator = augmenting
        return loader

    get_test_dataloader = get_eval_dataloader

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """Return the loss of the model's logits; the model itself does not get the targets."""
        features = {name: value for name, value in inputs.items() if name not in ("labels", "label_mask")}
        outputs = model(**features)
        loss = self._loss(outputs.logits, inputs["labels"], inputs["label_mask"])
        return (loss, {"logits": outputs.logits}) if return_outputs else loss  # hidden states would fill the memory
