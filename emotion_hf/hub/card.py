"""Render the model card from measured figures.

Example:
    >>> card = render_card(Path("runs/default"), to_plain(report), Path("model_card.md"))  # doctest: +SKIP
    >>> (Path("runs/default") / "README.md").write_text(card)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from emotion_hf.corpora import CORPORA
from emotion_hf.disk import writing
from emotion_hf.evaluation.report_json import from_plain, to_plain
from emotion_hf.evaluation.results import FIGURES, Report
from emotion_hf.evaluation.tables import cross_table, group_tables, robustness_table
from emotion_hf.run import Run

METRIC_TYPES = {"ua": "recall", "wa": "accuracy", "macro_f1": "f1", "ece": "calibration_error"}
LICENCE_TEXTS = {
    "apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "cc-by-nc-sa-4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode",
}


def render_card(folder: Path, report: Mapping[str, Any], template: Path, *, licence: str = "cc-by-nc-sa-4.0") -> str:
    """Return the card of the checkpoint in `folder`.

    Args:
        folder: Checkpoint with `run.json`.
        report: Plain values of an evaluation, from `emotion_hf.evaluation.report.to_plain`.
        template: `model_card.md`.
        licence: Hub identifier of the weights' licence.

    Raises:
        CheckpointError: There is no `run.json`, it is damaged, or it lacks a field.
    """
    run = Run.read(folder)
    corpora = [CORPORA[name] for name in run.data["train"].clips_by_corpus if name in CORPORA]
    data = ModelCardData(
        model_name=f"emotion_hf {run.recipe['name']}",
        license=licence,
        language=sorted({corpus.language for corpus in corpora}),
        library_name="transformers",
        pipeline_tag="audio-classification",
        tags=["speech-emotion-recognition", "audio", "emotion_hf"],
        datasets=[corpus.name for corpus in corpora],
        base_model=_base_model(run),
        eval_results=_eval_results(report),
    )
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 Markdown
    environment.filters["zip"] = zip
    values = {
        "name": data.model_name,
        "labels": report["labels"],
        "report": report,
        "figures": list(FIGURES.items()),
        "run": run,
        "corpora": corpora,
        **_tables(report),
    }
    text = environment.from_string(template.read_text(encoding="utf-8")).render(card_data=data.to_yaml(), **values)
    return str(ModelCard(text))


def _base_model(run: Run) -> str | None:
    """Return the Hub id of the pretrained encoder in a model, if it has one."""
    model = run.recipe.get("model", {})
    source = model.get("checkpoint", "")
    return source if model.get("family") == "encoder" and "/" in source else None


def write_card(folder: Path, report: Report, template: Path) -> None:
    """Write the card of the checkpoint in `folder` with the figures of `report`, as `README.md`.

    Raises:
        CheckpointError: As `render_card`.
        WriteError: The file system reports an error.
    """
    card = render_card(folder, to_plain(report), template)
    with writing(folder):
        (folder / "README.md").write_text(card, encoding="utf-8")


def licence_text(licence: str) -> str:
    """Return the text of LICENSE for a model whose folder has none."""
    where = LICENCE_TEXTS.get(licence, "https://huggingface.co/docs/hub/repositories-licenses")
    return (
        f"The weights in this repository (*.safetensors) are licensed under {licence}; full text: {where}\n\n"
        "README.md names the corpora of the training data, whose terms apply as well.\n\n"
        "The code in this repository (*.py) is licensed under apache-2.0; full text: "
        f"{LICENCE_TEXTS['apache-2.0']}\n"
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
