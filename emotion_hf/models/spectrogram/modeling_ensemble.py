"""Several spectrogram models behind one front end: the weighted mean of the logarithms of their probabilities.

Example:
    >>> config = EnsembleConfig(
    ...     num_labels=8,
    ...     members=[{"descriptors": ["log_mel"], "descriptor_bins": [80], "backbone": b} for b in ("cnn", "resnet")],
    ...     descriptors=["log_mel", "pitch"],
    ...     descriptor_bins=[80, 1],
    ... )
    >>> EnsembleForAudioClassification(config).eval()(torch.zeros(2, 300, 1, 81)).logits.shape
    torch.Size([2, 8])
"""

import torch
from torch import nn

from .configuration_ensemble import EnsembleConfig
from .configuration_spectrogram import SpectrogramConfig
from .modeling_spectrogram import EmotionOutput, SpectrogramForAudioClassification, SpectrogramPreTrainedModel


class EnsembleForAudioClassification(SpectrogramPreTrainedModel):
    """Classify features that hold what every member hears, one descriptor above the other in one channel."""

    config_class = EnsembleConfig

    def __init__(self, config: EnsembleConfig):
        super().__init__(config)
        if len(config.weights) != len(config.members) or not config.members:
            raise ValueError(f"{len(config.weights)} weights for {len(config.members)} members; give each member one.")
        settings = [SpectrogramConfig(**{**member, "num_labels": config.num_labels}) for member in config.members]
        self.members = nn.ModuleList(SpectrogramForAudioClassification(member) for member in settings)
        for number, member in enumerate(settings):
            missing = [name for name in member.descriptors if name not in config.rows]
            if missing or not member.descriptors:
                raise ValueError(f"Member {number} hears {missing or 'nothing'}, which is not among the descriptors.")
        self.post_init()

    def log_probabilities(self, inputs: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the logarithms of what each member answers, `(members, batch, labels)`."""
        return _log_p(self._answers(inputs, mask))

    def _answer(self, inputs: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        answers = self._answers(inputs, mask)
        log_p = _log_p(answers)
        intensities = [answer.intensity for answer in answers if answer.intensity is not None]
        logits = torch.einsum("m,mbl->bl", log_p.new_tensor(self.config.weights), log_p)
        return logits, torch.stack(intensities).mean(0) if intensities else None

    def _answers(self, inputs: torch.Tensor, mask: torch.Tensor) -> list[EmotionOutput]:
        return [member(self.heard_by(member, inputs), mask) for member in self.members]

    def heard_by(self, member: SpectrogramForAudioClassification, inputs: torch.Tensor) -> torch.Tensor:
        """Return those of the inputs `(batch, frames, 1, bins)` that a member hears."""
        rows = self.config.rows
        return torch.cat([inputs[..., rows[name]] for name in member.config.descriptors], dim=-1)


def _log_p(answers: list[EmotionOutput]) -> torch.Tensor:
    return torch.stack([answer.logits for answer in answers]).log_softmax(-1)


__all__ = ["EnsembleForAudioClassification"]
