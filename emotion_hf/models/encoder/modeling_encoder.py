"""The encoder family: a pretrained speech encoder → mean and deviation over time → standardise → linear head → voice.

The vector behind pooling is the clip's *embedding*. Everything after it is cheap: fitting a head, adapting to a voice
and learning from corrections work on embeddings alone, so the encoder needs to run only once for each clip.

Example:
    >>> model = EncoderForAudioClassification(EncoderConfig(num_labels=8)).eval()
    >>> model(torch.zeros(2, 100, 80)).logits.shape
    torch.Size([2, 8])
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import SequenceClassifierOutput

from .configuration_encoder import EncoderConfig
from .states_encoder import States, encode, make_encoder

DIRECTIONS = 64  # in which embeddings vary most and which are kept
LEAST_VARIANCE = 1e-6  # of a unit over time, so that the gradient of its square root stays finite


@dataclass
class EmotionOutput(SequenceClassifierOutput):
    """What a model of the family answers.

    Attributes:
        hidden_states: What enters the encoder's first layer, then what each layer returns, before a last norm,
            each `(batch, tokens, hidden)`; if they were asked for.
        attentions: Weights of each layer's attention `(batch, heads, tokens, tokens)`, if they were asked for.
        embeddings: `(batch, config.embedding_size)`, as they leave the pooling.
        intensity: `(batch,)`, from 0 to 1, if the model estimates it.
    """

    embeddings: torch.FloatTensor | None = None
    intensity: torch.FloatTensor | None = None


class EncoderForAudioClassification(PreTrainedModel):
    """Classify recordings into `config.id2label`."""

    config_class = EncoderConfig
    base_model_prefix = "encoder_family"  # no attribute is called so: the encoder's weights keep their own names
    main_input_name = "input_values"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _no_split_modules: list[str] = []
    _keep_in_fp32_modules_strict = [
        "scale",
        "classifier",
        "intensity",
        "voice",
        "variation",
    ]  # small, and half precision would show

    def __init__(self, config: EncoderConfig):
        super().__init__(config)
        self.encoder = make_encoder(config.encoder)
        self.scale = Scale(config.embedding_size)
        self.classifier = nn.Linear(config.embedding_size, config.num_labels)
        self.voice = Voice(config.num_labels)
        self.variation = Variation(config.embedding_size)
        self.intensity = Intensity(config.embedding_size, config.num_labels) if config.intensity else None
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, Scale):
            init.zeros_(module.mean)
            init.ones_(module.deviation)
        if isinstance(module, Voice | Variation):
            for buffer in module.buffers(recurse=False):
                init.zeros_(buffer)

    def forward(
        self,
        input_values: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        output_hidden_states: bool | None = None,
        output_attentions: bool | None = None,
        return_dict: bool | None = None,
    ) -> EmotionOutput | tuple:
        """Return calibrated logits `(batch, labels)`, and the loss of the logits as they were if `labels` are given.

        Args:
            input_values: What the extractor gives: log-mels or filter banks `(batch, frames, bands)`, or samples
                `(batch, samples)`.
            attention_mask: `(batch, frames)` or `(batch, samples)`, 1 where the clip is; by default everywhere.
            labels: Class numbers `(batch,)` or probabilities `(batch, labels)`.
            output_hidden_states: Also return the encoder's states; by default as the configuration says.
            output_attentions: Also return the attention's weights; by default as the configuration says.
            return_dict: As everywhere in transformers; a tuple has what is not None, in the order of `EmotionOutput`.

        Raises:
            ValueError: The weights are asked for, but the implementation of the attention does not compute them.
        """
        if output_attentions is None:
            output_attentions = self.config.output_attentions
        if output_hidden_states is None:
            output_hidden_states = self.config.output_hidden_states
        states = self._encode(input_values, attention_mask, bool(output_attentions))
        answer = self.classify(self._pool(states), labels)
        hidden = states.hidden if output_hidden_states else None
        output = EmotionOutput(**{**answer, "hidden_states": hidden, "attentions": states.attentions})
        return output.to_tuple() if return_dict is False or not self.config.return_dict else output

    def classify(self, embeddings: torch.Tensor, labels: torch.Tensor | None = None) -> EmotionOutput:
        """Return what `forward` does, from embeddings `(batch, size)` as `embed` returns them."""
        vectors = self.scale(embeddings.to(self.classifier.weight.dtype))
        logits = self.classifier(vectors)
        loss = None if labels is None else F.cross_entropy(logits, labels)
        logits = self.voice(logits / self.config.logit_temperature)
        intensity = None if self.intensity is None else self.intensity(vectors, logits, self.config.logit_temperature)
        return EmotionOutput(loss=loss, logits=logits, embeddings=embeddings, intensity=intensity)

    def embed(self, input_values: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return embeddings `(batch, size)`, float32: the mean, then the deviation, of each pooled layer."""
        return self._pool(self._encode(input_values, attention_mask))

    def save_pretrained(self, save_directory, *, state_dict: dict[str, torch.Tensor] | None = None, **kwargs) -> None:
        """Save as every model does, the encoder's weights in half precision unless `state_dict` says otherwise.

        The configuration still says `float32`, so that a CPU computes in it.
        """
        if state_dict is None:
            state_dict = {
                name: weight.half() if name.startswith("encoder.") else weight
                for name, weight in self.state_dict().items()
            }
        super().save_pretrained(save_directory, state_dict=state_dict, **kwargs)

    def _encode(
        self, input_values: torch.Tensor, attention_mask: torch.Tensor | None, attentions: bool = False
    ) -> States:
        if attention_mask is None:
            attention_mask = torch.ones(input_values.shape[:2], dtype=torch.long, device=input_values.device)
        return encode(self.encoder, input_values.to(self.dtype), attention_mask.bool(), attentions)

    def _pool(self, states: States) -> torch.Tensor:
        layers = [states.hidden[layer] for layer in self.config.pooled_layers]
        return torch.cat([pooled(layer.float(), states.mask) for layer in layers], dim=-1)


class Scale(nn.Module):
    """Standardise embeddings by the training clips' mean and deviation, buffers `(size,)`."""

    def __init__(self, size: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("deviation", torch.ones(size))

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Return vectors of the same shape `(batch, size)`."""
        return (embeddings - self.mean) / self.deviation


class Voice(nn.Module):
    """Correct calibrated logits for one speaker: nothing changes until the model is adapted to a voice.

    Buffers: `offset` `(labels,)` and `gain` `(labels, labels)` correct, and were learned from `clips` recordings.
    `means` and `within` `(labels, labels)` tell how calibrated logits differ between emotions, and between a speaker's
    clips of one emotion. A voice is estimated from them; they take no part in an answer.
    """

    def __init__(self, labels: int):
        super().__init__()
        self.register_buffer("offset", torch.zeros(labels))
        self.register_buffer("clips", torch.zeros((), dtype=torch.long))
        for name in ("gain", "means", "within"):
            self.register_buffer(name, torch.zeros(labels, labels))

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        """Return logits of the same shape `(batch, labels)`."""
        return logits + logits @ self.gain.T - self.offset


class Variation(nn.Module):
    """Know how the training clips' standardised embeddings vary, which a new head has to answer about as before.

    Buffers: `directions` `(DIRECTIONS, size)` and `rest` `()`. Their mean square is `directions.T @ directions`, and
    `rest` in every direction besides. They take no part in an answer.
    """

    def __init__(self, size: int):
        super().__init__()
        self.register_buffer("directions", torch.zeros(min(DIRECTIONS, size), size))
        self.register_buffer("rest", torch.zeros(()))


class Intensity(nn.Module):
    """How strongly the emotion is expressed: the probability that an actor was asked for a strong expression.

    One direction serves all emotions; each has its own place on it where normal turns into strong.
    """

    def __init__(self, size: int, labels: int):
        super().__init__()
        self.direction = nn.Linear(size, 1, bias=False)
        self.borders = nn.Linear(labels, 1, bias=False)

    def forward(self, vectors: torch.Tensor, logits: torch.Tensor, temperature: float) -> torch.Tensor:
        """Return intensities `(batch,)` from 0 to 1; the logits `(batch, labels)` are calibrated."""
        border = self.borders(logits.softmax(-1))
        return torch.sigmoid((self.direction(vectors) - border) / temperature)[:, 0]


def pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean and the standard deviation over the frames where `mask` `(batch, frames)` is true.

    Args:
        states: `(batch, frames, hidden)`.
        mask: Every clip needs at least one frame.

    Returns:
        `(batch, 2 * hidden)`.
    """
    keep = mask[:, :, None].to(states.dtype)
    count = keep.sum(1)
    mean = (states * keep).sum(1) / count
    variance = ((states - mean[:, None]).square() * keep).sum(1) / count
    return torch.cat([mean, variance.clamp(min=LEAST_VARIANCE).sqrt()], dim=-1)


__all__ = ["EncoderForAudioClassification"]
