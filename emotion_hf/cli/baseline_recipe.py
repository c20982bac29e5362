"""The recipe of a baseline, from what a command line says.

Example:
    >>> recipe = baseline_recipe("svm", ["data.split=fold1", "seed=3"])
    >>> recipe.name, recipe.data.split, recipe.seed
    ('svm', 'fold1', 3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_hf.errors import RecipeError

if TYPE_CHECKING:
    from emotion_hf.training.baseline import BaselineRecipe

CACHE = Path.home() / ".cache" / "emotion_hf"
KEYS = (
    *("data.split", "data.validation", "data.labels", "data.max_train_samples"),
    *("augmentation.speeds", "seed", "notes", "licence"),
)
ENGINEERED = "engineered"


def baseline_recipe(
    kind: str, overrides: Sequence[str], *, name: str = "", features: str = "", layer: int | None = None
) -> BaselineRecipe:
    """Return the recipe of a baseline.

    Args:
        kind: Name of the estimator, which is checked when it is fitted, or the `run.json` of a baseline.
        overrides: `key=value`, with the keys above.
        name: Name of the baseline; by default that of the record, or its kind.
        features: `engineered`, or an encoder's Hub id or folder; by default those of the record, or `engineered`.
        layer: Layer of the encoder; `None` for the mean of all.

    Raises:
        RecipeError: A baseline has no such setting, or a layer is given without an encoder.
    """
    from emotion_hf.baselines.estimators import KINDS
    from emotion_hf.recipes import find_recipe, read_baseline, recipe_from_mapping
    from emotion_hf.training.baseline import BaselineData, BaselineRecipe

    for override in overrides:
        if (key := override.partition("=")[0]) not in KEYS:
            raise RecipeError(f"A baseline has no setting {key}; its settings are {', '.join(KEYS)}.")
    is_file = kind not in KINDS and find_recipe(kind).is_file()
    recorded: Mapping[str, Any] = read_baseline(kind) if is_file else {"kind": kind}
    encoder = features or recorded.get("encoder") or ENGINEERED
    layer = recorded.get("layer") if layer is None and not features else layer
    if layer is not None and encoder == ENGINEERED:
        raise RecipeError("--layer needs an encoder; name one with --features.")
    content: dict[str, Any] = {"augmentation": {"speeds": list(BaselineRecipe.speeds)}}
    content |= {key: recorded[key] for key in ("augmentation", "data", "seed", "notes", "licence") if key in recorded}
    content["name"] = name or recorded.get("name", kind)
    read = recipe_from_mapping(content, overrides)  # knows the kinds and bounds of the values
    return BaselineRecipe(
        name=read.name,
        kind=recorded["kind"],
        encoder="" if encoder == ENGINEERED else encoder,
        layer=layer,
        data=BaselineData(
            read.data.labels, read.data.split, read.data.validation, max_train_samples=read.data.max_train_samples
        ),
        speeds=tuple(read.augmentation.speeds),
        seed=read.seed,
        notes=read.notes,
        licence=read.licence,
    )
