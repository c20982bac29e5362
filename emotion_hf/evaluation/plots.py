"""Pictures of a report: confusion matrix, recalls, calibration, learning curves.

Example:
    >>> figure = confusion_picture(report)  # doctest: +SKIP
    >>> figure.savefig("confusion.png")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as Picture

from emotion_hf.evaluation.evaluate import Report

BLUE, ORANGE, GREY = "#3b6ea8", "#c8702a", "#8a8f98"
DPI = 130


def save_pictures(report: Report, folder: Path, history: Sequence[dict] = ()) -> list[Path]:
    """Write all pictures as PNG into `folder` and return their paths; curves only if there is a history."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "confusion": confusion_picture(report),
        "recall": recall_picture(report),
        "calibration": calibration_picture(report),
    }
    if any("loss" in entry for entry in history):
        pictures["curves"] = curves_picture(history)
    paths = []
    for name, picture in pictures.items():
        paths.append(folder / f"{name}.png")
        picture.savefig(paths[-1], dpi=DPI)
    return paths


def confusion_picture(report: Report) -> Picture:
    """Draw the confusion matrix: rows are true labels, each cell the share of its row and the count."""
    counts = np.array(report.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    picture, axes = _axes((6.6, 5.8))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            ink = "white" if shares[row, column] > 0.55 else "black"
            text = f"{shares[row, column]:.0%}\n{counts[row, column]}"
            axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=8)
    ticks = range(len(report.labels))
    axes.set_xticks(ticks, report.labels, rotation=40, ha="right")
    axes.set_yticks(ticks, report.labels)
    axes.set(xlabel="answered", ylabel="true", title=f"{report.model} on {report.split}: UA {report.ua.value:.3f}")
    return picture


def recall_picture(report: Report) -> Picture:
    """Draw each emotion's recall as a bar."""
    picture, axes = _axes((6.6, 3.6))
    labels, values = list(report.recalls), list(report.recalls.values())
    bars = axes.barh(labels, values, color=BLUE)
    axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=3)
    axes.axvline(report.ua.value, color=ORANGE, linestyle="--", label=f"UA {report.ua.value:.3f}")
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.08), xlabel="recall", title="Recall of each emotion")
    axes.legend(loc="lower right")
    return picture


def calibration_picture(report: Report) -> Picture:
    """Draw accuracy against confidence; the size of a dot is its share of the clips."""
    picture, axes = _axes((4.8, 4.6))
    shares, right, sure = zip(*report.calibration, strict=True)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfectly calibrated")
    axes.plot(sure, right, color=BLUE, linewidth=1)
    axes.scatter(sure, right, s=[30 + 600 * share for share in shares], color=BLUE, alpha=0.7)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy", title=f"ECE {report.ece.value:.3f}")
    axes.legend(loc="upper left")
    return picture


def curves_picture(history: Sequence[dict]) -> Picture:
    """Draw training loss, validation loss and validation UA against epochs, from Trainer's log."""
    picture, axes = _axes((6.6, 3.8))
    for key, label, colour in (("loss", "training loss", BLUE), ("eval_loss", "validation loss", ORANGE)):
        points = [(entry["epoch"], entry[key]) for entry in history if key in entry]
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, label=label)
    axes.set(xlabel="epoch", ylabel="loss", title="Learning curves")
    recalls = [(entry["epoch"], entry["eval_ua"]) for entry in history if "eval_ua" in entry]
    handles, labels = axes.get_legend_handles_labels()
    if recalls:
        right = axes.twinx()
        right.plot(*zip(*recalls, strict=True), color="#3a8f5c", linestyle="-.", label="validation UA")
        right.set(ylim=(0, 1), ylabel="UA")
        more_handles, more_labels = right.get_legend_handles_labels()
        handles, labels = handles + more_handles, labels + more_labels
    axes.legend(handles, labels, loc="center right")
    return picture


def _axes(size: tuple[float, float]):
    picture = Picture(figsize=size, layout="constrained")
    return picture, picture.subplots()
