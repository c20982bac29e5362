"""Retrain the model on corrections, and promote it only if it has become better.

    emotion-hf retrain --data ravdess=DIR nemo=DIR
    emotion-hf retrain --base runs/mine --feedback DIR --data ravdess=DIR training.epochs=5

By default, the command uses the page's folders: the active model, the corrections and the versions. `--data` names the
corpora that the base was trained on. Both models are tested on their test clips, and networks are trained on them
again. A model of family `encoder` is not: it stores how their embeddings vary, and its new head keeps its predictions
on them. Three of ten speakers in the corrections are held out for the test as well. OUTPUT/gate contains the decision
with its figures. `emotion-hf models promote NAME`, or `--promote` at once, makes the new version active if the gate
allows it. `key=value` changes the recipe. Only one retraining runs at a time; the page shows it, whoever started it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from emotion_hf.cli.data import add_data, read_data
from emotion_hf.entry import run


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="emotion-hf retrain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--base", metavar="MODEL", help="folder of the model to retrain")
    parser.add_argument("--feedback", type=Path, metavar="DIR", help="corrections")
    add_data(parser, "; those that the base was trained on", required=False)
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="new version (default: the next in the folder)")
    parser.add_argument("--promote", action="store_true", help="make it active at once, if the gate allows it")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status: 0 also if the gate says no."""
    options, rest = make_parser().parse_known_args(arguments)
    return run(lambda: retrain(options, rest), "Stopped; nothing was saved.")


def retrain(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """Plan, train, evaluate both models, decide, and keep the version with its decision."""
    from emotion_hf.doctor import DEFAULT_MODEL_DIR
    from emotion_hf.recipes import separate_overrides
    from emotion_hf.settings import Settings
    from emotion_hf.versions import Versions, answering_model

    settings = Settings.from_environment()
    items, overrides = separate_overrides([*options.data, *rest])
    data = read_data(items, options.columns) if items else {}
    base = Path(options.base or answering_model(settings.models_dir, settings.model) or DEFAULT_MODEL_DIR)
    output = options.output or Versions(settings.models_dir).next_folder()
    versions = Versions(output.parent)
    with versions.making(output.name) as attempt:  # before heavy imports, so that the page sees it at once
        from emotion_hf.evaluation.gate_report import to_text
        from emotion_hf.feedback import FeedbackStore
        from emotion_hf.run import Run
        from emotion_hf.training.new_version import make_version, remove_version
        from emotion_hf.training.resume import check_output
        from emotion_hf.training.retrain import make_plan

        store = FeedbackStore(options.feedback or settings.feedback_dir)
        if attempt.half_done:
            remove_version(attempt.half_done, store)
        plan = make_plan(base, Run.read(base), store, data, overrides)
        check_output(output, plan.recipe, resume=False)
        for note in plan.notes:
            typer.echo(note)
        decision = make_version(plan, base, data, output, attempt, bar=sys.stderr.isatty())
    typer.echo(to_text(decision))
    typer.echo(f"Wrote {output}; the decision is explained in {output / 'gate' / 'gate.html'}")
    if decision.promoted and options.promote:
        versions.promote(output.name)
        typer.echo(f"{output.name} is now the active model.")
    elif decision.promoted:
        typer.echo(f"To make it active: emotion-hf models promote {output.name} --folder {output.parent}")
