"""Feature extractor of the spectrogram family: turns waves into padded features with an attention mask.

Example:
    >>> extractor = SpectrogramFeatureExtractor(num_mel_bins=64)
    >>> extractor(np.zeros(16000, dtype=np.float32), sampling_rate=16000)["input_values"].shape
    torch.Size([1, 101, 1, 64])
"""

import inspect
import numbers

import numpy as np
import torch
from transformers import BatchFeature, SequenceFeatureExtractor
from transformers.utils import logging

from .frontend_spectrogram import FrontEnd

logger = logging.get_logger(__name__)

MAX_SAMPLE = 1e12  # squares of larger samples could overflow float32
_FRONT_END_DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(FrontEnd.__init__).parameters.items()
    if name not in ("self", "sampling_rate")
}


class SpectrogramFeatureExtractor(SequenceFeatureExtractor):
    """Wrap a `FrontEnd`; takes its keyword arguments, with the same defaults, and saves them."""

    model_input_names = ["input_values", "attention_mask"]

    def __init__(self, sampling_rate: int = 16_000, padding_value: float = 0.0, **kwargs):
        settings = {name: kwargs.pop(name, default) for name, default in _FRONT_END_DEFAULTS.items()}
        kwargs.pop("feature_size", None)
        front_end = FrontEnd(sampling_rate=sampling_rate, **settings)
        settings["features"] = list(settings["features"])  # as when read from JSON
        super().__init__(
            feature_size=front_end.num_bins, sampling_rate=sampling_rate, padding_value=padding_value, **kwargs
        )
        if self.padding_side != "right":
            raise ValueError(f"padding_side is {self.padding_side!r}, but the model takes padding on the right only.")
        for name, value in settings.items():
            setattr(self, name, value)
        self.front_end = front_end

    def to_dict(self) -> dict:
        """Return the settings without the front end, which is rebuilt from them."""
        settings = super().to_dict()
        settings.pop("front_end", None)
        return settings

    def __call__(
        self,
        raw_speech,
        sampling_rate: int | None = None,
        padding: bool | str = True,
        max_length: int | None = None,
        truncation: bool = False,
        pad_to_multiple_of: int | None = None,
        return_attention_mask: bool | None = None,
        return_tensors: str | None = "pt",
    ) -> BatchFeature:
        """Compute `input_values` `(batch, frames, 1, bins)` and `attention_mask` `(batch, frames)`.

        Frames come first because transformers' pipelines pad clips along this axis.

        Args:
            raw_speech: One mono wave `(samples,)`, or a list of them.
            sampling_rate: Rate of `raw_speech` in Hz, checked against the model's.
            padding: As in `SequenceFeatureExtractor.pad`: `True` pads to the longest clip.
            max_length: In frames.
            truncation: Cut clips that are longer than `max_length`.
            pad_to_multiple_of: Also pads to a multiple of this number of frames.
            return_attention_mask: Whether to return the mask, by default as the extractor was made.
            return_tensors: `"pt"` (default) or `"np"`.

        Raises:
            ValueError: The rate differs, or a wave is not one-dimensional, is empty, or has NaN, infinite or huge
                samples, or a length is not a whole number above 0.
        """
        if sampling_rate is None:
            logger.warning(
                f"{type(self).__name__} got no sampling_rate and takes the recording for one at {self.sampling_rate} "
                "Hz; pass it, because a wrong rate gives wrong predictions without an error."
            )
        elif sampling_rate != self.sampling_rate:
            raise ValueError(
                f"The recording has {sampling_rate} Hz, but this model takes {self.sampling_rate} Hz; resample it."
            )
        for name, length in (("max_length", max_length), ("pad_to_multiple_of", pad_to_multiple_of)):
            if length is not None and (not isinstance(length, numbers.Integral) or length < 1 or length is True):
                raise ValueError(f"{name} is {length!r}; give a whole number above 0.")
        several = len(raw_speech) > 0 and np.ndim(raw_speech[0]) > 0
        clips = self._clips([_checked(wave) for wave in (raw_speech if several else [raw_speech])])
        shape = clips[0].shape[1:]
        padded = self.pad(
            {"input_values": [clip.reshape(len(clip), -1) for clip in clips]},  # `pad` knows no more than two axes
            padding=padding,
            max_length=max_length,
            truncation=truncation,
            pad_to_multiple_of=pad_to_multiple_of,
            return_attention_mask=return_attention_mask,
        )
        features = [values.reshape(len(values), *shape) for values in padded["input_values"]]
        return BatchFeature({**padded, "input_values": features}, tensor_type=return_tensors)

    def _clips(self, waves: list[torch.Tensor]) -> list[np.ndarray]:
        """Return the features of each wave, shape `(frames, 1, bins)`."""
        lengths = torch.tensor([len(wave) for wave in waves])
        batch = torch.nn.utils.rnn.pad_sequence(waves, batch_first=True)
        features, mask = self.front_end(batch, lengths)
        frames = mask.sum(1).tolist()
        return [one.permute(2, 0, 1)[:count].float().numpy() for one, count in zip(features, frames, strict=True)]


def _checked(wave) -> torch.Tensor:
    if isinstance(wave, torch.Tensor):
        wave = wave.detach().to("cpu", torch.float32).to_dense().numpy()
    tensor = torch.from_numpy(np.array(wave, dtype=np.float32))  # a copy: pipelines give read-only arrays
    if tensor.ndim != 1 or len(tensor) == 0:
        raise ValueError(f"A wave has shape {tuple(tensor.shape)}; it must be mono with at least one sample.")
    if not tensor.abs().max() <= MAX_SAMPLE:  # also true for NaN
        raise ValueError("A wave has samples that are NaN, infinite or above 1e12; decode it again.")
    return tensor


__all__ = ["SpectrogramFeatureExtractor"]
