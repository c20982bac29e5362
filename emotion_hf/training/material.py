"""Material of a training: the clips, their split, and the labels.

Example:
    >>> material = gather(recipe, load_corpora({"ravdess": "ravdess/"}), split)  # doctest: +SKIP
    >>> len(material.train), len(material.validation)  # doctest: +SKIP
    (960, 240)
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.contents import Contents, read_contents
from emotion_hf.corpora.corpus import sort_labels
from emotion_hf.corpora.trainable import why_untrainable
from emotion_hf.data.collate import decode
from emotion_hf.data.loader import label_masks, load_corpora, resolve_labels
from emotion_hf.data.splits import Split, limit_training, make_split
from emotion_hf.errors import CorpusError, LabelError
from emotion_hf.labels import LABELS

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import FeatureExtractionMixin, PreTrainedModel

    from emotion_hf.recipes import Recipe
    from emotion_hf.training.baseline import BaselineRecipe

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Material:
    """Clips and labels of a training.

    Attributes:
        dataset: All clips, from `load_corpora`.
        split: Clips for training, validation and test.
        labels: Labels in the model's order.
        masks: Corpus → which of the labels it has.
    """

    dataset: Dataset
    split: Split
    labels: tuple[str, ...]
    masks: Mapping[str, tuple[bool, ...]]

    @cached_property
    def train(self) -> Dataset:
        """Training clips, decoded on first use."""
        return decode(self.dataset.select(self.split.train))

    @cached_property
    def validation(self) -> Dataset:
        """Clips of the validation speakers, decoded on first use."""
        return decode(self.dataset.select(self.split.validation))


def gather(recipe: Recipe, dataset: Dataset, split: Split) -> Material:
    """Return the material of a training.

    Raises:
        LabelError: The data lacks a label that the recipe names.
    """
    given = recipe.data.labels or None
    return Material(dataset, split, resolve_labels(dataset, given), label_masks(dataset, given))


def shares_of(recipe: Recipe, corpora: Iterable[str]) -> dict[str, float]:
    """Return `data.shares` without supported corpora that the data lacks, so that a recipe works with fewer corpora.

    Args:
        recipe: Recipe with the shares.
        corpora: Corpus of each clip.
    """
    there = set(corpora)
    return {name: share for name, share in recipe.data.shares.items() if name in there or name not in CORPORA}


def load_and_split(recipe: Recipe | BaselineRecipe, data: Mapping[str, Path | str]) -> tuple[Dataset, Split]:
    """Return all clips and their split into training, validation and test, according to a recipe.

    Raises:
        CorpusError, SplitError: The data cannot be used.
        LabelError: It lacks a label that the recipe names, or no model can learn its emotions.
    """
    dataset, split = choose_clips(recipe, data)
    check_recordings(dataset, split)
    return dataset, split


def choose_clips(recipe: Recipe | BaselineRecipe, data: Mapping[str, Path | str]) -> tuple[Dataset, Split]:
    """Return what `load_and_split` returns, and raise what it raises, without opening the recordings."""
    dataset = load_corpora(data, labels=recipe.data.labels or None)
    emotions = dataset["emotion"][:]
    if reason := why_untrainable(emotions, dataset["speaker"][:]):
        raise LabelError(reason + (_meant(data) if len(set(emotions)) == 1 else ""))
    split = make_split(dataset, recipe.data.split, validation=recipe.data.validation, seed=recipe.seed)
    split = limit_training(dataset, split, recipe.data.max_train_samples, seed=recipe.seed)
    learned = {emotions[row] for row in split.train}
    if len(learned) < 2:
        what = f"All training clips of the split {split.name} are {', '.join(learned)}"
        raise LabelError(f"{what}, and a model needs two emotions; choose another data.split.")
    _name_labels_without_clips(recipe.data.labels, emotions, learned)
    return dataset, split


def _name_labels_without_clips(
    labels: Sequence[str] | Mapping[str, object], emotions: Sequence[str], learned: Collection[str]
) -> None:
    """Say which labels the model will have without ever predicting them.

    Args:
        labels: Labels of the recipe; empty for the default labels.
        emotions: Emotion of each clip.
        learned: Emotions of the training clips.
    """
    found = sort_labels({*emotions})
    is_usual = not labels and {*found} <= {*LABELS}
    if not (missing := [label for label in (LABELS if is_usual else found) if label not in learned]):
        return
    remedy = f"; data.labels=[{','.join(sort_labels({*learned}))}] leaves such labels out" if is_usual else ""
    them = "it" if len(missing) == 1 else "them"
    logger.warning("No training clip is %s, so the model will not predict %s%s.", " or ".join(missing), them, remedy)


def check_recordings(dataset: Dataset, split: Split) -> Contents:
    """Decode all clips of a split, because one that cannot be read would end a training, or its report after hours.

    Raises:
        CorpusError: Some cannot be used.
    """
    used, files, labels = [*split.train, *split.validation, *split.test], dataset["audio"], dataset["emotion"][:]
    paths, emotions = [Path(files[row]["path"]) for row in used], [labels[row] for row in used]
    logger.info("Checking %d recordings …", len(paths))
    contents = read_contents(paths, partial(tqdm, desc="Checking", unit="clip", disable=None, leave=False))
    if faults := {**contents.unreadable, **{path: f"{path.name} is too short." for path in contents.too_short}}:
        path, reason = next(iter(faults.items()))
        raise CorpusError(
            f"{len(faults):,} of {len(paths):,} recordings cannot be used, for example {path}: {reason} Remove or "
            "replace them; `emotion-hf corpus check` lists them."
        )
    if contents.silent:
        logger.warning("Silent recordings: %d, for example %s.", len(contents.silent), contents.silent[0])
    emotion_of = dict(zip(paths, emotions, strict=True))
    for group in contents.identical:
        first, other = group[0], next((path for path in group if emotion_of[path] != emotion_of[group[0]]), None)
        if other:
            logger.warning(
                "One recording has two emotions: %s is %s and %s is %s.",
                *(first, emotion_of[first], other, emotion_of[other]),
            )
    return contents


def _meant(names: Iterable[str]) -> str:
    """Return a question for a name that is nearly that of a supported corpus, such as `ravdes`; empty for others."""
    for name in set(names) - CORPORA.keys():
        if close := get_close_matches(name, CORPORA, n=1):
            return f" Did you mean {close[0]}=DIR instead of {name}=DIR?"
    return ""


@dataclass(frozen=True)
class Trained:
    """Result of a training.

    Attributes:
        model: Trained and calibrated model.
        extractor: Its feature extractor.
        history: Trainer's log; empty for a training without gradients.
        figures: Figures on the validation speakers, or of cross-validation over the training speakers.
        is_main_process: Whether this process writes the checkpoint.
    """

    model: PreTrainedModel
    extractor: FeatureExtractionMixin
    history: list[dict[str, Any]]
    figures: dict[str, float]
    is_main_process: bool = True
