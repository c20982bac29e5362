"""Render the model card from what a model's folder holds: its record, its figures if it was measured, and its labels.

Example:
    >>> make_card(Path("runs/mine"), licence="cc-by-4.0").splitlines()[:2]  # doctest: +SKIP
    ['---', 'language:']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import jinja2
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from emotion_hf.checkpoint import count_parameters
from emotion_hf.disk import read_json, writing
from emotion_hf.evaluation import wording
from emotion_hf.evaluation.report_json import find_report, from_plain, has_report, to_plain
from emotion_hf.evaluation.results import FIGURES, Report
from emotion_hf.evaluation.tables import cross_table, group_tables, robustness_table
from emotion_hf.hub.terms import terms_of
from emotion_hf.installed import MODEL_CARD
from emotion_hf.licences import LICENCES, OTHER
from emotion_hf.run import Run

LICENCE = "LICENSE"
METRIC_TYPES = {"ua": "recall", "wa": "accuracy", "macro_f1": "f1", "ece": "calibration_error"}
NO_FIGURES = "figures on unseen speakers; emotion-hf evaluate measures them, and with --card it writes the card"
NO_LICENCE = "a licence; the owner of the recordings decides about it, and --licence states it"
NO_LANGUAGE = "a language; --language states it"


def render_card(
    folder: Path,
    report: Mapping[str, Any] | None,
    template: Path,
    *,
    licence: str = "",
    languages: Sequence[str] = (),
) -> str:
    """Return the card of the checkpoint in `folder`.

    Args:
        folder: Checkpoint with `run.json`.
        report: Plain values of an evaluation, from `emotion_hf.evaluation.report.to_plain`; `None` if it was not
            measured.
        template: `model_card.md`.
        licence: Hub identifier of the licence of your own recordings; by default that of the recipe.
        languages: ISO 639-1 codes of the languages of your own recordings, if their table does not state them.

    Raises:
        CheckpointError: There is no `run.json`, it is damaged, or it lacks a field.
        SettingsError: The licence is unknown.
    """
    run = Run.read(folder)
    terms, is_baseline, base = terms_of(run, licence), "kind" in run.recipe, run.started_from
    known = from_plain(report) if report else None
    report = to_plain(known) if known else None  # without the intervals of older reports on few speakers
    data = ModelCardData(
        model_name=f"emotion_hf {run.recipe['name']}",
        license=terms.licence or None,
        language=sorted({*terms.languages, *run.languages, *languages}) or None,
        library_name="skops" if is_baseline else "transformers",
        pipeline_tag="audio-classification",
        tags=["speech-emotion-recognition", "audio", "emotion_hf"],
        datasets=[*(corpus.name for corpus in terms.corpora), *(source.repository for source in terms.hub)] or None,
        base_model=base if "/" in base else None,
        eval_results=_eval_results(report) if report else None,
        license_name="terms-of-the-corpora" if terms.licence == OTHER else None,
        license_link=LICENCE if terms.licence == OTHER else None,
    )
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 Markdown
    environment.filters["zip"] = zip
    values = {
        "name": data.model_name,
        "labels": report["labels"] if report else _labels(folder),
        "report": report,
        "figures": list(FIGURES.items()),
        "run": run,
        "terms": terms,
        "base": base,
        "is_baseline": is_baseline,
        "parameters": count_parameters(folder),
        "duration": _duration(run.seconds),
        "too_few": wording.too_few(known) if known else "",
        **(_tables(report) if report else {}),
    }
    text = environment.from_string(template.read_text(encoding="utf-8")).render(card_data=data.to_yaml(), **values)
    return str(ModelCard(text))


def make_card(folder: Path, *, licence: str = "", languages: Sequence[str] = ()) -> str:
    """Return the card of the checkpoint in `folder`, with the figures of the report in it if there is one.

    Raises:
        CheckpointError, SettingsError: As `render_card`.
        ReportError: The report is damaged.
    """
    report = find_report(folder) if has_report(folder) else None
    return render_card(folder, to_plain(report) if report else None, MODEL_CARD, licence=licence, languages=languages)


def gaps(card: str) -> list[str]:
    """Return what a valid card lacks, each with how to fill it in."""
    data = cast(ModelCardData, ModelCard(card).data)
    missing = {NO_FIGURES: data.eval_results, NO_LICENCE: data.license, NO_LANGUAGE: data.language}
    return [gap for gap, present in missing.items() if not present]


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} second{'' if round(seconds) == 1 else 's'}"
    return f"{seconds / 60:.0f} minutes"


def _labels(folder: Path) -> list[str]:
    """Return the labels of a network or a baseline; none if its configuration cannot be read."""
    try:
        if (folder / "baseline.json").is_file():
            return list(read_json(folder / "baseline.json")["labels"])
        named = read_json(folder / "config.json")["id2label"]
        return [named[number] for number in sorted(named, key=int)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def write_card(folder: Path, report: Report | None, template: Path, *, licence: str = "") -> None:
    """Write the card of the checkpoint in `folder` with the figures of `report`, as `README.md`.

    Raises:
        CheckpointError, SettingsError: As `render_card`.
        WriteError: The file system reports an error.
    """
    card = render_card(folder, to_plain(report) if report else None, template, licence=licence)
    with writing(folder):
        (folder / "README.md").write_text(card, encoding="utf-8")


def licence_text(licence: str) -> str:
    """Return the text of LICENSE for a model whose folder has none."""
    title, where = LICENCES.get(licence, (licence, "https://huggingface.co/docs/hub/repositories-licenses"))
    if not licence:
        weights = "No licence is stated for the weights in this repository: ask the owner before you use them."
    elif licence == OTHER:
        weights = "The weights in this repository have no standard licence: the terms of their training data apply."
    else:
        weights = f"The weights in this repository are licensed under {title} ({licence}); full text: {where}"
    code = LICENCES["apache-2.0"][1]
    return (
        f"{weights}\n\nREADME.md names the training data, whose terms apply as well.\n\n"
        f"The code in this repository (*.py) is licensed under apache-2.0; full text: {code}\n"
    )


def _eval_results(report: Mapping[str, Any]) -> list[EvalResult]:
    corpora = ", ".join(report["groups"].get("corpus", {})) or str(report["split"])
    return [
        EvalResult(
            task_type="audio-classification",
            dataset_type=corpora,
            dataset_name=f"{corpora}, {'optimistic: seen' if report['optimistic'] else 'unseen'} speakers",
            dataset_split=str(report["split"]),
            metric_type=METRIC_TYPES[key],
            metric_name=title,
            metric_value=round(report[key], 4),
        )
        for key, title in FIGURES.items()
    ]


def _tables(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables that the card also shows: groups with several values, but not speakers (privacy)."""
    known = from_plain(report)
    return {
        "groups": [table for table in group_tables(known) if table.head[0] != "speaker" and len(table.rows) > 1],
        "robustness": robustness_table(known) if known.robustness else None,
        "cross": cross_table(known) if known.cross_corpora else None,
    }
