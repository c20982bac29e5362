"""Train a recipe with transformers' Trainer, and leave one self-contained checkpoint folder behind.

Example:
    >>> run = fine_tune(load_recipe("train/recipes/default.yaml"), {"ravdess": "ravdess/"}, "runs/default")
    ... # doctest: +SKIP
    >>> run.validation["corpus_ua"]  # doctest: +SKIP
    0.58
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.data import DataLoader

from emotion_hf.data.augment import Augmenter
from emotion_hf.data.collate import WaveCollator, decode
from emotion_hf.data.loader import label_masks, load_corpora, resolve_labels
from emotion_hf.data.splits import make_split
from emotion_hf.errors import RecipeError
from emotion_hf.evaluation.evaluate_metric import SpeechEmotionMetric
from emotion_hf.recipes import Recipe
from emotion_hf.torchaudio_standin import ensure_torchaudio
from emotion_hf.training import build
from emotion_hf.training.record import TrainedRun, source_commit, write_run
from emotion_hf.training.trainer import ShareSampler, SpeechTrainer

ensure_torchaudio()  # transformers imports it

from transformers import EarlyStoppingCallback, PreTrainedModel, Trainer, TrainingArguments, set_seed  # noqa: E402

if TYPE_CHECKING:
    from datasets import Dataset

STANDARDIZATION_CLIPS = 1024


def fine_tune(
    recipe: Recipe, data: Mapping[str, Path | str], output: Path | str, *, resume: bool = False
) -> TrainedRun:
    """Train a recipe.

    Args:
        recipe: What to do.
        data: Name of each corpus → its folder.
        output: Folder of the checkpoint, new or empty unless `resume`.
        resume: Go on from the last finished epoch of an interrupted training in `output`.

    Raises:
        RecipeError: The recipe cannot be used, or `output` holds something already.
        CorpusError, LabelError, SplitError: The data cannot be used.
    """
    started, commit, output = time.time(), source_commit(), Path(output)
    workspace = output / "trainer"
    _check_output(output, resume)
    set_seed(recipe.seed)
    dataset = load_corpora(data, labels=recipe.data.labels or None)
    labels = resolve_labels(dataset, recipe.data.labels or None)
    split = make_split(dataset, recipe.data.split, validation=recipe.data.validation, seed=recipe.seed)
    sampler = ShareSampler(dataset.select(split.train)["corpus"][:], recipe.data.shares, recipe.seed)
    masks = label_masks(dataset, recipe.data.labels or None)
    extractor = build.build_extractor(recipe)
    augmenter = Augmenter(recipe.augmentation, extractor.sampling_rate)
    plain = WaveCollator(extractor, labels, masks, max_seconds=recipe.data.max_seconds)
    augmenting = WaveCollator(extractor, labels, masks, augmenter, recipe.data.max_seconds)
    waves = decode(dataset)
    train, validation = waves.select(split.train), waves.select(split.validation)
    model = build.build_model(recipe, extractor, labels, _class_weights(recipe, train, labels))
    build.fit_standardization(model, _some_batches(train, plain, recipe.seed))
    model.to(memory_format=torch.channels_last)  # a tenth faster on a CPU

    trainer = SpeechTrainer(
        model=model,
        args=_arguments(recipe, workspace, with_validation=len(validation) > 0),
        train_dataset=train,
        eval_dataset=validation if len(validation) else None,
        data_collator=augmenting,
        plain_collator=plain,
        sampler=sampler,
        compute_metrics=_figures(validation),
        callbacks=_callbacks(recipe, len(validation) > 0),
    )
    trainer.train(resume_from_checkpoint=resume or None)
    figures = _calibrate(trainer, recipe, validation) if len(validation) else _given_calibration(model, recipe)
    model.cpu().save_pretrained(output)
    extractor.save_pretrained(output)
    run = TrainedRun(output, trainer.state.log_history, figures, split)
    write_run(run, recipe, waves, commit=commit, seconds=time.time() - started)
    shutil.rmtree(workspace)  # optimizer states are pickles: no use any more, and never to be published
    return run


def can_resume(output: Path | str) -> bool:
    """Tell whether an interrupted training with a finished epoch is in `output`."""
    return any((Path(output) / "trainer").glob("checkpoint-*"))


def _check_output(output: Path, resume: bool) -> None:
    if resume and not can_resume(output):
        raise RecipeError(f"No interrupted training with a finished epoch is in {output}; leave out --resume.")
    if not resume and can_resume(output):
        raise RecipeError(f"An interrupted training is in {output}; go on with --resume, or name another --output.")
    if output.exists() and not output.is_dir():
        raise RecipeError(f"{output} is a file; name a folder as --output.")
    if not resume and output.exists() and {path.name for path in output.iterdir()} - {"trainer"}:
        raise RecipeError(f"{output} is not empty; name another --output.")


def _arguments(recipe: Recipe, workspace: Path, *, with_validation: bool) -> TrainingArguments:
    training = recipe.training
    try:
        return TrainingArguments(
            output_dir=str(workspace),
            num_train_epochs=training.epochs,
            per_device_train_batch_size=training.batch_size,
            per_device_eval_batch_size=training.batch_size,
            learning_rate=training.learning_rate,
            lr_scheduler_type=training.schedule,
            warmup_steps=training.warmup,
            weight_decay=training.weight_decay,
            max_grad_norm=training.max_grad_norm,
            use_cpu=not torch.cuda.is_available(),
            bf16=training.precision == "bf16",
            eval_strategy="epoch" if with_validation else "no",
            save_strategy="epoch",
            logging_strategy="epoch",
            save_total_limit=2,
            load_best_model_at_end=with_validation,
            metric_for_best_model="corpus_ua" if with_validation else None,
            greater_is_better=True if with_validation else None,
            label_names=["labels"],
            remove_unused_columns=False,
            dataloader_pin_memory=torch.cuda.is_available(),
            report_to="none",
            seed=recipe.seed,
            data_seed=recipe.seed,
        )
    except ValueError as error:
        raise RecipeError(f"training cannot be used: {error}") from error


def _callbacks(recipe: Recipe, with_validation: bool) -> list:
    patience = recipe.training.early_stopping
    return [EarlyStoppingCallback(patience)] if with_validation and patience > 0 else []


def _class_weights(recipe: Recipe, train: Dataset, labels: Sequence[str]) -> list[float] | None:
    if recipe.training.class_weights == "none":
        return None
    return build.balanced_class_weights(list(train["emotion"]), labels)


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


def _calibrate(trainer: Trainer, recipe: Recipe, validation: Dataset) -> dict[str, float]:
    """Fit temperature and threshold on the validation speakers, and return their figures."""
    config = trainer.model.config
    outcome = trainer.predict(validation, metric_key_prefix="validation")
    truth = outcome.label_ids.argmax(axis=1)
    config.logit_temperature = recipe.training.logit_temperature or build.fit_temperature(outcome.predictions, truth)
    scores = _softmax(outcome.predictions / config.logit_temperature)
    threshold = recipe.training.not_sure_below
    config.not_sure_below = threshold if threshold >= 0 else build.fit_not_sure(scores.max(axis=1))
    figures = {name.removeprefix("validation_"): value for name, value in outcome.metrics.items()}
    return figures | SpeechEmotionMetric().compute(predictions=scores, references=truth)


def _given_calibration(model: PreTrainedModel, recipe: Recipe) -> dict[str, float]:
    model.config.logit_temperature = recipe.training.logit_temperature or 1.0
    model.config.not_sure_below = max(recipe.training.not_sure_below, 0.0)
    return {}


def _softmax(logits: np.ndarray) -> np.ndarray:
    return torch.from_numpy(np.asarray(logits, dtype=np.float64)).softmax(-1).numpy()
