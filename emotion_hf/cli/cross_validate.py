"""Train and test on all folds and several seeds, and report mean, deviations and an interval over speakers.

    emotion-hf cross-validate cnn --data ravdess=DIR --folds ravdess --seeds 3
    emotion-hf cross-validate whisper svm --data ravdess=DIR nemo=DIR --folds ravdess --output runs/folds
    emotion-hf cross-validate svm --data mine=DIR --folds speakers:5 augmentation.speeds=[]

Several recipes or baselines (svm, logistic_regression, random_forest, gradient_boosting) are tested on the same folds
and compared by a paired test over speakers. Folds: `ravdess` (its six public folds), `iemocap` (its five sessions),
`speakers:5` over all speakers, or `random:5` over all clips, which is optimistic. Validation speakers are never test
speakers. OUTPUT/README.html is the page. The same command continues after an interruption, and adds seeds: folds that
are finished are not trained again. `--keep` keeps the models, OUTPUT/RECIPE/fold1-seed0.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emotion_hf.cli.baseline_recipe import CACHE, ENGINEERED, KEYS, baseline_recipe
from emotion_hf.cli.data import add_data, read_data
from emotion_hf.entry import run
from emotion_hf.errors import RecipeError, SettingsError
from emotion_hf.installed import recipe_names

if TYPE_CHECKING:
    from emotion_hf.recipes import Recipe
    from emotion_hf.training.baseline import BaselineRecipe

SET_HERE = {"data.split": "--folds", "seed": "--seeds"}


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="emotion-hf cross-validate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="+", metavar="RECIPE", help="recipes and baselines")
    add_data(parser, "; key=value may follow")
    parser.add_argument("--folds", default="speakers:5", help="ravdess, iemocap, speakers:5 (default) or random:5")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="number of seeds, from 0 on (default: 1)")
    parser.add_argument(
        "--output", type=Path, default=Path("runs/folds"), metavar="FOLDER", help="default: runs/folds"
    )
    parser.add_argument("--keep", action="store_true", help="keep the models")
    parser.add_argument(
        "--features", default=ENGINEERED, metavar="WHAT", help="of baselines: engineered, or an encoder's embeddings"
    )
    parser.add_argument("--layer", type=int, metavar="N", help="layer of that encoder (default: mean of all)")
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help=f"cache of features (default for baselines: {CACHE})"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="of baselines: parallel processes")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options, rest = make_parser().parse_known_args(arguments)
    return run(
        lambda: run_folds(options, [*options.data, *rest]), "Stopped. The same command continues; finished folds stay."
    )


def run_folds(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Train and test each recipe on all folds, then write and print the results."""
    from functools import partial

    from tqdm import tqdm

    from emotion_hf.data.folds import make_folds
    from emotion_hf.data.loader import load_corpora
    from emotion_hf.evaluation.folds_report import NAME, to_text, write_folds
    from emotion_hf.recipes import separate_overrides
    from emotion_hf.settings import Settings
    from emotion_hf.training.baseline import BaselineRecipe
    from emotion_hf.training.cross_validation import Means, cross_validate

    items, overrides = separate_overrides(arguments)
    check_options(options, overrides)
    recipes = [find_recipe(name, overrides, options) for name in options.recipes]
    limits = [recipe.data.max_train_samples for recipe in recipes]
    data = read_data(items, options.columns, most=max(limits) if all(limits) else 0)
    labels = recipes[0].data.labels
    if any(recipe.data.labels != labels for recipe in recipes):
        raise RecipeError(
            "The recipes have different data.labels, so they cannot be compared; set data.labels for all."
        )
    dataset = load_corpora(data, labels=labels or None)
    folds = make_folds(dataset, options.folds)
    networks = options.cache or Settings.from_environment().data_dir / "cache"
    found = []
    for recipe in recipes:
        means = Means(
            options.output / recipe.name,
            options.keep,
            options.cache or CACHE if isinstance(recipe, BaselineRecipe) else networks,
            options.jobs,
            partial(tqdm, desc=recipe.name, disable=None),
            typer.echo,
        )
        found.append(cross_validate(recipe, data, dataset, folds, range(options.seeds), means))
    write_folds(found, options.folds, {fold.name: fold.speakers for fold in folds}, options.output)
    typer.echo(f"\n{to_text(found)}")
    typer.echo(f"Wrote {options.output / f'{NAME}.html'}")


def check_options(options: argparse.Namespace, overrides: Sequence[str]) -> None:
    """Refuse options that cannot be used, before the first training.

    Raises:
        SettingsError, RecipeError: One cannot.
    """
    if options.seeds < 1:
        raise SettingsError(f"--seeds is {options.seeds}; give the number of seeds, at least 1.")
    if options.jobs == 0:
        raise SettingsError("--jobs is 0; give the number of parallel processes, or -1 for one per core.")
    if options.output.exists() and not options.output.is_dir():
        raise SettingsError(f"--output {options.output} is a file; name a folder.")
    names = [Path(name).stem for name in options.recipes]
    if len(set(names)) < len(names):
        raise SettingsError(f"{names[0] if names.count(names[0]) > 1 else names[-1]} is given twice; give it once.")
    for key, option in SET_HERE.items():
        if any(override.partition("=")[0] == key for override in overrides):
            raise RecipeError(f"A cross-validation sets {key} for each fold and seed; use {option} instead.")


def find_recipe(name: str, overrides: Sequence[str], options: argparse.Namespace) -> Recipe | BaselineRecipe:
    """Return the recipe or the baseline called ``name``, with the overrides that it has.

    Raises:
        RecipeError: There is none, or an override cannot be used.
    """
    from emotion_hf.baselines.estimators import KINDS
    from emotion_hf.recipes import load_recipe

    networks = [one for one in options.recipes if _is_network(one)]
    if _is_network(name):
        return load_recipe(name, overrides)
    if name not in KINDS:
        raise RecipeError(
            f"{name} is neither a recipe nor a baseline; the recipes are {', '.join(recipe_names())}, the baselines "
            f"{', '.join(KINDS)}."
        )
    usable = [one for one in overrides if not networks or one.partition("=")[0] in KEYS]
    return baseline_recipe(name, usable, features=options.features, layer=options.layer)


def _is_network(name: str) -> bool:
    """Return whether a name is a file or a recipe that ships; `mlp` is the recipe, as in `emotion-hf train`."""
    return Path(name).is_file() or name in recipe_names()


if __name__ == "__main__":
    sys.exit(main())
