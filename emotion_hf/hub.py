"""What goes to the Hub: for now the model card, rendered from the figures that were measured.

Example:
    >>> card = render_card(Path("runs/default"), to_plain(report), Path("model_card.md"))  # doctest: +SKIP
    >>> (Path("runs/default") / "README.md").write_text(str(card))  # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from emotion_hf.corpora import CORPORA
from emotion_hf.errors import CheckpointError
from emotion_hf.evaluation.report import FIGURES

METRIC_TYPES = {"ua": "recall", "wa": "accuracy", "macro_f1": "f1", "ece": "calibration_error"}


def render_card(folder: Path, report: Mapping[str, Any], template: Path, *, licence: str = "cc-by-nc-sa-4.0") -> str:
    """Return the card of the checkpoint in `folder`.

    Args:
        folder: Checkpoint with `run.json`.
        report: Plain values of an evaluation, as `emotion_hf.evaluation.report.to_plain` gives them.
        template: `model_card.md`.
        licence: Hub identifier of the weights' licence.

    Raises:
        CheckpointError: There is no `run.json`.
    """
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder} has no run.json, which its card needs; train it by train.finetune."
        ) from error
    corpora = [CORPORA[name] for name in run["data"]["train"]["clips_by_corpus"] if name in CORPORA]
    data = ModelCardData(
        model_name=f"emotion_hf {run['recipe']['name']}",
        license=licence,
        language=sorted({corpus.language for corpus in corpora}),
        library_name="transformers",
        pipeline_tag="audio-classification",
        tags=["speech-emotion-recognition", "audio", "emotion_hf"],
        datasets=[corpus.name for corpus in corpora],
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
    }
    text = environment.from_string(template.read_text(encoding="utf-8")).render(card_data=data.to_yaml(), **values)
    return str(ModelCard(text))


def _eval_results(report: Mapping[str, Any]) -> list[EvalResult]:
    return [
        EvalResult(
            task_type="audio-classification",
            dataset_type=str(report["split"]),
            dataset_name=f"{report['split']}{' (optimistic)' if report['optimistic'] else ''}",
            metric_type=METRIC_TYPES[key],
            metric_name=title,
            metric_value=round(report[key], 4),
        )
        for key, title in FIGURES.items()
    ]
