"""Estimate what a training will take, without training: its data, its time on this machine, its licence.

The time is measured: that of some embeddings that are not cached, or of some steps on a copy of the network.

Example:
    >>> forecast(load_recipe("head"), {"ravdess": Path("ravdess")}, Path("data/cache")).seconds  # doctest: +SKIP
    21.4
"""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.cache import CachedFeatures
from emotion_hf.corpora import CORPORA, find_corpus
from emotion_hf.corpora.corpus import list_clips
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import decode
from emotion_hf.data.splits import Split
from emotion_hf.forecast import Data, Forecast, licence_notes, plain_counts
from emotion_hf.licences import licence_of, most_restrictive
from emotion_hf.recipes import Recipe, checkpoint_of
from emotion_hf.training.closed_form.embeddings import AT_ONCE, Embedder, augmented
from emotion_hf.training.closed_form.train import change_of_pass, draw_passes, waves_of
from emotion_hf.training.gradient.encoder import choose_what_learns, make_optimizer
from emotion_hf.training.gradient.network import make_trainer, network_trainer
from emotion_hf.training.gradient.options import check_options
from emotion_hf.training.gradient.trainer import SpeechTrainer
from emotion_hf.training.material import Material, check_recordings, choose_clips, gather
from emotion_hf.training.pretrained_encoder import start_from
from emotion_hf.training.progress import seconds_per_step

if TYPE_CHECKING:
    from datasets import Dataset

START_SECONDS = 8.0
"""Time to load the libraries and the model, twice: for the training and for the report."""
DECODING_SECONDS = 0.008
"""Time to read a clip for the check and for the training."""
FIT_SECONDS = 1.5e-6
"""Time of the fit for each number of each embedding; measured for 1,200 clips of 4,096 numbers."""
SAMPLED = 256
"""Number of clips that are looked up in the cache."""


def forecast(recipe: Recipe, data: Mapping[str, Path], cache: Path) -> Forecast:
    """Return what a training will take.

    Args:
        recipe: Settings of the training.
        data: Name of each corpus → its folder.
        cache: Folder of cached embeddings.

    Raises:
        RecipeError, CheckpointError: The recipe cannot be used.
        CorpusError, LabelError, SplitError: The data cannot be used.
    """
    dataset, split = choose_clips(recipe, data)
    contents = check_recordings(dataset, split)
    material = gather(recipe, dataset, split)
    seconds, cached = _time(recipe, material, cache)
    seconds += START_SECONDS + DECODING_SECONDS * len(dataset)
    speakers = dataset["speaker"][:]
    return Forecast(
        data=tuple(_facts(name, folder) for name, folder in data.items()),
        clips_by_emotion=plain_counts(Counter(dataset["emotion"][:]), material.labels),
        speakers=len({*speakers} - {None}),
        unknown=sum(speaker is None for speaker in speakers),
        hours=sum(contents.seconds.values()) / 3600,
        train=len(split.train),
        validation=len(split.validation),
        test=len(split.test),
        split=split.name,
        optimistic=split.optimistic,
        seconds=round(seconds, 1),
        cached=cached,
        licence=_licence(recipe, data),
    )


def _facts(name: str, folder: Path) -> Data:
    corpus = find_corpus(name)
    listing = list_clips(corpus, folder)
    return Data(
        name=name,
        title=corpus.title if name in CORPORA else name,
        licence=corpus.licence,
        how=listing.how,
        clips=len(listing.utterances),
        speakers=len({one.speaker for one in listing.utterances} - {None}),
        emotions=len({one.emotion for one in listing.utterances}),
        notes=listing.notes,
    )


def _licence(recipe: Recipe, data: Mapping[str, Path]) -> tuple[str, ...]:
    of = {name: licence_of(CORPORA[name].licence) for name in data if name in CORPORA}
    own = [name for name in data if name not in CORPORA]
    if recipe.licence:
        of |= dict.fromkeys(own, recipe.licence)
    worst = most_restrictive(of.values())
    because = [name for name, licence in of.items() if licence == worst]
    return licence_notes(worst, because=because, own=() if recipe.licence else own)


def _time(recipe: Recipe, material: Material, cache: Path) -> tuple[float, float | None]:
    """Return the seconds of the training and of its report, and the share of cached embeddings."""
    if recipe.model.family != "encoder":
        with tempfile.TemporaryDirectory() as folder:
            return _of_steps(network_trainer(recipe, material, Path(folder)), recipe, material), None
    model, extractor = start_from(checkpoint_of(recipe), material.labels, recipe.model.config)
    embedder = Embedder(model, extractor)
    learned_in = draw_passes(np.asarray(material.dataset.select(material.split.train)["corpus"][:]), recipe)
    some = _some(material.dataset, material.split)
    waves = [np.asarray(wave) for wave in waves_of(decode(some), recipe.data.max_seconds)]
    each = _seconds_of_embedding(embedder, waves, recipe)
    fit = FIT_SECONDS * learned_in.sum() * len(embedder.names)
    report = each * (len(material.split.test) + len(material.split.validation))
    if recipe.model.encoder.trained_layers or not recipe.model.checkpoint:
        check_options(recipe, material)
        choose_what_learns(model, recipe.model.encoder, everything=not recipe.model.checkpoint)
        with tempfile.TemporaryDirectory() as folder:
            optimizer = make_optimizer(model, recipe)
            trainer = make_trainer(recipe, material, model, extractor, Path(folder), optimizer=optimizer)
            steps = _of_steps(trainer, recipe, material)
        return steps + each * learned_in.sum() + fit + report, None
    stored = CachedFeatures(embedder, cache)
    passes = range(recipe.model.head.passes)
    share = sum(stored.count(waves, change_of_pass(recipe, number)) for number in passes) / (len(passes) * len(waves))
    return each * (1 - share) * float(learned_in.sum()) + fit + report, share


def _some(dataset: Dataset, split: Split) -> Dataset:
    rows = np.random.default_rng(0).permutation(split.train)[:SAMPLED]
    return dataset.select(rows.tolist())


def _seconds_of_embedding(embedder: Embedder, waves: list[np.ndarray], recipe: Recipe) -> float:
    """Return the measured seconds for one clip."""
    some = waves[:AT_ONCE]
    augmenter = Augmenter(recipe.augmentation, SAMPLING_RATE)
    embedder(some[:1])  # the first call is slower
    start = time.perf_counter()
    changed = [augmented(wave, augmenter, 1, recipe.seed) for wave in some] if recipe.model.head.passes > 1 else some
    embedder(changed)
    return (time.perf_counter() - start) / len(some)


def _of_steps(trainer: SpeechTrainer, recipe: Recipe, material: Material) -> float:
    """Return the seconds of all epochs and of the report."""
    rows = [trainer.train_dataset[row] for row in range(min(len(trainer.train_dataset), recipe.training.batch_size))]
    evaluated = len(material.split.validation) / max(len(trainer.sampler), 1)
    each = seconds_per_step(trainer, rows, evaluated=evaluated)
    steps = recipe.training.epochs * math.ceil(len(trainer.sampler) / recipe.training.batch_size)
    report = each / recipe.training.batch_size * (len(material.split.test) + len(material.split.validation))
    return each * steps + report
