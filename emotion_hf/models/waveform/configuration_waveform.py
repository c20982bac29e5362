"""Configuration of the waveform family: a convolutional network on raw samples.

Example:
    >>> WaveformConfig(widths=[32, 64]).model_type
    'emotion_waveform'
"""

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig


@strict
class WaveformConfig(PreTrainedConfig):
    r"""All settings of a waveform model; a checkpoint is rebuilt from them.

    Args:
        scales (`list[int]`):
            Kernel sizes of the first layer, in samples; at 16 kHz, 400 samples are 25 ms.
        scale_width (`int`, defaults to 32):
            Channels of each kernel size.
        stride (`int`, defaults to 10):
            Samples from one frame of the first layer to the next.
        widths (`list[int]`):
            Channels of each further stage; each stage reduces the number of frames to a quarter.
        head (`list[int]`, defaults to none):
            Units of linear layers between pooling and the last one.
        dropout (`float`, defaults to 0.3):
            Dropout before each layer of the head.
        class_weights (`list[float]`, *optional*):
            Weight of each label in the loss, against imbalance.
        label_smoothing (`float`, defaults to 0.0):
            Probability mass spread evenly over the labels.
        logit_temperature (`float`, defaults to 1.0):
            Divides the logits; fitted on validation speakers so that probabilities are calibrated (Guo et al. 2017).
        not_sure_below (`float`, defaults to 0.0):
            Confidence below which a prediction is "not sure".
    """

    model_type = "emotion_waveform"

    scales: list[int] | tuple[int, ...] = (25, 101, 401)
    scale_width: int = 32
    stride: int = 10
    widths: list[int] | tuple[int, ...] = (128, 128, 256)
    head: list[int] | tuple[int, ...] = ()
    dropout: float = 0.3
    class_weights: list[float] | None = None
    label_smoothing: float = 0.0
    logit_temperature: float = 1.0
    not_sure_below: float = 0.0


__all__ = ["WaveformConfig"]
