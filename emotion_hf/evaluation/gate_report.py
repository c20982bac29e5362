"""Write a Decision of the gate as HTML, Markdown, JSON and text.

Example:
    >>> write_decision(decide(measured), "default", "retrained-1", Path("data/models/retrained-1/gate"))
    ... # doctest: +SKIP
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from emotion_hf.disk import writing
from emotion_hf.evaluation import gate, wording
from emotion_hf.evaluation.document import Document, Section, Table, rows
from emotion_hf.evaluation.gate import Decision
from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.report import write_document

NOT_TESTED = "too few speakers"
RULE = (
    "Both models were tested on the same clips. Speakers, and clips within them, are resampled for both at once; p is "
    "the probability that chance alone has this effect (one-sided).",
    f"Held-out corrections are not used for training. UA must rise on them: from {gate.ENOUGH} clips on, with p below "
    f"{gate.SIGNIFICANCE}. With fewer clips, newly right clips must outnumber newly wrong ones (sign test, p at "
    f"most {gate.COIN}, one-sided); then the gain is not proved. In both cases, the new model must be better "
    "than guessing.",
    f"On the original test, a loss is refused if p is below {gate.SIGNIFICANCE}, or if it exceeds a point and p is "
    f"below {gate.WELL_WITHIN_CHANCE}. In noise, a loss is refused if p is below {gate.SIGNIFICANCE}.",
    f"Fewer than {FEWEST_SPEAKERS} speakers cannot show what other speakers would change: there is no interval and no "
    "p. Then single clips count instead (sign test), which refuses a loss sooner, and no gain is proved.",
    "A missing measurement counts against the new model.",
)


def write_decision(decision: Decision, old: str, new: str, folder: Path) -> None:
    """Write `gate.html`, `gate.md` and `gate.json` into `folder`; `old` and `new` are the models' names."""
    write_document(gate_document(decision, old, new), folder, "gate")
    content = json.dumps({"old": old, "new": new} | to_plain(decision), indent=1, ensure_ascii=False)
    with writing(folder):
        (folder / "gate.json").write_text(content + "\n", encoding="utf-8")


def to_plain(decision: Decision) -> dict[str, Any]:
    """Return the decision as plain values, without single clips."""
    findings = [
        {
            "clips": str(finding.role),
            "count": finding.new.clips,
            "speakers": finding.new.speakers,
            "old_ua": finding.old.ua.value,
            "new_ua": finding.new.ua.value,
            "difference": vars(finding.test.difference),
            "p": None if finding.test.p is None else finding.test.p / 2,
            "newly_right": finding.test.only_first,
            "newly_wrong": finding.test.only_second,
            "passed": finding.passed,
            "sentence": finding.sentence,
        }
        for finding in decision.findings
    ]
    facts = {"promoted": decision.promoted, "proved": decision.proved, "sentence": decision.sentence}
    return facts | {"advice": list(decision.advice), "findings": findings, "unknown": list(decision.unknown)}


def to_text(decision: Decision) -> str:
    """Return the text for a terminal."""
    table = _table(decision)
    lines = [table.head, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*shown, "", decision.sentence, *decision.advice])


def gate_document(decision: Decision, old: str, new: str) -> Document:
    """Return the whole document of a decision."""
    optimistic = any(finding.new.optimistic for finding in decision.findings)
    sentences = (*(finding.sentence for finding in decision.findings), *decision.unknown)
    return Document(
        title=f"{new} compared with {old}",
        subtitle="May the retrained model be promoted?",
        warnings=(wording.OPTIMISTIC,) if optimistic else (),
        lead=(decision.sentence,),
        sections=(
            *([Section("What is missing, and what to do", decision.advice)] if decision.advice else []),
            Section("Findings", sentences, tables=(_table(decision),) if decision.findings else ()),
            Section("The rule", RULE),
        ),
    )


def _table(decision: Decision) -> Table:
    head = ("test", "size", "old UA", "new UA", "points", "95 % interval", "p", "right", "wrong", "passed")
    lines = []
    for finding in decision.findings:
        test = finding.test
        uas = (f"{report.ua.value:.3f}" for report in (finding.old, finding.new))
        lines.append(
            (
                finding.role,
                f"{finding.new.clips} clips, {finding.new.speakers or 'unknown'} speakers",
                *uas,
                wording.points(test.difference.value),
                wording.interval_in_points(test.difference),
                NOT_TESTED if test.p is None else f"{test.p / 2:.3f}",
                *(test.only_first, test.only_second),
                "yes" if finding.passed else "no",
            )
        )
    return Table(
        "Old and new model on the same clips; right and wrong: newly right and wrong clips",
        head,
        rows(*lines),
    )
