"""Turn a recipe into the options of Trainer: arguments, callbacks, sampler and loss.

Example:
    >>> loss = make_loss(Recipe(name="demo"), class_weights=None)
    >>> loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.tensor([[True, True]]))
    tensor(0.6931)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import EarlyStoppingCallback, TrainerCallback, TrainingArguments

from emotion_hf.device import choose_device
from emotion_hf.errors import RecipeError
from emotion_hf.models.spectrogram.modeling_spectrogram import classification_loss
from emotion_hf.recipes import Recipe
from emotion_hf.training.gradient.average import WeightAverage
from emotion_hf.training.gradient.trainer import EpochSampler, Loss
from emotion_hf.training.material import Material, shares_of
from emotion_hf.training.resume import CURVES
from emotion_hf.unfinished import WORKSPACE

SCHEDULES = {  # our names → those of transformers
    "cosine": "cosine",
    "linear": "linear",
    "plateau": "reduce_lr_on_plateau",
}
PLATEAU = {"mode": "max", "factor": 0.5, "patience": 3}
"""The rate is halved after three epochs without a better validation UA."""


def check_options(recipe: Recipe, material: Material) -> None:
    """Check options that depend on the data, the model or the installed packages, before the training.

    Raises:
        RecipeError: The schedule needs validation speakers, an augmentation needs spectrograms, ``training.keep``
            needs a trained network, or a package for the tracking is not installed.
    """
    if recipe.training.schedule == "plateau" and not material.split.validation:
        raise RecipeError("training.schedule=plateau needs validation speakers; set data.validation above 0.")
    changes, model = recipe.augmentation, recipe.model
    if model.family == "waveform" and (changes.frequency_mask_bins or changes.time_mask_frames):
        raise RecipeError(
            "The masks of augmentation are for spectrograms, but family waveform takes samples; set "
            "frequency_mask_bins and time_mask_frames to 0."
        )
    if recipe.training.keep and (model.family == "encoder" or not model.checkpoint):
        raise RecipeError(
            "training.keep is for continuing the training of a spectrogram or waveform network; set model.checkpoint."
        )
    tracking = recipe.training.tracking
    if tracking != "none" and not find_spec(tracking):
        raise RecipeError(
            f"training.tracking={tracking} needs a package that is not installed: pip install {tracking}."
        )


def make_sampler(recipe: Recipe, material: Material) -> EpochSampler:
    """Return the sampler that draws each epoch from the training clips and their copies.

    Raises:
        RecipeError: `data.shares` names a corpus that is not in the data, or leaves no clips.
    """
    corpora = material.dataset.select(material.split.train)["corpus"][:]
    copied = [corpus for corpus in corpora for _ in range(recipe.augmentation.copies)]
    return EpochSampler(copied, shares_of(recipe, corpora), seed=recipe.seed)


def make_loss(recipe: Recipe, class_weights: Sequence[float] | None) -> Loss:
    """Return the loss for all model families; transformers' own do not support mixed targets or label masks."""

    def loss(logits: torch.Tensor, targets: torch.Tensor, label_mask: torch.Tensor) -> torch.Tensor:
        weights = None if class_weights is None else logits.new_tensor(class_weights)
        return classification_loss(logits, targets, label_mask, weights, recipe.training.label_smoothing)

    return loss


def make_arguments(recipe: Recipe, output: Path, *, with_validation: bool) -> TrainingArguments:
    """Return Trainer's arguments; with validation speakers, the epoch with the best validation UA is kept.

    Raises:
        RecipeError: Transformers rejects a value.
        SettingsError: The machine does not have the device.
    """
    training = recipe.training
    device = choose_device(training.device)
    try:
        arguments = TrainingArguments(
            output_dir=str(output / WORKSPACE),
            num_train_epochs=training.epochs,
            per_device_train_batch_size=training.batch_size,
            per_device_eval_batch_size=training.batch_size,
            learning_rate=training.learning_rate,
            lr_scheduler_type=SCHEDULES[training.schedule],
            lr_scheduler_kwargs=PLATEAU if training.schedule == "plateau" else None,
            warmup_steps=training.warmup,
            weight_decay=training.weight_decay,
            max_grad_norm=training.max_grad_norm,
            use_cpu=device.type == "cpu",
            bf16=training.precision == "bf16" and has_fast_bf16(device),
            eval_strategy="epoch" if with_validation else "no",
            save_strategy="epoch",
            logging_strategy="epoch",
            logging_nan_inf_filter=False,  # FiniteLoss stops the training
            save_total_limit=2,
            load_best_model_at_end=with_validation,
            metric_for_best_model="corpus_ua" if with_validation else None,
            greater_is_better=True if with_validation else None,
            restore_callback_states_from_checkpoint=True,  # such as the count of early stopping
            label_names=["labels"],
            remove_unused_columns=False,
            dataloader_pin_memory=device.type == "cuda",
            ddp_find_unused_parameters=recipe.model.family == "encoder",  # frozen layers
            disable_tqdm=True,
            report_to="trackio" if training.tracking == "trackio" else "none",
            project="emotion_hf",
            run_name=output.name,
            seed=recipe.seed,
            data_seed=recipe.seed,
        )
    except ValueError as error:
        raise RecipeError(f"training cannot be used: {error}") from error
    arguments.per_device_train_batch_size = share_of_batch(training.batch_size, arguments.world_size)
    return arguments


def share_of_batch(size: int, processes: int) -> int:
    """Return the number of clips of each batch that one of several processes takes.

    Several processes compute the batches of one, so that a recipe means the same with any number of them.

    Raises:
        RecipeError: The batch cannot be divided.
    """
    if size % processes:
        raise RecipeError(
            f"{processes} processes cannot share batches of {size} clips; set training.batch_size to a multiple of "
            f"{processes}."
        )
    return size // processes


def has_fast_bf16(device: torch.device) -> bool:
    """Return whether a device computes in bf16; a CPU that emulates it takes ten times as long to train."""
    if device.type == "mps":
        return False
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.ops.mkldnn._is_mkldnn_bf16_supported()


class FiniteLoss(TrainerCallback):
    """Stops a training whose loss is not finite, before the epoch is saved."""

    def on_log(self, args, state, control, logs, **_) -> None:
        """Check the mean loss of an epoch.

        Raises:
            RecipeError: It is NaN or infinite.
        """
        if not math.isfinite(logs.get("loss", 0.0)):
            changes = "set a lower training.learning_rate, or training.precision=fp32"
            raise RecipeError(f"The loss of epoch {round(state.epoch)} is {logs['loss']}; {changes}.")


def make_callbacks(recipe: Recipe, output: Path, arguments: TrainingArguments) -> list[TrainerCallback]:
    """Return Trainer's callbacks: a check of the loss, early stopping, average of the weights, TensorBoard."""
    callbacks: list[TrainerCallback] = [FiniteLoss()]
    if arguments.metric_for_best_model and recipe.training.early_stopping:
        callbacks.append(EarlyStoppingCallback(recipe.training.early_stopping))
    if recipe.training.ema_decay:
        callbacks.append(WeightAverage(recipe.training.ema_decay))
    if recipe.training.tracking == "tensorboard" and arguments.process_index == 0:
        from torch.utils.tensorboard import SummaryWriter
        from transformers.integrations import TensorBoardCallback

        # Trainer would write into the workspace, which is removed after the training.
        callbacks.append(TensorBoardCallback(SummaryWriter(output / CURVES)))
    return callbacks
