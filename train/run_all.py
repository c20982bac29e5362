"""Run everything: train, retrain on corrections, evaluate, compare, and draw one summary picture.

    python -m train.run_all resnet bilstm svm --data ravdess=DIR data.split=fold1 --output runs/all
    python -m train.run_all whisper --data ravdess=DIR nemo=DIR --feedback data/feedback
    python -m train.run_all resnet --data ravdess=DIR --clean

Recipes are files, names of recipes that ship, or the run.json of trainings to repeat; baselines have the names that
`train.baseline` accepts. Run the same command again to continue: it keeps finished trainings in the output folder and
resumes interrupted ones. `--clean` removes the trainings of these models first. `key=value` changes all recipes. With
`--feedback`, each network is trained further on the corrections with consent to training, and compared with its
earlier state.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.cli.data import add_data
from emotion_hf.entry import run
from emotion_hf.errors import RecipeError, SettingsError
from emotion_hf.installed import recipe_names
from emotion_hf.recipes import RECORD, find_recipe, load_recipe, separate_overrides
from train import baseline, compare, finetune

FIXED_SPLIT = re.compile(r"data\.split=(fold[1-6]|file:.+)")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="python -m train.run_all", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", metavar="RECIPE", help="recipes and baselines")
    add_data(parser, "; key=value may follow")
    parser.add_argument("--output", type=Path, default=Path("runs/all"), metavar="FOLDER", help="default: runs/all")
    parser.add_argument("--feedback", type=Path, metavar="FOLDER", help="corrections for further training")
    parser.add_argument("--clean", action="store_true", help="remove earlier trainings of these models first")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options, rest = make_parser().parse_known_args(arguments)
    columns = [f"--columns={columns}" for columns in options.columns]
    return run(lambda: run_all(options, [*options.data, *rest], columns))


def run_all(options: argparse.Namespace, items: Sequence[str], columns: Sequence[str]) -> int:
    """Take the steps one after the other; return the exit status of the first that fails, or 0."""
    families = {}
    for name in options.models:  # report a wrong name or recipe before the first training, not after it
        if is_network(name):
            families[name] = load_recipe(find_model(name), separate_overrides(items)[1]).model.family
    if options.feedback and not options.feedback.is_dir():
        raise SettingsError(f"There is no folder {options.feedback}; name the folder of corrections with --feedback.")
    if options.feedback and not any(FIXED_SPLIT.fullmatch(item) for item in items):
        raise SettingsError(
            "With --feedback, the test clips must stay the same: set data.split=fold1, or data.split=file:PATH."
        )
    folders = []
    for name in options.models:
        folder = options.output / folder_name(name)
        if options.clean:
            from emotion_hf.training.resume import remove_training

            remove_training(folder)
        folders.append(folder)
        if status := train_model(name, items, columns, folder):
            return status
        if options.feedback and name in families:
            from emotion_hf.training.retrain import calibration, steps_on

            folders.append(options.output / f"{folder.name}-feedback")
            arguments_of_next = [
                *items,
                f"feedback={options.feedback}",
                f"model.checkpoint={folder}",
                *steps_on(families[name]),
            ]
            arguments_of_next += calibration(folder)
            if status := train_model(name, arguments_of_next, columns, folders[-1]):
                return status
    if len(folders) > 1:
        status = compare.main([*map(str, folders), "--output", str(options.output / "comparison")])
    from emotion_hf.evaluation.plots import save_summary

    save_summary(folders, options.output / "summary.png")
    print(f"Wrote {options.output / 'summary.png'}")
    return status


def find_model(name: str) -> str:
    """Return the path of a recipe or of a training's record, or the name of a baseline.

    Raises:
        RecipeError: It is neither.
    """
    from emotion_hf.baselines.estimators import KINDS

    if name in KINDS:
        return name
    if (path := find_recipe(name)).is_file():
        return str(path)
    recipes = ", ".join(recipe_names())
    raise RecipeError(
        f"{name} is neither a recipe nor a baseline; the recipes are {recipes}, the baselines {', '.join(KINDS)}."
    )


def is_network(name: str) -> bool:
    """Return whether ``name`` is a recipe, not a baseline."""
    from emotion_hf.baselines.estimators import KINDS

    return find_model(name) not in KINDS


def folder_name(name: str) -> str:
    """Return the name of a model's folder: that of its recipe, or of the training that is repeated."""
    path = Path(find_model(name))
    return path.resolve().parent.name if path.name == RECORD else path.stem


def train_model(name: str, items: Sequence[str], columns: Sequence[str], folder: Path) -> int:
    """Train into a folder, or continue there; return the exit status."""
    from emotion_hf.unfinished import can_resume

    if (folder / "report" / "test" / "report.json").is_file():
        print(f"{folder} is already finished; it is kept.")
        return 0
    if not is_network(name):
        items = [
            item for item in items if "." not in item.partition("=")[0] or item.partition("=")[0] in baseline.KEYS
        ]
        return baseline.main([name, "--data", *items, *columns, "--output", str(folder), "--test"])
    arguments = [find_model(name), "--data", *items, *columns, "--output", str(folder), "--test"]
    return finetune.main([*arguments, "--resume"] if can_resume(folder) else arguments)


if __name__ == "__main__":
    sys.exit(main())
