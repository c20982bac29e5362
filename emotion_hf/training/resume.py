"""Files of an interrupted training, and whether a new training may continue it.

Example:
    >>> can_resume("no/such/folder")
    False
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotion_hf.disk import check_folder, read_json, writing
from emotion_hf.errors import RecipeError
from emotion_hf.recipes import Recipe
from emotion_hf.run import RUN_FILE
from emotion_hf.unfinished import PROGRESS, WORKSPACE, can_resume, finished_epochs

RECIPE, CURVES = "recipe.json", "tensorboard"


def holds_training(output: Path) -> bool:
    """Return whether a training wrote `output`, finished or not; a program may only remove such a folder."""
    return (output / WORKSPACE / RECIPE).is_file() or (output / RUN_FILE).is_file()


def remove_training(folder: Path) -> None:
    """Remove `folder` if a training wrote it; keep it otherwise."""
    if holds_training(folder):
        shutil.rmtree(folder)


def last_checkpoint(output: Path) -> Path:
    """Return the folder of the last finished epoch of the training in `output`."""
    return finished_epochs(output)[-1]


def check_output(output: Path, recipe: Recipe, *, resume: bool) -> None:
    """Refuse a folder that cannot be used, or a recipe that differs from the interrupted training's.

    Raises:
        RecipeError: There is nothing to resume, the recipe differs, or `output` is not empty.
    """
    has_epochs = _has_epochs(recipe)  # otherwise cached embeddings are what an interrupted training leaves
    if resume and not (can_resume(output) if has_epochs else (output / WORKSPACE / RECIPE).is_file()):
        with_epoch = " with a finished epoch" if has_epochs else ""
        raise RecipeError(f"No interrupted training{with_epoch} is in {output}; leave out --resume.")
    if not resume and can_resume(output):
        raise RecipeError(
            f"An interrupted training is in {output}; continue it with --resume, or name another --output."
        )
    if output.exists() and not output.is_dir():
        raise RecipeError(f"{output} is a file; name a folder as --output.")
    check_folder(output)
    if not resume and output.exists() and {path.name for path in output.iterdir()} - {WORKSPACE, PROGRESS, CURVES}:
        raise RecipeError(f"{output} is not empty; name another --output.")
    if resume:
        try:
            before = dict(read_json(output / WORKSPACE / RECIPE))
        except (OSError, ValueError, TypeError) as error:
            raise RecipeError(f"The training in {output} has lost its {RECIPE}; name another --output.") from error
        if changed := first_difference(before, dataclasses.asdict(recipe)):
            raise RecipeError(f"The training in {output} was started with {changed}; resume it with the same recipe.")


def keep_recipe(output: Path, recipe: Recipe) -> None:
    """Save the recipe of a training in its workspace, for a resumed training.

    Raises:
        WriteError: A file cannot be written.
    """
    with writing(output):
        (output / WORKSPACE).mkdir(parents=True, exist_ok=True)
        (output / WORKSPACE / RECIPE).write_text(json.dumps(dataclasses.asdict(recipe)), encoding="utf-8")


def _has_epochs(recipe: Recipe) -> bool:
    """Return whether a recipe trains weights in epochs; a frozen encoder only embeds the clips."""
    return recipe.model.family != "encoder" or bool(recipe.model.encoder.trained_layers or not recipe.model.checkpoint)


def first_difference(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> str:
    """Return the first entry of a recipe that has changed, with its old value; empty if none has."""
    for name in [*before, *(set(now) - set(before))]:
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            if inner := first_difference(old, new, f"{prefix}{name}."):
                return inner
        elif old != new:
            return f"{prefix}{name}={old}"
    return ""
