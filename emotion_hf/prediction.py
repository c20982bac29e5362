"""Predictions, and the protocol of models that make them.

Example:
    >>> answer = Prediction(scores={"happy": 0.7, "sad": 0.3}, verdict=Verdict.OK, duration_seconds=2.0, model="demo")
    >>> answer.label, answer.confidence, answer.top(1)
    ('happy', 0.7, (('happy', 0.7),))
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from emotion_hf.errors import CheckpointError

if TYPE_CHECKING:
    import pandas as pd

HIGH_PERCENT, MEDIUM_PERCENT = 70, 50
CLOSE_MARGIN = 0.15
STRONG_INTENSITY, MODERATE_INTENSITY = 2 / 3, 1 / 3
WITHOUT_INTENSITY = "neutral"
"""The emotion that has no intensity."""


class Verdict(StrEnum):
    """Whether the recording could be judged."""

    OK = "ok"
    NOT_SURE = "not_sure"
    NO_SPEECH = "no_speech"


@dataclass(frozen=True)
class Prediction:
    """One prediction for one recording.

    Attributes:
        scores: Calibrated probability of each label, in the model's label order; empty without speech.
        verdict: ``ok``, ``not_sure`` or ``no_speech``.
        duration_seconds: Length of the recording.
        model: Name of the model.
        intensity: Intensity of the expressed emotion, from 0 to 1: the probability that an actor was asked for a
            strong instead of a normal expression. ``None`` without speech, or if the model does not predict it.
        notes: Sentences about the recording, if only a part of it could be used or a channel or track was chosen.
    """

    scores: Mapping[str, float] = field(default_factory=dict)
    verdict: Verdict = Verdict.OK
    duration_seconds: float = 0.0
    model: str = ""
    intensity: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a score or an intensity that is not a finite number.

        Raises:
            CheckpointError: The model is broken.
        """
        if not all(map(math.isfinite, (*self.scores.values(), self.intensity or 0.0))):
            raise CheckpointError(f"The model {self.model} gives scores that are not finite; load another one.")

    @property
    def label(self) -> str | None:
        """The most probable label; ``None`` without speech."""
        return max(self.scores, key=self.scores.__getitem__) if self.scores else None

    @property
    def confidence(self) -> float:
        """Probability of ``label``; 0 without speech."""
        return max(self.scores.values(), default=0.0)

    @property
    def confidence_word(self) -> str:
        """``high`` from 70 %, ``medium`` from 50 %, else ``low``; the percentage is rounded as it is shown."""
        shown = round(100 * self.confidence)
        if shown >= HIGH_PERCENT:
            return "high"
        return "medium" if shown >= MEDIUM_PERCENT else "low"

    @property
    def intensity_word(self) -> str | None:
        """``strong`` from two thirds, ``moderate`` from one third, else ``mild``.

        ``None`` without an intensity, and for neutral speech.
        """
        if self.intensity is None or self.label == WITHOUT_INTENSITY:
            return None
        if self.intensity >= STRONG_INTENSITY:
            return "strong"
        return "moderate" if self.intensity >= MODERATE_INTENSITY else "mild"

    def top(self, count: int) -> tuple[tuple[str, float], ...]:
        """Return the ``count`` most probable labels with their probabilities, best first."""
        return tuple(sorted(self.scores.items(), key=lambda item: -item[1])[:count])

    @property
    def candidates(self) -> tuple[str, ...]:
        """The top label, and the second one if the two are within 15 points."""
        best = self.top(2)
        if len(best) == 2 and best[0][1] - best[1][1] > CLOSE_MARGIN:
            best = best[:1]
        return tuple(label for label, _ in best)

    def to_dict(self) -> dict:
        """Return the plain values that the command line and the API print."""
        return {
            "verdict": str(self.verdict),
            "label": self.label,
            "confidence": float(self.confidence),  # scores of a caller's own may be numpy's
            "scores": {label: float(score) for label, score in self.scores.items()},
            "duration_seconds": float(self.duration_seconds),
            "model": self.model,
            "intensity": None if self.intensity is None else float(self.intensity),
            "notes": list(self.notes),
        }


class Predictions(list[Prediction]):
    """Predictions in the order of the recordings: a list that becomes a table."""

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each recording: the fields of `Prediction.to_dict`, each score in a column.

        Example:
            >>> Predictions([Prediction({"happy": 0.7, "sad": 0.3})]).to_frame()["score_happy"].tolist()
            [0.7]
        """
        import pandas as pd

        return pd.DataFrame([flat(prediction.to_dict()) for prediction in self])


def percent(share: float) -> str:
    """Return a share as text: ``62 %``."""
    return f"{share:.0%}".replace("%", " %")


def flat(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain form of a prediction as one row of a table: a column ``score_<label>`` for each label.

    The notes are one text.
    """
    row = {name: value for name, value in plain.items() if name != "scores"}
    if "notes" in row:
        row["notes"] = " ".join(row["notes"])
    return row | {f"score_{label}": score for label, score in plain.get("scores", {}).items()}


class Classifier(Protocol):
    """Anything that turns waves into Predictions; page, command line and evaluation need nothing else of a model."""

    @property
    def name(self) -> str:
        """Its name; it may change while a page runs, and every Prediction names its model."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the model's order."""
        ...

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Predict the emotion of each wave: mono float32 at 16 kHz, shape ``(samples,)``."""
        ...
