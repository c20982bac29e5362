"""What the configuration of a Whisper-based checkpoint says of its network, and which tensors it must have.

Example:
    >>> Plan.read(read_json(folder / "config.json"), read_json(folder / "preprocessor_config.json"))  # doctest: +SKIP
    Plan(labels=('neutral', 'calm', …), bands=80, size=512, …)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emotion_hf.waves import SAMPLING_RATE

DIRECTIONS = 64
USUAL_FIELDS = {
    *("architectures", "auto_map", "dtype", "encoder", "id2label", "intensity", "label2id", "logit_temperature"),
    *("model_type", "not_sure_below", "pooled_layers", "transformers_version"),
}
"""Fields of a configuration. One with others, such as that of a quantised model, has another network."""
USUAL_EXTRACTOR = {
    "feature_extractor_type": "EncoderFeatureExtractor",
    "features": "log_mel",
    "padding_side": "right",
    "padding_value": 0.0,
    "return_attention_mask": True,
    "sampling_rate": SAMPLING_RATE,
}


SIZES = ("d_model", "encoder_ffn_dim", "max_source_positions", "encoder_layers", "encoder_attention_heads")


@dataclass(frozen=True)
class Plan:
    """What a configuration says of a network.

    Attributes:
        labels: Its labels.
        bands: Bands of the log-mels.
        size: Size of a state.
        inner_size: Size of the inner layer of a block.
        positions: Number of positions, the most tokens of a clip.
        layers: Number of layers.
        heads: Heads of each layer's attention.
        pooled_layers: Layers whose states are pooled; 0 is what enters the first layer.
        has_intensity: Whether it estimates intensities.
        temperature: Divides the logits.
        not_sure_below: Confidence below which a prediction is "not sure".
    """

    labels: tuple[str, ...]
    bands: int
    size: int
    inner_size: int
    positions: int
    layers: int
    heads: int
    pooled_layers: tuple[int, ...]
    has_intensity: bool
    temperature: float
    not_sure_below: float

    @classmethod
    def read(cls, config: Mapping[str, Any], extractor: Mapping[str, Any]) -> Plan | None:
        """Return the plan; `None` if the configurations are not exactly those of a Whisper-based model."""
        try:
            return cls._read(config, extractor)
        except (LookupError, TypeError, AttributeError):
            return None

    @classmethod
    def _read(cls, config: Mapping[str, Any], extractor: Mapping[str, Any]) -> Plan | None:
        encoder = config["encoder"]
        layers, has_intensity = encoder["encoder_layers"], config.get("intensity", False)
        pooled_layers = tuple(config.get("pooled_layers") or [layers])
        sizes = [encoder[name] for name in (*SIZES, "num_mel_bins")]
        is_usual = (
            (config["model_type"], encoder["model_type"]) == ("emotion_encoder", "whisper")
            and encoder["activation_function"] == "gelu"
            and config.keys() <= USUAL_FIELDS
            and all(extractor[name] == value for name, value in USUAL_EXTRACTOR.items())
            and extractor["feature_size"] == encoder["num_mel_bins"]
            and all(layer in range(layers + 1) for layer in pooled_layers)
            and isinstance(has_intensity, bool)
            and all(isinstance(size, int) and size > 0 for size in sizes)
        )
        if not is_usual:
            return None
        return cls(
            labels=tuple(config["id2label"][str(number)] for number in range(len(config["id2label"]))),
            bands=encoder["num_mel_bins"],
            size=encoder["d_model"],
            inner_size=encoder["encoder_ffn_dim"],
            positions=encoder["max_source_positions"],
            layers=layers,
            heads=encoder["encoder_attention_heads"],
            pooled_layers=pooled_layers,
            has_intensity=has_intensity,
            temperature=config.get("logit_temperature", 1.0),
            not_sure_below=config.get("not_sure_below", 0.0),
        )

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each tensor."""
        labels, size, embedding = len(self.labels), self.size, 2 * len(self.pooled_layers) * self.size
        shapes: dict[str, tuple[int, ...]] = {
            "encoder.conv1.weight": (size, self.bands, 3),
            "encoder.conv2.weight": (size, size, 3),
            "encoder.embed_positions.weight": (self.positions, size),
            "classifier.weight": (labels, embedding),
            "classifier.bias": (labels,),
            "variation.directions": (min(DIRECTIONS, embedding), embedding),
            "variation.rest": (),
            "voice.clips": (),
            "voice.offset": (labels,),
        }
        shapes |= dict.fromkeys(("encoder.conv1.bias", "encoder.conv2.bias"), (size,))
        shapes |= dict.fromkeys(("encoder.layer_norm.weight", "encoder.layer_norm.bias"), (size,))
        shapes |= dict.fromkeys(("voice.gain", "voice.means", "voice.within"), (labels, labels))
        shapes |= dict.fromkeys(("scale.mean", "scale.deviation"), (embedding,))
        if self.has_intensity:
            shapes |= {"intensity.borders.weight": (1, labels), "intensity.direction.weight": (1, embedding)}
        for layer in range(self.layers):
            shapes |= self._layer_shapes(f"encoder.layers.{layer}.")
        return shapes

    def _layer_shapes(self, name: str) -> dict[str, tuple[int, ...]]:
        size, inner = self.size, self.inner_size
        shapes: dict[str, tuple[int, ...]] = {
            f"{name}fc1.weight": (inner, size),
            f"{name}fc1.bias": (inner,),
            f"{name}fc2.weight": (size, inner),
            f"{name}fc2.bias": (size,),
        }
        for part in ("self_attn_layer_norm", "final_layer_norm"):
            shapes |= dict.fromkeys((f"{name}{part}.weight", f"{name}{part}.bias"), (size,))
        for part in ("k_proj", "q_proj", "v_proj", "out_proj"):
            shapes[f"{name}self_attn.{part}.weight"] = (size, size)
            if part != "k_proj":  # Whisper's keys have no bias
                shapes[f"{name}self_attn.{part}.bias"] = (size,)
        return shapes
