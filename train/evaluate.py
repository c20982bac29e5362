"""Measure a model on clips it has never heard.

    python -m train.evaluate emotion_hf/checkpoints/default --data ravdess=DIR --split fold1-test
    python -m train.evaluate runs/mine --data mine=DIR --split all --json figures.json --report runs/mine/report

Intervals come from resampling speakers. A random split is named optimistic.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.errors import EmotionError

TEMPLATE = Path(__file__).parents[1] / "model_card.md"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", help="checkpoint folder or Hub id")
    parser.add_argument("--data", nargs="+", required=True, metavar="NAME=DIR", help="corpora")
    parser.add_argument("--split", default="all", help="part of a split: fold1-test, speakers:0.2-test, all (default)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures and each clip's scores")
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="write JSON, Markdown and pictures")
    parser.add_argument(
        "--card", action="store_true", help="write the checkpoint's card, README.md, with these figures"
    )
    parser.add_argument("--label", action="append", default=[], metavar="OLD=NEW", help="what a foreign label means")
    parser.add_argument("--trust-remote-code", action="store_true", help="run code that the model brings along")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options = make_parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        run_evaluation(options)
    except EmotionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run_evaluation(options: argparse.Namespace) -> None:
    """Evaluate, print, and write what was asked for."""
    from tqdm import tqdm

    from emotion_hf.corpora import parse_data
    from emotion_hf.data.loader import load_corpora
    from emotion_hf.data.splits import select
    from emotion_hf.evaluation.evaluate import evaluate
    from emotion_hf.evaluation.report import to_plain, to_text, write_json, write_report
    from emotion_hf.hub import render_card
    from emotion_hf.labels import parse_renaming
    from emotion_hf.recognizer import EmotionRecognizer

    renaming = parse_renaming(options.label)
    data = parse_data(options.data)
    recognizer = EmotionRecognizer.from_pretrained(
        options.model, labels=renaming, trust_remote_code=options.trust_remote_code
    )
    labels, seed, validation = trained_with(Path(options.model), recognizer.labels)
    clips = select(load_corpora(data, labels=labels), options.split, validation=validation, seed=seed)
    report = evaluate(recognizer, clips, split=options.split, progress=tqdm)
    print(to_text(report))
    if options.json:
        write_json(report, options.json)
    if options.report:
        write_report(report, options.report)
    if options.card:
        card = render_card(Path(options.model), to_plain(report), TEMPLATE)
        (Path(options.model) / "README.md").write_text(card, encoding="utf-8")


def trained_with(model: Path, labels: Sequence[str]) -> tuple[list[str] | dict[str, list[str]], int, float]:
    """Return labels, seed and validation share of the training, so that the same split is made again.

    A model that was not trained here gives its own labels and the defaults.
    """
    if not (model / "run.json").is_file():
        return list(labels), 0, 0.2
    recipe = json.loads((model / "run.json").read_text(encoding="utf-8"))["recipe"]
    return recipe["data"]["labels"] or list(labels), recipe["seed"], recipe["data"]["validation"]


if __name__ == "__main__":
    sys.exit(main())
