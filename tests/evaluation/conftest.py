"""Reports made from answers alone, without a model or a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.results import Figure, Report

LABELS = ("happy", "sad", "angry")


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """Return a function from true and answered label numbers (-1: no speech) to a report of clips of six speakers."""

    def make(truth: Sequence[int], answers: Sequence[int], model: str = "demo", **changes) -> Report:
        truth, answers = np.array(truth), np.array(answers)
        ua = metrics.unweighted_average_recall(truth, answers, 3)
        figure = Figure(ua, max(ua - 0.1, 0), min(ua + 0.1, 1))
        recalls = metrics.recalls(truth, answers, 3)
        rows = [
            {
                "file": f"{row}.wav",
                "speaker": f"ravdess/Actor_{row % 6:02d}",
                "truth": LABELS[one],
                "verdict": "ok" if answer >= 0 else "no_speech",
                "label": LABELS[answer] if answer >= 0 else None,
                "scores": _scores(answer, 0.5 + row / 1000) if answer >= 0 else {},
            }
            for row, (one, answer) in enumerate(zip(truth, answers, strict=True))
        ]
        values = {
            "model": model,
            "split": "fold1-test",
            "optimistic": False,
            "labels": LABELS,
            "clips": len(truth),
            "speakers": 6,
            **dict.fromkeys(("ua", "wa", "macro_f1", "ece"), figure),
            "nll": 0.9,
            "brier": 0.4,
            "recalls": {label: float(one) for label, one in zip(LABELS, recalls, strict=True) if not np.isnan(one)},
            "confusion": metrics.confusion_matrix(truth, answers, 3).tolist(),
            "calibration": [(0.25, 0.4, 0.45), (0.75, 0.8, 0.85)],
            "no_speech": int(np.sum(answers < 0)),
            "not_sure": 0.0,
            "wa_when_sure": 0.7,
            "predictions": rows,
        }
        return Report(**(values | changes))

    return make


def _scores(answer: int, confidence: float) -> dict[str, float]:
    return {label: confidence if number == answer else (1 - confidence) / 2 for number, label in enumerate(LABELS)}
