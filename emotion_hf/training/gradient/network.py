"""Train all weights of a network by gradients, with transformers' Trainer.

Example:
    >>> trained = train_network(recipe, material, Path("runs/cnn"))  # doctest: +SKIP
    >>> trained.figures["corpus_ua"]  # doctest: +SKIP
    0.62
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.data import DataLoader
from transformers import FeatureExtractionMixin, PreTrainedModel, PrinterCallback

from emotion_hf.calibration import fit_not_sure, fit_temperature
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import WaveCollator, augmented_copies
from emotion_hf.disk import writing
from emotion_hf.evaluation.evaluate_metric import SpeechEmotionMetric
from emotion_hf.recipes import Recipe
from emotion_hf.training import build
from emotion_hf.training.gradient.options import (
    check_options,
    make_arguments,
    make_callbacks,
    make_loss,
    make_sampler,
)
from emotion_hf.training.gradient.trainer import SpeechTrainer
from emotion_hf.training.gradient.warm_start import blend, normalize_as_before, weights_of
from emotion_hf.training.material import Material, Trained
from emotion_hf.training.progress import Bar, Progress, seconds_per_step
from emotion_hf.training.resume import last_checkpoint
from emotion_hf.unfinished import PROGRESS

if TYPE_CHECKING:
    from datasets import Dataset

STANDARDIZATION_CLIPS = 1024


def train_network(
    recipe: Recipe, material: Material, output: Path, *, resume: bool = False, bar: bool = False
) -> Trained:
    """Train a spectrogram or waveform network, and calibrate it on the validation speakers.

    Args:
        recipe: Settings of the training.
        material: Clips and labels.
        output: Folder of the checkpoint.
        resume: Continue from the last finished epoch.
        bar: Show a progress bar over the steps.

    Raises:
        RecipeError: The recipe cannot be used.
    """
    trainer = network_trainer(recipe, material, output, bar=bar)
    model = trainer.model
    start = weights_of(model) if recipe.training.keep else {}
    run_trainer(trainer, output, resume=resume)
    blend(model, start, recipe.training.keep)
    figures = calibrate(trainer, recipe)
    return Trained(
        model, trainer.plain_collator.extractor, trainer.state.log_history, figures, trainer.is_world_process_zero()
    )


def network_trainer(recipe: Recipe, material: Material, output: Path, *, bar: bool = False) -> SpeechTrainer:
    """Return the trainer of a spectrogram or waveform network; see `train_network`."""
    extractor = build.build_extractor(recipe)
    check_options(recipe, material)
    model = build.build_model(recipe, extractor, material.labels, class_weights(recipe, material))
    model.to(memory_format=torch.channels_last)  # a third faster on a CPU
    if recipe.model.checkpoint:
        normalize_as_before(model)
    trainer = make_trainer(recipe, material, model, extractor, output, bar=bar)
    if recipe.model.family == "spectrogram" and not recipe.model.checkpoint:
        build.fit_standardization(model, _some_batches(trainer, recipe.seed))
    return trainer


def make_trainer(
    recipe: Recipe,
    material: Material,
    model: PreTrainedModel,
    extractor: FeatureExtractionMixin,
    output: Path,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    bar: bool = False,
) -> SpeechTrainer:
    """Return the trainer of a model.

    Args:
        recipe: Settings of the training.
        material: Clips and labels.
        model: The model; its weights with ``requires_grad`` are trained.
        extractor: Its feature extractor.
        output: Folder of the checkpoint.
        optimizer: By default Trainer's own AdamW.
        bar: Show a progress bar over the steps.

    Raises:
        RecipeError: The recipe cannot be used.
    """
    sampler = make_sampler(recipe, material)
    collator = partial(WaveCollator, extractor, material.labels, material.masks, max_seconds=recipe.data.max_seconds)
    augmenter = Augmenter(recipe.augmentation, extractor.sampling_rate)
    copies = recipe.augmentation.copies
    train = material.train if copies == 1 else augmented_copies(material.train, augmenter, copies)
    validation = material.validation if material.split.validation else None
    arguments = make_arguments(recipe, output, with_validation=validation is not None)
    with writing(output):  # Trainer creates its folder there
        trainer = SpeechTrainer(
            model=model,
            args=arguments,
            train_dataset=train,
            eval_dataset=validation,
            data_collator=collator(augmenter=augmenter),
            plain_collator=collator(),
            sampler=sampler,
            loss=make_loss(recipe, class_weights(recipe, material)),
            compute_metrics=_figures(validation) if validation is not None else None,
            callbacks=make_callbacks(recipe, output, arguments),
            optimizers=(optimizer, None),
        )
    trainer.remove_callback(PrinterCallback)  # prints raw mappings; Progress logs them in words
    some = [train[row] for row in range(min(len(train), recipe.training.batch_size))]
    measure = partial(seconds_per_step, trainer, some, evaluated=len(validation or ()) / len(sampler))
    trainer.add_callback(Progress(output / PROGRESS, measure))
    if bar:
        trainer.add_callback(Bar())
    return trainer


def run_trainer(trainer: SpeechTrainer, output: Path, *, resume: bool) -> None:
    """Train, or continue from the last finished epoch."""
    with writing(output):  # Trainer saves each epoch
        trainer.train(resume_from_checkpoint=str(last_checkpoint(output)) if resume else None)


def class_weights(recipe: Recipe, material: Material) -> list[float] | None:
    """Return the weight of each label in the loss, or `None` if the recipe has no class weights.

    Raises:
        RecipeError: A label never occurs.
    """
    if recipe.training.class_weights == "none":
        return None
    return build.balanced_class_weights(material.dataset.select(material.split.train)["emotion"][:], material.labels)


def calibrate(trainer: SpeechTrainer, recipe: Recipe) -> dict[str, float]:
    """Set the model's temperature and "not sure" threshold, and return the figures on the validation speakers.

    Without validation speakers, temperature and threshold come from the recipe, and there are no figures.
    """
    config, given = trainer.model.config, recipe.training
    if trainer.eval_dataset is None:
        config.logit_temperature = given.logit_temperature or 1.0
        config.not_sure_below = max(given.not_sure_below, 0.0)
        return {}
    outcome = trainer.predict(trainer.eval_dataset, metric_key_prefix="validation")
    truth = outcome.label_ids.argmax(axis=1)
    config.logit_temperature = given.logit_temperature or fit_temperature(outcome.predictions, truth)
    scores = softmax(outcome.predictions / config.logit_temperature)
    config.not_sure_below = given.not_sure_below if given.not_sure_below >= 0 else fit_not_sure(scores.max(axis=1))
    figures = {name.removeprefix("validation_"): value for name, value in outcome.metrics.items()}
    return figures | SpeechEmotionMetric().compute(predictions=scores, references=truth)


def corpus_figures(scores: np.ndarray, truth: np.ndarray, corpora: Sequence[str] | np.ndarray) -> dict[str, float]:
    """Return the UA of each corpus, `ua_NAME`, and their mean, `corpus_ua`, by which the epoch is chosen.

    Args:
        scores: `(clips, labels)`.
        truth: Class numbers `(clips,)`.
        corpora: Corpus of each clip.
    """
    metric, names = SpeechEmotionMetric(), np.asarray(corpora)
    of_each = {
        f"ua_{name}": metric.compute(predictions=scores[names == name], references=truth[names == name])["ua"]
        for name in np.unique(names)
    }
    return of_each | {"corpus_ua": float(np.mean([*of_each.values()]))}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities `(clips, labels)`, float64."""
    return torch.from_numpy(np.asarray(logits, dtype=np.float64)).softmax(-1).numpy()


def _some_batches(trainer: SpeechTrainer, seed: int) -> DataLoader:
    clips = trainer.train_dataset
    some = clips.shuffle(seed=seed).select(range(min(STANDARDIZATION_CLIPS, len(clips))))
    return DataLoader(some, batch_size=32, collate_fn=trainer.plain_collator)


def _figures(validation: Dataset):
    """Return Trainer's `compute_metrics`."""
    corpora = validation["corpus"][:]

    def compute(outcome) -> dict[str, float]:
        scores, truth = softmax(outcome.predictions), outcome.label_ids.argmax(axis=1)
        overall = SpeechEmotionMetric().compute(predictions=scores, references=truth)
        return overall | corpus_figures(scores, truth, corpora)

    return compute
