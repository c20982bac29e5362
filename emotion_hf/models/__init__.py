"""The project's own model families; importing this package registers them with transformers' Auto classes."""

from emotion_hf.models.encoder import (
    EncoderConfig,
    EncoderFeatureExtractor,
    EncoderForAudioClassification,
)
from emotion_hf.models.spectrogram import (
    SpectrogramConfig,
    SpectrogramFeatureExtractor,
    SpectrogramForAudioClassification,
)
from emotion_hf.models.waveform import WaveformConfig, WaveformForAudioClassification

__all__ = [
    "EncoderConfig",
    "EncoderFeatureExtractor",
    "EncoderForAudioClassification",
    "SpectrogramConfig",
    "SpectrogramFeatureExtractor",
    "SpectrogramForAudioClassification",
    "WaveformConfig",
    "WaveformForAudioClassification",
]
