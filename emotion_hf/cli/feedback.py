"""``emotion-hf feedback …``: add, list, delete and export corrections.

Example:
    emotion-hf feedback add clip.wav --label sad --consent-train
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import load_recognizer, with_active_model
from emotion_hf.errors import AudioError, FeedbackError
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from emotion_hf.feedback import FeedbackStore

feedback_commands = typer.Typer(
    help="Corrections: add, import, list, delete, repair, export.\n\n\b\nExample:\n  emotion-hf feedback stats",
    no_args_is_help=True,
)

Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the corrections; by default the page's.")]
Train = Annotated[bool, typer.Option("--consent-train", help="The speaker agrees to training.")]
Publish = Annotated[bool, typer.Option("--consent-publish", help="The speaker agrees to publication, CC BY 4.0.")]
Time = Annotated[datetime | None, typer.Option(metavar="TIME", help="Such as 2026-11-20 or 2026-11-20T16:00:00, UTC.")]


@feedback_commands.command()
def add(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings, all with the same emotion.")],
    label: Annotated[str, typer.Option(metavar="L", help="The emotion that you hear, or mixed.")],
    consent_train: Train = False,
    consent_publish: Publish = False,
    by: Annotated[str, typer.Option(metavar="NAME", help="Name of the listener.")] = "",
    speaker: Annotated[str, typer.Option(metavar="S", help="Name of the speaker.")] = "",
    folder: Folder = None,
    model: Annotated[str, typer.Option(metavar="M", help="Model for the prediction; by default the active one.")] = "",
    no_model: Annotated[bool, typer.Option("--no-model", help="Save without a prediction.")] = False,
) -> None:
    """Save recordings with their emotion, if the speaker agrees. The exit status is 1 if any was not saved.

    \b
    Example:
      emotion-hf feedback add clip.wav --label sad --consent-train
    """
    from emotion_hf.answers import complaint
    from emotion_hf.audio import load_audio
    from emotion_hf.corpora.votes import MIXED
    from emotion_hf.feedback import Consent, Correction, new_id
    from emotion_hf.labels import LABELS, named
    from emotion_hf.prediction import Prediction

    settings = Settings.from_environment()
    store = _open(folder, settings)
    store.repair()
    classifier = None if no_model else load_recognizer(with_active_model(settings, model))
    labels = classifier.labels if classifier else LABELS
    label = named(label, (*labels, MIXED))
    consent = Consent(store=True, train=consent_train, publish=consent_publish)
    failed = False
    for path in paths:
        try:
            wave = load_audio(path, max_seconds=settings.max_seconds)
            _refuse_twice(store, wave, by)
            prediction = classifier.predict([wave])[0] if classifier else Prediction()
            who = {"annotator": by, "speaker": speaker}
            correction = Correction.of(prediction, id=new_id(), label=label, consent=consent, **who)
            store.add(wave, correction, labels=labels)
        except (AudioError, FeedbackError) as error:
            typer.echo(complaint(path, str(error)), err=True)
            failed = True
            continue
        predicted = f"; the model predicted {correction.prediction or 'no speech'}" if classifier else ""
        typer.echo(f"{printable(path)}: saved as {label}{predicted}; number {correction.id}")
    raise typer.Exit(int(failed))


@feedback_commands.command(name="import")
def import_(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Holds feedback_data.csv and feedback_audios/.")],
    consent_store: Annotated[bool, typer.Option("--consent-store", help="The speakers agree to storage.")] = False,
    consent_train: Train = False,
    consent_publish: Publish = False,
    folder: Folder = None,
) -> None:
    """Import the corrections of the earlier system. A second run imports only what is new.

    \b
    Example:
      emotion-hf feedback import old/ --consent-store
    """
    from emotion_hf.feedback import Consent
    from emotion_hf.feedback.legacy import NO_CONSENT, import_legacy

    if not consent_store:
        raise FeedbackError(NO_CONSENT)
    settings = Settings.from_environment()
    consent = Consent(store=True, train=consent_train, publish=consent_publish)
    outcome = import_legacy(directory, _open(folder, settings), consent=consent, max_seconds=settings.max_seconds)
    for line in outcome.lines():
        typer.echo(printable(line))


@feedback_commands.command(name="list")
def list_(
    label: Annotated[str | None, typer.Option(metavar="L", help="Only with this label.")] = None,
    model: Annotated[str | None, typer.Option(metavar="M", help="Only corrections of this model.")] = None,
    before: Time = None,
    after: Time = None,
    consent: Annotated[Literal["train", "publish"] | None, typer.Option(help="Only with this consent.")] = None,
    annotator: Annotated[str | None, typer.Option(metavar="NAME", help="Only by this annotator.")] = None,
    disagree: Annotated[bool, typer.Option("--disagree", help="Only where annotators disagree.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    folder: Folder = None,
) -> None:
    """List the corrections, oldest first. Number, time, label, prediction, consent, annotator.

    \b
    Example:
      emotion-hf feedback list --label sad --consent train
    """
    from emotion_hf.feedback.annotations import Choice
    from emotion_hf.feedback.summary import to_text
    from emotion_hf.labels import canonical

    store = _open(folder)
    records = list(store.records())
    _tell_problems(store)
    if label is not None and all(record.label != label for record in records):
        label = canonical(label)
    found = Choice(label, model, before, after, consent, annotator, disagree).of(records)
    for record in found:
        typer.echo(json.dumps(asdict(record)) if json_lines else to_text(record))
    if not found:
        kept = f"none of the {len(records):,} corrections matches" if records else "no correction is saved"
        typer.echo(f"Nothing to show: {kept}.", err=True)


@feedback_commands.command()
def stats(folder: Folder = None) -> None:
    """Count the corrections. By label, model, consent and agreement, and those that a training would use.

    \b
    Example:
      emotion-hf feedback stats
    """
    from emotion_hf.feedback.summary import describe

    store = _open(folder)
    typer.echo(describe(store.records()))
    _tell_problems(store)


@feedback_commands.command()
def delete(
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Numbers of the records.")],
    folder: Folder = None,
) -> None:
    """Delete records with their recordings. Names the models trained on them. Exit status 1 if any is missing.

    \b
    Example:
      emotion-hf feedback delete 0123456789abcdef0123456789abcdef
    """
    from emotion_hf.feedback.ledger import forgetting

    store = _open(folder)
    failed = False
    for id in ids:
        try:
            typer.echo(f"Deleted {id}. {forgetting(store.delete(id))}".rstrip())
        except FeedbackError as error:
            typer.echo(f"{printable(id)}: {printable(error)}", err=True)
            failed = True
    raise typer.Exit(int(failed))


@feedback_commands.command()
def export(
    to: Annotated[Path, typer.Argument(metavar="DIR", help="New folder.")],
    form: Annotated[Literal["audiofolder", "parquet", "csv"], typer.Option("--format")] = "audiofolder",
    publishable: Annotated[
        bool, typer.Option("--publishable", help="Only corrections with consent to publish, without identifying data.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Export a copy of the corrections. datasets.load_dataset reads it and, except for parquet, --data mine=DIR.

    \b
    Example:
      emotion-hf feedback export shared/ --publishable
    """
    from emotion_hf.feedback.export import export as write

    store = _open(folder)
    done = write(store, to, form=form, publishable=publishable)
    typer.echo(f"Wrote {done.annotations} annotations to {printable(to)}")
    if done.gone:
        typer.echo(f"Left out because the recording is missing: {done.gone:,}.", err=True)
    _tell_problems(store)


@feedback_commands.command()
def repair(folder: Folder = None) -> None:
    """Restore lost or damaged corrections. Other files are set aside. Nothing is removed.

    \b
    Example:
      emotion-hf feedback repair
    """
    store = _open(folder)
    for line in store.repair().lines() or ["There was nothing to repair."]:
        typer.echo(printable(line))
    _tell_problems(store)


def _open(folder: Path | None, settings: Settings | None = None) -> FeedbackStore:
    """Return the store in ``folder``, or the page's; nothing is changed.

    Raises:
        FeedbackError: The folder belongs to another program.
    """
    from emotion_hf.feedback import FeedbackStore
    from emotion_hf.feedback.marker import check_ours

    store = FeedbackStore(folder or (settings or Settings.from_environment()).feedback_dir)
    check_ours(store.folder)
    return store


def _tell_problems(store: FeedbackStore) -> None:
    for line in store.problems().lines():
        typer.echo(printable(line), err=True)


def _refuse_twice(store: FeedbackStore, wave: np.ndarray, annotator: str) -> None:
    """Refuse a recording that this annotator has labelled already."""
    from emotion_hf.feedback.sound import content_of

    content = content_of(wave)
    for record in store.records():
        if (record.content, record.annotator) == (content, annotator):
            raise FeedbackError(f"It is already saved as {record.label}; to relabel it, delete {record.id} first.")
