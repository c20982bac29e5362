"""Write a Report as JSON, Markdown, HTML and text, with its pictures.

Example:
    >>> write_report(report, Path("runs/default/report"))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotion_hf.disk import writing
from emotion_hf.evaluation import document
from emotion_hf.evaluation.document import Document
from emotion_hf.evaluation.mistakes import NO_SPEECH, with_no_speech
from emotion_hf.evaluation.page import to_html
from emotion_hf.evaluation.plots import DPI
from emotion_hf.evaluation.report_json import to_plain, write_json
from emotion_hf.evaluation.results import FIGURES, Report
from emotion_hf.evaluation.sections import report_document
from emotion_hf.evaluation.tables import figures_table
from emotion_hf.evaluation.wording import OPTIMISTIC, clips, optimism, points, sureness, too_few

SHORT = {NO_SPEECH: "none"}
__all__ = [
    "FIGURES",
    "OPTIMISTIC",
    "to_markdown",
    "to_plain",
    "to_text",
    "write_document",
    "write_json",
    "write_report",
]


def write_report(
    report: Report, folder: Path, history: Sequence[dict] = (), recordings: Sequence[Path | None] = ()
) -> None:
    """Write `report.json`, `report.md`, `report.html` and the pictures into `folder`.

    Args:
        report: The report.
        folder: Target folder; may exist.
        history: Trainer's log, for the learning curves.
        recordings: Files of the clips in `report.predictions`, which let the page play the worst mistakes.
    """
    write_json(report, folder / "report.json")
    write_document(report_document(report, history, recordings), folder, "report")


def write_document(content: Document, folder: Path, name: str) -> None:
    """Write `NAME.html`, `NAME.md` and the pictures that the Markdown shows into `folder`."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for drawing in (drawing for section in content.sections for drawing in section.drawings):
            drawing.draw().savefig(folder / f"{drawing.name}.png", dpi=DPI)
        (folder / f"{name}.md").write_text(document.to_markdown(content) + "\n", encoding="utf-8")
        (folder / f"{name}.html").write_text(to_html(content), encoding="utf-8")


def to_markdown(report: Report) -> str:
    """Return the report as Markdown, which shows the pictures that `write_report` writes."""
    return document.to_markdown(report_document(report))


def to_text(report: Report) -> str:
    """Return what `emotion-hf evaluate` prints."""
    lines = [f"{report.model} on {report.split}: {clips(report)}"]
    if warning := optimism(report):
        lines.append(warning)
    lines += [
        f"{name:<9} {value}" + (f"  [{interval}]" if interval else "")
        for name, value, interval in figures_table(report).rows
    ]
    if why := too_few(report):
        lines += ["", why]
    lines += ["", "recall", *(f"  {label:<10} {value:.3f}" for label, value in report.recalls.items())]
    width = max(map(len, report.labels))
    what = ', "none": no speech' if report.no_speech else ""
    lines += ["", f"confusion matrix (rows true, columns predicted{what})"]
    columns, counts = with_no_speech(report)
    lines.append(" " * (width + 2) + " ".join(f"{SHORT.get(label, label)[:5]:>5}" for label in columns))
    for label, row in zip(report.labels, counts.tolist(), strict=True):
        lines.append(f"  {label:<{width}}" + " ".join(f"{count:>5}" for count in row))
    lines += ["", sureness(report)]
    if report.robustness:
        lines += ["", "changed clips: UA, points lost"]
        lines += [f"  {one.name:<40} {one.ua:.3f} {points(one.loss.value):>6}" for one in report.robustness.conditions]
    for one in report.cross_corpora:
        shared = f"{one.ua_shared.value:.3f} among the {len(one.shared)} labels they share"
        lines += ["", f"{one.corpus}: UA {one.ua.value:.3f} with any label, {shared}"]
    return "\n".join(lines)
