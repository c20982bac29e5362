"""Fine-tune the top layers of a pretrained encoder with Trainer, before its head is fitted in closed form.

Example:
    >>> history = tune(model, extractor, recipe, material, Path("runs/whisper"), resume=False)  # doctest: +SKIP
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from emotion_hf.errors import RecipeError
from emotion_hf.models import EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.models.encoder.states_encoder import layers_of
from emotion_hf.recipes import EncoderRecipe, Recipe
from emotion_hf.training.gradient.network import make_trainer, run_trainer
from emotion_hf.training.gradient.options import check_options

if TYPE_CHECKING:
    from emotion_hf.training.material import Material

LORA_TARGETS = ("intermediate_dense", "output_dense", "fc1", "fc2")
"""The feed-forward weights of every kind of encoder."""
SCALE_CLIPS = 512
"""Number of training clips whose embeddings set the standardisation before the last layer."""


def tune(
    model: EncoderForAudioClassification,
    extractor: EncoderFeatureExtractor,
    recipe: Recipe,
    material: Material,
    output: Path,
    *,
    resume: bool,
    bar: bool = False,
) -> list[dict[str, Any]]:
    """Train the recipe's layers together with a new last layer, in place.

    Args:
        model: Model from `start_from`.
        extractor: Its feature extractor.
        recipe: Settings of the training.
        material: Clips and labels.
        output: Folder of the checkpoint.
        resume: Continue from the last finished epoch.
        bar: Show a progress bar over the steps.

    Returns:
        Trainer's log.

    Raises:
        RecipeError: The recipe cannot be used, or needs peft, which is not installed.
    """
    check_options(recipe, material)
    settings = recipe.model.encoder
    choose_what_learns(model, settings, everything=not recipe.model.checkpoint)
    trainer = make_trainer(
        recipe, material, model, extractor, output, optimizer=make_optimizer(model, recipe), bar=bar
    )
    set_scale(model, trainer)
    run_trainer(trainer, output, resume=resume)
    if settings.lora_rank:
        merge_lora(model)
    model.requires_grad_(True)
    return trainer.state.log_history


def choose_what_learns(model: EncoderForAudioClassification, settings: EncoderRecipe, *, everything: bool) -> None:
    """Freeze the encoder in place, except for its top layers or for low-rank updates (LoRA) of them.

    Args:
        model: The model.
        settings: Which layers are trained.
        everything: Train the whole encoder, because its weights are random.

    Raises:
        RecipeError: The encoder has fewer layers, or peft is not installed.
    """
    layers = layers_of(model.encoder)
    if settings.trained_layers > len(layers):
        raise RecipeError(
            f"model.encoder.trained_layers is {settings.trained_layers}; the encoder has {len(layers)} layers."
        )
    model.encoder.requires_grad_(everything)
    if settings.lora_rank:
        _add_lora(model, settings)
        return
    for layer in layers[len(layers) - settings.trained_layers :]:
        layer.requires_grad_(True)


def make_optimizer(model: EncoderForAudioClassification, recipe: Recipe) -> torch.optim.AdamW:
    """Return AdamW with the learning rates of `parameter_groups`."""
    training = recipe.training
    groups = parameter_groups(model, training.learning_rate, recipe.model.encoder.layer_decay, training.weight_decay)
    return torch.optim.AdamW(groups, lr=training.learning_rate)


def parameter_groups(
    model: EncoderForAudioClassification, learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict]:
    """Return the trained weights in groups for an optimizer, the group with the highest learning rate first.

    The head and the top layer have the full rate, layer k of n has the rate times ``layer_decay ** (n - k)``, and the
    weights below the layers have the rate times ``layer_decay ** n`` (Howard & Ruder 2018). Biases and norms have no
    weight decay.
    """
    layers = layers_of(model.encoder)
    below_top = {weight: len(layers) for weight in model.encoder.parameters()}
    for number, layer in enumerate(layers, start=1):
        below_top |= {weight: len(layers) - number for weight in layer.parameters()}
    groups = defaultdict(list)
    for weight in model.parameters():
        if weight.requires_grad:
            rate = learning_rate * layer_decay ** below_top.get(weight, 0)
            groups[rate, weight_decay if weight.ndim > 1 else 0.0].append(weight)
    ordered = sorted(groups.items(), key=lambda group: group[0], reverse=True)
    return [{"params": weights, "lr": rate, "weight_decay": decay} for (rate, decay), weights in ordered]


def merge_lora(model: PreTrainedModel) -> None:
    """Add the low-rank updates to the weights."""
    from peft.tuners.lora import LoraLayer

    for name, module in [*model.named_modules()]:
        if isinstance(module, LoraLayer):
            module.merge()
            model.set_submodule(name, module.get_base_layer())


@torch.inference_mode()
def set_scale(model: EncoderForAudioClassification, trainer) -> None:
    """Set the standardisation before the last layer from embeddings of some training clips, and the layer to zero."""
    clips = trainer.train_dataset
    rows = np.random.default_rng(trainer.args.seed).permutation(len(clips))[:SCALE_CLIPS].tolist()
    size = trainer.args.per_device_eval_batch_size
    vectors = []
    for begin in range(0, len(rows), size):
        batch = trainer.plain_collator([clips[row] for row in rows[begin : begin + size]])
        inputs, mask = (batch[name].to(model.device) for name in ("input_values", "attention_mask"))
        vectors.append(model.eval().embed(inputs, mask))
    embeddings = torch.cat(vectors)
    model.scale.mean.copy_(embeddings.mean(0))
    model.scale.deviation.copy_(embeddings.std(0).clamp(min=1e-6))
    nn.init.zeros_(model.classifier.weight)
    nn.init.zeros_(model.classifier.bias)


def _add_lora(model: EncoderForAudioClassification, settings: EncoderRecipe) -> None:
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise RecipeError(
            "model.encoder.lora_rank needs a package that is not installed: pip install peft."
        ) from error
    layers = layers_of(model.encoder)
    within = {id(module) for layer in layers[len(layers) - settings.trained_layers :] for module in layer.modules()}
    targets = [
        name
        for name, module in model.named_modules()
        if id(module) in within and name.rpartition(".")[2] in LORA_TARGETS
    ]
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    lora = LoraConfig(r=settings.lora_rank, lora_alpha=2 * settings.lora_rank, target_modules=targets)
    inject_adapter_in_model(lora, model)
    for name, weight in model.named_parameters():
        if name in trained:
            weight.requires_grad_()  # inject_adapter_in_model has frozen it
