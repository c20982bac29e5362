"""The spectrogram family, registered with the Auto classes; its code is saved in each checkpoint."""

from transformers import AutoConfig, AutoFeatureExtractor, AutoModelForAudioClassification

from .configuration_spectrogram import SpectrogramConfig
from .feature_extraction_spectrogram import SpectrogramFeatureExtractor
from .modeling_spectrogram import SpectrogramForAudioClassification

AutoConfig.register(SpectrogramConfig.model_type, SpectrogramConfig)
AutoFeatureExtractor.register(SpectrogramConfig, SpectrogramFeatureExtractor)
AutoModelForAudioClassification.register(SpectrogramConfig, SpectrogramForAudioClassification)
SpectrogramConfig.register_for_auto_class()
SpectrogramForAudioClassification.register_for_auto_class("AutoModelForAudioClassification")
SpectrogramFeatureExtractor.register_for_auto_class("AutoFeatureExtractor")

__all__ = ["SpectrogramConfig", "SpectrogramFeatureExtractor", "SpectrogramForAudioClassification"]
