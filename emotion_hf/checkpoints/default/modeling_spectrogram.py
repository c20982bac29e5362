"""Models of the spectrogram family: restore → standardise → backbone → pool → head → temperature → loss.

A backbone is one file with one `nn.Module` whose `forward(features, mask)` takes `(batch, channels, bins, frames)` and
`(batch, frames)` and returns `(batch, frames', hidden_size)` and `(batch, frames')`; its attribute `hidden_size` says
how wide its frames are. To add one: its file, and its name in `BACKBONES`. A backbone that needs a fixed number of
frames is given windows of that length, and its logits are averaged over them.

Example:
    >>> model = SpectrogramForAudioClassification(SpectrogramConfig(num_labels=8)).eval()
    >>> model(torch.zeros(2, 300, 1, 80)).logits.shape
    torch.Size([2, 8])
"""

import itertools
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import SequenceClassifierOutput

from .backbone_bilstm import BiLstmBackbone
from .backbone_cnn import CnnBackbone
from .backbone_cnn_bilstm_attention import CnnBiLstmAttentionBackbone
from .backbone_dictionary import DictionaryBackbone
from .backbone_functionals import FunctionalsBackbone
from .backbone_mfcc_cnn import MfccCnnBackbone
from .backbone_mlp import MlpBackbone
from .backbone_resnet import ResNetBackbone
from .backbone_se_resnet import SEResNetBackbone
from .backbone_transformer import TransformerBackbone
from .configuration_spectrogram import SpectrogramConfig
from .restoration_spectrogram import Restoration, Silent
from .vectors_spectrogram import ClippedScale

BACKBONES: dict[str, type[nn.Module]] = {
    "bilstm": BiLstmBackbone,
    "cnn": CnnBackbone,
    "cnn_bilstm_attention": CnnBiLstmAttentionBackbone,
    "dictionary": DictionaryBackbone,
    "functionals": FunctionalsBackbone,
    "mfcc_cnn": MfccCnnBackbone,
    "mlp": MlpBackbone,
    "resnet": ResNetBackbone,
    "se_resnet": SEResNetBackbone,
    "transformer": TransformerBackbone,
}
POOLINGS = ("mean", "last", "attentive")
STANDARDIZATIONS = ("corpus", "utterance", "none")
MIN_DEVIATION = 1e-3
FAR = 30.0  # log-odds that nothing reaches


@dataclass
class EmotionOutput(SequenceClassifierOutput):
    """What a model of the family answers: also the intensity `(batch,)` from 0 to 1, if it knows it."""

    intensity: torch.FloatTensor | None = None


class SpectrogramPreTrainedModel(PreTrainedModel):
    """Base of the family: how weights start, and what surrounds what a model computes in `_answer`."""

    config_class = SpectrogramConfig
    base_model_prefix = "spectrogram"
    main_input_name = "input_values"

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, nn.Conv1d | nn.Conv2d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, Silent):
            init.zeros_(module.weight)
        if isinstance(module, nn.Linear):  # transformers' deviation of 0.02 is made for far wider layers
            init.kaiming_uniform_(module.weight, a=math.sqrt(5))
        if isinstance(module, Standardize | ClippedScale):
            init.zeros_(module.mean)
            init.ones_(module.deviation)
        if isinstance(module, Scatter):
            init.zeros_(module.means)
            init.ones_(module.spread)
            init.zeros_(module.directions)
        if isinstance(module, Conditions):
            for buffer in (module.weight, module.bias, module.means, module.gate_weight, module.gate_bias):
                init.zeros_(buffer)
        if isinstance(module, Corrected):
            for buffer in (module.weight, module.bias, module.direction):
                init.zeros_(buffer)
            init.constant_(module.border, FAR)

    def forward(
        self,
        input_values: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        label_mask: torch.Tensor | None = None,
        return_dict: bool | None = None,
    ) -> EmotionOutput | tuple:
        """Return logits `(batch, labels)`, divided by the temperature, and the loss if `labels` are given.

        Args:
            input_values: Features `(batch, frames, channels, bins)`, as the extractor gives them.
            attention_mask: `(batch, frames)`, 1 where a frame belongs to the clip.
            labels: Class numbers `(batch,)` or probabilities `(batch, labels)`.
            label_mask: `(batch, labels)`, true where the clip's corpus has the label at all.
            return_dict: As everywhere in transformers.
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_values[:, :, 0, 0])
        logits, intensity = self._answer(input_values, attention_mask.to(input_values.dtype))
        loss = None
        if labels is not None:
            loss = classification_loss(
                logits,
                labels,
                label_mask,
                self._class_weights(logits),
                self.config.label_smoothing,
                self.config.focal_gamma,
            )
        logits = logits / self.config.logit_temperature
        if return_dict is False:
            return (logits,) if loss is None else (loss, logits)
        return EmotionOutput(loss=loss, logits=logits, intensity=intensity)

    def _answer(self, inputs: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return logits `(batch, labels)` at temperature 1, and the intensity `(batch,)` if the model knows it."""
        raise NotImplementedError

    def _class_weights(self, logits: torch.Tensor) -> torch.Tensor | None:
        weights = self.config.class_weights
        return None if weights is None else logits.new_tensor(weights)


class SpectrogramForAudioClassification(SpectrogramPreTrainedModel):
    """Classify log-mels or MFCCs into `config.id2label`."""

    def __init__(self, config: SpectrogramConfig):
        super().__init__(config)
        _check("backbone", config.backbone, BACKBONES)
        self.restoration = Restoration(config) if config.restored else None
        self.standardize = Standardize(config)
        self.backbone = BACKBONES[config.backbone](config)
        self.pool = Pool(config.pooling, self.backbone.hidden_size)
        sizes = [self.pool.output_size, *config.head]
        self.head = nn.ModuleList(nn.Linear(before, after) for before, after in itertools.pairwise(sizes))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(sizes[-1], config.num_labels)
        self.intensity = Intensity(sizes[-1], config.num_labels) if config.intensity else None
        self.scatter = Scatter(config.scatter_rank, config.num_labels, sizes[-1]) if config.scatter_rank else None
        self.conditions = (
            Conditions(len(config.conditions), config.num_labels, sizes[-1]) if config.conditions else None
        )
        self.corrected = Corrected(config.num_labels, sizes[-1]) if config.corrected else None
        self.post_init()

    @property
    def members(self) -> list["SpectrogramForAudioClassification"]:
        """The model itself: what an ensemble is asked, a model alone can be asked too."""
        return [self]

    def heard_by(self, member: "SpectrogramForAudioClassification", inputs: torch.Tensor) -> torch.Tensor:
        """Return those of the inputs that a member hears: all."""
        return inputs

    def last_vectors(self, inputs: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return what the pooled frames of inputs `(batch, frames, channels, bins)` are, `(batch, size)`."""
        mask = mask.to(inputs.dtype)
        return self.pool(*self.backbone(self._prepared(inputs, mask), mask))

    def layers(self) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Return the usual last layer and those for acoustic conditions, of a model that keeps its scatter.

        Of each its weights `(labels, size)`, its biases `(labels,)` and the means of the labels, as the weights.
        """
        assert self.scatter is not None
        usual, others = (self.classifier.weight, self.classifier.bias, self.scatter.means), self.conditions
        return [usual] if others is None else [usual, *zip(others.weight, others.bias, others.means, strict=True)]

    def layer_for(self, vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the last layer that answers for such vectors `(batch, size)`, on average over them, as `layers`."""
        layers = self.layers()
        if self.conditions is None:
            return layers[0]
        shares = self.conditions.shares(vectors).mean(0)
        weight, bias, means = (torch.tensordot(shares, torch.stack(every), 1) for every in zip(*layers, strict=True))
        return weight, bias, means

    def restored(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the features `(batch, channels, bins, frames)` as they were before something changed them, if the
        model tells; else as they are."""
        return features if self.restoration is None else self.restoration(features, mask)

    def _prepared(self, inputs: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return what the backbone hears, `(batch, channels, bins, frames)`."""
        return self.standardize(self.restored(inputs.permute(0, 2, 3, 1), mask), mask)

    def _answer(self, inputs: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        features, shares = self._prepared(inputs, mask), None
        if self.config.num_frames is not None:
            features, mask, shares = fixed_windows(features, mask, self.config.num_frames)
        x = self.pool(*self.backbone(features, mask))
        for layer in self.head:
            x = F.relu(layer(self.dropout(x)))
        logits = self.classifier(self.dropout(x))
        if self.conditions is not None:
            logits = self.conditions(x, logits)
        if self.corrected is not None:
            logits = self.corrected(x, logits, self.config.logit_temperature)
        if shares is not None:
            logits, x = ((y.unflatten(0, shares.shape) * shares[:, :, None]).sum(1) for y in (logits, x))
        return logits, None if self.intensity is None else self.intensity(x, logits, self.config.logit_temperature)


class Intensity(nn.Module):
    """How strongly the emotion is expressed: the probability that an actor was asked for a strong one.

    One direction for all emotions, and where on it each emotion changes from normal to strong.
    """

    def __init__(self, size: int, labels: int):
        super().__init__()
        self.direction = nn.Linear(size, 1, bias=False)
        self.borders = nn.Linear(labels, 1, bias=False)

    def forward(self, vectors: torch.Tensor, logits: torch.Tensor, temperature: float) -> torch.Tensor:
        """Return intensities `(batch,)` from 0 to 1."""
        border = self.borders((logits / temperature).softmax(-1))
        return torch.sigmoid((self.direction(vectors) - border) / temperature)[:, 0]


class Scatter(nn.Module):
    """How clips of one emotion differ: what a linear discriminant was made from, kept so that it can be made anew.

    The scatter is a diagonal and a few directions, `diag(spread) + directionsᵀ directions`. Nothing of it takes part
    in an answer. Buffers `(labels, size)`, `(size,)` and `(rank, size)`.
    """

    def __init__(self, rank: int, labels: int, size: int):
        super().__init__()
        self.register_buffer("means", torch.zeros(labels, size))
        self.register_buffer("spread", torch.ones(size))
        self.register_buffer("directions", torch.zeros(rank, size))

    def solve(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return the inverse of the scatter times each of the vectors `(vectors, size)`, by Woodbury's identity."""
        narrow = self.directions / self.spread
        inner = torch.eye(len(narrow), device=narrow.device) + narrow @ self.directions.T
        return vectors / self.spread - torch.linalg.solve(inner, narrow @ vectors.T).T @ narrow


class Conditions(nn.Module):
    """Last layers for clips in noise, or through the telephone, and what tells in which condition a clip is.

    Noise hides some of what tells emotions apart and changes the rest; one layer for all clips could only
    trust what every condition leaves. Set once, never by gradients; the usual layer is for clips in none of them.
    Buffers `(conditions, labels, size)`, `(conditions, labels)`, as the first, `(1 + conditions, size)` and
    `(1 + conditions,)`.
    """

    def __init__(self, conditions: int, labels: int, size: int):
        super().__init__()
        self.register_buffer("weight", torch.zeros(conditions, labels, size))
        self.register_buffer("bias", torch.zeros(conditions, labels))
        self.register_buffer("means", torch.zeros(conditions, labels, size))
        self.register_buffer("gate_weight", torch.zeros(1 + conditions, size))
        self.register_buffer("gate_bias", torch.zeros(1 + conditions))

    def forward(self, vectors: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Return logits `(batch, labels)`: those of the usual layer and the others', by how far a clip is in each."""
        own = torch.einsum("bs,cls->bcl", vectors, self.weight) + self.bias
        return torch.einsum("bc,bcl->bl", self.shares(vectors), torch.cat([logits[:, None], own], dim=1))

    def shares(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return the probabilities of no condition and of each `(batch, 1 + conditions)`."""
        return F.linear(vectors, self.gate_weight, self.gate_bias).softmax(-1)


class Corrected(nn.Module):
    """A second last layer, for clips like those that were corrected: other voices, rooms, languages or microphones.

    What tells such clips from those of the training decides how much it counts: of these, nothing changes. Set once,
    never by gradients. Buffers `(labels, size)`, `(labels,)`, `(size,)` and `()`.
    """

    def __init__(self, labels: int, size: int):
        super().__init__()
        self.register_buffer("weight", torch.zeros(labels, size))
        self.register_buffer("bias", torch.zeros(labels))
        self.register_buffer("direction", torch.zeros(size))
        self.register_buffer("border", torch.tensor(FAR))

    def forward(self, vectors: torch.Tensor, logits: torch.Tensor, temperature: float) -> torch.Tensor:
        """Return logits `(batch, labels)`: those of both layers mixed, as probabilities at this temperature are."""
        like_them = (vectors @ self.direction - self.border)[:, None]
        own = F.linear(vectors, self.weight, self.bias)
        log_p = (F.log_softmax(one / temperature, dim=-1) for one in (own, logits))
        shares = (F.logsigmoid(like_them), F.logsigmoid(-like_them))
        return temperature * torch.logaddexp(*(one + share for one, share in zip(log_p, shares, strict=True)))


class Standardize(nn.Module):
    """Shift and scale each bin; frames beyond the clip's end become zero. Buffers `(channels, bins, 1)`."""

    def __init__(self, config: SpectrogramConfig):
        super().__init__()
        _check("standardize", config.standardize, STANDARDIZATIONS)
        self.by_utterance = config.standardize == "utterance"
        shape = (config.num_channels, config.num_bins, 1)
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("deviation", torch.ones(shape))

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape `(batch, channels, bins, frames)`."""
        keep = mask[:, None, None, :]
        mean, deviation = masked_statistics(features, keep) if self.by_utterance else (self.mean, self.deviation)
        return (features - mean) / deviation * keep


class Pool(nn.Module):
    """Turn frames `(batch, frames, hidden)` into one vector `(batch, output_size)`.

    `attentive` is attentive statistics pooling (Okabe et al. 2018): the weighted mean and deviation of each channel.
    """

    def __init__(self, kind: str, hidden_size: int):
        super().__init__()
        _check("pooling", kind, POOLINGS)
        self.kind = kind
        self.output_size = 2 * hidden_size if kind == "attentive" else hidden_size
        if kind == "attentive":
            self.attention = nn.Sequential(
                nn.Linear(hidden_size, hidden_size // 2), nn.Tanh(), nn.Linear(hidden_size // 2, hidden_size)
            )

    def forward(self, frames: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Pool the frames where `mask` `(batch, frames)` is 1."""
        if self.kind == "last":
            last = mask.sum(1).long() - 1
            return frames[torch.arange(len(frames), device=frames.device), last]
        if self.kind == "mean":
            return (frames * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        scores = self.attention(frames).masked_fill(mask[:, :, None] == 0, -math.inf)
        weights = torch.softmax(scores, dim=1)
        mean = (weights * frames).sum(1)
        variance = (weights * frames.square()).sum(1) - mean.square()
        return torch.cat([mean, variance.clamp(min=1e-6).sqrt()], dim=1)


def fixed_windows(
    features: torch.Tensor, mask: torch.Tensor, size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Cut clips into windows of `size` frames, spread evenly over all of the clip; a short one is padded by zeros.

    Args:
        features: `(batch, channels, bins, frames)`, zero beyond a clip's end.
        mask: `(batch, frames)`.
        size: Frames of a window.

    Returns:
        Windows `(batch * windows, channels, bins, size)`, their mask `(batch * windows, size)`, and the share of each
        in its clip's answer `(batch, windows)`: zero for those that only longer clips of the batch have.
    """
    spare = size - features.shape[-1]
    if spare > 0:
        features, mask = F.pad(features, (0, spare)), F.pad(mask, (0, spare))
    lengths = mask.sum(1).long()
    counts = (-(-lengths // size)).clamp(min=1)
    numbers = torch.arange(int(counts.max()), device=mask.device)[None]
    last = (lengths - size).clamp(min=0)[:, None]
    starts = (last * numbers.minimum(counts[:, None] - 1)) // (counts[:, None] - 1).clamp(min=1)
    index = starts[:, :, None] + torch.arange(size, device=mask.device)  # (batch, windows, size)
    rows = torch.arange(len(mask), device=mask.device)[:, None, None]
    windows = features.permute(0, 3, 1, 2)[rows, index].permute(0, 1, 3, 4, 2).flatten(0, 1)
    shares = (numbers < counts[:, None]).to(features.dtype) / counts[:, None]
    return windows, mask[rows, index].flatten(0, 1), shares


def masked_statistics(features: torch.Tensor, keep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and deviation over the kept frames, `(batch, channels, bins, 1)` each."""
    count = keep.sum(-1, keepdim=True)
    mean = (features * keep).sum(-1, keepdim=True) / count
    variance = ((features - mean).square() * keep).sum(-1, keepdim=True) / count
    return mean, variance.sqrt().clamp(min=MIN_DEVIATION)


def classification_loss(
    logits: torch.Tensor,
    labels: torch.Tensor,
    label_mask: torch.Tensor | None = None,
    class_weights: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
) -> torch.Tensor:
    """Return the cross-entropy over the labels that each clip's corpus has, weighted by class.

    Args:
        logits: `(batch, labels)`.
        labels: Class numbers `(batch,)` or probabilities `(batch, labels)`.
        label_mask: `(batch, labels)`; a label that is masked out takes no part in the softmax, so that a corpus
            without "calm" does not teach that calm does not exist.
        class_weights: `(labels,)`; the mean over the batch is weighted by them too, as in `torch.nn.CrossEntropyLoss`.
        label_smoothing: Mass spread evenly over the labels that are not masked out.
        focal_gamma: A label that has probability p already counts by (1 - p) ** gamma (focal loss, Lin et al. 2017).
    """
    targets = F.one_hot(labels, logits.shape[-1]).to(logits.dtype) if labels.ndim == 1 else labels.to(logits.dtype)
    allowed = torch.ones_like(targets) if label_mask is None else label_mask.to(logits.dtype)
    log_p = torch.log_softmax(logits.masked_fill(allowed == 0, torch.finfo(logits.dtype).min), dim=-1)
    weights = torch.ones_like(targets[0]) if class_weights is None else class_weights
    clip_weights = (targets * weights).sum(-1)
    even = allowed / allowed.sum(-1, keepdim=True)
    targets = (1 - label_smoothing) * targets + label_smoothing * even
    log_p = log_p.masked_fill(allowed == 0, 0.0)
    losses = -(targets * weights * (1 - log_p.exp()).clamp(min=1e-6) ** focal_gamma * log_p).sum(-1)
    return losses.sum() / clip_weights.sum()


def _check(field: str, value: str, known) -> None:
    if value not in known:
        raise ValueError(f"Unknown {field} {value!r}; choose one of {', '.join(known)}.")


__all__ = ["SpectrogramForAudioClassification", "SpectrogramPreTrainedModel"]
