"""Train a recipe into a checkpoint folder.

    emotion-hf train whisper --data ravdess=DIR nemo=DIR
    emotion-hf train cnn --data ravdess=DIR training.epochs=5 --output runs/quick
    emotion-hf train whisper --data mine=OWNER/NAME --columns emotion=mood data.max_train_samples=500
    emotion-hf train runs/quick/run.json --data ravdess=DIR --output runs/again
    emotion-hf train head --data mine=DIR --dry-run

OWNER/NAME is a data set of the Hub, OWNER/NAME:CONFIG one of its configurations, and OWNER/NAME@REVISION one of its
commits. The fourth command repeats a training exactly as its run.json records it. `key=value` at the end changes one
entry of the recipe. `--dry-run` trains nothing: it prints an estimate, with the time on this machine.
Ctrl-C stops a training; the same command with `--resume` continues from its last finished epoch. On several GPUs:
`accelerate launch -m train.finetune RECIPE --data …`.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.data import add_data, read_data
from emotion_hf.entry import run
from emotion_hf.errors import RecipeError
from emotion_hf.installed import MODEL_CARD, recipe_names

if TYPE_CHECKING:
    from emotion_hf.evaluation.results import Report
    from emotion_hf.run import Run
    from emotion_hf.training.record import TrainedRun

logger = logging.getLogger(__name__)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="emotion-hf train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", help=f"YAML file, run.json of a training, or one of {', '.join(recipe_names())}")
    add_data(parser, "; key=value may follow")
    parser.add_argument("--output", help="checkpoint folder (default: runs/NAME)")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted training")
    parser.add_argument(
        "--test", action="store_true", help="also report on the test speakers, once the model is final"
    )
    parser.add_argument("--dry-run", action="store_true", help="print an estimate of the training, and do not train")
    parser.add_argument("--json", action="store_true", help="with --dry-run: print it as one line of JSON")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options, rest = make_parser().parse_known_args(arguments)
    return run(
        lambda: run_training(options, [*options.data, *rest]),
        "Stopped. With --resume, the training continues from its last finished epoch or embedding.",
    )


def run_training(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Train, then report on the validation speakers, and on the test speakers if asked; publish if the recipe says."""
    from emotion_hf.recipes import load_recipe, separate_overrides
    from emotion_hf.settings import Settings

    data, overrides = separate_overrides(arguments)
    recipe = load_recipe(options.recipe, overrides)
    folders = read_data(data, options.columns, most=recipe.data.max_train_samples)
    cache = Settings.from_environment().data_dir / "cache"
    if options.dry_run:
        from emotion_hf.training.estimate import forecast

        found = forecast(recipe, folders, cache)
        typer.echo(found.to_json() if options.json else found.to_text())
        return
    before = recorded_run(options.recipe)
    if before and {*before.corpora} != {*folders}:
        was, now = ", ".join(before.corpora), ", ".join(folders)
        logger.warning("The recorded training used %s; this one uses %s, so its result will differ.", was, now)
    if recipe.push_to_hub:
        from emotion_hf.hub.repository import check_access

        if not options.test:
            raise RecipeError("push_to_hub also publishes the results on the test speakers; add --test.")
        check_access(recipe.push_to_hub)

    from accelerate import PartialState
    from tqdm.contrib.logging import logging_redirect_tqdm

    from emotion_hf.run import Run
    from emotion_hf.training.finetune import fine_tune

    output, at_a_terminal = options.output or f"runs/{recipe.name}", sys.stderr.isatty()
    with logging_redirect_tqdm():
        run = fine_tune(recipe, folders, output, resume=options.resume, bar=at_a_terminal, cache=cache)
    if PartialState().is_main_process:
        if before and before.data != (made := Run.read(run.folder)).data:
            typer.echo(
                f"The recorded training used {before.data['train'].clips} training clips, this one "
                f"{made.data['train'].clips}; clips or speakers differ, so the result will differ."
            )
        report = print_reports(run, folders, recipe.data.labels, test=options.test)
        if recipe.push_to_hub and report is not None:
            from emotion_hf.hub.push import publish

            typer.echo(f"Published at {publish(run.folder, recipe.push_to_hub, report, MODEL_CARD)}")


def recorded_run(recipe: str) -> Run | None:
    """Return the record that a training repeats; `None` if it has a recipe of its own."""
    from emotion_hf.recipes import RECORD, find_recipe
    from emotion_hf.run import Run

    path = find_recipe(recipe)
    return Run.find(path.parent) if path.name == RECORD else None


def print_reports(
    run: TrainedRun, data: Mapping[str, Path], labels: list[str] | dict[str, list[str]] | None, *, test: bool
) -> Report | None:
    """Print the report on the validation speakers, and on the test speakers if `test`; return the last one."""
    from functools import partial

    from tqdm import tqdm

    from emotion_hf.data.loader import load_corpora
    from emotion_hf.evaluation.report import to_text
    from emotion_hf.training.reports import report_on

    clips, report = load_corpora(data, labels=labels or None, quiet=True), None
    show = partial(tqdm, desc="Evaluating", disable=None)
    for report in report_on(run, clips, test=test, history=run.history, progress=show):
        typer.echo(to_text(report))
    typer.echo(f"Wrote {printable(run.folder)}")
    return report
