"""Saved reports of benchmarks: figures as JSON, scores of all clips as CSV, and tables in Markdown."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emotion_hf.evaluation import metrics

RESULTS = Path(__file__).parent / "results"
ELSEWHERE, UNSEEN_SPEAKERS = RESULTS / "other_corpora", RESULTS / "unseen_speakers"
MISSING = "–"


def path_of(row: str, protocol: str) -> Path:
    """Return the path of the figures of a row with a protocol."""
    return RESULTS / f"{row}-{protocol}.json"


def keep(report: dict[str, Any], path: Path) -> None:
    """Save a plain report as JSON, and its predictions in a CSV file with scores in thousandths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    predictions = report.pop("predictions")
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "speaker", "truth", "label", "verdict", *report["labels"]])
        for one in predictions:
            scores = [round(1000 * one["scores"].get(label, 0)) for label in report["labels"]]
            table.writerow([one["file"], one["speaker"], one["truth"], one["label"] or "", one["verdict"], *scores])


def recall(path: Path) -> dict[str, Any]:
    """Read the plain report that `keep` saved."""
    report = json.loads(path.read_text(encoding="utf-8"))
    with path.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    report["predictions"] = [
        {name: row[name] or None for name in ("file", "speaker", "truth", "label", "verdict")}
        | {"scores": {label: int(row[label]) / 1000 for label in report["labels"]} if row["label"] else {}}
        for row in rows
    ]
    return report


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def with_interval(figure: Callable[[np.ndarray], float], speakers: Sequence) -> str:
    """Return a figure from 0 to 1 with its 95 % interval from resampled speakers, if there are enough of them."""
    if not metrics.enough_speakers(speakers):
        return f"{figure(np.arange(len(speakers))):.3f}"
    low, high = metrics.bootstrap_interval(figure, speakers)
    return f"{figure(np.arange(len(speakers))):.3f} ({low:.3f} to {high:.3f})"


def in_points(difference: Callable[[np.ndarray], float], speakers: Sequence) -> str:
    """Return a difference in points with its 95 % interval from resampled speakers, if there are enough of them."""
    if not metrics.enough_speakers(speakers):
        return points(difference(np.arange(len(speakers))))
    low, high, _ = metrics.bootstrap_difference(difference, speakers)
    return f"{points(difference(np.arange(len(speakers))))} ({points(low)} to {points(high)})"


def points(share: float) -> str:
    """Return a difference of shares in points."""
    return f"{100 * share + 0.0:.1f}"


def without_folder(override: str) -> str:
    """Return an override of a recipe, with only the last part if its value is a path."""
    name, _, value = override.partition("=")
    return f"{name}={Path(value).name}" if "/" in value else override
