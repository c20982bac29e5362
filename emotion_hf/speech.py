"""Find speech, and cut long recordings into windows.

The detector, `emotion_hf/speech.onnx`, is silero-vad's network (https://github.com/snakers4/silero-vad, MIT) with our
own last layer, and needs only onnxruntime. Silero-vad's own last layer takes one tune in five for speech and misses
shouting and crying. The detector stops at the first words. It only decides whether there is speech, and never trims
the input of a model.

`benchmarks/speech_layer.py` trains the layer on speech from RAVDESS, nEMO and Selvas (CC BY-NC-SA 4.0) and on
synthetic and recorded sounds, `benchmarks/speech_network.py` builds the file, and `benchmarks/speech_gate.py` measures
the gate. It rejects 1,795 of 1,816 non-speech
clips and wrongly rejects 12 of 13,880 speech clips; among sounds and speakers that were held out, 914 of 926 and 5 of
10,513. Of 532 held-out speech clips it rejects none in real noise at 20 dB or through Opus, 3 in noise at 10 dB and 3
through the telephone. Barking dogs and sneezes still pass, and some wailing voices are rejected: 6 of 50 clips of one
speaker.

Example:
    >>> has_speech(np.zeros(16_000, dtype=np.float32))
    False
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

from emotion_hf.errors import CheckpointError
from emotion_hf.long_waves import spans
from emotion_hf.turns import give_way
from emotion_hf.waves import SAMPLING_RATE, is_silent

LEVEL_RMS = 10 ** (-30 / 20)
"""Every recording is first scaled to -30 dBFS, the level at which the layer was trained."""
WORD_FRAMES = 16
"""Half a second: the evidence is averaged over this many frames, or over all frames of a shorter recording."""
MAX_PAUSE_FRAMES = 10
LAG_FRAMES = 2
"""A segment starts this many frames before its evidence, which comes slightly after the voice."""
NETWORK = Path(__file__).with_name("speech.onnx")
NETWORK_SHA256 = "05b55e0e78aa1bc62842decdf1f9b78b4f8ff4c145aeac2087573105e8b6514a"

FRAME_SAMPLES = 512
STATE_SIZE = 128
_CONTEXT_SAMPLES = 64
_MANY_FRAMES, _FEW_FRAMES = 1_000, 16


@dataclass(frozen=True)
class Segment:
    """A part of a recording, in seconds from its start, and who speaks in it, if that was asked."""

    start_seconds: float
    end_seconds: float
    speaker: str | None = field(default=None, kw_only=True)

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end_seconds - self.start_seconds

    @property
    def samples(self) -> slice:
        """Its samples in the recording, at 16 kHz."""
        return slice(round(self.start_seconds * SAMPLING_RATE), round(self.end_seconds * SAMPLING_RATE))


def has_speech(wave: np.ndarray) -> bool:
    """Return whether ``wave``, mono at 16 kHz, shape ``(samples,)``, contains speech.

    The detector stops at the first words.

    Raises:
        CheckpointError: The network's file is missing or damaged.
    """
    if is_silent(wave):
        return False
    evidence = np.zeros(0, dtype=np.float32)
    for block in _blocks(wave, _FEW_FRAMES):
        evidence = np.concatenate([evidence[1 - WORD_FRAMES :], block])
        if _means(evidence).max() >= 0:
            return True
    return False


def speech_segments(wave: np.ndarray) -> tuple[Segment, ...]:
    """Return the segments of ``wave`` with speech, in order.

    A frame of 32 ms is speech if both its own evidence and the mean over some ``WORD_FRAMES`` frames around it say so.
    Segments with pauses of at most ``MAX_PAUSE_FRAMES`` frames are joined. The result is empty exactly if
    ``has_speech`` finds no speech.

    Args:
        wave: Mono at 16 kHz, shape ``(samples,)``, at any level.

    Raises:
        CheckpointError: The network's file is missing or damaged.
    """
    if is_silent(wave):
        return ()
    frame_seconds = FRAME_SAMPLES / SAMPLING_RATE
    end_of_wave = len(wave) / SAMPLING_RATE
    return tuple(
        Segment(max(0, start - LAG_FRAMES) * frame_seconds, min(end * frame_seconds, end_of_wave))
        for start, end in _joined(_spoken(np.concatenate(list(_evidence_of_blocks(wave)))))
    )


def speech_states(wave: np.ndarray) -> np.ndarray:
    """Return silero-vad's state after each frame of 32 ms, shape ``(frames, 128)``; the last frame is zero-padded."""
    return np.concatenate(list(_blocks(wave, _MANY_FRAMES, "states")))


def windows(wave: np.ndarray, length_seconds: float, hop_seconds: float) -> tuple[Segment, ...]:
    """Cover a long recording with windows of one length, the last of them aligned to the end.

    Args:
        wave: Mono at 16 kHz, shape ``(samples,)``.
        length_seconds: Length of each window; a shorter recording is one window.
        hop_seconds: Distance between the starts of two windows; at most ``length_seconds``, so that nothing is left
            out.

    Raises:
        ValueError: The hop is not above 0 or is longer than the window.
    """
    length, hop = round(length_seconds * SAMPLING_RATE), round(hop_seconds * SAMPLING_RATE)
    if not 0 < hop <= length:
        raise ValueError(f"The hop of {hop_seconds} s must be above 0 and at most the window's {length_seconds} s.")
    last = max(0, len(wave) - length)
    starts = [*range(0, last, hop), last]
    return tuple(Segment(start / SAMPLING_RATE, min(start + length, len(wave)) / SAMPLING_RATE) for start in starts)


def _evidence_of_blocks(wave: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the evidence of successive blocks, shape ``(frames,)``; between them, shorter recordings may go first."""
    for evidence in _blocks(wave, _MANY_FRAMES):
        yield evidence
        give_way(len(wave) / SAMPLING_RATE)  # the models get all of it later


def _blocks(wave: np.ndarray, size: int, output: str = "evidence") -> Iterator[np.ndarray]:
    """Yield an output of the network for successive blocks of ``size`` frames; only one block is copied at a time.

    It is the logit of speech, ``evidence`` of shape ``(size,)``, or the ``states`` of shape ``(size, 128)``.
    """
    mean, gain = _level(wave)
    context = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
    hidden = cell = np.zeros((1, 1, STATE_SIZE), dtype=np.float32)
    for span in spans(wave, size * FRAME_SAMPLES):
        part = np.clip((wave[span] - mean) * gain, -1, 1)
        padded = np.zeros(_CONTEXT_SAMPLES + -(-len(part) // FRAME_SAMPLES) * FRAME_SAMPLES, dtype=np.float32)
        padded[:_CONTEXT_SAMPLES] = context
        padded[_CONTEXT_SAMPLES : _CONTEXT_SAMPLES + len(part)] = part
        context = padded[-_CONTEXT_SAMPLES:]
        # each frame includes the last samples of the previous one
        framed = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT_SAMPLES + FRAME_SAMPLES)[::FRAME_SAMPLES]
        block = np.ascontiguousarray(framed)
        answer, hidden, cell = _detector().run([output, "hn", "cn"], {"input": block, "h": hidden, "c": cell})
        yield answer


def _level(wave: np.ndarray) -> tuple[float, float]:
    """Return the mean of a wave, and the factor that brings the rest to ``LEVEL_RMS``."""
    mean = sum(np.sum(wave[span], dtype=np.float64) for span in spans(wave)) / len(wave)
    power = sum(np.square(wave[span] - mean).sum() for span in spans(wave)) / len(wave)
    return mean, LEVEL_RMS / max(math.sqrt(power), 1e-12)


def _means(evidence: np.ndarray) -> np.ndarray:
    """Average the evidence over each span of ``WORD_FRAMES`` frames, or over all if there are fewer."""
    size = min(WORD_FRAMES, len(evidence))
    return np.convolve(evidence, np.full(size, 1 / size), mode="valid")


def _spoken(evidence: np.ndarray) -> np.ndarray:
    """Return which frames are speech, shape ``(frames,)``."""
    words = _means(evidence) >= 0
    within_words = np.convolve(words, np.ones(len(evidence) - len(words) + 1)) > 0
    return within_words & (evidence >= 0)


def _joined(spoken: np.ndarray) -> list[tuple[int, int]]:
    """Return ``(start, end)`` of each segment, in frames."""
    segments: list[tuple[int, int]] = []
    for start, end in np.flatnonzero(np.diff(spoken, prepend=False, append=False)).reshape(-1, 2).tolist():
        if segments and start - segments[-1][1] <= MAX_PAUSE_FRAMES:
            segments[-1] = (segments[-1][0], end)
        else:
            segments.append((start, end))
    return segments


@cache
def _detector() -> onnxruntime.InferenceSession:
    network = NETWORK.read_bytes() if NETWORK.is_file() else b""
    if hashlib.sha256(network).hexdigest() != NETWORK_SHA256:
        raise CheckpointError(
            f"The speech gate's file {NETWORK.name} is missing or damaged; install emotion_hf again."
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
