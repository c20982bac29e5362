"""The synthesised recordings that come with the package."""

import pytest

from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.samples import SAMPLES
from emotion_hf.speech import speech_segments


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_a_sample_is_small_and_holds_speech(sample):
    assert sample.path.stat().st_size < 30_000
    wave = load_audio(sample.path)
    assert 1.5 < len(wave) / SAMPLING_RATE < 5
    spoken = sum(part.end_seconds - part.start_seconds for part in speech_segments(wave))
    assert spoken > 0.5 * len(wave) / SAMPLING_RATE
