"""A convolutional network on raw samples: filters of several lengths → stages → mean and maximum → head → temperature.

The first layer is a trained filter bank with kernels of several lengths, followed by the logarithm of the power
(Zeghidour et al. 2018, "Learning filterbanks from raw speech for phone recognition"). Its initial weights are windowed
cosines, evenly spaced on the mel scale, because a thousand clips are too few to train it from random weights. The
stages after it take any number of frames (Dai et al. 2017, "Very deep convolutional neural networks for raw
waveforms"). Frames beyond a clip's end are set to zero before every convolution, so a clip gives the same output alone
and in a padded batch.

Example:
    >>> model = WaveformForAudioClassification(WaveformConfig(num_labels=8)).eval()
    >>> model(torch.zeros(2, 16000)).logits.shape
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

from .configuration_waveform import WaveformConfig

POOL = 4
LOWEST_HZ, HIGHEST_HZ, SAMPLING_RATE = 60.0, 7_600.0, 16_000
LEAST_POWER = 1e-5  # for waves of variance 1: anything more than 50 dB below counts as silence


class WaveformForAudioClassification(PreTrainedModel):
    """Classify waves of zero mean and unit variance into `config.id2label`."""

    config_class = WaveformConfig
    base_model_prefix = "waveform"
    main_input_name = "input_values"

    def __init__(self, config: WaveformConfig):
        super().__init__(config)
        self.scales = nn.ModuleList(
            Filters(1, config.scale_width, size, stride=config.stride, padding=size // 2, bias=False)
            for size in config.scales
        )
        widths = [config.scale_width * len(config.scales), *config.widths]
        self.scales_norm = nn.BatchNorm1d(widths[0])
        self.stages = nn.ModuleList(Stage(before, after) for before, after in itertools.pairwise(widths))
        sizes = [2 * widths[-1], *config.head]
        self.head = nn.ModuleList(nn.Linear(before, after) for before, after in itertools.pairwise(sizes))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(sizes[-1], config.num_labels)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, Filters):
            init.copy_(module.weight, mel_filters(*module.weight.shape[::2]))
        elif isinstance(module, nn.Conv1d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, nn.Linear):  # transformers' standard deviation of 0.02 is for much wider layers
            init.kaiming_uniform_(module.weight, a=math.sqrt(5))

    def forward(
        self,
        input_values: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
    ) -> SequenceClassifierOutput | tuple:
        """Return logits `(batch, labels)`, divided by the temperature, and the loss if `labels` are given.

        Args:
            input_values: Waves `(batch, samples)`.
            attention_mask: `(batch, samples)`, 1 where a sample belongs to the clip.
            labels: Class numbers `(batch,)` or probabilities `(batch, labels)`.
            output_hidden_states: Also return the standardised log power of the filters and what each stage returns,
                each `(batch, channels, frames)`; by default as the configuration says.
            return_dict: As everywhere in transformers.
        """
        if output_hidden_states is None:
            output_hidden_states = self.config.output_hidden_states
        if attention_mask is None:
            attention_mask = torch.ones_like(input_values)
        mask = attention_mask.to(self.dtype)
        logits, states = self._logits(input_values.to(self.dtype) * mask, mask)
        loss = None
        if labels is not None:
            loss = F.cross_entropy(
                logits, labels, self._class_weights(logits), label_smoothing=self.config.label_smoothing
            )
        logits = logits / self.config.logit_temperature
        hidden = states if output_hidden_states else None
        output = SequenceClassifierOutput(loss=loss, logits=logits, hidden_states=hidden)
        return output.to_tuple() if return_dict is False or not self.config.return_dict else output

    def _logits(self, waves: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """Return logits `(batch, labels)` at temperature 1, and the states, of which there are few."""
        hop = self.config.stride * POOL  # samples per frame
        frames = (waves.shape[1] + hop - 1) // hop
        spare = frames * hop - waves.shape[1]
        waves, mask = F.pad(waves, (0, spare)), F.pad(mask, (0, spare)).unflatten(1, (frames, hop))[:, :, 0]
        filtered = torch.cat([scale(waves[:, None])[:, :, : frames * POOL] for scale in self.scales], 1)
        power = filtered.square().unflatten(2, (frames, POOL)).mean(3)
        x = self.scales_norm((power + LEAST_POWER).log()) * mask[:, None]
        states = [x]
        for stage in self.stages:
            x, mask = stage(x, mask)
            states.append(x)
        mean = x.sum(2) / mask.sum(1, keepdim=True)
        x = torch.cat([mean, x.amax(2)], dim=1)  # frames beyond the end are zero, and ReLU's output is not lower
        for layer in self.head:
            x = F.relu(layer(self.dropout(x)))
        return self.classifier(self.dropout(x)), tuple(states)

    def _class_weights(self, logits: torch.Tensor) -> torch.Tensor | None:
        weights = self.config.class_weights
        return None if weights is None else logits.new_tensor(weights)


class Filters(nn.Conv1d):
    """The filters of one kernel size."""


def mel_filters(count: int, size: int) -> torch.Tensor:
    """Return windowed cosines `(count, 1, size)` of norm 1, evenly spaced in mel (O'Shaughnessy 1987)."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (LOWEST_HZ, HIGHEST_HZ))
    hertz = 700 * (10 ** (torch.linspace(low, high, count) / 2595) - 1)
    time = (torch.arange(size) - (size - 1) / 2) / SAMPLING_RATE
    filters = torch.hann_window(size, periodic=False) * torch.cos(2 * math.pi * hertz[:, None] * time)
    return (filters / torch.linalg.vector_norm(filters, dim=1, keepdim=True))[:, None]


class Stage(nn.Module):
    """Max-pooling over `POOL` frames, then two convolutions, the second one residual."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.first = nn.Conv1d(before, after, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm1d(after)
        self.second = nn.Conv1d(after, after, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm1d(after)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `(batch, after, frames')` and the mask `(batch, frames')`."""
        # torch cannot export max_pool1d for every length
        x = F.max_pool2d(x[:, :, None], (1, POOL), ceil_mode=True)[:, :, 0]
        mask = mask[:, ::POOL]
        keep = mask[:, None]
        x = F.relu(self.first_norm(self.first(x))) * keep
        return F.relu(x + self.second_norm(self.second(x))) * keep, mask


__all__ = ["WaveformForAudioClassification"]
