"""A Report as JSON, as Markdown and as text, with its pictures.

Example:
    >>> write_report(report, Path("runs/default/report"))  # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from emotion_hf.evaluation.evaluate import Figure, Report
from emotion_hf.evaluation.plots import save_pictures

FIGURES = {"ua": "UA", "wa": "WA", "macro_f1": "macro-F1", "ece": "ECE"}
OPTIMISTIC = "Optimistic: voices that are tested here were heard in training. Expect less on strangers."


def to_plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values; each figure's interval stands beside it as `<name>_interval`."""
    plain = asdict(report)
    for name in FIGURES:
        figure = plain.pop(name)
        plain |= {name: figure["value"], f"{name}_interval": [figure["low"], figure["high"]]}
    first = ["model", "split", "optimistic", "clips", "speakers"]
    first += [key for name in FIGURES for key in (name, f"{name}_interval")]
    return {key: plain[key] for key in first} | {key: value for key, value in plain.items() if key not in first}


def write_json(report: Report, path: Path) -> None:
    """Write the report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(to_plain(report), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_report(report: Report, folder: Path, history: Sequence[dict] = ()) -> None:
    """Write `report.json`, `report.md` and the pictures into `folder`."""
    write_json(report, folder / "report.json")
    pictures = save_pictures(report, folder, history)
    lines = [to_markdown(report), *(f"![{picture.stem}]({picture.name})" for picture in pictures)]
    (folder / "report.md").write_text("\n\n".join(lines) + "\n", encoding="utf-8")


def to_markdown(report: Report) -> str:
    """Return the report as Markdown: figures, recalls, confusion matrix, groups."""
    parts = [f"# {report.model} on {report.split}", f"{_clips(report)}."]
    if report.optimistic:
        parts.append(f"**{OPTIMISTIC}**")
    parts += [
        _table(["figure", "value", "95 % interval (speakers resampled)"], _figure_rows(report)),
        _table(["emotion", "recall"], [[label, f"{value:.3f}"] for label, value in report.recalls.items()]),
        "Confusion matrix: rows true, columns answered.",
        _table(
            ["", *report.labels], [[label, *row] for label, row in zip(report.labels, report.confusion, strict=True)]
        ),
        _sureness(report),
    ]
    for group, table in report.groups.items():
        rows = [[name, row["clips"], f"{row['ua']:.3f}", f"{row['wa']:.3f}"] for name, row in table.items()]
        parts.append(_table([group, "clips", "UA", "WA"], rows))
    return "\n\n".join(parts)


def to_text(report: Report) -> str:
    """Return what `train.evaluate` prints."""
    lines = [f"{report.model} on {report.split}: {_clips(report)}"]
    if report.optimistic:
        lines.append(OPTIMISTIC)
    lines += [f"{name:<9} {value}  [{interval}]" for name, value, interval in _figure_rows(report)[: len(FIGURES)]]
    lines += [f"{'NLL':<9} {report.nll:.3f}", f"{'Brier':<9} {report.brier:.3f}", "", "recall"]
    lines += [f"  {label:<10} {value:.3f}" for label, value in report.recalls.items()]
    width = max(map(len, report.labels))
    lines += ["", "confusion matrix (rows true, columns answered)"]
    lines.append(" " * (width + 2) + " ".join(f"{label[:5]:>5}" for label in report.labels))
    for label, row in zip(report.labels, report.confusion, strict=True):
        lines.append(f"  {label:<{width}}" + " ".join(f"{count:>5}" for count in row))
    return "\n".join([*lines, "", _sureness(report)])


def _clips(report: Report) -> str:
    return f"{report.clips} clips of {report.speakers or 'unknown'} speakers"


def _figure_rows(report: Report) -> list[list[str]]:
    figures: list[tuple[str, Figure]] = [(title, getattr(report, name)) for name, title in FIGURES.items()]
    rows = [[title, f"{one.value:.3f}", f"{one.low:.3f} to {one.high:.3f}"] for title, one in figures]
    return [*rows, ["NLL", f"{report.nll:.3f}", ""], ["Brier", f"{report.brier:.3f}", ""]]


def _sureness(report: Report) -> str:
    sure = report.wa_when_sure
    others = "" if sure is None else f"; accuracy on the others {sure:.3f} instead of {report.wa.value:.3f}"
    return (
        f'"Not sure" on {report.not_sure:.0%} of the clips{others}. '
        f'"No speech" on {report.no_speech} of {report.clips} clips, counted as wrong.'
    )


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
