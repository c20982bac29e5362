"""Load a pre-trained encoder of speech with a head for our labels: Wav2Vec2 and its kin, or the encoder of Whisper.

Whatever does not load completely is refused; only a head may be missing, and then a new one learns.

Example:
    >>> extractor = load_extractor(recipe)  # doctest: +SKIP
    >>> model = load_model(recipe, ("happy", "sad"))  # doctest: +SKIP
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pickle import UnpicklingError

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoFeatureExtractor,
    AutoModelForAudioClassification,
    FeatureExtractionMixin,
    PreTrainedConfig,
    PreTrainedModel,
    Wav2Vec2FeatureExtractor,
)

from emotion_hf.audio import MIN_SECONDS, SAMPLING_RATE
from emotion_hf.errors import CheckpointError, RecipeError
from emotion_hf.recipes import Recipe
from emotion_hf.soundness import check_weights
from emotion_hf.training.encoder import WHISPER, add_lora, freeze_feature_encoder, of_head
from emotion_hf.weights import LOADING_ERRORS, building, loading

logger = logging.getLogger(__name__)

OF_WAVES = ("wav2vec2", "hubert", "wavlm")
KINDS = (*OF_WAVES, WHISPER, "data2vec-audio", "unispeech", "unispeech-sat", "wav2vec2-conformer")
ENCODER_PARTS = ("feature_extractor", "feature_projection", "encoder")
"""What must be in a checkpoint. `masked_spec_embed` need not: some were published without, and only masks use it."""


def load_extractor(recipe: Recipe) -> FeatureExtractionMixin:
    """Return the checkpoint's feature extractor, or for random weights a new one.

    Raises:
        RecipeError: The recipe has a front end of its own.
        CheckpointError: The checkpoint has no feature extractor, or one for another rate than 16 kHz.
    """
    if recipe.model.front_end:
        raise RecipeError("model.front_end is of no use to family pretrained, whose encoder brings its own.")
    source = recipe.model.checkpoint
    if not source:
        # The attention mask goes with the kind of normalisation, as in the checkpoints that their authors published.
        mask = _configuration(recipe).feat_extract_norm == "layer"
        return Wav2Vec2FeatureExtractor(sampling_rate=SAMPLING_RATE, return_attention_mask=mask)
    with loading("The encoder", source, pickled=True):
        extractor = AutoFeatureExtractor.from_pretrained(source, trust_remote_code=False)
    if extractor.sampling_rate != SAMPLING_RATE:
        raise CheckpointError(f"The encoder {source} hears {extractor.sampling_rate} Hz; only 16000 Hz are offered.")
    if isinstance(extractor, Wav2Vec2FeatureExtractor):
        extractor.do_normalize = True  # or the level would tell the emotion, until somebody turns the microphone up
    return extractor


def load_model(recipe: Recipe, labels: Sequence[str]) -> PreTrainedModel:
    """Return the encoder with a head for these labels; a head that it has for the same labels goes on learning.

    Raises:
        RecipeError: `model.config` or `model.encoder` cannot be used, or peft is needed and not installed.
        CheckpointError: The checkpoint cannot be loaded, or lacks or adds weights of the encoder.
    """
    settings = recipe.model.encoder
    model = _from_checkpoint(recipe, labels) if recipe.model.checkpoint else _from_nothing(recipe, labels)
    _check_sizes(model)
    if settings.gradient_checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})  # the other way needs inputs with gradients
    if settings.freeze_feature_encoder:
        freeze_feature_encoder(model)
    if settings.lora_rank:
        add_lora(model, settings)
    return model


def evaluation_batch_size(recipe: Recipe, extractor: FeatureExtractionMixin) -> int:
    """Return how many clips may be scored together, so that padding changes no score: as `EmotionRecognizer` does."""
    without_mask = isinstance(extractor, Wav2Vec2FeatureExtractor) and not extractor.return_attention_mask
    return 1 if without_mask else recipe.training.batch_size


def _from_nothing(recipe: Recipe, labels: Sequence[str]) -> PreTrainedModel:
    if recipe.model.encoder.freeze_feature_encoder or recipe.model.encoder.lora_rank:
        raise RecipeError(
            "Without model.checkpoint all weights are random and must learn; set "
            "model.encoder.freeze_feature_encoder=false and model.encoder.lora_rank=0."
        )
    config = _configuration(recipe)
    _name_labels(config, labels)
    try:
        with building("The model of model.config"):
            return AutoModelForAudioClassification.from_config(config)
    except LOADING_ERRORS as error:
        raise _unusable(error) from error


def _from_checkpoint(recipe: Recipe, labels: Sequence[str]) -> PreTrainedModel:
    source, config = recipe.model.checkpoint, _configuration(recipe)
    own = [label for _, label in sorted(config.id2label.items())]
    _name_labels(config, labels)
    try:
        with loading("The encoder", source, pickled=True):
            model, info = AutoModelForAudioClassification.from_pretrained(
                source,
                config=config,
                dtype=torch.float32,  # some are stored in half precision, in which small steps get lost
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                trust_remote_code=False,
            )
    except UnpicklingError as error:
        raise CheckpointError(
            f"The encoder {source} cannot be loaded: its file holds more than weights, which might run code; take one "
            "with model.safetensors."
        ) from error
    wrong = {kind: [_key(key) for key in info[f"{kind}_keys"]] for kind in ("missing", "mismatched", "unexpected")}
    _check_encoder(source, model, wrong)
    if own == list(labels) and not any(of_head(key) for key in wrong["missing"] + wrong["mismatched"]):
        logger.info("The head of %s, which has the same labels, goes on learning.", source)
    else:
        _renew_head(model)
        logger.info("%s has no head for these labels; a new one learns from nothing.", source)
    check_weights(source, model)  # not before: a head that is missing holds whatever was in memory
    return model


def _configuration(recipe: Recipe) -> PreTrainedConfig:
    """Return the configuration of the checkpoint or of `model.config.model_type`, with what the recipe changes."""
    fields, source = dict(recipe.model.config), recipe.model.checkpoint
    if source:
        config = _configuration_of(source)
        _check_kind(f"The checkpoint {source}", config.model_type, KINDS)
    else:
        kind = fields.pop("model_type", "")
        _check_kind("model.config.model_type", kind, OF_WAVES)
        config = AutoConfig.for_model(kind)
    unknown = set(fields) - set(type(config).__annotations__)
    if unknown:
        names = f"those of {type(config).__name__} in transformers"
        raise RecipeError(f"Unknown key model.config.{min(unknown)}; the keys there are {names}.")
    for name, value in fields.items():
        if name.startswith("num_") and isinstance(value, int) and value < 1:
            raise RecipeError(f"model.config.{name} is {value}; it must be at least 1.")
    if recipe.model.encoder.weighted_layers:
        fields["use_weighted_layer_sum"] = True
    try:
        config = _configuration_of(source, **fields) if source else AutoConfig.for_model(config.model_type, **fields)
    except LOADING_ERRORS as error:
        raise _unusable(error) from error
    if config.use_weighted_layer_sum:  # of all layers: the classes of transformers fail when one is dropped at random
        setattr(config, "encoder_layerdrop" if config.model_type == WHISPER else "layerdrop", 0.0)
    return config


def _configuration_of(source: str, **fields) -> PreTrainedConfig:
    try:
        return AutoConfig.from_pretrained(source, trust_remote_code=False, **fields)
    except LOADING_ERRORS as error:
        raise _not_loaded(source, error) from error


def _check_kind(where: str, kind: str, known: Sequence[str]) -> None:
    if kind not in known:
        raise RecipeError(f"{where} is {kind!r}; family pretrained takes {', '.join(known)}.")


def _name_labels(config: PreTrainedConfig, labels: Sequence[str]) -> None:
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: number for number, label in enumerate(labels)}


def _check_sizes(model: PreTrainedModel) -> None:
    """Refuse sizes that do not fit together, and masks that are longer than the shortest clip."""
    config = model.config
    if config.model_type == WHISPER:  # hears nothing but 30 s, which takes a while, and masks nothing by itself
        return
    try:
        with torch.no_grad():
            states = model.eval()(torch.zeros(1, round(MIN_SECONDS * SAMPLING_RATE)), output_hidden_states=True)
    except LOADING_ERRORS as error:
        raise _unusable(error) from error
    frames = states.hidden_states[0].shape[1]
    if config.mask_time_prob > 0 and config.mask_time_length >= frames:
        raise RecipeError(
            f"model.config.mask_time_length is {config.mask_time_length}, but a clip of {MIN_SECONDS} s has only "
            f"{frames} frames; make it shorter, or set model.config.mask_time_prob=0."
        )


def _check_encoder(source: str, model: PreTrainedModel, wrong: Mapping[str, Sequence[str]]) -> None:
    """Refuse an encoder that would learn on from weights that nobody trained."""
    for kind, keys in wrong.items():
        parts = sorted(key for key in keys if _bare(model, key).partition(".")[0] in ENCODER_PARTS)
        if parts:
            raise CheckpointError(f"The encoder {source} has {kind} weights, such as {parts[0]}; take another one.")


def _bare(model: PreTrainedModel, key: str) -> str:
    """Return a weight's name without the prefix that it has in a model with a head."""
    return key.removeprefix(f"{model.base_model_prefix}.")


def _key(key: str | tuple) -> str:
    return key if isinstance(key, str) else key[0]  # mismatched ones come with their shapes


def _renew_head(model: PreTrainedModel) -> None:
    """Begin anew with the head, also if the checkpoint has one of the same shape: it is one for other labels."""
    model.projector.reset_parameters()
    model.classifier.reset_parameters()
    if model.config.use_weighted_layer_sum:
        nn.init.constant_(model.layer_weights, 1 / len(model.layer_weights))


def _not_loaded(source: str, error: Exception) -> CheckpointError:
    return CheckpointError(f"The encoder {source} cannot be loaded: {' '.join(str(error).split())}")


def _unusable(error: Exception) -> RecipeError:
    return RecipeError(f"model.config cannot be used: {' '.join(str(error).split())}")
