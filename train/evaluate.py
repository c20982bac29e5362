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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotion_hf.errors import CheckpointError, EmotionError, LabelError, SettingsError

logger = logging.getLogger(__name__)

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
    except (EmotionError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run_evaluation(options: argparse.Namespace) -> None:
    """Evaluate, print, and write what was asked for."""
    from tqdm import tqdm

    from emotion_hf.corpora import parse_data
    from emotion_hf.evaluation.evaluate import evaluate
    from emotion_hf.evaluation.report import to_plain, to_text, write_json, write_report
    from emotion_hf.hub import render_card
    from emotion_hf.labels import parse_renaming
    from emotion_hf.recognizer import EmotionRecognizer

    renaming, run = parse_renaming(options.label), read_run(Path(options.model))
    _check_outputs(options, run)
    recognizer = EmotionRecognizer.from_pretrained(
        options.model, labels=renaming, trust_remote_code=options.trust_remote_code
    )
    clips = select_clips(parse_data(options.data), options.split, recognizer.labels, run)
    heard = (
        {speaker for part in ("train", "validation") for speaker in run["data"][part]["speakers"]} if run else set()
    )
    optimistic = bool(heard & set(clips["speaker"]))
    report = evaluate(recognizer, clips, split=options.split, optimistic=optimistic, progress=tqdm)
    print(to_text(report))
    if options.json:
        write_json(report, options.json)
    if options.report:
        write_report(report, options.report)
    if options.card:
        card = render_card(Path(options.model), to_plain(report), TEMPLATE)
        (Path(options.model) / "README.md").write_text(card, encoding="utf-8")


def read_run(model: Path) -> dict[str, Any] | None:
    """Return what the training of a checkpoint folder wrote; `None` for a model that was not trained here."""
    path = model / "run.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def select_clips(data: Mapping[str, Path], split: str, labels: Sequence[str], run: Mapping[str, Any] | None):
    """Return the clips of a split whose emotion the model knows, drawn and labelled as in its training."""
    from emotion_hf.data.loader import load_corpora
    from emotion_hf.data.splits import select

    recipe: Mapping[str, Any] = run["recipe"] if run else {"seed": 0, "data": {"labels": [], "validation": 0.2}}
    merged = recipe["data"]["labels"]
    dataset = load_corpora(data, labels=merged if isinstance(merged, dict) else None)
    known = [row for row, emotion in enumerate(dataset["emotion"]) if emotion in labels]
    if not known:
        raise LabelError(f"No clip has an emotion that the model knows; it knows {', '.join(labels)}.")
    if len(known) < len(dataset):
        logger.info(
            "%d clips have an emotion that the model does not know; they are left out.", len(dataset) - len(known)
        )
    return select(dataset.select(known), split, validation=recipe["data"]["validation"], seed=recipe["seed"])


def _check_outputs(options: argparse.Namespace, run: Mapping[str, Any] | None) -> None:
    """Refuse what cannot be written before the work is done, not after it."""
    if options.json and (options.json.is_dir() or not options.json.parent.is_dir()):
        raise SettingsError(f"--json {options.json} cannot be written; name a file in a folder that exists.")
    if options.report and options.report.exists() and not options.report.is_dir():
        raise SettingsError(f"--report {options.report} is a file; name a folder.")
    if options.card and run is None:
        raise CheckpointError(f"{options.model} has no run.json, which its card needs; train it by train.finetune.")


if __name__ == "__main__":
    sys.exit(main())
