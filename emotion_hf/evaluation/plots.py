"""Pictures of one report: confusion matrix, recalls, calibration, learning curves; and of several reports: their UA.

Example:
    >>> figure = confusion_picture(report)  # doctest: +SKIP
    >>> figure.savefig("confusion.png")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.image import imread
from matplotlib.ticker import MaxNLocator

from emotion_hf.disk import writing
from emotion_hf.evaluation.mistakes import with_no_speech
from emotion_hf.evaluation.results import Report
from emotion_hf.lettering import fonts_for, legible, letter_axes

BLUE, ORANGE, GREEN, GREY = "#3b6ea8", "#c8702a", "#3a8f5c", "#8a8f98"
DPI = 130
ROW_INCHES = 0.55
SUMMARY = ("curves.png", "confusion.png")


def save_curves(history: Sequence[dict], folder: Path) -> Path:
    """Write the learning curves as `curves.png` into `folder` and return the path."""
    path = folder / "curves.png"
    with writing(path):
        folder.mkdir(parents=True, exist_ok=True)
        curves_picture(history).savefig(path, dpi=DPI)
    return path


def save_summary(folders: Sequence[Path], path: Path) -> None:
    """Write each model's learning curves and confusion matrix to `path`, side by side, a row for each folder."""
    picture = Picture(figsize=(12, 4.6 * len(folders)), layout="constrained")
    rows = picture.subplots(len(folders), len(SUMMARY), squeeze=False)
    for folder, row in zip(folders, rows, strict=True):
        for name, axes in zip(SUMMARY, row, strict=True):
            axes.axis("off")
            found = next((file for part in ("test", ".") if (file := folder / "report" / part / name).is_file()), None)
            if found is not None:
                axes.imshow(imread(found))
        row[0].set_title(legible(folder.name), loc="left", fontfamily=fonts_for([folder.name]))
    with writing(path):
        picture.savefig(path, dpi=DPI)


def confusion_picture(report: Report) -> Picture:
    """Draw the confusion matrix: rows are true labels, each cell shows the share of its row and the count."""
    columns, counts = with_no_speech(report)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.0 + ROW_INCHES * len(report.labels)
    picture, axes = _axes((max(side + 0.6 + ROW_INCHES * (len(columns) - len(report.labels)), 5.0), side))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            ink = "white" if shares[row, column] > 0.55 else "black"
            text = f"{shares[row, column]:.0%}\n{counts[row, column]}"
            axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=8)
    axes.set_xticks(range(len(columns)), map(legible, columns), rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(report.labels)), map(legible, report.labels))
    axes.set(xlabel="predicted", ylabel="true")
    heading = legible(f"{report.model} on {report.split}")
    axes.set_title(f"{heading}\nUA {report.ua.value:.3f}, {report.clips} clips", fontsize=11)
    letter_axes(axes, [*report.labels, report.model, report.split])
    return picture


def recall_picture(report: Report) -> Picture:
    """Draw each emotion's recall as a bar, with its value at the right."""
    labels, values = [legible(label) for label in report.recalls], list(report.recalls.values())
    picture, axes = _axes((6.6, 1.5 + 0.3 * len(labels)))
    axes.barh(range(len(labels)), values, color=BLUE)
    axes.set_yticks(range(len(labels)), labels)
    letter_axes(axes, report.recalls)
    axes.axvline(report.ua.value, color=ORANGE, linestyle="--")
    for row, value in enumerate(values):
        axes.text(1.02, row, f"{value:.2f}", va="center")
    axes.invert_yaxis()
    axes.set(
        xlim=(0, 1), xlabel="recall", title=f"Recall of each emotion (dashed: the mean, UA {report.ua.value:.3f})"
    )
    return picture


def calibration_picture(report: Report) -> Picture:
    """Draw accuracy against confidence; the area of a dot is its share of the clips."""
    picture, axes = _axes((4.8, 4.8))
    shares, right, sure = zip(*report.calibration, strict=True)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfectly calibrated")
    axes.plot(sure, right, color=BLUE, linewidth=1)
    axes.scatter(sure, right, s=[20 + 600 * share for share in shares], color=BLUE, label="clips (area: number)")
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal", xlabel="confidence", ylabel="accuracy")
    axes.set_title(f"Calibration: ECE {report.ece.value:.3f}")
    _legend_below(picture, axes)
    return picture


def curves_picture(history: Sequence[dict]) -> Picture:
    """Draw training loss, validation loss and validation UA against epochs, from Trainer's log."""
    picture, axes = _axes((6.6, 4.0))
    _plot_entries(axes, history, "loss", color=BLUE, label="training loss")
    _plot_entries(axes, history, "eval_loss", color=ORANGE, label="validation loss")
    axes.set(xlabel="epoch", ylabel="loss", title="Learning curves")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    right = axes.twinx()
    if _plot_entries(right, history, "eval_ua", color=GREEN, linestyle="-.", label="validation UA"):
        right.set_ylim(0, 1)
        right.set_ylabel("UA", color=GREEN)
        right.tick_params(axis="y", colors=GREEN)
        right.spines[["top", "left"]].set_visible(False)
    else:
        right.remove()
    _legend_below(picture, *picture.axes)
    return picture


def comparison_picture(reports: Sequence[Report]) -> Picture:
    """Draw each model's UA with its interval, in the order given from the top."""
    picture, axes = _axes((6.6, 1.4 + 0.42 * len(reports)))
    names, values = [report.model for report in reports], [report.ua.value for report in reports]
    axes.barh(range(len(names)), values, height=0.6, color=BLUE)
    axes.set_yticks(range(len(names)), map(legible, names))
    letter_axes(axes, names)
    are_known = False
    for row, ua in enumerate(report.ua for report in reports):
        if ua.low is not None and ua.high is not None:
            reach = [[ua.value - ua.low], [ua.high - ua.value]]
            axes.errorbar([ua.value], [row], xerr=reach, fmt="none", ecolor=GREY, elinewidth=1.5, capsize=4)
            are_known = True
    for row, value in enumerate(values):
        axes.text(1.02, row, f"{value:.3f}", va="center")
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="UA, with its 95 % interval" if are_known else "UA")
    return picture


def _plot_entries(axes: Axes, history: Sequence[dict], key: str, **style: Any) -> bool:
    """Plot the values of `key` in the log, with dots so that a single epoch is visible; return whether it has any."""
    points = [(entry["epoch"], entry[key]) for entry in history if key in entry]
    if points:
        axes.plot(*zip(*points, strict=True), marker=".", **style)
    return bool(points)


def _axes(size: tuple[float, float]) -> tuple[Picture, Axes]:
    picture = Picture(figsize=size, layout="constrained")
    axes = picture.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return picture, axes


def _legend_below(picture: Picture, *several: Axes) -> None:
    """Put one legend under the axes, where it covers nothing."""
    handles = [handle for axes in several for handle in axes.get_legend_handles_labels()[0]]
    picture.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
