"""Record of a training: `run.json`, which is saved with the weights and lists the recipe, the data and the results.

If the model was trained on corrections, their ledger also names the model, so that people who delete a correction
learn which models were trained on it.

Example:
    >>> write_run(run, recipe, dataset, commit=source_commit(), seconds=60.0)  # doctest: +SKIP
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch

from emotion_hf.corpora.hub_source import HubSource
from emotion_hf.data.splits import Split
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import FeedbackStore, note_training
from emotion_hf.feedback.annotations import learned_from
from emotion_hf.recipes import Recipe, checkpoint_of
from emotion_hf.run import Part, Run, public_recipe, public_speaker

if TYPE_CHECKING:
    from datasets import Dataset

PACKAGES = ("torch", "torchaudio", "transformers", "datasets", "accelerate", "evaluate", "audiomentations", "numpy")


@dataclass(frozen=True)
class TrainedRun:
    """Result of a training.

    Attributes:
        folder: The checkpoint folder, with `run.json`.
        history: Trainer's log, with mappings of the loss and the validation figures of each epoch.
        validation: Figures on the validation speakers in the chosen epoch; empty without validation speakers.
        split: Clips for training, validation and test.
    """

    folder: Path
    history: list[dict[str, Any]]
    validation: dict[str, float]
    split: Split


def write_run(
    run: TrainedRun,
    recipe: Recipe | Mapping[str, Any],
    dataset: Dataset,
    *,
    sources: Mapping[str, HubSource] = MappingProxyType({}),
    commit: str | None,
    seconds: float,
) -> None:
    """Write `run.json`: recipe, data counts, validation figures, history, versions, commit, machine and time.

    A recipe of another type, such as a baseline's, is given as plain values. Corrections used for training are noted
    in their ledger.

    Raises:
        WriteError: A file cannot be written.
        FeedbackError: The ledger cannot be written.
    """
    parts = {"train": run.split.train, "validation": run.split.validation, "test": run.split.test}
    facts = Run(
        recipe=public_recipe(recipe) if isinstance(recipe, Recipe) else dict(recipe),
        data={part: _counts(dataset.select(rows)) for part, rows in parts.items()},
        optimistic_split=run.split.optimistic,
        validation=run.validation,
        history=run.history,
        versions={"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        commit=commit,
        machine=torch.cuda.get_device_name() if torch.cuda.is_available() else f"{os.cpu_count()} CPU cores",
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds),
        languages=sorted({*dataset.select([*run.split.train, *run.split.validation])["language"][:]} - {None, ""}),
        hub_sources=dict(sources),
        earlier_corpora=_earlier_corpora(recipe) if isinstance(recipe, Recipe) else [],
    )
    facts.write(run.folder)
    _note_corrections(dataset, [*run.split.train, *run.split.validation], str(run.folder))


def source_commit() -> str | None:
    """Return the commit of the running source code, if it is a git checkout."""
    folder = Path(__file__).parent
    try:
        result = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True)  # noqa: S607
    except FileNotFoundError:
        return None
    return result.stdout.strip() or None


def _earlier_corpora(recipe: Recipe) -> list[str]:
    """Return the corpora of the model that a training starts from; none for a pretrained encoder.

    A fresh head takes only the encoder of that model, which knows these corpora only if it was trained on them.
    """
    folder = Path(checkpoint_of(recipe))
    before = Run.find(folder) if recipe.model.checkpoint and folder.is_dir() else None
    if before is None or (recipe.model.head.fresh and before.has_frozen_encoder):
        return []
    return list(before.corpora)


def _note_corrections(dataset: Dataset, used: Sequence[int], model: str) -> None:
    paths = [Path(audio["path"]) for audio in dataset["audio"]]
    for folder in dict.fromkeys(path.parent.parent for path in paths if path.parent.name == "audio"):
        store = FeedbackStore(folder)
        try:
            records = list(store.records())
        except FeedbackError:  # another kind of folder, in which a table has the same name
            continue
        there, learned = (
            {path.relative_to(folder).as_posix() for path in some if path.is_relative_to(folder)}
            for some in (paths, [paths[row] for row in used])
        )
        if ids := learned_from(records, learned):
            until = max(record.time for record in records if record.file_name in there)
            note_training(store, ids, model, until=until)


def _counts(part: Dataset) -> Part:
    return Part(
        clips=len(part),
        clips_by_corpus=dict(Counter(part["corpus"][:])),  # a slice, because reading one value at a time takes seconds
        clips_by_emotion=dict(Counter(part["emotion"][:])),
        speakers=sorted(public_speaker(speaker) for speaker in set(part["speaker"][:])),
    )
