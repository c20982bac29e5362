"""The model that ships, trained and tested on all six folds of RAVDESS: what strangers may expect of it.

    python -m benchmarks.unseen_speakers --data ravdess=DIR nemo=DIR --like CHECKPOINT --folds 2 3 augmentation.noise=…
    python -m benchmarks.unseen_speakers --summary

Each fold trains every member anew on its twenty actors and on nEMO, combines them with the weights and the calibration
of an ensemble that had validation speakers, and answers for the four actors that nothing of it has heard. What is kept
of each fold is every clip with its scores, in `benchmarks/results/unseen_speakers`; `--summary` recomputes the tables
from that alone. Each run adds a line to `benchmarks/unseen_speakers.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.architectures import keep, recall
from emotion_hf.evaluation import metrics
from emotion_hf.labels import LABELS

FOLDER = Path(__file__).parent
RESULTS, LOG = FOLDER / "results" / "unseen_speakers", FOLDER / "unseen_speakers.jsonl"
RUNS = Path("runs/unseen_speakers")
MEMBERS = ("functionals", "se_resnet")
FOLDS = tuple(range(1, 7))
ANSWERED = 0.75  # share of the clips that are answered when the least certain ones are not


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and test folds, or print the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR", help="corpora")
    parser.add_argument("--like", type=Path, help="ensemble that had validation speakers")
    parser.add_argument("--folds", nargs="+", type=int, default=FOLDS, choices=FOLDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--summary", action="store_true", help="print the tables, from the kept predictions")
    options, overrides = parser.parse_known_args(arguments)
    for fold in () if options.summary else options.folds:
        run_fold(fold, options.seed, options.data, options.like, overrides)
    if options.summary:
        print(summary())
    return 0


def run_fold(fold: int, seed: int, data: Sequence[str], like: Path, overrides: Sequence[str]) -> None:
    """Train the members, combine them, test, and keep what the test found."""
    started, name = time.time(), f"fold{fold}-seed{seed}"
    changes = [f"data.split=fold{fold}", "data.validation=0", f"seed={seed}", *overrides]
    folders = [str(RUNS / f"{name}-{member}") for member in MEMBERS]
    for member, folder in zip(MEMBERS, folders, strict=True):
        if not (Path(folder) / "run.json").is_file():
            recipe = f"train/recipes/{member}.yaml"
            _python("train.finetune", recipe, "--data", *data, *changes, "--output", folder)
    output = RUNS / name
    _python("train.combine", *folders, "--data", *data, "--like", str(like), "--output", str(output), "--test")
    report = json.loads((output / "report" / "test" / "report.json").read_text(encoding="utf-8"))
    keep(report, RESULTS / f"{name}.json")
    figures = {figure: round(report[figure], 4) for figure in ("ua", "wa", "ece", "nll", "brier")}
    line: dict[str, Any] = {
        "fold": fold,
        "seed": seed,
        "members": MEMBERS,
        "changes": [_public(one) for one in overrides],
        **figures,
    }
    line |= {"seconds": round(time.time() - started), "date": date.today().isoformat()}
    with LOG.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def summary() -> str:
    """Return the tables of the kept predictions, in Markdown."""
    reports = {path.stem: recall(path) for path in sorted(RESULTS.glob("*.json"))}
    first = [reports[name] for name in (f"fold{fold}-seed1" for fold in FOLDS) if name in reports]
    uas = [report["ua"] for report in first]
    lines = ["| fold | " + " | ".join(name.replace("fold", "").replace("-seed", ", seed ") for name in reports) + " |"]
    lines += ["|---" * (len(reports) + 1) + "|"]
    lines += ["| UA | " + " | ".join(f"{report['ua']:.3f}" for report in reports.values()) + " |", ""]
    truth, scores, speakers = _all_clips(first)
    predicted, count = _answers(scores), len(LABELS)
    low, high = metrics.bootstrap_interval(
        lambda rows: metrics.unweighted_average_recall(truth[rows], predicted[rows], count), speakers
    )
    ece_low, ece_high = metrics.bootstrap_interval(
        lambda rows: metrics.expected_calibration_error(truth[rows], scores[rows]), speakers
    )
    heard = scores.sum(1) > 0
    confidence = scores.max(1)
    sure = confidence >= np.quantile(confidence, 1 - ANSWERED)
    every = metrics.accuracy(truth, predicted)
    rows = {
        f"UA, mean of {len(uas)} folds": f"{np.mean(uas):.3f}",
        f"UA of the {len(truth)} clips together": f"{_ua(truth, predicted):.3f} ({low:.3f} to {high:.3f})",
        "recall": ", ".join(
            f"{label} {value:.2f}"
            for label, value in zip(first[0]["labels"], metrics.recalls(truth, predicted, count), strict=True)
        ),
        "ECE, 10 bins": f"{metrics.expected_calibration_error(truth, scores):.3f} ({ece_low:.3f} to {ece_high:.3f})",
        "NLL": f"{metrics.negative_log_likelihood(truth[heard], scores[heard]):.3f}",
        "Brier": f"{metrics.brier_score(truth, scores):.3f}",
        f"accuracy of the {ANSWERED:.0%} most certain answers, of all": (
            f"{metrics.accuracy(truth[sure], predicted[sure]):.3f}, {every:.3f}"
        ),
    }
    lines += ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
    return "\n".join(lines)


def _all_clips(reports: Sequence[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return class numbers `(clips,)`, scores `(clips, labels)`, zero where no speech was heard, and speakers."""
    rows = [row for report in reports for row in report["predictions"]]
    labels = reports[0]["labels"]
    truth = np.array([labels.index(row["truth"]) for row in rows])
    scores = np.array([[row["scores"].get(label, 0.0) for label in labels] for row in rows])
    return truth, scores, [row["speaker"] for row in rows]


def _answers(scores: np.ndarray) -> np.ndarray:
    return np.where(scores.sum(1) > 0, scores.argmax(1), -1)


def _ua(truth: np.ndarray, predicted: np.ndarray) -> float:
    return metrics.unweighted_average_recall(truth, predicted, len(LABELS))


def _public(override: str) -> str:
    """Return an override with the last part of a path only."""
    name, _, value = override.partition("=")
    return f"{name}={Path(value).name}" if "/" in value else override


def _python(*words: str) -> None:
    subprocess.run([sys.executable, "-m", *words], check=True)


if __name__ == "__main__":
    sys.exit(main())
