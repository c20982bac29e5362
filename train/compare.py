"""Compare models on the same clips, and name the best one if a paired test shows that it is better.

    python -m train.compare runs/a runs/b runs/c --output runs/comparison
    python -m train.compare runs/a emotion_hf/checkpoints/default --data ravdess=DIR --split fold1-test --output FOLDER

Without `--data`, the command compares existing reports: files, or folders with one (`report.json`,
`report/test/report.json` or `evaluation.json`). With `--data`, it evaluates the models now. Models with the same name
are numbered in the given order.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.cli.data import add_data, read_data
from emotion_hf.disk import check_folder
from emotion_hf.entry import run
from emotion_hf.errors import SettingsError
from emotion_hf.labels import parse_renaming


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="python -m train.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", metavar="MODEL", help="report.json, folder of a run, or model")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="for HTML, Markdown and JSON")
    add_data(parser, "; the models are evaluated on them now", required=False)
    parser.add_argument("--split", default="all", help="with --data: part of a split, such as fold1-test")
    parser.add_argument("--label", action="append", default=[], metavar="OLD=NEW", help="rename a label of the models")
    parser.add_argument("--trust-remote-code", action="store_true", help="run code that comes with a model")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options = make_parser().parse_args(arguments)
    return run(lambda: run_comparison(options))


def run_comparison(options: argparse.Namespace) -> None:
    """Read or measure the reports, compare them, write and print."""
    from emotion_hf.evaluation.comparison import compare
    from emotion_hf.evaluation.comparison_report import to_text, write_comparison
    from emotion_hf.evaluation.report_json import find_report

    if options.output.exists() and not options.output.is_dir():
        raise SettingsError(f"--output {options.output} is a file; name a folder.")
    check_folder(options.output)
    if len(options.models) < 2:
        raise SettingsError("A comparison needs at least two models; name another one.")
    if options.data:
        from functools import partial

        from tqdm import tqdm

        from emotion_hf.measurement import measure_models

        reports = measure_models(
            options.models,
            read_data(options.data, options.columns),
            options.split,
            labels=parse_renaming(options.label),
            trust_remote_code=options.trust_remote_code,
            progress=partial(tqdm, desc="Evaluating", disable=None),
        )
    elif options.split != "all":
        raise SettingsError("--split needs --data; existing reports already have a split.")
    else:
        reports = [find_report(Path(model)) for model in options.models]
    comparison = compare(reports)
    write_comparison(comparison, options.output)
    print(to_text(comparison))
    print(f"Wrote {options.output / 'comparison.html'}")


if __name__ == "__main__":
    sys.exit(main())
