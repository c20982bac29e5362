"""Fit a classical baseline on corpora and save it to a folder that can be used like any other model.

Settings, temperature and the "not sure" threshold are chosen by cross-validation over the training speakers. The
validation speakers are not part of it, so their figures can be compared with those of other models.

Example:
    >>> recipe = BaselineRecipe("svm", "svm", data=BaselineData(split="fold1"))
    >>> run, importance = fit_baseline(recipe, {"ravdess": "ravdess/"}, "runs/svm")  # doctest: +SKIP
    >>> run.validation["ua"], importance["pitch"].drop  # doctest: +SKIP
    (0.61, 0.02)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.baselines.baseline import Baseline, make_features
from emotion_hf.baselines.cache import CachedFeatures
from emotion_hf.baselines.estimators import KINDS, fit, make_folds
from emotion_hf.baselines.features import Features
from emotion_hf.baselines.importance import Importance, group_importance
from emotion_hf.calibration import fit_not_sure
from emotion_hf.corpora.hub_source import hub_sources
from emotion_hf.data.augment import Augmenter
from emotion_hf.data.loader import resolve_labels
from emotion_hf.data.splits import Split
from emotion_hf.disk import check_folder, writing
from emotion_hf.errors import RecipeError
from emotion_hf.evaluation.evaluate_metric import SpeechEmotionMetric
from emotion_hf.recipes import AugmentationRecipe
from emotion_hf.training.material import load_and_split
from emotion_hf.training.record import TrainedRun, source_commit, write_run

if TYPE_CHECKING:
    from datasets import Dataset

Change = Callable[[np.ndarray], np.ndarray]
Progress = Callable[..., Iterable]


@dataclass(frozen=True)
class BaselineData:
    """Clips and held-out speakers, with the fields of `emotion_hf.recipes.DataRecipe`."""

    labels: list[str] | dict[str, list[str]] = field(default_factory=list)
    split: str = "speakers:0.2"
    validation: float = 0.2
    max_train_samples: int = 0


@dataclass(frozen=True)
class BaselineRecipe:
    """Settings of a baseline.

    Attributes:
        name: Name of the baseline.
        kind: Estimator, one of `emotion_hf.baselines.estimators.KINDS`.
        encoder: Hub id or folder of a pretrained encoder whose embeddings are the features; empty for engineered
            features.
        layer: Layer of the encoder; `None` for the mean of all.
        data: Clips and held-out speakers.
        speeds: Speed factors; each training clip is also used at each of these speeds. Pitch and formants change with
            the speed, as if another person spoke.
        seed: Seed of all random draws.
        notes: Text about the data, for `run.json`.
        licence: Hub identifier of the licence of your own recordings, for the card; empty if it is not stated.
    """

    name: str
    kind: str
    encoder: str = ""
    layer: int | None = None
    data: BaselineData = field(default_factory=BaselineData)
    speeds: tuple[float, ...] = (0.9, 1.1)
    seed: int = 0
    notes: str = ""
    licence: str = ""


def fit_baseline(
    recipe: BaselineRecipe,
    data: Mapping[str, Path | str],
    output: Path | str,
    *,
    prepared: tuple[Dataset, Split] | None = None,
    importance: bool = True,
    cache: Path | None = None,
    jobs: int = 1,
    progress: Progress = lambda items, **_: items,
) -> tuple[TrainedRun, dict[str, Importance]]:
    """Fit a baseline; return the finished run and the importance of each group of features.

    Args:
        recipe: Settings of the baseline.
        data: Name of each corpus → its folder.
        output: Folder of the baseline, new or empty.
        prepared: The clips of `data` and their split, to use another split than the recipe's.
        importance: Also measure the importance of each group of features, which takes longer than the fit.
        cache: Folder in which features are cached between runs; `None` caches none.
        jobs: Number of parallel processes.
        progress: Wraps clips and fits, for a progress bar; called with `desc`, and with `total` if the items have no
            length.

    Raises:
        RecipeError: The kind is unknown, or `output` is not empty.
        CheckpointError: The encoder cannot be loaded.
        CorpusError, LabelError, SplitError: The data cannot be used.
        WriteError: A file cannot be written.
    """
    started, commit, output = time.time(), source_commit(), Path(output)
    _check(recipe, output)
    changes = [Augmenter(AugmentationRecipe(speeds=[speed]), SAMPLING_RATE).wave for speed in recipe.speeds]
    features = make_features(recipe.encoder, recipe.layer)
    kept = CachedFeatures(features, cache) if cache else features
    dataset, split = prepared or load_and_split(recipe, data)
    labels = resolve_labels(dataset, recipe.data.labels or None)
    train, validation = dataset.select(split.train), dataset.select(split.validation)
    truth = _numbers(train, labels)
    folds = make_folds(truth, _speakers(train, split), recipe.seed)

    with writing(output):
        output.mkdir(parents=True, exist_ok=True)  # fails before the work rather than after it
    values = _features(kept, train, changes, progress)
    options: dict[str, Any] = {"seed": recipe.seed, "num_labels": len(labels)}
    fitted = fit(
        recipe.kind, values, truth, folds, **options, jobs=jobs, progress=partial(progress, desc="Cross-validation")
    )
    matters: dict[str, Importance] = {}
    if importance:
        matters = group_importance(
            *(recipe.kind, fitted.settings, values, truth, folds, features.groups),
            **options,
            progress=partial(progress, desc="Importance of features"),
        )
    baseline = Baseline(
        labels=labels,
        features=features,
        estimator=fitted.estimator,
        not_sure_below=fit_not_sure(fitted.scores.max(axis=1)),
        figures={"settings": fitted.settings, "cross_validation": _measure(fitted.scores, truth)},
    )
    baseline.save(output)
    figures = {}
    if len(validation):
        scores = fitted.estimator.probabilities(_features(kept, validation, [], progress)[:, 0])
        figures = _measure(scores, _numbers(validation, labels))
    run = TrainedRun(output, fitted.tried, figures, split)
    write_run(run, _public(recipe), dataset, sources=hub_sources(data), commit=commit, seconds=time.time() - started)
    return run, matters


def _check(recipe: BaselineRecipe, output: Path) -> None:
    if recipe.kind not in KINDS:
        raise RecipeError(f"Unknown baseline {recipe.kind!r}; choose one of {', '.join(KINDS)}.")
    if output.exists() and not output.is_dir():
        raise RecipeError(f"{output} is a file; name a folder as --output.")
    check_folder(output)
    if output.exists() and any(output.iterdir()):
        raise RecipeError(f"{output} is not empty; name another --output.")


def _speakers(train: Dataset, split: Split) -> np.ndarray | None:
    """Return the speaker of each clip; `None` if the split is random, with speakers on both sides."""
    if split.name.startswith("random:"):
        return None
    return np.array([speaker or f"clip {row}" for row, speaker in enumerate(train["speaker"][:])])


def _numbers(clips: Dataset, labels: Sequence[str]) -> np.ndarray:
    return np.array([labels.index(emotion) for emotion in clips["emotion"][:]])


def _features(features: Features, clips: Dataset, changes: Sequence[Change], progress: Progress) -> np.ndarray:
    """Return the features of each clip and of its changed copies, `(clips, 1 + changes, features)`."""
    paths = [audio["path"] for audio in clips["audio"]]
    found = []
    for path in progress(paths, desc="Computing features"):
        wave = load_audio(path)
        found.append(features([wave, *(change(wave) for change in changes)]))
    return np.stack(found)


def _measure(scores: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    return SpeechEmotionMetric().compute(predictions=scores, references=truth)


def _public(recipe: BaselineRecipe) -> dict[str, Any]:
    """Return the recipe for run.json, which is published: only the last part of an encoder's folder."""
    encoder = Path(recipe.encoder).name if Path(recipe.encoder).is_dir() else recipe.encoder
    plain = asdict(recipe) | {"encoder": encoder}
    return plain | {"augmentation": {"speeds": plain.pop("speeds"), "noise": ""}}
