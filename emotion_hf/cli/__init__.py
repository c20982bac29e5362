"""The command line: ``emotion-hf predict``, ``train``, ``evaluate``, ``feedback``, ``models``, ``push``, ``app``, …

Torch, gradio and the rest are imported inside the commands, so that ``--help`` is fast. An expected error
(``EmotionError``) becomes one sentence on stderr, with exit status 2 for a setting or option that cannot be used and 1
for everything else.

Example:
    emotion-hf predict clip.wav recordings/ --output answers.csv
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_hf import __version__
from emotion_hf.cells import printable
from emotion_hf.cli import cross_validate, evaluate, retrain, train
from emotion_hf.cli.adapt import adapt
from emotion_hf.cli.backup import backup, restore
from emotion_hf.cli.batch import batch
from emotion_hf.cli.desk import desk_commands
from emotion_hf.cli.explain import explain
from emotion_hf.cli.export import export as export_model
from emotion_hf.cli.feedback import feedback_commands
from emotion_hf.cli.hub import card, push, push_feedback, space
from emotion_hf.cli.listen import listen
from emotion_hf.cli.loading import load_recognizer as _load_recognizer
from emotion_hf.cli.loading import with_active_model
from emotion_hf.cli.models import models
from emotion_hf.cli.options import Backend, Channel, Device, Label, MaxSeconds, Model, Track, TrustRemoteCode
from emotion_hf.cli.serve import app, examine, serve
from emotion_hf.cli.timeline import timeline
from emotion_hf.cli.transcribe import transcribe
from emotion_hf.entry import collect_rarely
from emotion_hf.errors import EmotionError, SettingsError, naming_missing_packages
from emotion_hf.labels import parse_renaming
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    from emotion_hf.answers import Answer

cli = typer.Typer(
    name="emotion-hf",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
corpus = typer.Typer(
    help="Corpora: download, check, export.\n\n\b\nExample:\n  emotion-hf corpus download ravdess",
    no_args_is_help=True,
)
cli.add_typer(corpus, name="corpus")
cli.add_typer(desk_commands, name="desk")
cli.add_typer(feedback_commands, name="feedback")
cli.add_typer(models, name="models")
cli.add_typer(space, name="space")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; ``arguments`` default to the process's own."""
    collect_rarely()
    for stream in (sys.stdout, sys.stderr):  # a terminal without emoji must not stop a run
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with naming_missing_packages():
            cli(arguments, prog_name="emotion-hf")
    except EmotionError as error:
        typer.echo(f"emotion-hf: {printable(error)}", err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"emotion-hf {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")]
Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Recordings or folders of recordings.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Output = Annotated[Path | None, typer.Option(metavar="FILE", help="Write all results to a .json, .jsonl or .csv.")]
By = Annotated[
    Literal["speaker"] | None,
    typer.Option(
        "--by",
        metavar="speaker",
        help="Correct predictions for the voice of each speaker; folders or a table name them.",
    ),
]


@cli.callback()
def options(version: Version = False) -> None:
    """Speech emotion recognition: predict the emotion that a voice expresses.

    \b
    Example:
      emotion-hf predict clip.wav
    """


@cli.command()
def predict(
    paths: Paths,
    json_lines: Json = False,
    model: Model = "",
    output: Output = None,
    channel: Channel = None,
    track: Track = None,
    max_seconds: MaxSeconds = None,
    label: Label = None,
    trust_remote_code: TrustRemoteCode = False,
    device: Device = "",
    backend: Backend = "",
    by: By = None,
) -> None:
    """Predict the emotion in each recording. The exit status is 1 if any recording cannot be used.

    \b
    Example:
      emotion-hf predict clip.wav recordings/ --output answers.csv
    """
    from emotion_hf import answers

    settings = with_active_model(Settings.from_environment(), model)
    settings = replace(
        settings,
        max_seconds=max_seconds or settings.max_seconds,
        device=device or settings.device,
        backend=backend or settings.backend,
        trust_remote_code=trust_remote_code or settings.trust_remote_code,
    )
    labels = parse_renaming(label or ())
    if output is not None:
        answers.check_output(output)
    files = answers.find_recordings(paths)
    classifier = _load_recognizer(settings, labels)
    found = answers.answer_all(classifier, files, max_seconds=settings.max_seconds, channel=channel, track=track)
    given, write = [], typer.echo
    if len(files) > 1:
        from tqdm import tqdm  # its import is a tenth of the start

        found, write = tqdm(found, desc="Predicting", total=len(files), unit="file", disable=None), tqdm.write
    for answer in found:
        if by is None:  # otherwise nothing is final before the speaker's last recording
            _show(answer, classifier.labels, json_lines, write)
        given.append(answer)
    if by is not None:
        from emotion_hf.cli.by_speaker import correct_by_speaker

        given = correct_by_speaker(classifier, given, [path for path in paths if path.is_dir()])
        for answer in given:
            _show(answer, classifier.labels, json_lines, write)
    if output is not None:
        answers.write_answers(output, given)
        typer.echo(f"Wrote {printable(output)}", err=True)
    raise typer.Exit(int(any(answer.error for answer in given)))


cli.command()(batch)
cli.command()(timeline)
cli.command()(explain)
cli.command()(listen)
cli.command()(transcribe)
cli.command()(adapt)


@corpus.command()
def check(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the corpus.")],
    name: Annotated[str | None, typer.Option(help="Name of the corpus; by default recognised by its layout.")] = None,
) -> None:
    """Check the structure and labels of a corpus. Also speakers, durations and problems.

    \b
    Example:
      emotion-hf corpus check data/corpora/ravdess
    """
    from functools import partial

    from tqdm import tqdm

    from emotion_hf.corpora.check import check_corpus

    bar = partial(tqdm, desc="Reading clips", unit="clip", disable=None, leave=False)
    typer.echo(check_corpus(directory, name=name, progress=bar).to_text())


@corpus.command()
def info(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="A corpus to describe in full.")] = "",
) -> None:
    """List the known corpora, or describe one. Language, emotions, licence, how to get it, how to cite it.

    \b
    Example:
      emotion-hf corpus info ravdess
    """
    from emotion_hf.corpora.info import describe, known_corpus, overview

    typer.echo(describe(known_corpus(name)) if name else overview())


@corpus.command()
def download(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that `emotion-hf corpus info` lists.")],
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="New folder; data/corpora/NAME by default.")] = None,
) -> None:
    """Download, verify and unpack a corpus. After an interruption, the same command continues.

    \b
    Example:
      emotion-hf corpus download ravdess
    """
    from tqdm import tqdm

    from emotion_hf.corpora.download import download_corpus
    from emotion_hf.corpora.info import known_corpus, terms

    chosen = known_corpus(name)
    folder = to or Settings.from_environment().data_dir / "corpora" / chosen.name
    typer.echo(f"{terms(chosen)}\n")
    with tqdm(desc=f"Downloading {chosen.name}", unit="B", unit_scale=True, disable=None) as bar:

        def show(done: int, total: int | None) -> None:
            if total != bar.total or done < bar.n:  # it begins, perhaps with what an earlier attempt left
                bar.reset(total)
                bar.initial = bar.n = done
                bar.refresh()
            bar.update(done - bar.n)

        is_new = download_corpus(chosen, folder, progress=show)
    typer.echo(
        f"{chosen.name} is {'now' if is_new else 'already'} in {folder}; train with --data {chosen.name}={folder}"
    )


@corpus.command()
def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the corpus; any other name for your own.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the corpus.")],
    to: Annotated[Path, typer.Option(metavar="OUT", help="New folder for the clips and metadata.csv.")],
    by: Annotated[Literal["emotion", "speaker"], typer.Option(help="Meaning of its folders.")] = "emotion",
    link: Annotated[bool, typer.Option("--link/--copy", help="Make hard links instead of copies.")] = False,
) -> None:
    """Copy a corpus into folders of emotions. With its table, it is readable as --data mine=OUT.

    \b
    Example:
      emotion-hf corpus export ravdess data/corpora/ravdess --to sorted
    """
    from emotion_hf.corpora import find_corpus
    from emotion_hf.corpora.export import export_corpus

    clips = export_corpus(find_corpus(name), directory, to, by=by, link=link)
    counts = ", ".join(f"{emotion} {count:,}" for emotion, count in clips.items())
    typer.echo(f"Wrote {sum(clips.values()):,} clips to {to}: {counts}")


_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""These commands read lists such as ``--data ravdess=DIR nemo=DIR``, with argparse, and print their own help."""


@cli.command(name="train", context_settings=_PASS_ON)
def train_recipe(context: typer.Context) -> None:
    """Train a recipe into a checkpoint folder."""
    raise typer.Exit(train.main(context.args))


@cli.command(name="cross-validate", context_settings=_PASS_ON)
def cross_validate_recipes(context: typer.Context) -> None:
    """Train and test on all folds and several seeds. Mean, deviations, and an interval over speakers."""
    raise typer.Exit(cross_validate.main(context.args))


@cli.command(name="evaluate", context_settings=_PASS_ON)
def evaluate_model(context: typer.Context) -> None:
    """Evaluate a model on clips that it was not trained on."""
    raise typer.Exit(evaluate.main(context.args))


@cli.command(name="retrain", context_settings=_PASS_ON)
def retrain_model(context: typer.Context) -> None:
    """Retrain the model on corrections. A gate decides whether it is better."""
    raise typer.Exit(retrain.main(context.args))


cli.command(name="export")(export_model)
cli.command()(card)
cli.command()(push)
cli.command()(push_feedback)


cli.command()(app)
cli.command()(serve)
cli.command(name="doctor")(examine)
cli.command()(backup)
cli.command()(restore)


def _show(answer: Answer, labels: Sequence[str], json_lines: bool, write: Callable[..., object]) -> None:
    """Print one result with ``write``, which keeps a progress bar below it."""
    from emotion_hf.cli.prediction_line import prediction_line

    if json_lines:
        write(json.dumps(answer.to_dict()))
    elif answer.error:
        write(answer.complaint, file=sys.stderr)
    else:
        write(prediction_line(answer, labels))
        for note in answer.prediction.notes if answer.prediction else ():
            write(f"{answer.file}: {note}", file=sys.stderr)
