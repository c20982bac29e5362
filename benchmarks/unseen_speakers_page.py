"""The table of `benchmarks.unseen_speakers --summary`: required and reached figures, from saved predictions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import corpora_page
from benchmarks.answers import Answers, recall_answers, together, ua
from benchmarks.kept import MISSING, UNSEEN_SPEAKERS, in_points, path_of, points, table, with_interval
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.report_json import from_plain
from emotion_hf.evaluation.wording import interval
from emotion_hf.prediction import Verdict

FOLDER = Path(__file__).parent
MOST_LOST = {
    "real noise, 20 dB": ("3", "1.5"),
    "real noise, 10 dB": ("6", "3"),
    "telephone, 300 to 3400 Hz": ("2", "1"),
    "Opus, 12 kbit/s": ("1.5", "0.75"),
    "hum, 50 Hz, 40 dB below the peak": ("1", "0.5"),
    "an offset of 1 % of full scale": ("1", "0.5"),
    "20 dB softer": ("0.2", "0.1"),
    "20 dB louder": ("0.2", "0.1"),
    "48 kHz stereo": ("0.5", "0.25"),
}
"""Bar and aim for the largest loss with each change, in points of UA."""
ANSWERED = 0.75  # share of the clips with a prediction if a quarter is "not sure"
GATE_PARTS = ("development", "held_out")
SPEED, PEER = "waveform to scores, without the gate", "peer: Wav2Vec2-base (94.6 M parameters), forward"
RANDOM = ("whisper_base", "random")

Line = tuple[str, str, str, str]
"""Figure, bar, aim and result."""


def document() -> str:
    """Return the UA of each fold and seed, and the table, in Markdown."""
    kept = {path.stem: recall_answers(path) for path in sorted(UNSEEN_SPEAKERS.glob("fold*.json"))}
    names = [name.replace("fold", "").replace("-seed", ", seed ") for name in kept]
    folds = table(["fold", *names], [["UA", *(f"{ua(one):.3f}" for one in kept.values())]])
    first = [one for name, one in kept.items() if name.endswith("-seed0")]
    lines = [
        *(of_the_folds(first) if first else ()),
        *of_the_model_that_ships(),
        *corpora_page.lines(),
        random_split(),
    ]
    return f"{folds}\n\n{table(['figure', 'bar', 'aim', 'reached'], lines)}"


def of_the_folds(folds: Sequence[Answers]) -> list[Line]:
    """Return figures of all folds together; each clip is predicted by a model that was not trained on its speaker."""
    every = together(folds)
    lowest = int(np.nanargmin(_recalls(every)))

    def shown(figure: Callable[[Answers], float], show: Callable = with_interval) -> str:
        return show(lambda rows: figure(every.chosen(rows)), every.speakers)

    sure = every.verdicts == Verdict.OK
    own = points(_accuracy(every.chosen(sure)) - _accuracy(every))
    return [
        (f"UA, mean of {len(folds)} folds", "≥ 0.80", "≥ 0.86", f"{np.mean([*map(ua, folds)]):.3f}"),
        (f"UA of the {len(every.truth)} clips together", "", "", shown(ua)),
        (
            "lowest recall",
            *("≥ 0.62", "≥ 0.72"),
            f"{every.labels[lowest]} {shown(lambda some: _recalls(some)[lowest])}",
        ),
        (f"ECE, {metrics.CALIBRATION_BINS} bins", "≤ 0.03", "≤ 0.02", shown(_ece)),
        ("NLL", "≤ 0.62", "≤ 0.50", shown(_nll, _unbounded)),
        (
            f"points of accuracy gained if {1 - ANSWERED:.0%} are not sure; with the models' own thresholds",
            *("≥ 9", "≥ 11"),
            f"{shown(_gained, in_points)}; {own} if {1 - sure.mean():.0%} are",
        ),
        *(
            (
                f"points of UA lost: {name}",
                *(f"≤ {bar}", f"≤ {aim}"),
                shown(partial(_lost, name=name), in_points) if name in every.others else MISSING,
            )
            for name, (bar, aim) in MOST_LOST.items()
        ),
    ]


def of_the_model_that_ships() -> list[Line]:
    """Return figures of the checkpoint and of the speech gate, and the time of the model."""
    found = _read(DEFAULT_MODEL_DIR / "evaluation.json")
    speed, gate = _read(FOLDER / "speed.json"), _read(FOLDER / "speech_gate.json")
    sounds = [counts for part in GATE_PARTS for counts in gate["non_speech"][part].values()]
    spoken = [counts for corpus in gate["speech"].values() for part in GATE_PARTS for counts in corpus[part].values()]
    rejected = f"{_share(sounds):.1%}; {_share(spoken):.1%}"
    size = (DEFAULT_MODEL_DIR / "model.safetensors").stat().st_size / 1e6
    return [
        (f"UA, shipped checkpoint, {found['split']}", "≥ 0.80", "≥ 0.86", _reported(found)),
        ("MB, shipped checkpoint", "≤ 32", "", f"{size:.1f}"),
        ("non-speech rejected; speech rejected", "≥ 95 %; ≤ 0.5 %", "", rejected),
        (
            "speed for a 3 s clip on one core, relative to Wav2Vec2-base",
            *("≥ 8", "≥ 15", f"{speed[PEER][0] / speed[SPEED][0]:.1f} ({speed[SPEED][0]:.0f} ms)"),
        ),
    ]


def random_split() -> Line:
    """Return the optimistic figure of a random split."""
    path = path_of(*RANDOM)
    reached = _reported(_read(path)) if path.exists() else MISSING
    return "UA, RAVDESS, random 75/25 (optimistic)", "≥ 0.90", "≥ 0.93", reached


def _lost(answers: Answers, name: str) -> float:
    return ua(answers) - ua(answers, name)


def _recalls(answers: Answers) -> np.ndarray:
    return metrics.recalls(answers.truth, answers.predicted, len(answers.labels))


def _accuracy(answers: Answers) -> float:
    return metrics.accuracy(answers.truth, answers.predicted)


def _gained(answers: Answers) -> float:
    """Return the gain in accuracy of the most confident predictions over all."""
    confidence = answers.scores.max(1)
    return _accuracy(answers.chosen(confidence >= np.quantile(confidence, 1 - ANSWERED))) - _accuracy(answers)


def _ece(answers: Answers) -> float:
    return metrics.expected_calibration_error(answers.truth[answers.has_speech], answers.scores[answers.has_speech])


def _nll(answers: Answers) -> float:
    return metrics.negative_log_likelihood(answers.truth[answers.has_speech], answers.scores[answers.has_speech])


def _unbounded(figure: Callable[[np.ndarray], float], speakers: Sequence) -> str:
    low, high, _ = metrics.bootstrap_difference(figure, speakers)
    return f"{figure(np.arange(len(speakers))):.3f} ({low:.3f} to {high:.3f})"


def _reported(report: dict[str, Any]) -> str:
    ua = from_plain(report).ua
    return f"{ua.value:.3f}" + (f" ({interval(ua)})" if interval(ua) else "")


def _share(counts: Sequence[Sequence[int]]) -> float:
    taken, clips = (sum(column) for column in zip(*counts, strict=True))
    return taken / clips


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
