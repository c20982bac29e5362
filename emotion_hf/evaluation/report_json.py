"""Write a Report as JSON, and read it.

Example:
    >>> report = read_report(Path("runs/default/report/test/report.json"))  # doctest: +SKIP
    >>> report.ua.value, report.ua.low, report.ua.high  # doctest: +SKIP
    (0.62, 0.55, 0.69)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from emotion_hf.disk import read_json, writing
from emotion_hf.errors import ReportError
from emotion_hf.evaluation.metrics import FEWEST_SPEAKERS
from emotion_hf.evaluation.results import (
    FIGURES,
    Condition,
    Cost,
    CrossCorpus,
    Figure,
    PairedTest,
    Report,
    Robustness,
    Training,
)
from emotion_hf.run import Run

PLACES = ("report.json", "report/test/report.json", "report/report.json", "evaluation.json")
"""Places of a report in a folder."""
OLD_NAMES = {"heard": "trained_on", "noise_heard": "noise_trained_on"}


def to_plain(report: Report) -> dict[str, Any]:
    """Return the report as plain values; the interval of a figure is next to it as `<name>_interval`, or `None`."""
    plain = asdict(report)
    for name in FIGURES:
        figure = plain.pop(name)
        bounds = [figure["low"], figure["high"]]
        plain |= {name: figure["value"], f"{name}_interval": None if None in bounds else bounds}
    first = ["model", "split", "optimistic", "clips", "speakers"]
    first += [key for name in FIGURES for key in (name, f"{name}_interval")]
    return {key: plain[key] for key in first} | {key: value for key, value in plain.items() if key not in first}


def from_plain(plain: Mapping[str, Any]) -> Report:
    """Return the report that `to_plain` made plain.

    Fields that an older report lacks stay empty, and its intervals over too few speakers are left out.
    """
    values = {name: plain[name] for name in (one.name for one in fields(Report)) if name in plain}
    for name in FIGURES:
        values[name] = Figure(plain[name], *(plain[f"{name}_interval"] or ()))
    values["labels"] = tuple(plain["labels"])
    values["calibration"] = [tuple(one) for one in plain["calibration"]]
    parts = {"intensity_auc": Figure, "against": PairedTest, "cost": Cost, "training": Training}
    for name, kind in parts.items():
        values[name] = _rebuilt(kind, values[name]) if values.get(name) else None
    if found := values.get("robustness"):
        conditions = tuple(_rebuilt(Condition, one) for one in found["conditions"])
        values["robustness"] = Robustness(**_renamed(found) | {"conditions": conditions})
    cross = (_rebuilt(CrossCorpus, _renamed(one)) for one in values.get("cross_corpora", ()))
    values["cross_corpora"] = tuple(map(_of_enough_speakers, cross))
    return _of_enough_speakers(_without_tests(Report(**values)))


def read_report(path: Path) -> Report:
    """Read what `write_json` wrote.

    Raises:
        ReportError: It is not such a file.
    """
    try:
        return from_plain(read_json(path))
    except FileNotFoundError as error:
        raise ReportError(f"There is no report {path}; write one with emotion-hf evaluate --report FOLDER.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportError(f"{path} is not a report that emotion-hf evaluate wrote; write it again.") from error


def find_report(path: Path) -> Report:
    """Return the report in a file or a folder.

    Raises:
        ReportError: There is none.
        CheckpointError: The folder's `run.json` is damaged, or lacks a field.
    """
    if not path.is_dir():
        return read_report(path)
    found = _report_in(path)
    if found is None:
        raise ReportError(
            f"{path} has no {PLACES[0]} and no {PLACES[1]}; write one with emotion-hf evaluate --report, or "
            "give --data."
        )
    report, run = read_report(found), Run.find(path)
    return replace(report, training=Training.from_run(run)) if run and report.training is None else report


def has_report(folder: Path) -> bool:
    """Return whether `find_report` finds a file in a folder."""
    return _report_in(folder) is not None


def write_json(report: Report, path: Path) -> None:
    """Write the report as JSON."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(to_plain(report), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _report_in(folder: Path) -> Path | None:
    return next((folder / place for place in PLACES if (folder / place).is_file()), None)


def _are_few(speakers: int) -> bool:
    """Return whether known speakers are too few for an interval; unknown ones (0) count clip by clip."""
    return 0 < speakers < FEWEST_SPEAKERS


def _of_enough_speakers(values: Any) -> Any:
    """Return a report, or one on another corpus, without the intervals of its figures if its speakers are few."""
    if not _are_few(values.speakers):
        return values
    figures = {name: figure for name, figure in vars(values).items() if isinstance(figure, Figure)}
    return replace(values, **{name: Figure(figure.value) for name, figure in figures.items()})


def _without_tests(report: Report) -> Report:
    """Return a report without the intervals and tests in its parts if its speakers are few."""
    if not _are_few(report.speakers):
        return report
    against, robustness = report.against, report.robustness
    if against:
        against = replace(against, difference=Figure(against.difference.value), p=None)
    if robustness:
        conditions = tuple(replace(one, loss=Figure(one.loss.value)) for one in robustness.conditions)
        robustness = replace(robustness, conditions=conditions)
    groups = {
        name: {value: {key: row[key] for key in row if key != "ua_interval"} for value, row in table.items()}
        for name, table in report.groups.items()
    }
    return replace(report, against=against, robustness=robustness, groups=groups)


def _renamed(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``plain`` with the current names of fields that older reports call differently."""
    return {OLD_NAMES.get(name, name): value for name, value in plain.items()}


def _rebuilt(kind: Any, plain: Mapping[str, Any]) -> Any:
    """Return a value of one of the classes above from JSON, where figures are mappings and tuples are lists."""
    values = {
        name: Figure(**value) if isinstance(value, Mapping) and "low" in value else value
        for name, value in plain.items()
    }
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
