"""Configuration of the spectrogram family: one config, many backbones.

Example:
    >>> SpectrogramConfig(backbone="cnn").model_type
    'emotion_spectrogram'
"""

import itertools
from collections.abc import Sequence

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig


@strict
class SpectrogramConfig(PreTrainedConfig):
    r"""Describe one spectrogram model completely; a checkpoint rebuilds itself from it.

    Args:
        backbone (`str`, defaults to `"se_resnet"`):
            Name of the architecture, one of `BACKBONES`.
        num_channels (`int`, defaults to 1):
            Channels of the features.
        num_bins (`int`, defaults to 80):
            Bins of each frame.
        widths (`list[int]`):
            Channels of each stage, or units of each layer; a backbone ignores the sizes that it does not have.
        blocks (`int`, defaults to 2):
            Residual blocks per stage.
        hidden_size (`int`, defaults to 256):
            Size of the vector the backbone returns for each remaining frame.
        num_hidden_layers (`int`, defaults to 2):
            Layers of a recurrent network or a Transformer.
        num_attention_heads (`int`, defaults to 4):
            Heads of self-attention.
        hidden_dropout (`float`, defaults to 0.0):
            Dropout inside the backbone.
        descriptors (`list[str]`, defaults to none):
            What the bins are, in their order; set from the front end.
        descriptor_bins (`list[int]`, defaults to none):
            How many of each.
        floor_db (`float`, defaults to 0.0):
            Of functionals: add some of what is within so many dB of the clip's loudest, where little noise reaches;
            0 for none.
        restored (`bool`, defaults to `False`):
            Estimate first what the mel bands were before noise, a room, a telephone or a codec changed them.
        patch_frames (`int`, defaults to 8):
            Frames of an atom of a dictionary.
        num_frames (`int`, *optional*):
            Frames that the backbone hears at once; a longer recording is heard in windows, whose logits are averaged.
        statistics_bins (`list[int]`, defaults to none):
            Bins whose mean and deviation the multilayer perceptron hears besides its frames.
        pooling (`str`, defaults to `"attentive"`):
            How frames become one vector: `"mean"`, `"last"` or `"attentive"` statistics.
        head (`list[int]`, defaults to none):
            Units of linear layers between pooling and the last one.
        dropout (`float`, defaults to 0.3):
            Dropout before each layer of the head.
        standardize (`str`, defaults to `"corpus"`):
            `"corpus"`: by the training set's mean and deviation of each bin, kept in buffers of the model.
            `"utterance"`: by each recording's own. `"none"`: not at all.
        intensity (`bool`, defaults to `False`):
            Answer how strongly the emotion is expressed, too.
        scatter_rank (`int`, defaults to 0):
            Directions in which clips of one emotion differ most, kept so that the model can be adapted to a voice;
            without them it cannot be.
        conditions (`list[str]`, defaults to none):
            Acoustic conditions that have a last layer of their own: `"noise"`, `"telephone"` or both.
        corrected (`bool`, defaults to `False`):
            Have a second last layer for voices and rooms that corrections came from.
        class_weights (`list[float]`, *optional*):
            Weight of each label in the loss, against imbalance.
        label_smoothing (`float`, defaults to 0.0):
            Probability mass spread evenly over the labels that a corpus has.
        focal_gamma (`float`, defaults to 0.0):
            How much less the loss counts clips that are answered well already (Lin et al. 2017); 0 is cross-entropy.
        logit_temperature (`float`, defaults to 1.0):
            Divides the logits, fitted on validation speakers so that probabilities are calibrated (Guo et al. 2017).
        not_sure_below (`float`, defaults to 0.0):
            Confidence under which a reader of the scores should answer "not sure".
    """

    model_type = "emotion_spectrogram"

    backbone: str = "se_resnet"
    num_channels: int = 1
    num_bins: int = 80
    widths: list[int] | tuple[int, ...] = (32, 64, 128, 160)
    blocks: int = 2
    hidden_size: int = 256
    num_hidden_layers: int = 2
    num_attention_heads: int = 4
    hidden_dropout: float = 0.0
    descriptors: list[str] | tuple[str, ...] = ()
    descriptor_bins: list[int] | tuple[int, ...] = ()
    floor_db: float = 0.0
    restored: bool = False
    patch_frames: int = 8
    num_frames: int | None = None
    statistics_bins: list[int] | tuple[int, ...] = ()
    pooling: str = "attentive"
    head: list[int] | tuple[int, ...] = ()
    dropout: float = 0.3
    standardize: str = "corpus"
    intensity: bool = False
    scatter_rank: int = 0
    conditions: list[str] | tuple[str, ...] = ()
    corrected: bool = False
    class_weights: list[float] | None = None
    label_smoothing: float = 0.0
    focal_gamma: float = 0.0
    logit_temperature: float = 1.0
    not_sure_below: float = 0.0

    @property
    def rows(self) -> dict[str, slice]:
        """Where each descriptor stands among the bins."""
        return rows_of(self.descriptors, self.descriptor_bins)


def rows_of(descriptors: Sequence[str], bins: Sequence[int]) -> dict[str, slice]:
    """Return where each of the descriptors stands, one above the other, if it has so many bins."""
    ends = list(itertools.accumulate(bins, initial=0))
    return {name: slice(*ends[number : number + 2]) for number, name in enumerate(descriptors)}


__all__ = ["SpectrogramConfig"]
