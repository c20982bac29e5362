"""The exponential moving average of the weights (EMA), which is evaluated and saved instead of the last weights.

At the end of an epoch, the average is copied into the model; the weights in training are kept and restored when the
next epoch begins. So Trainer's checkpoints contain the average, and in `WEIGHTS_IN_TRAINING` the weights with which
the training continues.

Example:
    >>> trainer.add_callback(WeightAverage(decay=0.999))  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel, TrainerCallback

WEIGHTS_IN_TRAINING = "in_training.safetensors"


class WeightAverage(TrainerCallback):
    """Average weights and buffers with decay `min(decay, (1 + t) / (10 + t))` at step t, for short trainings as well.

    The formula is that of TensorFlow's `ExponentialMovingAverage`. Integer buffers are copied.
    """

    def __init__(self, decay: float):
        self.decay = decay
        self._aside: dict[str, torch.Tensor] = {}  # the average; while it is in the model, the weights in training
        self._in_model = False

    def on_train_begin(self, args, state, control, model: PreTrainedModel, **_) -> None:
        """Start from the model's weights, or from those of an interrupted training."""
        self._aside = {name: value.clone() for name, value in model.state_dict().items()}
        if state.global_step:
            weights = load_file(_checkpoint(args, state) / WEIGHTS_IN_TRAINING)
            for name, value in model.state_dict().items():
                value.copy_(weights[name])

    def on_optimizer_step(self, args, state, control, model: PreTrainedModel, **_) -> None:
        """Move the average towards the new weights."""
        decay = min(self.decay, (1 + state.global_step) / (10 + state.global_step))
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                self._aside[name].lerp_(value, 1 - decay)
            else:
                self._aside[name].copy_(value)

    def on_epoch_end(self, args, state, control, model: PreTrainedModel, **_) -> None:
        """Put the average into the model for evaluation and saving."""
        self._exchange(model)
        if state.is_world_process_zero:
            folder = _checkpoint(args, state)
            folder.mkdir(parents=True, exist_ok=True)  # Trainer saves its own files there next
            weights = {name: value.contiguous() for name, value in self._aside.items()}  # some are channels last
            save_file(weights, folder / WEIGHTS_IN_TRAINING)

    def on_epoch_begin(self, args, state, control, model: PreTrainedModel, **_) -> None:
        """Restore the weights in training."""
        if self._in_model:
            self._exchange(model)

    def _exchange(self, model: PreTrainedModel) -> None:
        for name, value in model.state_dict().items():
            average = self._aside[name].clone()
            self._aside[name].copy_(value)
            value.copy_(average)
        self._in_model = not self._in_model


def _checkpoint(args, state) -> Path:
    return Path(args.output_dir) / f"checkpoint-{state.global_step}"
