"""Train a model of the encoder family: fine-tune its top layers (optional), embed the clips, fit the head.

Example:
    >>> trained = train_encoder(recipe, material, Path("runs/whisper"))  # doctest: +SKIP
    >>> trained.figures["corpus_ua"]  # doctest: +SKIP
    0.79
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.cache import CachedFeatures
from emotion_hf.calibration import fit_not_sure, fit_temperature
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import FULL_SCALE
from emotion_hf.device import choose_device
from emotion_hf.errors import RecipeError
from emotion_hf.recipes import Recipe, checkpoint_of
from emotion_hf.training.closed_form.embeddings import Embedder, augmented
from emotion_hf.training.closed_form.head import (
    Clips,
    FittedHead,
    HeadOptions,
    fit_head,
    possible,
    set_head,
    shows_intensity,
)
from emotion_hf.training.gradient.encoder import tune
from emotion_hf.training.gradient.network import corpus_figures, softmax
from emotion_hf.training.gradient.trainer import EpochSampler
from emotion_hf.training.material import Material, Trained, shares_of
from emotion_hf.training.pretrained_encoder import start_from
from emotion_hf.training.progress import Embedding, Fitting
from emotion_hf.unfinished import PROGRESS
from emotion_hf.voice import speaker_statistics

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from datasets import Dataset

CHUNK = 64  # number of clips whose augmented copies are in memory at once


def train_encoder(
    recipe: Recipe,
    material: Material,
    output: Path,
    *,
    resume: bool = False,
    bar: bool = False,
    cache: Path | None = None,
) -> Trained:
    """Fine-tune, embed and fit.

    With a frozen encoder, the head is calibrated by cross-validation over the training speakers. A fine-tuned encoder
    was trained on all of them, so the head is calibrated on the validation speakers.

    Args:
        recipe: Settings of the training.
        material: Clips and labels.
        output: Folder of the checkpoint; the progress is written there.
        resume: Continue an interrupted fine-tuning.
        bar: Show a progress bar over the steps of the fine-tuning, over the clips that are embedded, and over the
            fits of the head.
        cache: Folder in which embeddings are cached; `None` caches none.

    Raises:
        RecipeError: The recipe cannot be used.
        CheckpointError: The encoder cannot be loaded.
    """
    model, extractor = start_from(checkpoint_of(recipe), material.labels, recipe.model.config)
    learned = material.dataset.select(material.split.train)
    clips = describe_clips(learned, material)
    if len(set(clips.speakers)) < 2:
        raise RecipeError(
            "The head needs clips of at least two training speakers; add speakers, or hold out fewer of them."
        )
    if model.intensity is not None and not shows_intensity(clips):
        if any(material.dataset["intensity"][:]):
            logger.info("No emotion was recorded both normal and strong, so the model does not predict intensity.")
        model.intensity, model.config.intensity = None, False
    tuned, history = bool(recipe.model.encoder.trained_layers or not recipe.model.checkpoint), []
    if tuned:
        history = tune(model, extractor, recipe, material, output, resume=resume, bar=bar)
    model.to(choose_device(recipe.training.device) if recipe.training.device else model.device)
    embedder = Embedder(model, extractor)
    embed = CachedFeatures(embedder, cache) if cache and not tuned else embedder
    head = recipe.model.head
    learned_in = draw_passes(clips.corpora, recipe)
    vectors = embed_passes(embed, material.train, learned_in, recipe, output, after_tuning=tuned, bar=bar)
    logger.info("Fitting the head on %d clips …", len(clips))
    options = HeadOptions(len(material.labels), head.shrinkage, head.logistic_share, seed=recipe.seed)
    fitted = fit_head(vectors, learned_in, clips, options, Fitting(output / PROGRESS, bar=bar))
    if tuned and material.split.validation:
        held_out = describe_clips(material.dataset.select(material.split.validation), material)
        unseen = embed(list(waves_of(material.validation, recipe.data.max_seconds)))
        fitted = calibrated_on(fitted, unseen, held_out)
        figures = _figures(fitted, held_out)
    else:
        figures = _figures(fitted, clips)
    set_head(model.cpu(), fitted)
    return Trained(model, extractor, history, figures)


def draw_passes(corpora: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Return which clips each pass uses `(passes, clips)`: the first pass all of them, later ones `data.shares`.

    Args:
        corpora: Corpus of each clip `(clips,)`.
        recipe: Recipe with the number of passes and the shares.

    Raises:
        RecipeError: `data.shares` names a corpus that is not in the data, or leaves no clips.
    """
    sampler = EpochSampler(corpora.tolist(), shares_of(recipe, corpora.tolist()), seed=recipe.seed)
    drawn = np.ones((recipe.model.head.passes, len(corpora)), dtype=bool)
    for number in range(1, len(drawn)):
        sampler.set_epoch(number)
        drawn[number] = np.isin(np.arange(len(corpora)), list(sampler))
    return drawn


def embed_passes(
    embed: Embedder | CachedFeatures,
    clips: Dataset,
    learned_in: np.ndarray,
    recipe: Recipe,
    output: Path,
    *,
    after_tuning: bool = False,
    bar: bool = False,
) -> np.ndarray:
    """Return the embeddings of each pass over the clips `(passes, clips, size)`, float32; pass 0 has no augmentation.

    Args:
        embed: Returns the embeddings of some waves.
        clips: Clips from `decode`.
        learned_in: Which clips each pass uses `(passes, clips)`; the embeddings of the others are zero.
        recipe: Recipe with the number of passes and the augmentation.
        output: Folder in which the progress is written.
        after_tuning: Continue the progress of the encoder's own training.
        bar: Show a progress bar over the clips of all passes.
    """
    logger.info("Embedding %d clips …", learned_in.sum())
    most = round(recipe.data.max_seconds * SAMPLING_RATE)
    waves = list(waves_of(clips, recipe.data.max_seconds))
    augmenter = Augmenter(recipe.augmentation, SAMPLING_RATE)
    vectors = []
    shown = tqdm(desc="Embedding clips", total=int(learned_in.sum()), unit="clip", disable=not bar, leave=False)
    progress = Embedding(output / PROGRESS, learned_in.sum(axis=1).tolist(), after_tuning=after_tuning)
    for number in range(recipe.model.head.passes):

        def change(wave: np.ndarray, number: int = number) -> np.ndarray:
            return augmented(wave, augmenter, number, recipe.seed)[:most] if number else wave

        how = change_of_pass(recipe, number)
        of_pass = np.zeros((len(waves), len(embed.names)), dtype=np.float32)
        rows = np.flatnonzero(learned_in[number])
        for chunk in np.split(rows, range(CHUNK, len(rows), CHUNK)):
            some = [waves[row] for row in chunk]
            if isinstance(embed, CachedFeatures):
                of_pass[chunk] = embed.changed(some, how, change)
            else:
                of_pass[chunk] = embed([change(wave) for wave in some])
            shown.update(len(chunk))
            progress.add(len(chunk))
        vectors.append(of_pass)
        progress.end_pass()
    shown.close()
    return np.stack(vectors)


def change_of_pass(recipe: Recipe, number: int) -> str:
    """Return the complete description of how a pass changes the clips; empty for pass 0."""
    return f"{json.dumps(asdict(recipe.augmentation), sort_keys=True)} {number} {recipe.seed}" if number else ""


def waves_of(clips: Dataset, max_seconds: float) -> Iterable[np.ndarray]:
    """Yield the waves `(samples,)` of decoded clips, float32, cut to `max_seconds`."""
    most = round(max_seconds * SAMPLING_RATE)
    return (row["wave"][:most].astype(np.float32) / FULL_SCALE for row in clips)


def calibrated_on(fitted: FittedHead, vectors: np.ndarray, clips: Clips) -> FittedHead:
    """Return the head with its calibration and speaker statistics taken from other clips.

    Args:
        fitted: Head whose layer is kept.
        vectors: Embeddings of the clips `(clips, size)`.
        clips: Clips of speakers that neither the encoder nor the head was trained on.
    """
    logits = possible(fitted.layer.logits(vectors), clips)
    temperature = fit_temperature(logits, clips.truth, weights=clips.weights)
    return replace(
        fitted,
        temperature=temperature,
        not_sure_below=fit_not_sure(softmax(logits / temperature).max(axis=1), weights=clips.weights),
        speakers=speaker_statistics(logits / temperature, clips.truth, clips.speakers),
        logits=logits,
    )


def describe_clips(dataset: Dataset, material: Material) -> Clips:
    """Return the facts about some clips of the material's data set."""
    number = {label: index for index, label in enumerate(material.labels)}
    corpora = dataset["corpus"][:]
    return Clips(
        truth=np.array([number[emotion] for emotion in dataset["emotion"][:]]),
        corpora=np.asarray(corpora, dtype=str),
        # without a name, each clip counts as a speaker of its own
        speakers=np.array([name or f"clip {clip}" for clip, name in enumerate(dataset["speaker"][:])]),
        intensities=np.asarray(dataset["intensity"][:], dtype=str),
        allowed=np.array([material.masks[corpus] for corpus in corpora]),
    )


def _figures(fitted: FittedHead, clips: Clips) -> dict[str, float]:
    """Return figures on speakers that the head was not trained on; `corpus_ua` is the mean UA over corpora."""
    scores = softmax(possible(fitted.logits, clips) / fitted.temperature)
    return corpus_figures(scores, clips.truth, clips.corpora)
