"""Write a Comparison as HTML, Markdown and JSON, with one picture.

Example:
    >>> write_comparison(compare([report_of_a, report_of_b]), Path("runs/comparison"))  # doctest: +SKIP
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from emotion_hf.disk import writing
from emotion_hf.evaluation import plots, wording
from emotion_hf.evaluation.comparison import Comparison, Entry
from emotion_hf.evaluation.document import Document, Drawing, Section, Table, rows
from emotion_hf.evaluation.report import write_document
from emotion_hf.evaluation.report_json import to_plain
from emotion_hf.evaluation.results import Report
from emotion_hf.evaluation.tables import count, duration

UNFAIR = "Only some of these models were trained on speakers of this test. So none is named best."
NOT_KNOWN = "–"


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write `comparison.html`, `comparison.md`, `comparison.json` and `comparison.png` into `folder`."""
    write_document(comparison_document(comparison), folder, "comparison")
    content = json.dumps(comparison_to_plain(comparison), indent=1, ensure_ascii=False)
    with writing(folder):
        (folder / "comparison.json").write_text(content + "\n", encoding="utf-8")


def comparison_to_plain(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain values; the single clips are only in the reports."""
    models = []
    for entry in comparison.entries:
        plain = to_plain(entry.report)
        del plain["predictions"]
        test = None if entry.test is None else vars(entry.test) | {"difference": vars(entry.test.difference)}
        models.append({"test_against_first": test, "p_corrected": entry.p, "worse": entry.worse, "report": plain})
    return {"verdict": verdict(comparison), "best": list(comparison.best), "models": models}


def verdict(comparison: Comparison) -> str:
    """Return which model is best, or that none can be named."""
    if not comparison.tested:
        return f"None is named best. {wording.too_few(comparison.entries[0].report)}"
    if not comparison.best:
        return UNFAIR
    if len(comparison.best) == 1:
        return f"Best: {comparison.best[0]}."
    others = "" if len(comparison.best) == len(comparison.entries) else " The others are worse."
    return f"Tied best: {', '.join(comparison.best)}. Their differences may be chance.{others}"


def to_text(comparison: Comparison) -> str:
    """Return what `train.compare` prints."""
    table = models_table(comparison)
    lines = [table.head[:5], *(row[:5] for row in table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*shown, "", verdict(comparison)])


def comparison_document(comparison: Comparison) -> Document:
    """Return the whole document of a comparison."""
    reports = [entry.report for entry in comparison.entries]
    first = reports[0]
    picture = Drawing("comparison", "UA of each model, with its interval", lambda: plots.comparison_picture(reports))
    sections = (
        Section("All models", tables=(models_table(comparison),), drawings=(picture,)),
        Section("Compared with the first", tuple(_against_first(entry) for entry in comparison.entries[1:])),
        Section("Each emotion", tables=(_recalls_table(reports),)),
        Section("Cost", tables=(_cost_table(reports),)),
        Section(
            "How it was compared",
            tuple(filter(None, (wording.measured(first, "Each model"), wording.intervals(first), _how(comparison)))),
        ),
    )
    splits = ", ".join(dict.fromkeys(report.split for report in reports))
    return Document(
        title=f"{len(reports)} models on {splits}",
        subtitle=f"{wording.clips(first)}, the same for each model.",
        warnings=tuple(dict.fromkeys(warning for report in reports for warning in wording.warnings(report))),
        lead=(verdict(comparison),),
        sections=sections,
    )


def models_table(comparison: Comparison) -> Table:
    """Return UA, the difference to the first, the verdict, and the other figures of each model."""
    head = (
        "model",
        "UA",
        "95 % interval",
        "to the first",
        "verdict",
        "WA",
        "macro-F1",
        "ECE",
        "trained on test speakers",
    )
    lines = []
    for entry in comparison.entries:
        report, test = entry.report, entry.test
        lines.append(
            (
                report.model,
                f"{report.ua.value:.3f}",
                wording.interval(report.ua),
                wording.points(-test.difference.value) if test else "",
                _verdict_word(comparison, entry),
                *(f"{figure.value:.3f}" for figure in (report.wa, report.macro_f1, report.ece)),
                "yes: optimistic" if report.optimistic else "no",
            )
        )
    strips = tuple(entry.report.ua for entry in comparison.entries)
    return Table("By UA; differences in points", head, rows(*lines), strips)


def _verdict_word(comparison: Comparison, entry: Entry) -> str:
    if entry.test is None:
        return "best" if len(comparison.best) == 1 else "first"
    if entry.p is None:
        return "not tested"
    return "worse" if entry.worse else "tie"


def _against_first(entry: Entry) -> str:
    assert entry.test is not None
    return f"{wording.verdict(entry.test, better=entry.worse)} {wording.details(entry.test, entry.p)}"


def _recalls_table(reports: list[Report]) -> Table:
    labels = list(dict.fromkeys(label for report in reports for label in report.recalls))
    lines = [(label, *(f"{report.recalls[label]:.3f}" for report in reports)) for label in labels]
    return Table("Recall", ("emotion", *(report.model for report in reports)), rows(*lines))


def _cost_table(reports: list[Report]) -> Table:
    lines = []
    for report in reports:
        cost, training = report.cost, report.training
        timed = cost is not None and cost.ms_per_clip is not None
        lines.append(
            (
                report.model,
                count(cost.parameters) if cost else NOT_KNOWN,
                f"{cost.megabytes:.1f}" if cost else NOT_KNOWN,
                f"{cost.ms_per_clip:.1f}" if cost and timed else NOT_KNOWN,
                cost.machine if cost and timed else NOT_KNOWN,
                f"{duration(training.seconds)} on {training.machine}" if training else NOT_KNOWN,
                f"{training.recipe}, seed {training.seed}" if training else NOT_KNOWN,
            )
        )
    head = ("model", "parameters", "weights, MB", "ms per clip", "timed on", "training", "recipe")
    return Table("Parameters, size and time", head, rows(*lines))


def _how(comparison: Comparison) -> str:
    if not comparison.tested:
        return ""
    tests = len(comparison.entries) - 1
    corrected = f" The p-values are corrected for {tests} tests (Holm)." if tests > 1 else ""
    return (
        "The first model has the highest UA. Each other model is tested against it on the same clips: "
        "speakers, and clips within them, are resampled for both at once. Worse means that chance explains the "
        f"difference in fewer than 5 of 100 cases.{corrected} A tie does not mean that two models are equal, only "
        "that these clips cannot tell them apart. The test compares these weights; another seed of the same recipe "
        "gives other weights."
    )
