"""Fit a classical baseline into a folder that works like any other model.

    python -m train.baseline svm --data ravdess=DIR data.split=fold1 --output runs/svm --test
    python -m train.baseline logistic_regression --data ravdess=DIR --features facebook/wav2vec2-base --layer 9
    python -m train.baseline runs/svm/run.json --data ravdess=DIR --output runs/again

The last command repeats a fit exactly as its run.json records it. Set `data.split`, `data.validation`, `data.labels`,
`augmentation.speeds`, `seed`, `notes` and `licence` by `key=value`, as in a recipe. Features are computed once and
cached; with `augmentation.speeds=[]`, only a third of them are needed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.cli.baseline_recipe import CACHE, KEYS, baseline_recipe
from emotion_hf.cli.data import add_data, read_data
from emotion_hf.entry import run
from emotion_hf.errors import SettingsError


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="python -m train.baseline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = "svm, logistic_regression, random_forest, mlp or gradient_boosting"
    parser.add_argument("kind", help=f"{kinds}; or the run.json of a baseline")
    add_data(parser, "; key=value may follow")
    parser.add_argument("--output", help="folder (default: runs/KIND)")
    parser.add_argument(
        "--features",
        metavar="WHAT",
        help="engineered (default), or an encoder's Hub id or folder for its embeddings",
    )
    parser.add_argument("--layer", type=int, metavar="N", help="layer of the encoder (default: mean of all)")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=f"feature cache (default: {CACHE})")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="parallel processes; -1: one per core")
    parser.add_argument("--test", action="store_true", help="also report on the test speakers, at the end")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options, rest = make_parser().parse_known_args(arguments)
    return run(lambda: run_fit(options, [*options.data, *rest]), "Stopped. The features computed so far are kept.")


def run_fit(options: argparse.Namespace, items: Sequence[str]) -> None:
    """Fit, then report on the validation speakers, and on the test speakers if asked."""
    from functools import partial

    from tqdm import tqdm

    from emotion_hf.data.loader import load_corpora
    from emotion_hf.evaluation.importance_picture import write_importance
    from emotion_hf.evaluation.report import to_text
    from emotion_hf.training.baseline import fit_baseline
    from emotion_hf.training.reports import report_on

    if options.jobs == 0:
        raise SettingsError("--jobs is 0; give the number of parallel processes, or -1 for one per core.")
    overrides = [item for item in items if _key(item) in KEYS or "." in _key(item)]
    name = Path(options.output).name if options.output else ""
    recipe = baseline_recipe(options.kind, overrides, name=name, features=options.features, layer=options.layer)
    places = [item for item in items if item not in overrides]
    folders = read_data(places, options.columns, most=recipe.data.max_train_samples)
    output = Path(options.output or f"runs/{recipe.name}")
    show = partial(tqdm, desc="Evaluating", disable=None)  # only at a terminal
    run, importance = fit_baseline(recipe, folders, output, cache=options.cache, jobs=options.jobs, progress=show)
    write_importance(importance, run.folder / "report")
    clips = load_corpora(folders, labels=recipe.data.labels or None, quiet=True)
    for report in report_on(run, clips, test=options.test, progress=show):
        print(to_text(report))
    print(f"Wrote {run.folder}")


def _key(item: str) -> str:
    return item.partition("=")[0]


if __name__ == "__main__":
    sys.exit(main())
