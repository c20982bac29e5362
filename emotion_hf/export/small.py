"""Write a Whisper-based model as one small ONNX file, for a page that computes in the browser.

The weights of the layers are stored in 8 bits, with one scale for 64 of them, and the page computes in single
precision: in a browser this is three times as fast as products in 8 bits, and closer to the original. The first steps,
convolutions and positions, keep 16 bits, because an error in them reaches every layer. The file has about half the
size of `model.safetensors` and needs no other file.

Example:
    >>> small_model(Path("runs/mine")).plan.labels  # doctest: +SKIP
    ('neutral', 'calm', …)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from onnx import numpy_helper

from emotion_hf.checkpoint import Stored
from emotion_hf.doctor import WEIGHTS
from emotion_hf.errors import CheckpointError
from emotion_hf.export.graph import FLOAT, Graph
from emotion_hf.export.plan import Plan
from emotion_hf.export.twin import check_model, sound_plan
from emotion_hf.export.whisper import LARGEST_INT8, LEAST_SCALE, whisper_graph
from emotion_hf.scorers.onnx import read_tensor

POSITIONS = "encoder.embed_positions.weight"
MOST_POSITIONS = 400
"""For the 8 s that a page scores in one piece; a position is 20 ms."""
FIRST_STEPS = ("encoder.conv1.weight", "encoder.conv2.weight", POSITIONS)
GROUP = 64
"""Numbers that share a scale."""
LEAST_NUMBERS = 100_000
"""Smaller tensors, such as biases and the head, keep their precision."""


@dataclass(frozen=True)
class SmallModel:
    """A model in one file.

    Attributes:
        plan: What its configuration says.
        content: The ONNX file.
    """

    plan: Plan
    content: bytes


class _SmallGraph(Graph):
    """A graph that has its weights within the file, the large ones in 8 bits."""

    def __init__(self, path: Path, stored: Mapping[str, Stored]):
        super().__init__(stored)
        self._path = path

    def weight(self, name: str) -> str:
        """Return a stored tensor as float32."""
        if name not in self._weights:
            values = read_tensor(self._path, self._stored[name]).astype(np.float32)
            self._weights[name] = self._kept(name, values[:MOST_POSITIONS] if name == POSITIONS else values)
        return self._weights[name]

    def _kept(self, name: str, values: np.ndarray) -> str:
        """Keep a tensor in the file, and return the name of its float32 form."""
        if values.size < LEAST_NUMBERS:
            self._tensors[name] = numpy_helper.from_array(values, name)
            return name
        if name in FIRST_STEPS or values.size % GROUP:
            self._tensors[name] = numpy_helper.from_array(values.astype(np.float16), name)
            return self.op("Cast", name, to=FLOAT)
        groups = values.reshape(-1, GROUP)
        scales = np.maximum(np.abs(groups).max(1, keepdims=True), LEAST_SCALE) / LARGEST_INT8
        self._tensors[name] = numpy_helper.from_array(np.round(groups / scales).astype(np.int8), name)
        return self.op("Reshape", self.op("Mul", self.op("Cast", name, to=FLOAT), scales), values.shape)


def small_model(model: str | Path) -> SmallModel:
    """Return the model in a folder as one file that takes waves of up to 8 s.

    Raises:
        CheckpointError: The folder has no sound Whisper-based model for 8 s.
    """
    folder = check_model(model)
    sound = sound_plan(folder)
    if sound is None or sound[0].positions < MOST_POSITIONS:
        raise CheckpointError(
            f"The model {folder} cannot run in a browser; only Whisper-based models for 8 s or more can."
        )
    plan, stored = sound
    content = whisper_graph(plan, _SmallGraph(folder / WEIGHTS, stored)).SerializeToString(deterministic=True)
    return SmallModel(replace(plan, positions=MOST_POSITIONS), content)
