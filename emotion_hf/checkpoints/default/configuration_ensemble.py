"""Configuration of an ensemble of spectrogram models that share a front end.

Example:
    >>> EnsembleConfig(members=[{"backbone": "cnn"}, {"backbone": "se_resnet"}]).weights
    [0.5, 0.5]
"""

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from .configuration_spectrogram import rows_of


@strict
class EnsembleConfig(PreTrainedConfig):
    r"""Describe an ensemble completely.

    Args:
        members (`list[dict]`, defaults to none):
            What each member's `SpectrogramConfig` has.
        weights (`list[float]`, defaults to equal ones):
            How much each member counts in the mean of the logarithms of their probabilities.
        descriptors (`list[str]`, defaults to none):
            What the bins of the features are, in their order; a member hears those that its own config names.
        descriptor_bins (`list[int]`, defaults to none):
            How many of each.
        class_weights (`list[float]`, *optional*):
            Weight of each label in the loss, against imbalance.
        label_smoothing (`float`, defaults to 0.0):
            Probability mass spread evenly over the labels that a corpus has.
        focal_gamma (`float`, defaults to 0.0):
            How much less the loss counts clips that are answered well already.
        logit_temperature (`float`, defaults to 1.0):
            Divides the logits, fitted on validation speakers so that probabilities are calibrated.
        not_sure_below (`float`, defaults to 0.0):
            Confidence under which a reader of the scores should answer "not sure".
    """

    model_type = "emotion_spectrogram_ensemble"

    members: list[dict] | tuple[dict, ...] = ()
    weights: list[float] | tuple[float, ...] = ()
    descriptors: list[str] | tuple[str, ...] = ()
    descriptor_bins: list[int] | tuple[int, ...] = ()
    class_weights: list[float] | None = None
    label_smoothing: float = 0.0
    focal_gamma: float = 0.0
    logit_temperature: float = 1.0
    not_sure_below: float = 0.0

    def __post_init__(self, **kwargs):
        self.weights = list(self.weights) or [1 / len(self.members)] * len(self.members)
        super().__post_init__(**kwargs)

    @property
    def rows(self) -> dict[str, slice]:
        """Where each descriptor stands among the bins."""
        return rows_of(self.descriptors, self.descriptor_bins)


__all__ = ["EnsembleConfig"]
