"""Combine trained models that share a front end into one ensemble, weighed on the validation speakers.

Example:
    >>> run = combine(["runs/functionals", "runs/dictionary"], {"ravdess": "ravdess/"}, "runs/both")  # doctest: +SKIP
    >>> run.validation["ua"]  # doctest: +SKIP
    0.7
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from emotion_hf.calibration import fit_not_sure
from emotion_hf.checkpoint import save
from emotion_hf.data.collate import WaveCollator, decode
from emotion_hf.data.loader import label_masks
from emotion_hf.errors import CheckpointError, RecipeError
from emotion_hf.evaluation.evaluate_metric import SpeechEmotionMetric
from emotion_hf.models import EnsembleForAudioClassification, SpectrogramFeatureExtractor
from emotion_hf.recipes import ModelRecipe, Recipe, TrainingRecipe, recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.run import Run
from emotion_hf.training import build
from emotion_hf.training.finetune import load_and_split
from emotion_hf.training.record import TrainedRun, source_commit, write_run
from emotion_hf.training.resume import check_output

if TYPE_CHECKING:
    from datasets import Dataset

BATCH_SIZE = 16
ROUNDS = 200


def combine(
    members: Sequence[Path | str],
    data: Mapping[str, Path | str],
    output: Path | str,
    *,
    like: Path | str | None = None,
    overrides: Sequence[str] = (),
) -> TrainedRun:
    """Write an ensemble of trained models.

    Args:
        members: Their folders.
        data: Name of each corpus → its folder, as for each member's training.
        output: Folder of the checkpoint, new or empty.
        like: Ensemble of such members that had validation speakers; weights, temperature and threshold are taken
            from it. Without it they are fitted on the validation speakers.
        overrides: `key.key=value` of the recipe, such as its name.

    Raises:
        CheckpointError: A model cannot be loaded, or is of another family.
        RecipeError: They do not fit together, or nobody is there to weigh them on.
        CorpusError, LabelError, SplitError: The data cannot be used.
        WriteError: The disk refuses.
    """
    started, commit, output = time.time(), source_commit(), Path(output)
    folders = [Path(folder) for folder in members]
    loaded = [EmotionRecognizer.from_pretrained(folder) for folder in folders]
    runs = [_run_of(folder) for folder in folders]
    recipe = _shared_recipe(folders, runs, loaded, overrides)
    check_output(output, recipe, resume=False)
    dataset, split = load_and_split(recipe, data)
    extractor = build.build_extractor(recipe)
    model = build.build_model(recipe, extractor, loaded[0].labels)
    for place, one in zip(model.members, loaded, strict=True):
        place.load_state_dict(one.model.state_dict())
    figures: dict[str, float] = {}
    if like is not None:
        _calibrate_like(model, EmotionRecognizer.from_pretrained(like).model)
    elif split.validation:
        masks = label_masks(dataset, recipe.data.labels or None)
        collator = WaveCollator(extractor, loaded[0].labels, masks, max_seconds=recipe.data.max_seconds)
        figures = _weigh(model.eval(), decode(dataset.select(split.validation)), collator)
    else:
        raise RecipeError("These models had no validation speakers; name an ensemble that had some as --like.")
    recipe = _with_config(recipe, weights=list(model.config.weights), members=list(model.config.members))
    run = TrainedRun(output, [], figures, split)
    save(output, model, extractor)
    write_run(run, recipe, dataset, commit=commit, seconds=time.time() - started, members=runs)
    return run


def fit_weights(log_p: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Return weights `(members,)` that sum to 1, and a temperature, which together give the least log-loss.

    Args:
        log_p: Logarithms of each member's probabilities `(members, clips, labels)`.
        truth: Class numbers `(clips,)`.
    """
    inputs, targets = torch.from_numpy(log_p).double(), torch.from_numpy(truth)
    logarithms = torch.full((len(log_p),), -float(np.log(len(log_p))), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([logarithms], max_iter=ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        mixed = torch.einsum("m,mcl->cl", logarithms.exp(), inputs)
        value = torch.nn.functional.cross_entropy(mixed, targets) + 1e-4 * logarithms.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    scales = logarithms.detach().exp().numpy()
    return scales / scales.sum(), float(1 / scales.sum())


def _shared_recipe(
    folders: Sequence[Path],
    runs: Sequence[Run],
    members: Sequence[EmotionRecognizer],
    overrides: Sequence[str],
) -> Recipe:
    """Return the recipe of the ensemble, whose members must agree on data, labels and front end."""
    recipes = [recipe_from_mapping(run.recipe) for run in runs]
    first = recipes[0]
    for folder, recipe, member in zip(folders, recipes, members, strict=True):
        if recipe.model.family != "spectrogram":
            raise CheckpointError(
                f"{folder} is of family {recipe.model.family}; only spectrogram models share features."
            )
        if member.labels != members[0].labels:
            raise RecipeError(f"{folder} answers {', '.join(member.labels)}, {folders[0]} does not; train them alike.")
        for name in ("split", "validation", "labels"):
            if getattr(recipe.data, name) != getattr(first.data, name):
                raise RecipeError(
                    f"{folder} was trained with another data.{name} than {folders[0]}; train them alike."
                )
        if recipe.seed != first.seed:
            raise RecipeError(
                f"{folder} was trained with another seed than {folders[0]}, so other validation speakers."
            )
    extractors = [member.extractor for member in members]
    front_end = {**first.model.front_end, "features": _union(folders, extractors)}
    configs = [_description(member.model.config) for member in members]
    model = ModelRecipe(family="ensemble", front_end=front_end, config={"members": configs})
    data = dataclasses.replace(first.data, max_seconds=max(recipe.data.max_seconds for recipe in recipes))
    content = dataclasses.asdict(
        dataclasses.replace(first, name="ensemble", data=data, model=model, training=TrainingRecipe(), push_to_hub="")
    )
    return recipe_from_mapping(content, overrides)


def _run_of(folder: Path) -> Run:
    run = Run.read(folder)
    if "model" not in run.recipe:
        raise CheckpointError(f"{folder} is a baseline; only spectrogram models share features.")
    return run


def _union(folders: Sequence[Path], extractors: Sequence[SpectrogramFeatureExtractor]) -> list[str]:
    """Return all features that the members hear, which must be made in the same way."""
    first = {
        name: value for name, value in extractors[0].to_dict().items() if name not in ("features", "feature_size")
    }
    for folder, extractor in zip(folders, extractors, strict=True):
        for name, value in extractor.to_dict().items():
            if name in first and first[name] != value:
                raise RecipeError(
                    f"{folder} hears with front_end.{name}={value}, {folders[0]} with {first[name]}; train them alike."
                )
    return list(dict.fromkeys(name for extractor in extractors for name in extractor.features))


def _description(config: Any) -> dict[str, Any]:
    """Return what a member's config has beyond the defaults of its kind, but not what belongs to the whole."""
    plain, usual = config.to_dict(), type(config)().to_dict()
    names = type(config).__annotations__
    return {name: plain[name] for name in names if name in plain and plain[name] != usual.get(name)}


def _with_config(recipe: Recipe, **fields: Any) -> Recipe:
    model = dataclasses.replace(recipe.model, config=recipe.model.config | fields)
    return dataclasses.replace(recipe, model=model)


def _weigh(model: EnsembleForAudioClassification, clips: Dataset, collator: WaveCollator) -> dict[str, float]:
    """Fit weights, temperature and threshold on the validation clips, and return their figures."""
    log_p, truth = [], []
    for begin in range(0, len(clips), BATCH_SIZE):
        batch = collator([clips[row] for row in range(begin, min(begin + BATCH_SIZE, len(clips)))])
        with torch.inference_mode():
            log_p.append(model.log_probabilities(batch["input_values"], batch["attention_mask"]).numpy())
        truth.append(batch["labels"].argmax(1).numpy())
    answers, targets = np.concatenate(log_p, axis=1), np.concatenate(truth)
    weights, temperature = fit_weights(answers, targets)
    model.config.weights, model.config.logit_temperature = weights.tolist(), temperature
    scores = torch.from_numpy(np.einsum("m,mcl->cl", weights, answers) / temperature).softmax(-1).numpy()
    model.config.not_sure_below = fit_not_sure(scores.max(axis=1))
    return SpeechEmotionMetric().compute(predictions=scores, references=targets)


def _calibrate_like(model: EnsembleForAudioClassification, other: Any) -> None:
    own, others = ([one.config.backbone for one in getattr(each, "members", ())] for each in (model, other))
    if own != others:
        raise RecipeError(f"--like has the members {', '.join(others) or 'none'}, these are {', '.join(own)}.")
    for name in ("weights", "logit_temperature", "not_sure_below"):
        setattr(model.config, name, getattr(other.config, name))
    for ours, theirs, described in zip(model.members, other.members, model.config.members, strict=True):
        ours.config.logit_temperature = described["logit_temperature"] = theirs.config.logit_temperature
