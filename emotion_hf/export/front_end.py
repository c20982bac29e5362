"""The front end of a Whisper-based model as part of an ONNX graph: waves in, Whisper's log-mels out.

These are the computations of `EncoderFeatureExtractor` for a padded batch. The Fourier transform is a product with a
matrix, which a runtime computes once from a table of 400 cosines and as many sines. It is faster than ONNX's own
operator, and its log-mels differ by rounding only.

Example:
    >>> mels = log_mels(Graph({}), bands=80)
    >>> [*mels.__dataclass_fields__]
    ['values', 'own', 'frames']
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion_hf.export.graph import END, FLOAT, Graph
from emotion_hf.mel import mel_filters

WAVES, LENGTHS = "waves", "lengths"
"""Inputs of the graph: waves `(clips, samples)`, zero beyond each clip's end, and numbers of samples `(clips,)`."""
N_FFT, HOP_SAMPLES = 400, 160
PEAK = 0.5
LEAST_AMPLITUDE = 1e-9
LEAST_POWER = 1e-10
DECADES = 8.0
"""Powers further below a clip's greatest are raised to this distance."""
BEYOND = 100.0
"""Decades by which frames beyond a clip's end are lowered, so that none is its greatest."""


@dataclass(frozen=True)
class LogMels:
    """Names of tensors.

    Attributes:
        values: Log-mels `(clips, frames, bands)`, zero beyond a clip's end.
        own: 1 where a frame belongs to the clip, 0 elsewhere, `(clips, frames)`.
        frames: Number of frames `(1,)`.
    """

    values: str
    own: str
    frames: str


def log_mels(graph: Graph, bands: int) -> LogMels:
    """Add the front end to a graph with the inputs `WAVES` and `LENGTHS`."""
    op = graph.op
    frames = op("Div", graph.cut(op("Shape", WAVES), 1, END, 0), [HOP_SAMPLES])
    lengths = op("Unsqueeze", LENGTHS, [1])
    numbers = op("Range", 0, op("Squeeze", frames), 1)
    own = op("Cast", op("Less", numbers, op("Div", lengths, HOP_SAMPLES)), to=FLOAT)
    power = _mel_power(graph, _cut_into_frames(graph, _scaled(graph, lengths), lengths, frames), bands)
    log = op("Mul", op("Log", op("Max", power, LEAST_POWER)), 1 / np.log(10))
    keep = op("Unsqueeze", own, [2])
    greatest = op("ReduceMax", op("Sub", log, op("Mul", op("Sub", 1.0, keep), BEYOND)), [1, 2])
    raised = op("Max", log, op("Sub", greatest, DECADES))
    return LogMels(op("Mul", op("Mul", op("Add", raised, 4.0), 0.25), keep), own, frames)


def _scaled(graph: Graph, lengths: str) -> str:
    """Return the waves with a mean of 0 and the usual peak."""
    op = graph.op
    samples = op("Range", 0, op("Squeeze", graph.cut(op("Shape", WAVES), 1, END, 0)), 1)
    inside = op("Cast", op("Less", samples, lengths), to=FLOAT)
    mean = op("Div", op("ReduceSum", op("Mul", WAVES, inside), [1]), op("Cast", lengths, to=FLOAT))
    centred = op("Mul", op("Sub", WAVES, mean), inside)
    peak = op("ReduceMax", op("Abs", centred), [1])
    return op("Mul", centred, op("Div", PEAK, op("Max", peak, LEAST_AMPLITUDE)))


def _cut_into_frames(graph: Graph, waves: str, lengths: str, frames: str) -> str:
    """Return overlapping frames `(clips, frames, N_FFT)`, centred on multiples of the hop; ends are mirrored.

    A frame is two and a half hops long, so it is two rows of one hop and half of a third.
    """
    op, half = graph.op, N_FFT // 2
    end = op("Sub", op("Mul", op("Add", op("Squeeze", frames), 2), HOP_SAMPLES), half)
    before = op("Abs", op("Range", -half, end, 1))
    after = op("Sub", op("Mul", op("Sub", lengths, 1), 2), before)
    place = op("Max", op("Min", before, after), 0)  # 0 only in frames beyond the clip's end
    clips = graph.cut(op("Shape", waves), 0, 1, 0)
    mirrored = op("GatherElements", waves, place, axis=1)
    rows = op("Reshape", mirrored, graph.shape(clips, op("Add", frames, [2]), HOP_SAMPLES))
    third = graph.cut(graph.cut(rows, 2, END, 1), 0, N_FFT - 2 * HOP_SAMPLES, 2)
    return op("Concat", graph.cut(rows, 0, -2, 1), graph.cut(rows, 1, -1, 1), third, axis=2)


def _mel_power(graph: Graph, frames: str, bands: int) -> str:
    """Return the power in each band `(clips, frames, bands)`, with a periodic Hann window.

    The lowest and the highest frequency are left out: every filter is 0 there.
    """
    op, angles = graph.op, 2 * np.pi * np.arange(N_FFT) / N_FFT
    table = np.concatenate([np.cos(angles), np.sin(angles)])
    samples, frequencies = op("Range", 0, N_FFT, 1), op("Range", 1, N_FFT // 2, 1)
    turns = op("Mod", op("Mul", op("Unsqueeze", samples, [1]), frequencies), N_FFT)
    waves = op("Gather", table, op("Concat", turns, op("Add", turns, N_FFT), axis=1))
    window = np.hanning(N_FFT + 1)[:-1]
    spectrum = op("MatMul", frames, op("Mul", waves, window[:, None]))  # real parts, then imaginary parts
    filters = mel_filters(bands, N_FFT)[:, 1 : N_FFT // 2].T
    both = op("Concat", filters, filters, axis=0)
    return op("MatMul", op("Mul", spectrum, spectrum), both)
