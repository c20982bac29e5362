"""Score waves with a network of the recipe `whisper`, such as the model that ships, in plain torch.

These are the computations of `EncoderFeatureExtractor` and `EncoderForAudioClassification`, without transformers,
whose import takes longer than many predictions: `emotion-hf predict` needs half the time. The probabilities differ by
rounding only, which `tests/scorers/test_plain_whisper.py` checks. Whoever asks for the network itself, for
example to adapt it, gets `whole()`.

Example:
    >>> plain = load_plain_whisper(DEFAULT_CHECKPOINT, torch.device("cpu"))  # doctest: +SKIP
    >>> plain.answers([wave])[0].shape  # doctest: +SKIP
    (1, 8)
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open

from emotion_hf import soundness
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.checkpoint import SUMS, verify
from emotion_hf.disk import read_json
from emotion_hf.doctor import MODEL_FILES, WEIGHTS
from emotion_hf.mel import mel_filters
from emotion_hf.scorers import BATCH_SIZE, CPU_BATCH_SIZE
from emotion_hf.voice import SpeakerStatistics

if TYPE_CHECKING:
    from emotion_hf.scorers.network import NetworkScorer

SHORTEST_SAMPLES, LONGEST_SAMPLES = SAMPLING_RATE // 10, 30 * SAMPLING_RATE
LARGEST_SAMPLE = 1e12
N_FFT, HOP_SAMPLES = 400, 160
PEAK = 0.5
LEAST_VARIANCE = 1e-6
DIRECTIONS = 64
USUAL_FIELDS = {
    *("architectures", "auto_map", "dtype", "encoder", "id2label", "intensity", "label2id", "logit_temperature"),
    *("model_type", "not_sure_below", "pooled_layers", "transformers_version"),
}
"""Fields of a configuration. A checkpoint with others, such as a quantised one, is left to transformers."""
USUAL_EXTRACTOR = {
    "feature_extractor_type": "EncoderFeatureExtractor",
    "features": "log_mel",
    "padding_side": "right",
    "padding_value": 0.0,
    "return_attention_mask": True,
    "sampling_rate": SAMPLING_RATE,
}


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
        """Return the plan; `None` if the configurations are not exactly as usual."""
        encoder = config["encoder"]
        layers, has_intensity = encoder["encoder_layers"], config.get("intensity", False)
        pooled_layers = tuple(config.get("pooled_layers") or [layers])
        is_usual = (
            (config["model_type"], encoder["model_type"]) == ("emotion_encoder", "whisper")
            and encoder["activation_function"] == "gelu"
            and config.keys() <= USUAL_FIELDS
            and all(extractor[name] == value for name, value in USUAL_EXTRACTOR.items())
            and extractor["feature_size"] == encoder["num_mel_bins"]
            and all(layer in range(layers + 1) for layer in pooled_layers)
            and isinstance(has_intensity, bool)
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
            name = f"encoder.layers.{layer}."
            shapes |= {f"{name}fc1.weight": (self.inner_size, size), f"{name}fc1.bias": (self.inner_size,)}
            shapes |= {f"{name}fc2.weight": (size, self.inner_size), f"{name}fc2.bias": (size,)}
            for part in ("self_attn_layer_norm", "final_layer_norm"):
                shapes |= dict.fromkeys((f"{name}{part}.weight", f"{name}{part}.bias"), (size,))
            for part in ("k_proj", "q_proj", "v_proj", "out_proj"):
                shapes[f"{name}self_attn.{part}.weight"] = (size, size)
                if part != "k_proj":  # Whisper's keys have no bias
                    shapes[f"{name}self_attn.{part}.bias"] = (size,)
        return shapes


class PlainWhisper:
    """A network of the recipe `whisper`, as a Scorer.

    Args:
        folder: Its checkpoint.
        plan: What its configuration says.
        weights: Its tensors by name, floating-point ones as float32, on the device that computes.
    """

    def __init__(self, folder: Path, plan: Plan, weights: Mapping[str, torch.Tensor]):
        self.labels, self.not_sure_below = plan.labels, plan.not_sure_below
        self._folder, self._plan, self._weights = folder, plan, weights
        self._device = weights["classifier.weight"].device
        self.batch_size = CPU_BATCH_SIZE if self._device.type == "cpu" else BATCH_SIZE
        means, within = (weights[f"voice.{name}"].cpu().double().numpy() for name in ("means", "within"))
        self.speakers = SpeakerStatistics(means, within) if within.any() else None
        self._filters = torch.from_numpy(mel_filters(plan.bands, N_FFT)).float()
        self._loading = threading.Lock()
        self._whole: NetworkScorer | None = None

    def whole(self) -> NetworkScorer:
        """Return the scorer with the whole network, which is loaded with transformers when first asked for.

        Raises:
            CheckpointError: The checkpoint has changed or is gone.
        """
        from emotion_hf.scorers.network import load_network

        with self._loading:
            if self._whole is None:
                self._whole = load_network(self._folder, self._device)
        return self._whole

    @torch.inference_mode()
    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return probabilities `(waves, labels)` of mono float32 waves at 16 kHz, and intensities `(waves,)` if
        predicted.
        """
        if not all(map(_is_usual, waves)):
            return self.whole().answers(waves)  # its extractor says what is wrong
        log_mels = [self._log_mel(torch.from_numpy(np.array(wave, dtype=np.float32))) for wave in waves]
        lengths = torch.tensor([len(one) for one in log_mels])
        padded = torch.nn.utils.rnn.pad_sequence(log_mels, batch_first=True)
        mask = torch.arange(padded.shape[1]) < lengths[:, None]
        return self._classify(self._embed(padded.to(self._device), mask.to(self._device)))

    def _log_mel(self, wave: torch.Tensor) -> torch.Tensor:
        """Return log-mels `(frames, bands)` of a wave `(samples,)`, scaled as Whisper's are."""
        wave = wave - wave.mean()
        wave = wave * (PEAK / wave.abs().max().clamp(min=1e-9))
        spectrum = torch.stft(wave, N_FFT, HOP_SAMPLES, window=torch.hann_window(N_FFT), return_complex=True)
        log_mel = (spectrum[:, :-1].abs().square().T @ self._filters.T).clamp(min=1e-10).log10()
        return (log_mel.clamp(min=log_mel.max() - 8.0) + 4.0) / 4.0

    def _embed(self, log_mels: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return embeddings `(batch, size)` of log-mels `(batch, frames, bands)` and their mask `(batch, frames)`."""
        x = (log_mels * mask[:, :, None]).transpose(1, 2)  # padding enters both convolutions as 0
        x = F.gelu(F.conv1d(x, *self._of("encoder.conv1"), padding=1)) * mask[:, None]
        x = F.gelu(F.conv1d(x, *self._of("encoder.conv2"), padding=1, stride=2)).transpose(1, 2)
        mask = mask[:, ::2]
        x = x + self._weights["encoder.embed_positions.weight"][: x.shape[1]]
        states = [x]
        for number in range(self._plan.layers):
            name = f"encoder.layers.{number}"
            x = x + self._attend(name, self._norm(x, f"{name}.self_attn_layer_norm"), mask)
            inner = F.gelu(F.linear(self._norm(x, f"{name}.final_layer_norm"), *self._of(f"{name}.fc1")))
            x = x + F.linear(inner, *self._of(f"{name}.fc2"))
            states.append(x)
        return torch.cat([_pooled(states[layer], mask) for layer in self._plan.pooled_layers], dim=-1)

    def _attend(self, name: str, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return what a layer's attention makes of states `(batch, tokens, size)`; it sees those in the mask."""
        query, key, value = (
            F.linear(x, *self._of(f"{name}.self_attn.{part}")).unflatten(2, (self._plan.heads, -1)).transpose(1, 2)
            for part in ("q_proj", "k_proj", "v_proj")
        )
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None])
        return F.linear(seen.transpose(1, 2).flatten(2), *self._of(f"{name}.self_attn.out_proj"))

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, x.shape[-1:], *self._of(name))

    def _classify(self, embeddings: torch.Tensor) -> tuple[np.ndarray, np.ndarray | None]:
        """Return probabilities `(batch, labels)` and intensities `(batch,)` for embeddings `(batch, size)`."""
        weights, temperature = self._weights, self._plan.temperature
        vectors = (embeddings - weights["scale.mean"]) / weights["scale.deviation"]
        logits = F.linear(vectors, *self._of("classifier")) / temperature
        scores = (logits + logits @ weights["voice.gain"].T - weights["voice.offset"]).softmax(-1)
        if not self._plan.has_intensity:
            return scores.cpu().numpy(), None
        border = F.linear(scores, weights["intensity.borders.weight"])
        direction = F.linear(vectors, weights["intensity.direction.weight"])
        return scores.cpu().numpy(), torch.sigmoid((direction - border) / temperature)[:, 0].cpu().numpy()

    def _of(self, name: str) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return weight and bias of a part."""
        return self._weights[f"{name}.weight"], self._weights.get(f"{name}.bias")


def load_plain_whisper(folder: Path, device: torch.device) -> PlainWhisper | None:
    """Load a checkpoint of the recipe `whisper` that is exactly as it was saved.

    Returns:
        `None` for every other checkpoint; transformers loads it, or says what is wrong with it.

    Raises:
        CheckpointError: A file has changed since the model was saved, labels or calibration are invalid, or a weight
            is not finite.
    """
    if not all(os.path.isfile(folder / name) for name in (*MODEL_FILES, SUMS)):  # isfile accepts any name
        return None
    verify(folder)
    try:
        config = read_json(folder / "config.json")
        plan = Plan.read(config, read_json(folder / "preprocessor_config.json"))
        weights = None if plan is None else _read_weights(folder / WEIGHTS, plan)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, SafetensorError):
        return None
    if plan is None or weights is None:
        return None
    known = SimpleNamespace(**config | {"id2label": dict(enumerate(plan.labels))})
    soundness.check_config(folder, known, None)
    soundness.check_tensors(folder, weights.items())
    return PlainWhisper(folder, plan, {name: one.to(device) for name, one in weights.items()})


def _read_weights(file: Path, plan: Plan) -> dict[str, torch.Tensor] | None:
    """Return the tensors in a file; `None` if their names or shapes are not those of the plan."""
    with safe_open(file, framework="pt") as stored:
        names = list(stored.keys())
        if plan.layers > len(names):
            return None
        if {name: tuple(stored.get_slice(name).get_shape()) for name in names} != plan.shapes():
            return None
        tensors = {name: stored.get_tensor(name) for name in names}
    return {name: one.float() if one.is_floating_point() else one for name, one in tensors.items()}


def _is_usual(wave: np.ndarray) -> bool:
    """Return whether the extractor of the whole network accepts a wave."""
    is_of_length = np.ndim(wave) == 1 and SHORTEST_SAMPLES <= len(wave) <= LONGEST_SAMPLES
    return is_of_length and bool(np.abs(wave).max() <= LARGEST_SAMPLE)  # false for NaN


def _pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean and the deviation over the tokens in the mask, `(batch, 2 * size)`."""
    keep = mask[:, :, None].float()
    count = keep.sum(1)
    mean = (states * keep).sum(1) / count
    variance = ((states - mean[:, None]).square() * keep).sum(1) / count
    return torch.cat([mean, variance.clamp(min=LEAST_VARIANCE).sqrt()], dim=-1)
