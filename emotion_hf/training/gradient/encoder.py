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
from emotion_hf.recipes import EncoderRecipe, Recipe
from emotion_hf.training.gradient.network import make_trainer, run_trainer
from emotion_hf.training.gradient.options import check_options

if TYPE_CHECKING:
    from emotion_hf.training.material import Material

LORA_TARGETS = ("intermediate_dense", "output_dense", "fc1", "fc2")
"""The feed-forward weights. Not the attention's: WavLM hands those to torch, which ignores updates of them."""
SCALE_CLIPS = 512
"""Training clips whose embeddings set the scale in front of the layer that learns."""


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
    """Train the layers that the recipe names together with a new last layer; the model is changed in place.

    Args:
        model: As `start_from` returns it.
        extractor: Its feature extractor.
        recipe: What to do.
        material: Clips and labels.
        output: Folder of the checkpoint.
        resume: Continue from the last finished epoch.
        bar: Show a bar over the steps.

    Returns:
        Trainer's log.

    Raises:
        RecipeError: The recipe cannot be used, or peft is needed and not installed.
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
    """Freeze the encoder except its top layers, or except updates of low rank in them.

    Args:
        model: Is changed in place.
        settings: Which layers learn.
        everything: The encoder's weights are random, so all of them must learn.

    Raises:
        RecipeError: The encoder has fewer layers, or peft is not installed.
    """
    layers = layers_of(model)
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
    """Return AdamW with the rates of `parameter_groups`."""
    training = recipe.training
    groups = parameter_groups(model, training.learning_rate, recipe.model.encoder.layer_decay, training.weight_decay)
    return torch.optim.AdamW(groups, lr=training.learning_rate)


def parameter_groups(
    model: EncoderForAudioClassification, learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict]:
    """Return the weights that learn, in groups for an optimizer, the one with the highest rate first.

    The head and the top layer have the full rate, layer k of n the rate times ``layer_decay ** (n - k)``, and what
    lies below the layers the rate times ``layer_decay ** n`` (Howard & Ruder 2018). Biases and norms do not decay.
    """
    layers = layers_of(model)
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
    """Add the updates of low rank to the weights that they update."""
    from peft.tuners.lora import LoraLayer

    for name, module in [*model.named_modules()]:
        if isinstance(module, LoraLayer):
            module.merge()
            model.set_submodule(name, module.get_base_layer())


@torch.inference_mode()
def set_scale(model: EncoderForAudioClassification, trainer) -> None:
    """Set the scale in front of the last layer from embeddings of some training clips, and the layer to zero."""
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


def layers_of(model: EncoderForAudioClassification) -> nn.ModuleList:
    """Return the encoder's layers, the lowest first."""
    encoder = model.encoder
    return encoder.layers if model.takes_log_mels else encoder.encoder.layers


def _add_lora(model: EncoderForAudioClassification, settings: EncoderRecipe) -> None:
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise RecipeError(
            "model.encoder.lora_rank needs a package that is not installed: pip install peft."
        ) from error
    layers = layers_of(model)
    within = {id(module) for layer in layers[len(layers) - settings.trained_layers :] for module in layer.modules()}
    targets = [
        name
        for name, module in model.named_modules()
        if id(module) in within and name.rpartition(".")[2] in LORA_TARGETS
    ]
    learning = {name for name, weight in model.named_parameters() if weight.requires_grad}
    lora = LoraConfig(r=settings.lora_rank, lora_alpha=2 * settings.lora_rank, target_modules=targets)
    inject_adapter_in_model(lora, model)
    for name, weight in model.named_parameters():
        if name in learning:
            weight.requires_grad_()
