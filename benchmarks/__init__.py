"""Measurements of speed, memory and accuracy, with their results."""

import emotion_hf  # noqa: F401  # must come before transformers, which imports torchaudio
