"""How each kind of speech encoder computes its hidden states for a padded batch.

Each clip gets the states that it has alone, whatever the other clips of its batch are. The code consists of operations
on tensors whose course does not depend on their values, so `torch.export` and `torch.compile` can follow it; only the
kinds outside `MASKED` are encoded clip by clip.

Example:
    >>> from transformers import WhisperConfig
    >>> encoder = make_encoder(WhisperConfig(d_model=64, encoder_attention_heads=2)).eval()
    >>> encode(encoder, torch.zeros(2, 100, 80), torch.ones(2, 100, dtype=torch.bool)).hidden[-1].shape
    torch.Size([2, 50, 64])
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from transformers import AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.models.wavlm.modeling_wavlm import WavLMAttention
from transformers.models.whisper.modeling_whisper import WhisperEncoder

WHISPER, WAVLM, AST, BERT = "whisper", "wavlm", "audio-spectrogram-transformer", "wav2vec2-bert"
MASKED = ("wav2vec2", "hubert", WAVLM, "unispeech", "unispeech-sat")
"""Kinds that take samples and whose states do not depend on the padding if they know the clips' lengths."""
OTHER_TOKENS = 2  # that AST puts before the patches


@dataclass(frozen=True)
class States:
    """What an encoder computes.

    Attributes:
        hidden: What enters the first layer, then what each layer returns, each `(batch, tokens, hidden)`.
        mask: `(batch, tokens)`, true where a token belongs to the clip and is pooled.
        attentions: Weights of each layer `(batch, heads, tokens, tokens)`, if they were asked for.
    """

    hidden: tuple[torch.Tensor, ...]
    mask: torch.Tensor
    attentions: tuple[torch.Tensor, ...] | None = None


def make_encoder(config: PreTrainedConfig) -> PreTrainedModel:
    """Return an encoder with random weights, without what only its pretraining used."""
    if config.model_type == WHISPER:
        return WhisperEncoder(config)
    encoder = AutoModel.from_config(config)
    if config.model_type in MASKED and config.feat_extract_norm == "group":
        encoder.feature_extractor = MaskedConvolutions(encoder.feature_extractor.conv_layers)
    if config.model_type == WAVLM:
        for layer in encoder.encoder.layers:
            layer.attention.__class__ = GatedAttention
    return encoder


def encode(encoder: PreTrainedModel, values: torch.Tensor, mask: torch.Tensor, attentions: bool = False) -> States:
    """Return the states of a batch.

    Args:
        encoder: From `make_encoder`.
        values: What the kind takes: log-mels or filter banks `(batch, frames, bands)`, or samples `(batch, samples)`.
        mask: `(batch, frames)` or `(batch, samples)`, true where the clip is.
        attentions: Also return the weights of the attention.

    Raises:
        ValueError: The weights are asked for, but the implementation of the attention does not compute them.
    """
    kind = encoder.config.model_type
    computed = kind == WAVLM or encoder.config._attn_implementation == "eager"
    if attentions and not computed:
        raise ValueError(
            'Only the attention implementation "eager" returns its weights; call '
            'model.set_attn_implementation("eager") first.'
        )
    if kind == WHISPER:
        return _of_log_mels(encoder, values, mask, attentions)
    if kind == AST:
        return _of_patches(encoder, values, mask, attentions)
    if kind == BERT:
        output = encoder(values, attention_mask=mask.long(), output_hidden_states=True, output_attentions=attentions)
        return States(output.hidden_states, mask, output.attentions if attentions else None)
    if kind in MASKED:
        return _of_samples(encoder, values, mask, attentions)
    return _of_single_clips(encoder, values, mask)


def layers_of(encoder: PreTrainedModel) -> nn.ModuleList:
    """Return the encoder's layers, lowest first."""
    return encoder.layers if encoder.config.model_type in (WHISPER, AST) else encoder.encoder.layers


class MaskedConvolutions(nn.Module):
    """Convolutions on samples, the first with a group norm, as in Wav2Vec2-base (Baevski et al. 2020).

    The group norm takes mean and variance of a channel over the clip's own frames. Transformers' own takes them over
    the padding as well.
    """

    def __init__(self, layers: nn.ModuleList):
        super().__init__()
        self.conv_layers = layers

    def forward(self, waves_and_masks: torch.Tensor) -> torch.Tensor:
        """Return `(batch, channels, frames)` of waves, stacked with their masks `(batch, 2, samples)`.

        Both are in one argument because an encoder passes only one on.
        """
        waves, masks = waves_and_masks.unbind(1)
        first = self.conv_layers[0]
        x = first.conv(waves[:, None])
        frames = frames_of(masks.sum(1, dtype=torch.float32).long(), first.conv.kernel_size, first.conv.stride)
        x = first.activation(_normalized(x, _up_to(frames, x.shape[2]), first.layer_norm))
        for layer in self.conv_layers[1:]:
            x = layer(x)
        return x


class GatedAttention(WavLMAttention):
    """WavLM's attention (Chen et al. 2022), written out.

    Transformers passes it to torch's function, which cannot be exported for single clips, and which returns the mean
    of the heads' weights instead of each head's.
    """

    def torch_multi_head_self_attention(self, hidden_states, attention_mask, gated_position_bias):
        """Return states `(batch, frames, hidden)` and weights `(batch, heads, frames, frames)`."""
        query, key, value = (
            project(hidden_states).unflatten(2, (self.num_heads, self.head_dim)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        bias = gated_position_bias.unflatten(0, (hidden_states.shape[0], self.num_heads))
        scores = self.scaling * query @ key.transpose(2, 3) + bias
        if attention_mask is not None:
            scores = scores.masked_fill(~attention_mask[:, None, None].bool(), torch.finfo(scores.dtype).min)
        weights = F.dropout(scores.softmax(-1), self.dropout, self.training)
        return self.out_proj((weights @ value).transpose(1, 2).flatten(2)), weights


def frames_of(lengths: torch.Tensor, kernels, strides) -> torch.Tensor:
    """Return how many frames convolutions without padding make of `lengths` samples, `(batch,)`."""
    for kernel, stride in zip(kernels, strides, strict=True):
        lengths = (lengths - kernel) // stride + 1
    return lengths


def _of_log_mels(encoder: PreTrainedModel, log_mels: torch.Tensor, mask: torch.Tensor, attentions: bool) -> States:
    """Run Whisper, whose own `forward` insists on 30 s; its layers take any length, with the positions cut to it."""
    x = (log_mels * mask[:, :, None]).transpose(1, 2)  # padding enters both convolutions as 0
    x = F.gelu(encoder.conv1(x)) * mask[:, None]
    x = F.gelu(encoder.conv2(x)).transpose(1, 2)
    mask = mask[:, ::2]
    x = x + encoder.embed_positions.weight[: x.shape[1]].to(x.dtype)
    x = F.dropout(x, encoder.dropout, training=encoder.training)
    attended = _additive(mask, x.dtype)
    weights: list[torch.Tensor] = []
    hooks = [
        layer.self_attn.register_forward_hook(lambda _module, _inputs, output: weights.append(output[1]))
        for layer in (encoder.layers if attentions else ())
    ]
    hidden = [x]
    for layer in encoder.layers:
        x = layer(x, attended)
        hidden.append(x)
    for hook in hooks:
        hook.remove()
    return States(tuple(hidden), mask, tuple(weights) if attentions else None)


def _of_patches(encoder: PreTrainedModel, values: torch.Tensor, mask: torch.Tensor, attentions: bool) -> States:
    """Run an Audio Spectrogram Transformer (Gong et al. 2021), which sees the padding as it did in pretraining."""
    config = encoder.config
    if values.shape[1] != config.max_length:
        raise ValueError(f"This encoder takes {config.max_length} frames, not {values.shape[1]}; use its extractor.")
    output = encoder(values, output_hidden_states=True, output_attentions=attentions)
    bands, times = encoder.embeddings.get_shape(config)
    starts = mask[:, : times * config.time_stride : config.time_stride]  # a patch counts if the clip goes on there
    patches = starts[:, None].expand(-1, bands, -1).flatten(1)
    pooled = F.pad(patches, (OTHER_TOKENS, 0))
    return States(output.hidden_states, pooled, output.attentions if attentions else None)


def _of_samples(encoder: PreTrainedModel, waves: torch.Tensor, mask: torch.Tensor, attentions: bool) -> States:
    """Run Wav2Vec2 or a relative; it masks the padding before its positions and in its attention."""
    config = encoder.config
    values = waves
    if isinstance(encoder.feature_extractor, MaskedConvolutions):
        values = torch.stack([waves, mask.to(waves.dtype)], dim=1)
    output = encoder(
        values, attention_mask=mask.long(), output_hidden_states=True, output_attentions=attentions, return_dict=True
    )
    frames = frames_of(mask.sum(1), config.conv_kernel, config.conv_stride)
    kept = _up_to(frames, output.hidden_states[0].shape[1])
    return States(output.hidden_states, kept, output.attentions if attentions else None)


def _of_single_clips(encoder: PreTrainedModel, waves: torch.Tensor, mask: torch.Tensor) -> States:
    """Run an encoder that would let the padding change its states: clips of one length together, others apart."""
    lengths = mask.sum(1)
    of_clips: dict[int, torch.Tensor] = {}
    for length in lengths.unique().tolist():
        rows = (lengths == length).nonzero()[:, 0]
        hidden = torch.stack(encoder(waves[rows, :length], output_hidden_states=True).hidden_states, dim=2)
        of_clips |= dict(zip(rows.tolist(), hidden, strict=True))
    clips = [of_clips[row] for row in range(len(waves))]  # (frames, layers, hidden)
    padded = nn.utils.rnn.pad_sequence(clips, batch_first=True)
    frames = torch.tensor([len(clip) for clip in clips], device=waves.device)
    return States(padded.unbind(2), _up_to(frames, padded.shape[1]))


def _normalized(x: torch.Tensor, mask: torch.Tensor, norm: nn.GroupNorm) -> torch.Tensor:
    """Return `x` `(batch, channels, frames)`, standardised in each channel over the frames in `mask`, and scaled."""
    keep = mask[:, None].float()
    count = keep.sum(2, keepdim=True)
    wide = x.float()  # as torch's own norm, in half precision too
    mean = (wide * keep).sum(2, keepdim=True) / count
    variance = ((wide - mean).square() * keep).sum(2, keepdim=True) / count
    standard = (wide - mean) * (variance + norm.eps).rsqrt()
    return (standard * norm.weight[:, None].float() + norm.bias[:, None].float()).to(x.dtype)


def _up_to(lengths: torch.Tensor, size: int) -> torch.Tensor:
    """Return a mask `(batch, size)` that is true before each length."""
    return torch.arange(size, device=lengths.device) < lengths[:, None]


def _additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return `(batch, 1, frames, frames)`: 0 where a frame may be attended to, the lowest number elsewhere."""
    lowest = torch.finfo(dtype).min
    added = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, lowest)
    return added[:, None, None, :].expand(-1, 1, mask.shape[1], -1)


__all__ = ["States", "encode", "layers_of", "make_encoder"]
