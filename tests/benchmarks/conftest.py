"""What the benchmarks' tests share: answers made up, and a Whisper with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from transformers import AutoModel, WhisperConfig

from benchmarks.answers import Answers
from emotion_hf.labels import LABELS
from emotion_hf.voice import SpeakerStatistics

TINY = {"d_model": 32, "encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 64}
DECODER = {"decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 32, "vocab_size": 60_000}


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory) -> Path:
    """A Whisper with random weights, as the Hub has them: encoder and decoder."""
    folder = tmp_path_factory.mktemp("whisper")
    AutoModel.from_config(WhisperConfig(**TINY, **DECODER)).half().save_pretrained(folder)
    return folder


def made_up(predicted: np.ndarray, truth: np.ndarray, speakers: np.ndarray, confidence=0.9, **fields) -> Answers:
    """Return answers with one confidence everywhere; -1 means no speech, and a confidence below 0.5 is not sure."""
    clips, count = len(truth), len(LABELS)
    confidence = np.broadcast_to(confidence, clips)
    scores = np.repeat(((1 - confidence) / (count - 1))[:, None], count, axis=1)
    scores[np.arange(clips), predicted] = confidence
    scores[predicted < 0] = np.nan
    verdicts = np.where(predicted < 0, "no_speech", np.where(confidence < 0.5, "not_sure", "ok"))
    unit = np.eye(count)
    return Answers(
        labels=LABELS,
        files=np.array([f"{clip:03}.wav" for clip in range(clips)]),
        speakers=speakers,
        truth=truth,
        verdicts=verdicts,
        seconds=np.full(clips, 1.5),
        logits=np.log(scores),
        statistics=SpeakerStatistics(means=4 * unit, within=unit),
        **fields,
    )
