"""Model families of our own; importing this package registers each with transformers' Auto classes."""

from emotion_hf.torchaudio_standin import ensure_torchaudio

ensure_torchaudio()  # transformers imports torchaudio whenever it is installed, broken or not

from emotion_hf.models.spectrogram import (  # noqa: E402
    EnsembleConfig,
    EnsembleForAudioClassification,
    SpectrogramConfig,
    SpectrogramFeatureExtractor,
    SpectrogramForAudioClassification,
)
from emotion_hf.models.waveform import WaveformConfig, WaveformForAudioClassification  # noqa: E402

__all__ = [
    "EnsembleConfig",
    "EnsembleForAudioClassification",
    "SpectrogramConfig",
    "SpectrogramFeatureExtractor",
    "SpectrogramForAudioClassification",
    "WaveformConfig",
    "WaveformForAudioClassification",
]
