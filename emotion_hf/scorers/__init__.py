"""What scores waves behind an `EmotionRecognizer`: a network of transformers, the ONNX twin of one, or a baseline.

`network` runs every model of transformers. Its imports take several seconds, so `onnx` runs the twin of a model, such
as that of the model that ships, with onnxruntime alone.

Example:
    >>> from emotion_hf.scorers.onnx import load_onnx  # doctest: +SKIP
    >>> load_onnx(DEFAULT_CHECKPOINT).labels[:2]  # doctest: +SKIP
    ('neutral', 'calm')
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from emotion_hf.voice import SpeakerStatistics

if TYPE_CHECKING:
    from emotion_hf.scorers.network import NetworkScorer

CPU_BATCH_SIZE, BATCH_SIZE = 4, 16
"""On a CPU larger batches are no faster, and shorter recordings wait less."""


class Scorer(Protocol):
    """Turns waves into probabilities, and into intensities if it predicts them."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Its own labels, in the order of the probabilities."""
        ...

    @property
    def not_sure_below(self) -> float:
        """Confidence below which a prediction is "not sure"."""
        ...

    @property
    def batch_size(self) -> int:
        """Number of waves in a batch."""
        ...

    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Score mono float32 waves at 16 kHz.

        Returns:
            Probabilities `(waves, labels)`, and intensities from 0 to 1 `(waves,)`, if it predicts them.
        """
        ...


@runtime_checkable
class OfNetwork(Scorer, Protocol):
    """A scorer that scores with a network; a baseline has none."""

    @property
    def speakers(self) -> SpeakerStatistics | None:
        """Statistics of how speakers differ, if the network has them."""
        ...

    def whole(self) -> NetworkScorer:
        """Return the scorer with the whole network, as transformers loads it."""
        ...
