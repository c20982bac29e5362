"""Train a recipe with transformers' Trainer, and leave one self-contained checkpoint folder behind.

Example:
    >>> run = fine_tune(load_recipe("train/recipes/functionals.yaml"), {"ravdess": "ravdess/"}, "runs/functionals")
    ... # doctest: +SKIP
    >>> run.validation["corpus_ua"]  # doctest: +SKIP
    0.62
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.data import DataLoader
from transformers import (
    FeatureExtractionMixin,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    set_seed,
)
from transformers.utils.logging import disable_progress_bar

from emotion_hf.calibration import fit_not_sure, fit_temperature
from emotion_hf.checkpoint import save
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import WaveCollator, augmented_copies, decode
from emotion_hf.data.loader import label_masks, load_corpora, resolve_labels
from emotion_hf.data.splits import Split, make_split
from emotion_hf.disk import writing
from emotion_hf.evaluation.evaluate_metric import SpeechEmotionMetric
from emotion_hf.recipes import Recipe
from emotion_hf.training import build, encoder, pretrained
from emotion_hf.training.closed_form.corrections import learn_corrections
from emotion_hf.training.closed_form.train import train_head
from emotion_hf.training.corrections import has_layer, rows_heard
from emotion_hf.training.corrections import learn_corrections as learn_layers
from emotion_hf.training.discriminant import solve
from emotion_hf.training.going_on import blend, keep_what_is_known, weights_of
from emotion_hf.training.memory import keep_freed_memory
from emotion_hf.training.options import check_options, make_arguments, make_callbacks, make_loss, make_sampler
from emotion_hf.training.pretrained_encoder import is_trained
from emotion_hf.training.progress import Bar, Progress, seconds_per_step
from emotion_hf.training.record import TrainedRun, source_commit, write_run
from emotion_hf.training.restoration import learn_restoration
from emotion_hf.training.resume import PROGRESS, WORKSPACE, check_output, keep_recipe, last_checkpoint
from emotion_hf.training.trainer import SpeechTrainer

if TYPE_CHECKING:
    from datasets import Dataset

STANDARDIZATION_CLIPS = 1024


def fine_tune(
    recipe: Recipe,
    data: Mapping[str, Path | str],
    output: Path | str,
    *,
    prepared: tuple[Dataset, Split] | None = None,
    resume: bool = False,
    bar: bool = False,
    cache: Path | None = None,
) -> TrainedRun:
    """Train a recipe.

    Several processes, as `accelerate launch` starts them, share the batches; the first one writes.

    Args:
        recipe: What to do.
        data: Name of each corpus → its folder.
        output: Folder of the checkpoint, new or empty unless `resume`.
        prepared: The clips of `data` and their split, by whoever splits them otherwise than the recipe says.
        resume: Go on from the last finished epoch of an interrupted training in `output`.
        bar: Show a bar over the steps.
        cache: Folder in which embeddings of family `encoder` are kept.

    Raises:
        RecipeError: The recipe cannot be used, or `output` holds something already.
        CorpusError, LabelError, SplitError: The data cannot be used.
        WriteError: The disk refuses.
    """
    started, commit, output = time.time(), source_commit(), Path(output)
    check_output(output, recipe, resume=resume)
    keep_freed_memory()
    disable_progress_bar()  # of each file that is saved
    set_seed(recipe.seed)
    dataset, split = prepared or load_and_split(recipe, data)
    if recipe.model.family == "encoder":
        keep_recipe(output, recipe)
        train = learn_corrections if is_trained(recipe.model.checkpoint) else train_head
        model, extractor, figures = train(recipe, dataset, split, output, cache=cache)
        run = TrainedRun(output, [], figures, split)
        _save(run, recipe, dataset, model, extractor, commit=commit, started=started)
        return run
    extractor = build.build_extractor(recipe)
    trainer = build_trainer(recipe, dataset, split, extractor, output)
    if bar:
        trainer.add_callback(Bar())
    keep_recipe(output, recipe)
    if getattr(trainer.model, "restoration", None) is not None and not (recipe.model.checkpoint or resume):
        learn_restoration(trainer, recipe.seed, output / PROGRESS)
    if recipe.training.solver == "discriminant":
        if not has_layer(trainer.model):
            solve(trainer, recipe, output / PROGRESS)
    elif any(weight.requires_grad for weight in trainer.model.parameters()):
        start = weights_of(trainer.model) if recipe.training.keep else {}
        with writing(output):  # each epoch is kept
            trainer.train(resume_from_checkpoint=str(last_checkpoint(output)) if resume else None)
        blend(trainer.model, start, recipe.training.keep)
    learn_layers(trainer, output / PROGRESS)
    figures = _calibrate(trainer, recipe) if split.validation else _given_calibration(trainer.model, recipe)
    run = TrainedRun(output, trainer.state.log_history, figures, split)
    if trainer.is_world_process_zero():
        if recipe.model.family == "pretrained":
            encoder.make_plain(trainer.model, recipe.model.encoder)
        _save(run, recipe, dataset, trainer.model, extractor, commit=commit, started=started)
    return run


def _save(
    run: TrainedRun,
    recipe: Recipe,
    dataset: Dataset,
    model: PreTrainedModel,
    extractor: FeatureExtractionMixin,
    *,
    commit: str | None,
    started: float,
) -> None:
    save(run.folder, model.cpu(), extractor)
    write_run(run, recipe, dataset, commit=commit, seconds=time.time() - started)
    # Optimizer states are pickles: they are of no more use, and must never be published.
    shutil.rmtree(run.folder / WORKSPACE, ignore_errors=True)


def build_trainer(
    recipe: Recipe, dataset: Dataset, split: Split, extractor: FeatureExtractionMixin, output: Path
) -> SpeechTrainer:
    """Return what trains a recipe; whatever cannot be used is said before the clips are decoded.

    Args:
        recipe: What to do.
        dataset: All clips, as `load_corpora` gives them.
        split: Which of them are learned from, and which choose the epoch.
        extractor: The recipe's.
        output: Folder of the checkpoint.

    Raises:
        RecipeError: The recipe cannot be used.
    """
    labels, weights = resolve_labels(dataset, recipe.data.labels or None), None
    check_options(recipe, split, labels)
    heard = dataset.select([row for row in split.train for _ in range(recipe.augmentation.copies)])
    sampler = make_sampler(recipe, heard)
    if recipe.training.class_weights == "balanced":
        weights = build.balanced_class_weights(heard["emotion"][:], labels)
    collator = partial(
        WaveCollator,
        extractor,
        labels,
        label_masks(dataset, recipe.data.labels or None),
        max_seconds=recipe.data.max_seconds,
    )
    plain, augmenter = collator(), Augmenter(recipe.augmentation, extractor.sampling_rate)
    model = build.build_model(recipe, extractor, labels, weights)
    arguments = make_arguments(recipe, output, with_validation=bool(split.validation))
    optimizer = None  # Trainer's
    if recipe.model.family != "pretrained" and recipe.model.checkpoint:
        keep_what_is_known(model)
    if recipe.model.family == "pretrained":
        optimizer = encoder.make_optimizer(model, recipe)
        arguments.per_device_eval_batch_size = pretrained.evaluation_batch_size(recipe, extractor)

    if has_layer(model):  # nothing else learns, so nothing else is decoded
        rows = rows_heard(dataset.select(split.train)["corpus"][:], recipe.seed)
        split = replace(split, train=tuple(split.train[row] for row in rows))
    train, validation = _decoded(dataset, split, augmenter)
    if recipe.model.family == "spectrogram" and not recipe.model.checkpoint and model.config.standardize != "none":
        build.fit_standardization(model, _some_batches(train, plain, recipe.seed))
    model.to(memory_format=torch.channels_last)  # a third faster on a CPU
    with writing(output):  # Trainer makes its folder there
        trainer = SpeechTrainer(
            model=model,
            args=arguments,
            train_dataset=train,
            eval_dataset=validation if len(validation) else None,
            data_collator=collator(augmenter=augmenter),
            plain_collator=plain,
            sampler=sampler,
            loss=make_loss(recipe, weights),
            one_cycle_rise=recipe.training.warmup if recipe.training.schedule == "one_cycle" else None,
            compute_metrics=_figures(validation),
            callbacks=make_callbacks(recipe, output, arguments),
            optimizers=(optimizer, None),
        )
    trainer.remove_callback(PrinterCallback)  # prints mappings, which Progress says in words
    some = [train[row] for row in range(min(len(train), recipe.training.batch_size))]
    measure = partial(seconds_per_step, trainer, some, evaluated=len(validation) / len(sampler))
    trainer.add_callback(Progress(output / PROGRESS, measure))
    if recipe.model.family == "pretrained" and recipe.model.encoder.freeze_base:
        trainer.add_callback(encoder.FreezeBase(model, recipe.model.encoder.freeze_base))
    return trainer


def load_and_split(recipe: Recipe, data: Mapping[str, Path | str]) -> tuple[Dataset, Split]:
    """Return all clips, and who of their speakers is for what, as a recipe says.

    Raises:
        CorpusError, LabelError, SplitError: The data cannot be used.
    """
    dataset = load_corpora(data, labels=recipe.data.labels or None)
    return dataset, make_split(dataset, recipe.data.split, validation=recipe.data.validation, seed=recipe.seed)


def _decoded(dataset: Dataset, split: Split, augmenter: Augmenter) -> tuple[Dataset, Dataset]:
    """Return the waves of the training clips, with their copies, and of the validation clips."""
    waves = decode(dataset.select([*split.train, *split.validation]))
    rows = list(range(len(waves)))
    train, validation = waves.select(rows[: len(split.train)]), waves.select(rows[len(split.train) :])
    copies = augmenter.recipe.copies
    return train if copies == 1 else augmented_copies(train, augmenter, copies), validation


def _some_batches(train: Dataset, plain: WaveCollator, seed: int) -> DataLoader:
    some = train.shuffle(seed=seed).select(range(min(STANDARDIZATION_CLIPS, len(train))))
    return DataLoader(some, batch_size=32, collate_fn=plain)


def _figures(validation: Dataset):
    """Return Trainer's `compute_metrics`: `corpus_ua`, the mean UA over corpora, chooses the epoch."""
    metric = SpeechEmotionMetric()
    corpora = np.asarray(validation["corpus"])

    def compute(outcome) -> dict[str, float]:
        scores, truth = _softmax(outcome.predictions), outcome.label_ids.argmax(axis=1)
        figures = metric.compute(predictions=scores, references=truth)
        for corpus in np.unique(corpora):
            rows = corpora == corpus
            figures[f"ua_{corpus}"] = metric.compute(predictions=scores[rows], references=truth[rows])["ua"]
        figures["corpus_ua"] = float(np.mean([figures[f"ua_{corpus}"] for corpus in np.unique(corpora)]))
        return figures

    return compute


def _calibrate(trainer: Trainer, recipe: Recipe) -> dict[str, float]:
    """Fit temperature and threshold on the validation speakers, and return their figures."""
    config = trainer.model.config
    outcome = trainer.predict(trainer.eval_dataset, metric_key_prefix="validation")
    truth = outcome.label_ids.argmax(axis=1)
    config.logit_temperature = recipe.training.logit_temperature or fit_temperature(outcome.predictions, truth)
    scores = _softmax(outcome.predictions / config.logit_temperature)
    threshold = recipe.training.not_sure_below
    config.not_sure_below = threshold if threshold >= 0 else fit_not_sure(scores.max(axis=1))
    figures = {name.removeprefix("validation_"): value for name, value in outcome.metrics.items()}
    return figures | SpeechEmotionMetric().compute(predictions=scores, references=truth)


def _given_calibration(model: PreTrainedModel, recipe: Recipe) -> dict[str, float]:
    model.config.logit_temperature = recipe.training.logit_temperature or 1.0
    model.config.not_sure_below = max(recipe.training.not_sure_below, 0.0)
    return {}


def _softmax(logits: np.ndarray) -> np.ndarray:
    return torch.from_numpy(np.asarray(logits, dtype=np.float64)).softmax(-1).numpy()
