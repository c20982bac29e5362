"""Train and test a recipe or a baseline on all folds and seeds; what is finished is kept, so that a run can continue.

Example:
    >>> found = cross_validate(load_recipe("cnn"), data, make_folds(dataset, "ravdess"), (0, 1, 2), "runs/folds/cnn")
    ... # doctest: +SKIP
    >>> found.mean, found.between_seeds  # doctest: +SKIP
    (0.534, 0.012)
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_hf.data.folds import Fold, split_off
from emotion_hf.data.splits import limit_training
from emotion_hf.disk import read_json, write_whole
from emotion_hf.errors import RecipeError, ReportError
from emotion_hf.evaluation.folds import CrossValidation, Outcome
from emotion_hf.evaluation.report import to_plain, write_report
from emotion_hf.evaluation.report_json import read_report
from emotion_hf.measurement import measure
from emotion_hf.recipes import Recipe, checkpoint_of
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.run import RUN_FILE, Run
from emotion_hf.training.baseline import BaselineRecipe, fit_baseline
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.pretrained_encoder import is_trained
from emotion_hf.training.resume import first_difference
from emotion_hf.unfinished import can_resume

if TYPE_CHECKING:
    from datasets import Dataset

    from emotion_hf.data.splits import Split
    from emotion_hf.evaluation.results import Report

SETTINGS = "settings.json"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Means:
    """Where and how the models of a cross-validation are trained.

    Attributes:
        output: Folder of the reports and, while they are needed, of the models.
        keep: Keep the models, `OUTPUT/FOLD-seedN`.
        cache: Folder of the cached embeddings or features.
        jobs: Parallel processes of a baseline.
        bar: Wraps items for a progress bar.
        tell: Receives one line for each fold and seed.
    """

    output: Path
    keep: bool = False
    cache: Path | None = None
    jobs: int = 1
    bar: Callable[..., Iterable] = lambda items, **_: items
    tell: Tell = lambda line: None


def cross_validate(
    recipe: Recipe | BaselineRecipe,
    data: Mapping[str, Path],
    dataset: Dataset,
    folds: Sequence[Fold],
    seeds: Sequence[int],
    means: Means,
) -> CrossValidation:
    """Train and test a model for each fold and seed, except for those whose report is in the output folder.

    Args:
        recipe: Settings of the training; its split and its seed are replaced.
        data: Name of each corpus → its folder.
        dataset: The clips of `data`, from `load_corpora`.
        folds: From `make_folds`.
        seeds: Seeds of the trainings.
        means: Where and how.

    Raises:
        RecipeError: The recipe cannot be cross-validated, or differs from what is in the output folder.
        CorpusError, LabelError, SplitError, AudioError: The data cannot be used.
        WriteError: A file cannot be written.
    """
    _check(recipe)
    means.output.mkdir(parents=True, exist_ok=True)
    _keep_settings(means.output / SETTINGS, recipe, dataset, folds)
    outcomes, total = [], len(folds) * len(seeds)
    for seed in seeds:
        for fold in folds:
            name = f"{fold.name}-seed{seed}"
            report = _finished(means.output / f"{name}.json")
            state = "already finished"
            if report is None:
                split = split_off(dataset, fold, validation=recipe.data.validation, seed=seed)
                split = limit_training(dataset, split, recipe.data.max_train_samples, seed=seed)
                report, state = (
                    _train_and_test(recipe, data, dataset, split, seed, means.output / name, means),
                    "finished",
                )
            outcomes.append(Outcome(fold.name, seed, report))
            place = f"{len(outcomes)} of {total}"
            means.tell(f"{recipe.name}, {fold.name}, seed {seed}: UA {report.ua.value:.3f} ({place}, {state})")
    return CrossValidation(recipe.name, tuple(outcomes), _encoder(recipe))


def _train_and_test(
    recipe: Recipe | BaselineRecipe,
    data: Mapping[str, Path],
    dataset: Dataset,
    split: Split,
    seed: int,
    folder: Path,
    means: Means,
) -> Report:
    """Train one model, test it, save its report beside its folder, and remove the folder unless it is kept."""
    if isinstance(recipe, BaselineRecipe):
        recipe = replace(recipe, seed=seed, data=replace(recipe.data, split=split.name))
    else:
        recipe = replace(recipe, seed=seed, data=replace(recipe.data, split=split.name))
    if not (folder / RUN_FILE).is_file():  # otherwise only the test was interrupted
        resume = can_resume(folder)
        if folder.exists() and not resume:
            shutil.rmtree(folder)  # an interrupted attempt of ours
        prepared = (dataset, split)
        if isinstance(recipe, BaselineRecipe):
            fit_baseline(
                *(recipe, data, folder),
                prepared=prepared,
                importance=False,
                cache=means.cache,
                jobs=means.jobs,
                progress=means.bar,
            )
        else:
            fine_tune(recipe, data, folder, prepared=prepared, resume=resume, cache=means.cache)
    recognizer = EmotionRecognizer.from_pretrained(folder)
    report = measure(recognizer, folder, dataset.select(split.test), f"{split.name}-test", optimistic=split.optimistic)
    report = replace(report, model=recipe.name)
    if means.keep:
        write_report(report, folder / "report" / "test")
    content = json.dumps(to_plain(report), indent=1, ensure_ascii=False)
    write_whole(folder.with_name(f"{folder.name}.json"), content.encode())
    if not means.keep:
        shutil.rmtree(folder)
    return report


def _finished(path: Path) -> Report | None:
    """Return the report of a fold and seed if it is there."""
    return read_report(path) if path.is_file() else None


def _check(recipe: Recipe | BaselineRecipe) -> None:
    """Refuse a recipe whose models would know the test speakers, or would be published.

    Raises:
        RecipeError: It is one.
    """
    if isinstance(recipe, BaselineRecipe):
        return
    if recipe.push_to_hub:
        raise RecipeError("A cross-validation publishes no model; leave out push_to_hub.")
    checkpoint = recipe.model.checkpoint
    if checkpoint and (recipe.model.family != "encoder" or is_trained(checkpoint_of(recipe))):
        run = Run.find(Path(checkpoint_of(recipe)))
        if recipe.model.head.fresh and run and run.has_frozen_encoder:
            return
        raise RecipeError(
            f"{checkpoint} is a trained model, which may know the test speakers; leave out model.checkpoint."
        )


def _encoder(recipe: Recipe | BaselineRecipe) -> str:
    """Return the public name of the pretrained encoder of a recipe; that of a trained model is the one in it."""
    source = str(recipe.encoder if isinstance(recipe, BaselineRecipe) else checkpoint_of(recipe))
    if not source or not Path(source).is_dir():
        return source
    run = Run.find(Path(source))
    return run.started_from if run and run.started_from else Path(source).resolve().name


def _keep_settings(path: Path, recipe: Recipe | BaselineRecipe, dataset: Dataset, folds: Sequence[Fold]) -> None:
    """Save what the folds are trained with, or check that it is the same as before.

    Raises:
        RecipeError: It differs.
    """
    plain = json.loads(json.dumps(asdict(recipe)))  # tuples become lists, as in the file
    del plain["seed"], plain["data"]["split"]
    now: dict[str, Any] = {
        "recipe": plain,
        "clips": _fingerprint(dataset),
        "folds": {fold.name: list(fold.speakers) or list(fold.rows) for fold in folds},
    }
    if not path.is_file():
        write_whole(path, (json.dumps(now, indent=1, ensure_ascii=False) + "\n").encode())
        return
    try:
        before = dict(read_json(path))
    except (OSError, ValueError, TypeError) as error:
        raise ReportError(f"{path} is damaged; name another --output.") from error
    remedy = "continue with the same command, or name another --output"
    if before.get("clips") != now["clips"]:
        raise RecipeError(f"{path.parent} was started with other clips; {remedy}.")
    if before.get("folds") != now["folds"]:
        raise RecipeError(f"{path.parent} was started with other folds; {remedy}.")
    if changed := first_difference(before["recipe"], plain):
        raise RecipeError(f"{path.parent} was started with {changed}; {remedy}.")


def _fingerprint(dataset: Dataset) -> str:
    """Return a number that changes if clips, emotions or speakers do."""
    names = ("/".join(Path(audio["path"]).parts[-2:]) for audio in dataset["audio"])
    lines = zip(names, dataset["emotion"][:], dataset["speaker"][:], dataset["corpus"][:], strict=True)
    return hashlib.sha256("\n".join(map(str, lines)).encode()).hexdigest()
