"""What of an encoder learns, how fast, and how it becomes a plain model again.

Example:
    >>> add_lora(model, EncoderRecipe(lora_rank=8))  # doctest: +SKIP
    >>> optimizer = make_optimizer(model, recipe)  # doctest: +SKIP
    >>> make_plain(model, EncoderRecipe(lora_rank=8))  # doctest: +SKIP
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import nn
from transformers import PreTrainedModel, TrainerCallback

from emotion_hf.errors import RecipeError
from emotion_hf.recipes import EncoderRecipe, Recipe

WHISPER = "whisper"
HEAD_PARTS = ("projector", "classifier", "layer_weights")
LORA_TARGETS = ("intermediate_dense", "output_dense", "fc1", "fc2")
"""The feed-forward weights. Not the attention's: WavLM hands those to torch, which goes past any update of them."""


def freeze_feature_encoder(model: PreTrainedModel) -> None:
    """Let the convolutions at the bottom keep their weights, and their values be forgotten at once."""
    if model.config.model_type == WHISPER:
        model.encoder.conv1.requires_grad_(False)
        model.encoder.conv2.requires_grad_(False)
    else:
        model.freeze_feature_encoder()  # beside the weights it frees the input, which else asks for a gradient


def add_lora(model: PreTrainedModel, settings: EncoderRecipe) -> None:
    """Freeze the encoder, and let updates of its feed-forward weights learn beside the head.

    Raises:
        RecipeError: peft is not installed.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise RecipeError(
            "model.encoder.lora_rank needs a package that is not installed: pip install peft."
        ) from error
    head = {name for name, _ in model.named_parameters() if of_head(name)}
    lora = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=list(LORA_TARGETS),
    )
    freeze_feature_encoder(model)
    inject_adapter_in_model(lora, model)
    for name, weight in model.named_parameters():
        if name in head:
            weight.requires_grad_()


def make_optimizer(model: PreTrainedModel, recipe: Recipe) -> torch.optim.AdamW:
    """Return AdamW with the rates of `parameter_groups`."""
    training = recipe.training
    groups = parameter_groups(model, training.learning_rate, recipe.model.encoder.layer_decay, training.weight_decay)
    return torch.optim.AdamW(groups, lr=training.learning_rate)


def parameter_groups(
    model: PreTrainedModel, learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict]:
    """Return what learns at all, in groups for an optimizer, the one with the highest rate first.

    The head has the full rate, layer k of n the rate times ``layer_decay ** (n - k)``, and what lies below the layers
    the rate times ``layer_decay ** n`` (Howard & Ruder 2018). Biases and norms do not decay.
    """
    layers = _layers(model)
    below_top = {weight: len(layers) for weight in _encoder(model).parameters()}
    for number, layer in enumerate(layers, start=1):
        below_top |= {weight: len(layers) - number for weight in layer.parameters()}
    groups = defaultdict(list)
    for weight in model.parameters():
        if weight.requires_grad:
            rate = learning_rate * layer_decay ** below_top.get(weight, 0)
            groups[rate, weight_decay if weight.ndim > 1 else 0.0].append(weight)
    ordered = sorted(groups.items(), key=lambda group: group[0], reverse=True)
    return [{"params": weights, "lr": rate, "weight_decay": decay} for (rate, decay), weights in ordered]


class FreezeBase(TrainerCallback):
    """Let only the head learn in the first steps, then all that may learn.

    Args:
        model: As `load_model` returns it.
        share: Of the training's steps.
    """

    def __init__(self, model: PreTrainedModel, share: float):
        self._weights = [weight for weight in _encoder(model).parameters() if weight.requires_grad]
        self._share = share

    def on_step_begin(self, args, state, control, **_) -> None:
        """Freeze or not by the number of the step alone, so that a resumed training does the same."""
        learns = state.global_step >= round(self._share * state.max_steps)
        for weight in self._weights:
            weight.requires_grad_(learns)


def make_plain(model: PreTrainedModel, settings: EncoderRecipe) -> None:
    """Make of a trained model one that needs nothing but transformers, with the same scores.

    Updates of low rank are added to their weights. The head is divided by `config.logit_temperature`, which the
    classes of transformers would not heed.
    """
    if settings.lora_rank:
        _merge_lora(model)
    with torch.no_grad():
        for weight in model.classifier.parameters():
            weight /= model.config.logit_temperature
    del model.config.logit_temperature


def of_head(name: str) -> bool:
    """Tell a weight of the head from one of the encoder."""
    return name.partition(".")[0] in HEAD_PARTS


def _encoder(model: PreTrainedModel) -> nn.Module:
    """Return everything but the head."""
    return model.encoder if model.config.model_type == WHISPER else model.base_model


def _layers(model: PreTrainedModel) -> nn.ModuleList:
    encoder = _encoder(model)
    return encoder.layers if model.config.model_type == WHISPER else encoder.encoder.layers


def _merge_lora(model: PreTrainedModel) -> None:
    from peft.tuners.lora import LoraLayer

    for name, module in [*model.named_modules()]:
        if isinstance(module, LoraLayer):
            module.merge()
            model.set_submodule(name, module.get_base_layer())
