"""Combine trained models that share a front end into one ensemble, weighed on their validation speakers.

    python -m train.combine runs/functionals runs/dictionary --data ravdess=DIR nemo=DIR --output runs/ensemble
    python -m train.combine runs/all/* --data ravdess=DIR nemo=DIR --like runs/ensemble --output runs/final

With `--like`, weights and calibration are those of an ensemble that had validation speakers: for members that learned
from everybody.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.entry import run
from train.finetune import print_reports, separate


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="python -m train.combine", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("members", nargs="+", type=Path, help="folders of trained models")
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="NAME=DIR", help="corpora of their training, and overrides"
    )
    parser.add_argument("--output", type=Path, default=Path("runs/ensemble"), help="checkpoint folder")
    parser.add_argument("--like", type=Path, metavar="FOLDER", help="ensemble to take weights and calibration from")
    parser.add_argument("--test", action="store_true", help="report on the tested speakers too")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options, rest = make_parser().parse_known_args(arguments)
    return run(lambda: run_combination(options, *separate(options.data, rest)))


def run_combination(options: argparse.Namespace, data: Sequence[str], overrides: Sequence[str]) -> None:
    """Combine, then report as `train.finetune` does."""
    from emotion_hf.corpora import parse_data
    from emotion_hf.training.combine import combine

    folders = parse_data(data)
    run = combine(options.members, folders, options.output, like=options.like, overrides=overrides)
    print_reports(run, folders, None, test=options.test)


if __name__ == "__main__":
    sys.exit(main())
