"""Models of the spectrogram family: standardise → backbone → pool → head → temperature → loss.

A backbone is one file with one `nn.Module` whose `forward(features, mask, states)` takes `(batch, 1, bins,
frames)` and `(batch, frames)` and returns `(batch, frames', hidden_size)` and `(batch, frames')`; it appends what each
of its stages returns to the list `states`, unless that is None. Its attribute `hidden_size` is the size of an output
frame. To add one, write its file and add its name to `BACKBONES`. A backbone with a fixed number
of frames gets windows of that length, and the logits are averaged over the windows.

Example:
    >>> model = SpectrogramForAudioClassification(SpectrogramConfig(num_labels=8)).eval()
    >>> model(torch.zeros(2, 300, 1, 80)).logits.shape
    torch.Size([2, 8])
"""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import SequenceClassifierOutput

from .backbone_bilstm import BiLstmBackbone
from .backbone_cnn import CnnBackbone
from .backbone_cnn_bilstm_attention import CnnBiLstmAttentionBackbone
from .backbone_mfcc_cnn import MfccCnnBackbone
from .backbone_mlp import MlpBackbone
from .backbone_resnet import ResNetBackbone
from .backbone_transformer import TransformerBackbone
from .configuration_spectrogram import SpectrogramConfig

BACKBONES: dict[str, type[nn.Module]] = {
    "bilstm": BiLstmBackbone,
    "cnn": CnnBackbone,
    "cnn_bilstm_attention": CnnBiLstmAttentionBackbone,
    "mfcc_cnn": MfccCnnBackbone,
    "mlp": MlpBackbone,
    "resnet": ResNetBackbone,
    "transformer": TransformerBackbone,
}
POOLINGS = ("mean", "attentive")
MIN_DEVIATION = 1e-3


class SpectrogramForAudioClassification(PreTrainedModel):
    """Classify log-mels, MFCCs or stacked descriptors into `config.id2label`."""

    config_class = SpectrogramConfig
    base_model_prefix = "spectrogram"
    main_input_name = "input_values"

    def __init__(self, config: SpectrogramConfig):
        super().__init__(config)
        _check("backbone", config.backbone, BACKBONES)
        self.standardize = Standardize(config)
        self.backbone = BACKBONES[config.backbone](config)
        self.pool = Pool(config.pooling, self.backbone.hidden_size)
        sizes = [self.pool.output_size, *config.head]
        self.head = nn.ModuleList(nn.Linear(before, after) for before, after in itertools.pairwise(sizes))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(sizes[-1], config.num_labels)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, nn.Conv1d | nn.Conv2d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, nn.Linear):  # transformers' standard deviation of 0.02 is for much wider layers
            init.kaiming_uniform_(module.weight, a=math.sqrt(5))
        if isinstance(module, Standardize):
            init.zeros_(module.mean)
            init.ones_(module.deviation)

    def forward(
        self,
        input_values: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        label_mask: torch.Tensor | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
    ) -> SequenceClassifierOutput | tuple:
        """Return logits `(batch, labels)`, divided by the temperature, and the loss if `labels` are given.

        Args:
            input_values: Features `(batch, frames, 1, bins)` from the feature extractor.
            attention_mask: `(batch, frames)`, 1 where a frame belongs to the clip.
            labels: Class numbers `(batch,)` or probabilities `(batch, labels)`.
            label_mask: `(batch, labels)`, true where the clip's corpus has the label.
            output_hidden_states: Also return the standardised features and what each stage of the backbone returns; by
                default as the configuration says. With `config.num_frames`, each window is a row.
            return_dict: As everywhere in transformers.
        """
        if output_hidden_states is None:
            output_hidden_states = self.config.output_hidden_states
        states: list[torch.Tensor] | None = [] if output_hidden_states else None
        if attention_mask is None:
            attention_mask = torch.ones_like(input_values[:, :, 0, 0])
        logits, loss = self._logits(input_values.to(self.dtype), attention_mask.to(self.dtype), states), None
        if labels is not None:
            weights = None if self.config.class_weights is None else logits.new_tensor(self.config.class_weights)
            loss = classification_loss(logits, labels, label_mask, weights, self.config.label_smoothing)
        logits = logits / self.config.logit_temperature
        hidden = None if states is None else tuple(states)
        output = SequenceClassifierOutput(loss=loss, logits=logits, hidden_states=hidden)
        return output.to_tuple() if return_dict is False or not self.config.return_dict else output

    def _logits(self, inputs: torch.Tensor, mask: torch.Tensor, states: list[torch.Tensor] | None) -> torch.Tensor:
        """Return logits `(batch, labels)` at temperature 1."""
        features, shares = self.standardize(inputs.permute(0, 2, 3, 1), mask), None
        if self.config.num_frames is not None:
            features, mask, shares = fixed_windows(features, mask, self.config.num_frames)
        if states is not None:
            states.append(features)
        x = self.pool(*self.backbone(features, mask, states))
        for layer in self.head:
            x = F.relu(layer(self.dropout(x)))
        logits = self.classifier(self.dropout(x))
        return logits if shares is None else (logits.unflatten(0, shares.shape) * shares[:, :, None]).sum(1)


class Standardize(nn.Module):
    """Standardise each bin with the mean and standard deviation of the training clips, buffers `(1, bins, 1)`.

    Frames beyond the clip's end become zero.
    """

    def __init__(self, config: SpectrogramConfig):
        super().__init__()
        shape = (1, config.num_bins, 1)
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("deviation", torch.ones(shape))

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape `(batch, 1, bins, frames)`."""
        return (features - self.mean) / self.deviation * mask[:, None, None, :]


class Pool(nn.Module):
    """Turn frames `(batch, frames, hidden)` into one vector `(batch, output_size)`.

    `attentive` is attentive statistics pooling (Okabe et al. 2018): weighted mean and standard deviation per channel.
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
    """Cut clips into windows of `size` frames, spread evenly over the clip; a shorter clip is padded with zeros.

    Args:
        features: `(batch, 1, bins, frames)`, zero beyond a clip's end.
        mask: `(batch, frames)`.
        size: Frames of a window.

    Returns:
        Windows `(batch * windows, 1, bins, size)`, their mask `(batch * windows, size)`, and the weight of each
        window in its clip's logits `(batch, windows)`, zero where a clip has fewer windows than fit in the batch.
    """
    spare = -features.shape[-1] % size
    features, mask = F.pad(features, (0, spare)), F.pad(mask, (0, spare))
    lengths = mask.sum(1, dtype=torch.float32).long()  # a sum in half precision would be rounded
    counts = (-(-lengths // size)).clamp(min=1)
    numbers = torch.arange(features.shape[-1] // size, device=mask.device)[None]
    last = (lengths - size).clamp(min=0)[:, None]
    starts = (last * numbers.minimum(counts[:, None] - 1)) // (counts[:, None] - 1).clamp(min=1)
    index = starts[:, :, None] + torch.arange(size, device=mask.device)  # (batch, windows, size)
    rows = torch.arange(mask.shape[0], device=mask.device)[:, None, None]
    windows = features.permute(0, 3, 1, 2)[rows, index].permute(0, 1, 3, 4, 2).flatten(0, 1)
    shares = (numbers < counts[:, None]).to(features.dtype) / counts[:, None]
    return windows, mask[rows, index].flatten(0, 1), shares


def classification_loss(
    logits: torch.Tensor,
    labels: torch.Tensor,
    label_mask: torch.Tensor | None = None,
    class_weights: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    """Return the cross-entropy over the labels that each clip's corpus has, weighted by class.

    Args:
        logits: `(batch, labels)`.
        labels: Class numbers `(batch,)` or probabilities `(batch, labels)`.
        label_mask: `(batch, labels)`; the softmax leaves out masked labels, so that clips of a corpus without "calm"
            do not lower the probability of "calm".
        class_weights: `(labels,)`; the mean over the batch is weighted by them, as in `torch.nn.CrossEntropyLoss`.
        label_smoothing: Probability mass spread evenly over the labels that are not masked out.
    """
    targets = F.one_hot(labels, logits.shape[-1]).to(logits.dtype) if labels.ndim == 1 else labels.to(logits.dtype)
    allowed = torch.ones_like(targets) if label_mask is None else label_mask.to(logits.dtype)
    log_p = torch.log_softmax(logits.masked_fill(allowed == 0, torch.finfo(logits.dtype).min), dim=-1)
    weights = torch.ones_like(targets[0]) if class_weights is None else class_weights
    clip_weights = (targets * weights).sum(-1)
    even = allowed / allowed.sum(-1, keepdim=True)
    targets = (1 - label_smoothing) * targets + label_smoothing * even
    log_p = log_p.masked_fill(allowed == 0, 0.0)
    losses = -(targets * weights * log_p).sum(-1)
    return losses.sum() / clip_weights.sum()


def _check(field: str, value: str, known) -> None:
    if value not in known:
        raise ValueError(f"Unknown {field} {value!r}; choose one of {', '.join(known)}.")


__all__ = ["SpectrogramForAudioClassification"]
