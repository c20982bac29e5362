"""The spectrogram family, registered with the Auto classes and marked to travel with its weights."""

from transformers import AutoConfig, AutoFeatureExtractor, AutoModelForAudioClassification

from .configuration_ensemble import EnsembleConfig
from .configuration_spectrogram import SpectrogramConfig
from .feature_extraction_spectrogram import SpectrogramFeatureExtractor
from .modeling_ensemble import EnsembleForAudioClassification
from .modeling_spectrogram import SpectrogramForAudioClassification

for configuration, network in (
    (SpectrogramConfig, SpectrogramForAudioClassification),
    (EnsembleConfig, EnsembleForAudioClassification),
):
    AutoConfig.register(configuration.model_type, configuration)
    AutoFeatureExtractor.register(configuration, SpectrogramFeatureExtractor)
    AutoModelForAudioClassification.register(configuration, network)
    configuration.register_for_auto_class()
    network.register_for_auto_class("AutoModelForAudioClassification")
SpectrogramFeatureExtractor.register_for_auto_class("AutoFeatureExtractor")

__all__ = [
    "EnsembleConfig",
    "EnsembleForAudioClassification",
    "SpectrogramConfig",
    "SpectrogramFeatureExtractor",
    "SpectrogramForAudioClassification",
]
