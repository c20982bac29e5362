"""Feature extractor of the encoder family: waves in; what the encoder was pretrained on out, with an attention mask.

Whisper's encoder takes log-mels (Radford et al. 2022: 80 bands, windows of 25 ms every 10 ms), Wav2Vec2 and its
relatives take the samples. Wav2Vec2-BERT takes the logarithms of Kaldi's filter banks, standardised in each band, two
frames at a time (Seamless Communication et al. 2023). The Audio Spectrogram Transformer takes them for a fixed number
of frames, the rest being filled up (Gong et al. 2021); otherwise each clip keeps its own length. A clip is brought to
one level first: how loud a recording is says more about the microphone than about the emotion.

Example:
    >>> extractor = EncoderFeatureExtractor()
    >>> extractor(np.zeros(16000, dtype=np.float32), sampling_rate=16000)["input_values"].shape
    torch.Size([1, 100, 80])
"""

import numbers
from functools import cached_property

import numpy as np
import torch
from transformers import ASTFeatureExtractor, BatchFeature, SeamlessM4TFeatureExtractor, SequenceFeatureExtractor
from transformers.audio_utils import mel_filter_bank
from transformers.utils import logging

logger = logging.get_logger(__name__)

FEATURES = ("log_mel", "samples", "filter_banks", "filter_bank_pairs")
N_FFT, HOP_LENGTH = 400, 160
PEAK = 0.5  # of a wave whose log-mel is taken; Whisper learned from speech at about this level
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 30.0
LARGEST_SAMPLE = 1e12  # the square of a larger one could leave float32's range


class EncoderFeatureExtractor(SequenceFeatureExtractor):
    """Compute `input_values` and `attention_mask`.

    Args:
        features: `"log_mel"` (Whisper), `"samples"` (Wav2Vec2 and its relatives), `"filter_banks"` (the Audio
            Spectrogram Transformer) or `"filter_bank_pairs"` (Wav2Vec2-BERT).
        feature_size: Bands; 1 for samples.
        sampling_rate: In Hz.
        padding_value: Fills the end of the shorter clips of a batch.
        max_length: Frames of every clip, for `"filter_banks"` only.
    """

    model_input_names = ["input_values", "attention_mask"]

    def __init__(
        self,
        features: str = "log_mel",
        feature_size: int = 80,
        sampling_rate: int = 16_000,
        padding_value: float = 0.0,
        max_length: int = 1024,
        **kwargs,
    ):
        if features not in FEATURES:
            raise ValueError(f"Unknown features {features!r}; choose one of {', '.join(FEATURES)}.")
        super().__init__(1 if features == "samples" else feature_size, sampling_rate, padding_value, **kwargs)
        if self.padding_side != "right":
            raise ValueError(f"padding_side is {self.padding_side!r}, but the model takes padding on the right only.")
        self.features, self.max_length = features, max_length

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
        """Return `input_values` `(batch, frames, bands)` or `(batch, samples)`, and `attention_mask` without bands.

        Args:
            raw_speech: One mono wave `(samples,)`, or a list of them, of 0.1 to 30 s each; for a fixed number of
                frames, of at most as many.
            sampling_rate: Rate of `raw_speech` in Hz; a wrong one is refused rather than guessed.
            padding: As in `SequenceFeatureExtractor.pad`: `True` pads to the longest clip.
            max_length: In frames of 10 ms (log-mel) or samples.
            truncation: Cut clips that are longer than `max_length`.
            pad_to_multiple_of: Also pads to a multiple of this length.
            return_attention_mask: Whether to return the mask, by default as the extractor was made.
            return_tensors: `"pt"` (default) or `"np"`.

        Raises:
            ValueError: The rate differs, or a wave is not one-dimensional, too short or long, or not finite, or a
                length is not a whole number above 0.
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
        waves = [self._checked(wave) for wave in (raw_speech if several else [raw_speech])]
        compute = {
            "log_mel": self._log_mel,
            "samples": _standardized,
            "filter_banks": self._filter_banks,
            "filter_bank_pairs": self._filter_bank_pairs,
        }[self.features]
        with torch.autocast("cpu", enabled=False):  # half precision is for the network
            of_clips = [compute(wave).float().numpy() for wave in waves]
        clips: dict[str, list] = {"input_values": of_clips}
        if self.features == "filter_banks":  # each clip has all frames already
            frames = np.arange(self.max_length)
            clips["attention_mask"] = [(frames < _frames(wave)).astype(np.int32) for wave in waves]
        return self.pad(
            clips,
            padding=padding,
            max_length=max_length,
            truncation=truncation,
            pad_to_multiple_of=pad_to_multiple_of,
            return_attention_mask=return_attention_mask,
            return_tensors=return_tensors,
        )

    def to_dict(self) -> dict:
        """Return the settings, without what is computed from them."""
        settings = super().to_dict()
        for name in ("_filters", "_theirs"):
            settings.pop(name, None)
        return settings

    @cached_property
    def _filters(self) -> torch.Tensor:
        filters = mel_filter_bank(
            num_frequency_bins=1 + N_FFT // 2,
            num_mel_filters=self.feature_size,
            min_frequency=0.0,
            max_frequency=8_000.0,
            sampling_rate=self.sampling_rate,
            norm="slaney",
            mel_scale="slaney",
        )
        return torch.from_numpy(filters).float()

    @cached_property
    def _theirs(self) -> SequenceFeatureExtractor:
        """The extractor that the encoder was pretrained with."""
        if self.features == "filter_banks":
            return ASTFeatureExtractor(
                num_mel_bins=self.feature_size, sampling_rate=self.sampling_rate, max_length=self.max_length
            )
        return SeamlessM4TFeatureExtractor(num_mel_bins=self.feature_size, sampling_rate=self.sampling_rate)

    @property
    def _longest_seconds(self) -> float:
        if self.features != "filter_banks":
            return LONGEST_SECONDS
        return min(LONGEST_SECONDS, ((self.max_length - 1) * HOP_LENGTH + N_FFT) / self.sampling_rate)

    def _filter_banks(self, wave: torch.Tensor) -> torch.Tensor:
        """Return Kaldi's filter banks `(max_length, bands)`, standardised and filled up as in the pretraining."""
        values = self._theirs(_scaled(wave).numpy(), sampling_rate=self.sampling_rate, return_tensors="pt")
        return values["input_values"][0].float()

    def _filter_bank_pairs(self, wave: torch.Tensor) -> torch.Tensor:
        """Return pairs of frames of Kaldi's filter banks `(pairs, 2 * bands)`; an odd last frame is left out."""
        features = self._theirs(_scaled(wave).numpy(), sampling_rate=self.sampling_rate, return_tensors="pt")
        return features["input_features"][0, : int(features["attention_mask"].sum())].float()

    def _log_mel(self, wave: torch.Tensor) -> torch.Tensor:
        """Return log-mels `(frames, bands)`, scaled as Whisper's are."""
        spectrum = torch.stft(_scaled(wave), N_FFT, HOP_LENGTH, window=torch.hann_window(N_FFT), return_complex=True)
        power = spectrum[:, :-1].abs().square().T @ self._filters
        log_mel = power.clamp(min=1e-10).log10()
        return (log_mel.clamp(min=log_mel.max() - 8.0) + 4.0) / 4.0

    def _checked(self, wave) -> torch.Tensor:
        if isinstance(wave, torch.Tensor):
            wave = wave.detach().to("cpu", torch.float32).to_dense().numpy()
        tensor = torch.from_numpy(np.array(wave, dtype=np.float32))  # a copy: pipelines give read-only arrays
        if tensor.ndim != 1:
            raise ValueError(f"A wave has shape {tuple(tensor.shape)}; it must be mono.")
        seconds = len(tensor) / self.sampling_rate
        longest = self._longest_seconds
        if not SHORTEST_SECONDS <= seconds <= longest:
            raise ValueError(
                f"A wave of {seconds:.2f} s cannot be encoded; give {SHORTEST_SECONDS} to {longest:.4g} s."
            )
        if not tensor.abs().max() <= LARGEST_SAMPLE:  # true for NaN as well
            raise ValueError("A wave holds samples that are NaN, infinite or above 1e12; decode it again.")
        return tensor - tensor.mean()


def _frames(wave: torch.Tensor) -> int:
    """Return how many whole windows of filter banks a wave has."""
    return 1 + (len(wave) - N_FFT) // HOP_LENGTH


def _scaled(wave: torch.Tensor) -> torch.Tensor:
    return wave * (PEAK / wave.abs().max().clamp(min=1e-9))


def _standardized(wave: torch.Tensor) -> torch.Tensor:
    return wave / wave.square().mean().sqrt().clamp(min=1e-7)


__all__ = ["EncoderFeatureExtractor"]
