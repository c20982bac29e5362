"""The encoder family, registered with the Auto classes and marked to travel with its weights."""

from transformers import AutoConfig, AutoFeatureExtractor, AutoModelForAudioClassification

from .configuration_encoder import EncoderConfig
from .feature_extraction_encoder import EncoderFeatureExtractor
from .modeling_encoder import EncoderForAudioClassification

AutoConfig.register(EncoderConfig.model_type, EncoderConfig)
AutoFeatureExtractor.register(EncoderConfig, EncoderFeatureExtractor)
AutoModelForAudioClassification.register(EncoderConfig, EncoderForAudioClassification)

EncoderConfig.register_for_auto_class()
EncoderFeatureExtractor.register_for_auto_class("AutoFeatureExtractor")
EncoderForAudioClassification.register_for_auto_class("AutoModelForAudioClassification")

__all__ = ["EncoderConfig", "EncoderFeatureExtractor", "EncoderForAudioClassification"]
