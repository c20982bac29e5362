"""Create a model of the encoder family: the lower layers of a speech encoder, and an empty head.

The encoder is a pretrained one, or that of a trained model of this family, such as the one that ships.

Example:
    >>> start_from("openai/whisper-base", ("happy", "sad"), {"num_hidden_layers": 4})  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from transformers import AutoConfig, AutoModel, PreTrainedConfig

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.disk import read_json
from emotion_hf.errors import CheckpointError, RecipeError
from emotion_hf.model_source import check_all_loaded
from emotion_hf.models import EncoderConfig, EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.soundness import check_weights
from emotion_hf.weights import LOADING_ERRORS, building, loading

FIELDS = ("num_hidden_layers", "pooled_layers", "intensity")
"""Valid keys of ``model.config`` in a recipe of this family."""
KINDS = ("wav2vec2", "hubert", "wavlm", "whisper", "wav2vec2-bert", "audio-spectrogram-transformer")
"""Types that can start with random weights."""
MAY_BE_MISSING = ("masked_spec_embed",)  # only used in pretraining; some checkpoints do not have it


def start_from(
    source: str | Path, labels: Sequence[str], fields: Mapping[str, Any]
) -> tuple[EncoderForAudioClassification, EncoderFeatureExtractor]:
    """Return a model with the lowest layers of the encoder in ``source``, and its feature extractor.

    Args:
        source: Hub id or folder of a speech encoder that ``AutoModel`` can load, or folder of a trained model of this
            family; empty for random weights.
        labels: Labels in the model's order.
        fields: ``num_hidden_layers`` (default: all), ``pooled_layers`` (default: the last one, or those of the trained
            model) and ``intensity``. For
            random weights also ``model_type`` and the fields of that type's configuration.

    Raises:
        RecipeError: A field is unknown, or the encoder does not have a layer.
        CheckpointError: The encoder cannot be loaded completely.
    """
    if not source:
        return _from_nothing(labels, fields)
    if is_trained(source):
        return _from_trained(source, labels, fields)
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise RecipeError(f"Unknown key model.config.{unknown[0]}; the keys there are {', '.join(FIELDS)}.")
    if len(Path(source).parts) > 2 and not Path(source).is_dir():  # a Hub id has two parts
        raise CheckpointError(f"The encoder {source} cannot be loaded: there is no such folder.")
    with loading("The encoder", source, pickled=True) as options:
        config = AutoConfig.from_pretrained(source, **options)
        whole = AutoModel.from_pretrained(
            source, config=config, dtype=torch.float32, adapter_kwargs=options, **options
        )
    config.name_or_path = "" if Path(source).is_dir() else str(source)  # it is saved, and a folder's path is private
    encoder = whole.get_encoder() if config.is_encoder_decoder else whole
    model = _headless(config, labels, fields)
    given = encoder.state_dict()
    kept = {name: given[name] for name in model.encoder.state_dict() if name in given}
    missing = sorted(set(model.encoder.state_dict()) - set(kept) - set(MAY_BE_MISSING))
    if missing:
        raise CheckpointError(f"The encoder {source} lacks weights, such as {missing[0]}; use another one.")
    model.encoder.load_state_dict(kept, strict=False)
    check_weights(source, model)
    return model.eval(), _extractor(config)


def is_trained(source: str | Path) -> bool:
    """Return whether ``source`` is a folder with a trained model of the encoder family, not a pretrained encoder."""
    try:
        return read_json(Path(source) / "config.json")["model_type"] == EncoderConfig.model_type
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _from_trained(
    source: str | Path, labels: Sequence[str], fields: Mapping[str, Any]
) -> tuple[EncoderForAudioClassification, EncoderFeatureExtractor]:
    """Return a model with the encoder of a trained one."""
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise RecipeError(f"Unknown key model.config.{unknown[0]}; the keys there are {', '.join(FIELDS)}.")
    with loading("The model", source) as options:
        trained, info = EncoderForAudioClassification.from_pretrained(
            source, dtype=torch.float32, output_loading_info=True, adapter_kwargs=options, **options
        )
        extractor = EncoderFeatureExtractor.from_pretrained(source, **options)
    check_all_loaded(source, info)
    pooled = {"pooled_layers": trained.config.pooled_layers}
    model = _headless(trained.config.encoder, labels, {**pooled, **fields})
    kept = trained.encoder.state_dict()
    model.encoder.load_state_dict({name: kept[name] for name in model.encoder.state_dict()})
    check_weights(source, model)
    return model.eval(), extractor


def _from_nothing(
    labels: Sequence[str], fields: Mapping[str, Any]
) -> tuple[EncoderForAudioClassification, EncoderFeatureExtractor]:
    """Return a model whose encoder has random weights."""
    ours = {name: value for name, value in fields.items() if name in FIELDS}
    theirs = {
        name: value for name, value in fields.items() if name not in ("model_type", "pooled_layers", "intensity")
    }
    kind = fields.get("model_type", "")
    if kind not in KINDS:
        raise RecipeError(
            f"model.config.model_type is {kind!r}; without model.checkpoint, which names pretrained weights, it must "
            f"be one of {', '.join(KINDS)}."
        )
    known = type(AutoConfig.for_model(kind)).__annotations__
    if unknown := sorted(set(theirs) - set(known)):
        raise RecipeError(f"Unknown key model.config.{unknown[0]}; use those of transformers' {kind} configuration.")
    try:
        config = AutoConfig.for_model(kind, **theirs)
        with building("The model of model.config"):
            model = _headless(config, labels, ours)
    except LOADING_ERRORS as error:
        raise RecipeError(f"model.config cannot be used: {' '.join(str(error).split())}") from error
    return model.eval(), _extractor(config)


def _headless(
    config: PreTrainedConfig, labels: Sequence[str], fields: Mapping[str, Any]
) -> EncoderForAudioClassification:
    layers = fields.get("num_hidden_layers", config.num_hidden_layers)
    if not isinstance(layers, int) or not 1 <= layers <= config.num_hidden_layers:
        raise RecipeError(f"model.config.num_hidden_layers is {layers!r}; the encoder has {config.num_hidden_layers}.")
    config.num_hidden_layers = layers
    try:
        ours = EncoderConfig(
            encoder=config,
            pooled_layers=list(fields.get("pooled_layers", ())),
            intensity=fields.get("intensity", False),
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
        )
    except (ValueError, TypeError, StrictDataclassError) as error:
        raise RecipeError(f"model.config cannot be used: {' '.join(str(error).split())}") from error
    return EncoderForAudioClassification(ours)


def _extractor(config: PreTrainedConfig) -> EncoderFeatureExtractor:
    match config.model_type:
        case "whisper":
            return EncoderFeatureExtractor("log_mel", feature_size=config.num_mel_bins, sampling_rate=SAMPLING_RATE)
        case "audio-spectrogram-transformer":
            return EncoderFeatureExtractor(
                "filter_banks",
                feature_size=config.num_mel_bins,
                sampling_rate=SAMPLING_RATE,
                max_length=config.max_length,
            )
        case "wav2vec2-bert":
            bands = config.feature_projection_input_dim // 2
            return EncoderFeatureExtractor("filter_bank_pairs", feature_size=bands, sampling_rate=SAMPLING_RATE)
    return EncoderFeatureExtractor("samples", feature_size=1, sampling_rate=SAMPLING_RATE)
