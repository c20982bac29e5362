"""Model families of our own; importing this package registers each with transformers' Auto classes."""

from emotion_hf.torchaudio_standin import ensure_torchaudio

ensure_torchaudio()  # transformers imports torchaudio whenever it is installed, broken or not

from emotion_hf.models.encoder import (  # noqa: E402
    EncoderConfig,
    EncoderFeatureExtractor,
    EncoderForAudioClassification,
)
from emotion_hf.models.spectrogram import (  # noqa: E402
    EnsembleConfig,
    EnsembleForAudioClassification,
    SpectrogramConfig,
    SpectrogramFeatureExtractor,
    SpectrogramForAudioClassification,
)
from emotion_hf.models.waveform import WaveformConfig, WaveformForAudioClassification  # noqa: E402

__all__ = [
    "EncoderConfig",
    "EncoderFeatureExtractor",
    "EncoderForAudioClassification",
    "EnsembleConfig",
    "EnsembleForAudioClassification",
    "SpectrogramConfig",
    "SpectrogramFeatureExtractor",
    "SpectrogramForAudioClassification",
    "WaveformConfig",
    "WaveformForAudioClassification",
]
