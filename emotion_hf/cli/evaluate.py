"""Evaluate a model on clips that it was not trained on.

    emotion-hf evaluate default --data ravdess=DIR --split fold1-test
    emotion-hf evaluate runs/mine --data mine=DIR --split all --json figures.json --report runs/mine/report
    emotion-hf evaluate runs/mine --data ravdess=DIR --split fold1-test --robustness --noise "noise/*.wav"
    emotion-hf evaluate runs/mine --data ravdess=DIR --split fold1-test --cross tess=DIR --against other.json

Intervals come from resampling speakers. The report marks a random split as optimistic. `--robustness` takes about 16
times as long as the evaluation itself. The page of `--report` plays the worst mistakes of published corpora; `--audio`
also adds recordings of your own data, and `--no-audio` adds none.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.data import add_data, read_data
from emotion_hf.device import BACKENDS
from emotion_hf.disk import check_folder, check_output
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.entry import run
from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.installed import MODEL_CARD
from emotion_hf.licences import check_licence

if TYPE_CHECKING:
    from datasets import Dataset

    from emotion_hf.evaluation.results import Report
    from emotion_hf.run import Run


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of this entry."""
    parser = argparse.ArgumentParser(
        prog="emotion-hf evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=_model, help='checkpoint folder, Hub id, or "default" for the model that ships')
    add_data(parser)
    parser.add_argument("--split", default="all", help="part of a split: fold1-test, speakers:0.2-test, all (default)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures and each clip's scores")
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="write HTML, Markdown, JSON and pictures")
    parser.add_argument(
        "--audio",
        action=argparse.BooleanOptionalAction,
        help="play the worst mistakes in the HTML (default: those of published corpora)",
    )
    parser.add_argument("--robustness", action="store_true", help="measure noise, telephone, codecs, level and timing")
    parser.add_argument("--noise", metavar="PATTERN", help="folder or files of real noise, not in the training data")
    parser.add_argument(
        "--cross", action="extend", nargs="+", default=[], metavar="NAME=DIR", help="other corpora, on shared labels"
    )
    parser.add_argument("--against", type=Path, metavar="FILE", help="another model's report.json on the same clips")
    parser.add_argument(
        "--card", action="store_true", help="write the checkpoint's card, README.md, with these figures"
    )
    parser.add_argument("--licence", default="", metavar="ID", help="with --card: licence of your own recordings")
    parser.add_argument("--label", action="append", default=[], metavar="OLD=NEW", help="rename a label of the model")
    parser.add_argument("--device", help="compute on cpu, cuda or mps, or auto for the best of them")
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        default="auto",
        help="run the network with torch or its ONNX twin (default: auto)",
    )
    parser.add_argument("--trust-remote-code", action="store_true", help="run code that comes with the model")
    return parser


def _model(name: str) -> str:
    return str(DEFAULT_MODEL_DIR) if name == "default" and not Path(name).exists() else name


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the entry; return its exit status."""
    options = make_parser().parse_args(arguments)
    return run(lambda: run_evaluation(options))


def run_evaluation(options: argparse.Namespace) -> None:
    """Evaluate, write the files that were asked for, and print the report."""
    from tqdm import tqdm
    from transformers.utils.logging import disable_progress_bar

    from emotion_hf.channel import find_noise
    from emotion_hf.corpora import parse_data
    from emotion_hf.evaluation.comparison import paired_test
    from emotion_hf.evaluation.cross_corpus import measure_cross_corpus
    from emotion_hf.evaluation.distortions import distortions, load_noise
    from emotion_hf.evaluation.report import to_text
    from emotion_hf.evaluation.report_json import read_report
    from emotion_hf.evaluation.results import Robustness
    from emotion_hf.evaluation.robustness import count_trained_on, measure_robustness
    from emotion_hf.labels import parse_renaming
    from emotion_hf.measurement import load_clips, measure, select_clips
    from emotion_hf.recognizer import EmotionRecognizer
    from emotion_hf.run import Run

    disable_progress_bar()
    show = partial(tqdm, desc="Evaluating", disable=None)  # only at a terminal
    renaming, run = parse_renaming(options.label), Run.find(Path(options.model))
    _check_outputs(options, run)
    files = find_noise(options.noise) if options.noise else ()
    noises, other = load_noise(files), read_report(options.against) if options.against else None
    folders, others = read_data(options.data, options.columns), parse_data(options.cross) if options.cross else {}
    recognizer = EmotionRecognizer.from_pretrained(
        options.model,
        device=options.device,
        labels=renaming,
        trust_remote_code=options.trust_remote_code,
        backend=options.backend,
    )
    clips = select_clips(folders, options.split, recognizer.labels, run)
    corpora = {name: load_clips({name: folder}, run) for name, folder in others.items()}
    report = measure(recognizer, Path(options.model), clips, options.split, progress=show)
    _write(report, clips, options, run)  # the next steps may take long, and fail
    if other:
        report = replace(report, against=paired_test(report, other))
    if options.robustness:
        noise_trained_on = count_trained_on(files, run.noise if run else "")
        bar = partial(show, desc="Evaluating changed clips")
        conditions = measure_robustness(recognizer, clips, report, distortions(noises), progress=bar)
        report = replace(report, robustness=Robustness(conditions, len(files), noise_trained_on))
    for name, corpus in corpora.items():
        trained_on = name in run.seen_corpora if run else None
        bar = partial(show, desc=f"Evaluating {name}")
        cross = measure_cross_corpus(recognizer, corpus, trained_on=trained_on, progress=bar)
        report = replace(report, cross_corpora=(*report.cross_corpora, cross))
    _write(report, clips, options, run)
    typer.echo(to_text(report))
    card = Path(options.model) / "README.md" if options.card else None
    for path in filter(None, (options.json, options.report, card)):
        typer.echo(f"Wrote {printable(path)}")


def _write(report: Report, clips: Dataset, options: argparse.Namespace, run: Run | None) -> None:
    from emotion_hf.evaluation.mistakes import playable
    from emotion_hf.evaluation.report import write_report
    from emotion_hf.evaluation.report_json import write_json
    from emotion_hf.hub.card import write_card

    if options.json:
        write_json(report, options.json)
    if options.report:
        write_report(report, options.report, run.history if run else (), playable(clips, options.audio))
    if options.card:
        write_card(Path(options.model), report, MODEL_CARD, licence=options.licence)


def _check_outputs(options: argparse.Namespace, run: Run | None) -> None:
    """Refuse outputs that cannot be written, before the work starts."""
    if options.json and (options.json.is_dir() or not options.json.parent.is_dir()):
        raise SettingsError(f"--json {options.json} cannot be written; name a file in a folder that exists.")
    if options.report and options.report.exists() and not options.report.is_dir():
        raise SettingsError(f"--report {options.report} is a file; name a folder.")
    if options.json:
        check_output(options.json, (options.json.suffix.lower(),))
    if options.report:
        check_folder(options.report)
    if options.card and run is None:
        raise CheckpointError(f"{options.model} has no run.json, which its card needs; use emotion-hf train.")
    if check_licence(options.licence) and not options.card:
        raise SettingsError("--licence needs --card; add it.")
    if options.noise and not options.robustness:
        raise SettingsError("--noise needs --robustness; add it.")
