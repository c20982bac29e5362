"""What a training works with, made once: the clips, who of them is held out, and the labels.

Example:
    >>> material = gather(recipe, load_corpora({"ravdess": "ravdess/"}), split)  # doctest: +SKIP
    >>> len(material.train), len(material.validation)  # doctest: +SKIP
    (960, 240)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_hf.corpora import CORPORA
from emotion_hf.data.collate import decode
from emotion_hf.data.loader import label_masks, load_corpora, resolve_labels
from emotion_hf.data.splits import Split, make_split

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import FeatureExtractionMixin, PreTrainedModel

    from emotion_hf.recipes import Recipe


@dataclass(frozen=True)
class Material:
    """Clips and labels of a training.

    Attributes:
        dataset: All clips, as `load_corpora` gives them.
        split: Which of them are learned from, which choose the epoch, which are tested.
        labels: In the model's order.
        masks: For each corpus, which of the labels it has at all.
    """

    dataset: Dataset
    split: Split
    labels: tuple[str, ...]
    masks: Mapping[str, tuple[bool, ...]]

    @cached_property
    def train(self) -> Dataset:
        """The clips that are learned from, decoded when first asked for."""
        return decode(self.dataset.select(self.split.train))

    @cached_property
    def validation(self) -> Dataset:
        """The clips of the validation speakers, decoded when first asked for."""
        return decode(self.dataset.select(self.split.validation))


def gather(recipe: Recipe, dataset: Dataset, split: Split) -> Material:
    """Return the material of a training.

    Raises:
        LabelError: The data lacks a label that the recipe names.
    """
    given = recipe.data.labels or None
    return Material(dataset, split, resolve_labels(dataset, given), label_masks(dataset, given))


def shares_of(recipe: Recipe, corpora: Iterable[str]) -> dict[str, float]:
    """Return `data.shares` without known corpora that the data does not have, so that a recipe serves with fewer.

    Args:
        recipe: Names the shares.
        corpora: Corpus of each clip.
    """
    there = set(corpora)
    return {name: share for name, share in recipe.data.shares.items() if name in there or name not in CORPORA}


def load_and_split(recipe: Recipe, data: Mapping[str, Path | str]) -> tuple[Dataset, Split]:
    """Return all clips, and which of their speakers are for what, as a recipe says.

    Raises:
        CorpusError, LabelError, SplitError: The data cannot be used.
    """
    dataset = load_corpora(data, labels=recipe.data.labels or None)
    return dataset, make_split(dataset, recipe.data.split, validation=recipe.data.validation, seed=recipe.seed)


@dataclass(frozen=True)
class Trained:
    """What a family's method returns.

    Attributes:
        model: With trained weights and its calibration.
        extractor: Its feature extractor.
        history: Trainer's log; empty for a training without gradients.
        figures: Of the validation speakers, or of cross-validation over the training speakers.
        is_main_process: Whether this process writes the checkpoint.
    """

    model: PreTrainedModel
    extractor: FeatureExtractionMixin
    history: list[dict[str, Any]]
    figures: dict[str, float]
    is_main_process: bool = True
