"""Train a model of the encoder family without gradients: embed the clips, fit the head.

Example:
    >>> model, extractor, figures = train_head(recipe, dataset, split, Path("runs/whisper"))  # doctest: +SKIP
    >>> figures["ua"]  # doctest: +SKIP
    0.79
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.cache import CachedFeatures
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import FULL_SCALE, decode
from emotion_hf.data.loader import label_masks, resolve_labels
from emotion_hf.errors import RecipeError
from emotion_hf.evaluation.evaluate_metric import SpeechEmotionMetric
from emotion_hf.models import EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.training.closed_form.embeddings import Embedder, augmented
from emotion_hf.training.closed_form.head import Clips, FittedHead, HeadOptions, fit_head, set_head
from emotion_hf.training.pretrained_encoder import start_from
from emotion_hf.training.progress import passes
from emotion_hf.training.resume import PROGRESS

if TYPE_CHECKING:
    from datasets import Dataset

    from emotion_hf.data.splits import Split
    from emotion_hf.recipes import Recipe


def train_head(
    recipe: Recipe, dataset: Dataset, split: Split, output: Path, *, cache: Path | None = None
) -> tuple[EncoderForAudioClassification, EncoderFeatureExtractor, dict[str, float]]:
    """Return the trained model, its feature extractor, and its figures in cross-validation over training speakers.

    Args:
        recipe: What to do; ``training.epochs`` is the number of passes over the clips, the first as they are.
        dataset: All clips, as ``load_corpora`` gives them.
        split: Which of them are learned from.
        output: Folder of the checkpoint; the progress is told there.
        cache: Where embeddings are kept; without it they are computed anew.

    Raises:
        RecipeError: The recipe cannot be used.
        CheckpointError: The encoder cannot be loaded.
    """
    labels = resolve_labels(dataset, recipe.data.labels or None)
    model, extractor = start_from(recipe.model.checkpoint, labels, recipe.model.config)
    learned = dataset.select(split.train)
    clips = describe_clips(learned, labels, label_masks(dataset, recipe.data.labels or None))
    if model.intensity is not None and not {"strong", "high"} & set(clips.intensities):
        raise RecipeError(
            "No clip was recorded both normal and strong, so intensity cannot be learned; set "
            "model.config.intensity=false."
        )
    embedder = Embedder(model, extractor)
    embed = CachedFeatures(embedder, cache) if cache else embedder
    most = round(recipe.data.max_seconds * SAMPLING_RATE)
    waves = [row["wave"][:most].astype(np.float32) / FULL_SCALE for row in decode(learned)]
    augmenter = Augmenter(recipe.augmentation, SAMPLING_RATE)
    vectors = np.empty((recipe.training.epochs, len(waves), model.config.embedding_size), dtype=np.float32)
    for number in passes(recipe.training.epochs, output / PROGRESS):
        changed = waves if number == 0 else (augmented(wave, augmenter, number, recipe.seed) for wave in waves)
        for row, wave in enumerate(changed):
            vectors[number, row] = embed([wave[:most]])[0]
    options = HeadOptions(
        labels=len(labels),
        shrinkage=recipe.training.shrinkage,
        logistic_share=recipe.training.logistic_share,
        seed=recipe.seed,
    )
    fitted = fit_head(vectors, clips, options)
    set_head(model, fitted)
    return model, extractor, cross_validated(fitted, clips)


def describe_clips(dataset: Dataset, labels: tuple[str, ...], masks: dict[str, tuple[bool, ...]]) -> Clips:
    """Return what is known of the clips of a data set."""
    number = {label: index for index, label in enumerate(labels)}
    corpora = dataset["corpus"][:]
    return Clips(
        truth=np.array([number[emotion] for emotion in dataset["emotion"][:]]),
        corpora=np.asarray(corpora, dtype=str),
        speakers=np.asarray(dataset["speaker"][:], dtype=str),
        intensities=np.asarray(dataset["intensity"][:], dtype=str),
        allowed=np.array([masks[corpus] for corpus in corpora]),
    )


def cross_validated(fitted: FittedHead, clips: Clips) -> dict[str, float]:
    """Return the figures on training speakers that the head did not learn from; ``corpus_ua`` is the mean UA."""
    scores = np.where(clips.allowed, fitted.logits / fitted.temperature, -1e4)
    scores = np.exp(scores - scores.max(1, keepdims=True))
    scores /= scores.sum(1, keepdims=True)
    metric = SpeechEmotionMetric()
    of_corpora = {
        f"ua_{corpus}": metric.compute(
            predictions=scores[clips.corpora == corpus], references=clips.truth[clips.corpora == corpus]
        )["ua"]
        for corpus in np.unique(clips.corpora)
    }
    return of_corpora | {"corpus_ua": float(np.mean([*of_corpora.values()]))}
