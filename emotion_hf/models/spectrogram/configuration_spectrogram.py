"""Configuration of the spectrogram family: one config, many backbones.

Example:
    >>> SpectrogramConfig(backbone="cnn").model_type
    'emotion_spectrogram'
"""

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

WHOLE = ("mlp", "mfcc_cnn")  # backbones with a fixed number of frames


@strict
class SpectrogramConfig(PreTrainedConfig):
    r"""All settings of a spectrogram model; a checkpoint is rebuilt from them.

    Args:
        backbone (`str`, defaults to `"resnet"`):
            Name of the architecture, one of `BACKBONES`.
        num_bins (`int`, defaults to 80):
            Bins of each frame.
        widths (`list[int]`):
            Channels of each stage, or units of each layer; ignored by a backbone without them, like other sizes.
        blocks (`int`, defaults to 2):
            Residual blocks per stage.
        hidden_size (`int`, defaults to 256):
            Size of each frame that the backbone returns.
        num_hidden_layers (`int`, defaults to 2):
            Layers of a recurrent network or a Transformer.
        num_attention_heads (`int`, defaults to 4):
            Heads of self-attention.
        hidden_dropout (`float`, defaults to 0.0):
            Dropout inside the backbone.
        num_frames (`int`, *optional*):
            Frames of the backbone's input; a longer recording is cut into windows, whose logits are averaged.
        statistics_bins (`list[int]`, defaults to none):
            Bins whose mean and standard deviation are inputs of the multilayer perceptron, in addition to the frames.
        pooling (`str`, defaults to `"attentive"`):
            How frames are pooled into one vector: `"mean"` or `"attentive"` statistics.
        head (`list[int]`, defaults to none):
            Units of linear layers between pooling and the last one.
        dropout (`float`, defaults to 0.3):
            Dropout before each layer of the head.
        class_weights (`list[float]`, *optional*):
            Weight of each label in the loss, against imbalance.
        label_smoothing (`float`, defaults to 0.0):
            Probability mass spread evenly over the labels that a corpus has.
        logit_temperature (`float`, defaults to 1.0):
            Divides the logits; fitted on validation speakers so that probabilities are calibrated (Guo et al. 2017).
        not_sure_below (`float`, defaults to 0.0):
            Confidence below which a prediction is "not sure".
    """

    model_type = "emotion_spectrogram"

    backbone: str = "resnet"
    num_bins: int = 80
    widths: list[int] | tuple[int, ...] = (32, 64, 128, 160)
    blocks: int = 2
    hidden_size: int = 256
    num_hidden_layers: int = 2
    num_attention_heads: int = 4
    hidden_dropout: float = 0.0
    num_frames: int | None = None
    statistics_bins: list[int] | tuple[int, ...] = ()
    pooling: str = "attentive"
    head: list[int] | tuple[int, ...] = ()
    dropout: float = 0.3
    class_weights: list[float] | None = None
    label_smoothing: float = 0.0
    logit_temperature: float = 1.0
    not_sure_below: float = 0.0

    def validate_combination(self):
        """Check the fields that depend on the backbone.

        Raises:
            ValueError: The backbone needs a field that is missing, or a field is for another backbone or out of range.
        """
        if self.backbone in WHOLE and self.num_frames is None:
            raise ValueError(f"The backbone {self.backbone!r} needs num_frames.")
        if self.statistics_bins and self.backbone != "mlp":
            raise ValueError(f"statistics_bins is for the backbone 'mlp'; leave it out for {self.backbone!r}.")
        if any(not 0 <= number < self.num_bins for number in self.statistics_bins):
            raise ValueError(
                f"statistics_bins must be from 0 to {self.num_bins - 1}, because there are {self.num_bins} bins."
            )


__all__ = ["SpectrogramConfig"]
