"""Retrain the model on corrections, and let it answer only if it has become better.

    python -m train.retrain_from_feedback --data ravdess=DIR nemo=DIR
    python -m train.retrain_from_feedback --base runs/mine --feedback DIR --data ravdess=DIR training.epochs=5

Takes the folders that the page uses unless others are named: the model that answers, its corrections, its versions.
`--data` are the recordings that the base was trained on: its test is repeated on both models, and networks learn from
them again. A model of family `encoder` does not: it knows how they vary, and its new head leaves its answers about
them as they are. Three of ten voices of the corrections are held out for the test as well. The decision with its
figures is in OUTPUT/gate; `emotion-hf models promote NAME`, or `--promote` at once, lets the new version answer if it
may. `key=value` changes the recipe. One retraining runs at a time; the page shows it, whoever started it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.entry import run
from train.finetune import separate


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="python -m train.retrain_from_feedback",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--base", metavar="MODEL", help="folder of the model that goes on learning")
    parser.add_argument("--feedback", type=Path, metavar="DIR", help="corrections")
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME=DIR", help="what the base was trained on")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="new version (default: the next in the folder)")
    parser.add_argument("--promote", action="store_true", help="let it answer at once, if the gate allows that")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status: 0 also if the gate says no."""
    options, rest = make_parser().parse_known_args(arguments)
    return run(lambda: retrain(options, rest), "Stopped; nothing was kept.")


def retrain(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """Plan, train, measure both models, decide, and keep the version with its decision."""
    from emotion_hf.corpora import parse_data
    from emotion_hf.doctor import DEFAULT_MODEL_DIR
    from emotion_hf.settings import Settings
    from emotion_hf.versions import Versions, answering_model

    settings = Settings.from_environment()
    items, overrides = separate(options.data, rest)
    data = parse_data(items) if items else {}
    base = Path(options.base or answering_model(settings.models_dir, settings.model) or DEFAULT_MODEL_DIR)
    output = options.output or Versions(settings.models_dir).next_folder()
    versions = Versions(output.parent)
    with versions.making(output.name) as attempt:  # before anything heavy is imported: a page that looks finds it
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
            print(note, flush=True)
        decision = make_version(plan, base, data, output, attempt, bar=sys.stderr.isatty())
    print(to_text(decision))
    print(f"The version is {output}, and why it may answer or not is in {output / 'gate' / 'gate.html'}.")
    if decision.promoted and options.promote:
        versions.promote(output.name)
        print(f"{output.name} answers from now on.")
    elif decision.promoted:
        print(f"Let it answer: emotion-hf models promote {output.name} --folder {output.parent}")


if __name__ == "__main__":
    sys.exit(main())
