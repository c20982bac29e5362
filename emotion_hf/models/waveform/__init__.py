"""The waveform family, registered with the Auto classes; its code is saved in each checkpoint.

Its feature extractor is transformers' own `Wav2Vec2FeatureExtractor`.
"""

from transformers import AutoConfig, AutoFeatureExtractor, AutoModelForAudioClassification, Wav2Vec2FeatureExtractor

from .configuration_waveform import WaveformConfig
from .modeling_waveform import WaveformForAudioClassification

AutoConfig.register(WaveformConfig.model_type, WaveformConfig)
AutoFeatureExtractor.register(WaveformConfig, Wav2Vec2FeatureExtractor)
AutoModelForAudioClassification.register(WaveformConfig, WaveformForAudioClassification)

WaveformConfig.register_for_auto_class()
WaveformForAudioClassification.register_for_auto_class("AutoModelForAudioClassification")

__all__ = ["WaveformConfig", "WaveformForAudioClassification"]
