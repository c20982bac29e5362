"""Trainer for speech: epochs drawn from shares of corpora, and evaluation batches that are not augmented.

Example:
    >>> len(ShareSampler(["ravdess"] * 10 + ["nemo"] * 20, {"nemo": 0.25}, seed=0))
    15
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from torch.utils.data import DataLoader, Sampler

from emotion_hf.data.collate import WaveCollator
from emotion_hf.errors import RecipeError
from emotion_hf.torchaudio_standin import ensure_torchaudio

ensure_torchaudio()  # transformers imports it

from transformers import Trainer  # noqa: E402


class ShareSampler(Sampler[int]):
    """Draw, for each epoch anew, all rows of some corpora and a share of others, in random order."""

    def __init__(self, corpora: Sequence[str], shares: Mapping[str, float], seed: int):
        unknown = sorted(set(shares) - set(corpora))
        if unknown:
            raise RecipeError(f"data.shares names {unknown[0]!r}; the data has {', '.join(sorted(set(corpora)))}.")
        self._rows = [np.flatnonzero(np.asarray(corpora) == corpus) for corpus in sorted(set(corpora))]
        self._counts = [round(len(rows) * shares.get(str(corpora[rows[0]]), 1.0)) for rows in self._rows]
        self._seed, self._epoch = seed, 0

    def __len__(self) -> int:
        return sum(self._counts)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self._seed, self._epoch))
        drawn = [rng.permutation(rows)[:count] for rows, count in zip(self._rows, self._counts, strict=True)]
        yield from rng.permutation(np.concatenate(drawn)).tolist()

    def set_epoch(self, epoch: int) -> None:
        """Be told the epoch, as Trainer does, so that a resumed training draws what it would have drawn."""
        self._epoch = epoch


class SpeechTrainer(Trainer):
    """Trainer whose evaluation batches are not augmented, and whose epochs are drawn by a `ShareSampler`."""

    data_collator: WaveCollator

    def __init__(self, *args, plain_collator: WaveCollator, sampler: ShareSampler, **kwargs):
        super().__init__(*args, **kwargs)
        self._plain_collator = plain_collator
        self._sampler = sampler

    def _get_train_sampler(self, train_dataset=None) -> Sampler[int]:
        return self._sampler

    def get_eval_dataloader(self, eval_dataset=None) -> DataLoader:
        """Return batches of clips as they are."""
        augmenting = self.data_collator
        self.data_collator = self._plain_collator
        loader = super().get_eval_dataloader(eval_dataset)
        self.data_collator = augmenting
        return loader

    get_test_dataloader = get_eval_dataloader
