"""Evaluate a trained model on part of a data set: a report with cost and training.

Example:
    >>> run = Run.find(Path("runs/mine"))  # doctest: +SKIP
    >>> clips = select_clips({"ravdess": Path("ravdess")}, "fold1-test", recognizer.labels, run)  # doctest: +SKIP
    >>> measure(recognizer, Path("runs/mine"), clips, "fold1-test").cost.ms_per_clip  # doctest: +SKIP
    14.2
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.checkpoint import count_parameters
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import select
from emotion_hf.errors import LabelError
from emotion_hf.evaluation.cost import CLIPS, measure_cost
from emotion_hf.evaluation.evaluate import Progress, evaluate, load_waves
from emotion_hf.evaluation.results import Cost, Report, Training
from emotion_hf.labels import other_names, suggest_renaming
from emotion_hf.recognizer import EmotionRecognizer, load_scorer, model_name
from emotion_hf.run import Run, public_speaker

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)


def measure(
    recognizer: EmotionRecognizer,
    model: Path,
    clips: Dataset,
    split: str,
    *,
    optimistic: bool = False,
    progress: Progress = iter,
) -> Report:
    """Return the report on these clips, with the model's size, its speed on some of them, and its training.

    Args:
        recognizer: The loaded model.
        model: Its folder, whose `run.json` names the speakers of the training; or its Hub id.
        clips: Rows of `load_corpora`.
        split: Name of these clips.
        optimistic: Mark the report as optimistic even if all speakers are unseen.
        progress: Wraps the chunks of clips, for a progress bar.

    Raises:
        CheckpointError: The model's `run.json` is damaged, or lacks a field.
        LabelError, AudioError: The clips cannot be used.
    """
    run = Run.find(model)
    seen = run.seen_speakers if run else set()
    if run and split.endswith("-validation"):  # such a report already warns about these speakers
        seen = set(run.data["train"].speakers)
    optimistic = optimistic or bool(seen & {public_speaker(speaker) for speaker in clips["speaker"]})
    report = evaluate(recognizer, clips, split=split, optimistic=optimistic, progress=progress)
    rows = np.unique(np.linspace(0, len(clips) - 1, CLIPS).astype(int))
    found = load_waves(audio["path"] for audio in clips.select(rows)["audio"])
    waves = [wave for wave in found if wave is not None]
    cost = measure_cost(recognizer, waves, _size(recognizer, model)) if waves else _size(recognizer, model)
    return replace(report, cost=cost, training=Training.from_run(run) if run else None)


def measure_models(
    models: Sequence[str],
    data: Mapping[str, Path],
    split: str,
    *,
    labels: Mapping[str, str] | None = None,
    trust_remote_code: bool = False,
    progress: Progress = iter,
) -> list[Report]:
    """Return the report of each model, folder or Hub id, on the same part of the data.

    Args:
        models: The models.
        data: Name of each corpus → its folder.
        split: Part of a split.
        labels: Meaning of labels, `{"ang": "angry"}`, for the models that have them.
        trust_remote_code: Run code that comes with a model.
        progress: Wraps the clips.

    Raises:
        CheckpointError: A model cannot be loaded.
        CorpusError, LabelError, SplitError, AudioError: The data cannot be used.
    """
    runs = [Run.find(Path(model)) for model in models]
    recognizers = [_load(model, labels or {}, trust_remote_code) for model in models]
    clips = [select_clips(data, split, one.labels, run) for one, run in zip(recognizers, runs, strict=True)]
    return [
        measure(recognizer, Path(model), chosen, split, progress=progress)
        for recognizer, model, chosen in zip(recognizers, models, clips, strict=True)
    ]


def _load(model: str, labels: Mapping[str, str], trust_remote_code: bool) -> EmotionRecognizer:
    """Return a model, with those of its labels renamed that `labels` names."""
    scorer = load_scorer(model, trust_remote_code=trust_remote_code)
    own = {name: meaning for name, meaning in labels.items() if name in scorer.labels}
    return EmotionRecognizer(scorer, model_name(model), labels=own)


def select_clips(data: Mapping[str, Path], split: str, labels: Sequence[str], run: Run | None) -> Dataset:
    """Return the clips of a split whose emotion is a label of the model, drawn and labelled as in its training.

    Raises:
        CorpusError, LabelError, SplitError: The data cannot be used.
    """
    recipe: Mapping[str, Any] = run.recipe if run else {"seed": 0, "data": {"validation": 0.2}}
    dataset = load_clips(data, run)
    found = set(dataset["emotion"])
    if meant := other_names(labels, found):  # otherwise each right prediction with such a label would count as wrong
        raise LabelError(f"The model calls {' and '.join(_pairs(meant))}.{suggest_renaming(labels, found)}")
    known = [row for row, emotion in enumerate(dataset["emotion"]) if emotion in labels]
    if not known:
        raise LabelError(
            f"No clip has an emotion that is a label of the model; its labels are {', '.join(labels)}."
            f"{suggest_renaming(labels, found)}"
        )
    if len(known) < len(dataset):
        logger.info(
            "%d clips have an emotion that is no label of the model; they are left out.", len(dataset) - len(known)
        )
    return select(dataset.select(known), split, validation=recipe["data"]["validation"], seed=recipe["seed"])


def _pairs(meant: Mapping[str, str]) -> list[str]:
    return [f"{emotion} {label!r}" for label, emotion in meant.items()]


def load_clips(data: Mapping[str, Path], run: Run | None) -> Dataset:
    """Return the clips of the corpora, labelled as in the training.

    Raises:
        CorpusError, LabelError: The data cannot be used.
    """
    merged = run.recipe["data"]["labels"] if run else []
    return load_corpora(data, labels=merged if isinstance(merged, dict) else None)


def _size(recognizer: EmotionRecognizer, model: Path) -> Cost:
    """Return the number of parameters (none for a baseline) and the size of the files or, on the Hub, the weights."""
    files = [*model.glob("*.safetensors"), *model.glob("*.skops")]
    size, parameters = sum(file.stat().st_size for file in files), None
    if recognizer.network is not None:
        tensors = recognizer.model.state_dict().values()
        size = size or sum(one.nbytes for one in tensors)
        parameters = count_parameters(model) or sum(one.numel() for one in tensors)
    return Cost(parameters, size / 1e6)
