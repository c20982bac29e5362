"""``emotion-hf desk …``: set up the desk, take recordings, watch a folder, export, delete, purge.

Example:
    emotion-hf desk take Anna call.wav
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import load_recognizer, with_active_model
from emotion_hf.cli.options import Model
from emotion_hf.errors import AudioError, DeskError
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    from emotion_hf.desk import Desk
    from emotion_hf.desk.callers import Caller
    from emotion_hf.desk.deletion import Deleted
    from emotion_hf.desk.listing import CallerRow
    from emotion_hf.desk.watch import Outcome

desk_commands = typer.Typer(
    help="The desk: callers, their calls, and who sounds urgent.\n\n\b\nExample:\n  emotion-hf desk list",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="CALLER", help="Name of the caller.")]


@desk_commands.command()
def setup(
    purpose: Annotated[str, typer.Option(metavar="TEXT", help="What the desk is for.")],
    place: Annotated[str, typer.Option(metavar="TEXT", help="Where it is used.")],
    accept_terms: Annotated[bool, typer.Option("--accept-terms", help="Accept what is printed.")] = False,
    who: Annotated[str, typer.Option(metavar="NAME", help="Who accepts it.")] = "",
    caller_channel: Annotated[
        int | None, typer.Option(min=0, help="The caller's channel in recordings with several, counted from 0.")
    ] = None,
    one_channel: Annotated[
        Literal["check", "caller", "A", "B"],
        typer.Option(help="Who speaks in recordings of one channel: see the option --speaker of take."),
    ] = "check",
) -> None:
    """Set up the desk. Prints what is prohibited and what callers must be told, and asks to accept it.

    \b
    Example:
      emotion-hf desk setup --purpose "Crisis line" --place Zurich --accept-terms
    """
    from emotion_hf.desk import setup
    from emotion_hf.desk.law import ANNOUNCEMENT, TERMS

    for text in TERMS:
        typer.echo(f"{text}\n")
    typer.echo(f"An announcement to callers, for example: {ANNOUNCEMENT}\n")
    if not accept_terms:
        raise DeskError("The desk is not set up; add --accept-terms if you accept all of this.")
    recorded = setup.Recordings(caller_channel, setup.OneChannel(one_channel))
    desk = _open()
    accepted = setup.accept(desk, purpose=purpose, place=place, who=who)
    setup.set_recordings(desk, recorded)
    typer.echo(f"The desk is set up for {printable(accepted.purpose)} in {printable(accepted.place)}.")


@desk_commands.command(name="list")
def list_() -> None:
    """List the callers, the most urgent first. Last call, emotion, and why it is urgent.

    \b
    Example:
      emotion-hf desk list
    """
    from emotion_hf.desk import listing
    from emotion_hf.desk.law import NOT_SAFE

    view = listing.overview(_open())
    for row in view.rows:
        typer.echo(_line(row))
    typer.echo(f"{len(view.rows):,} callers, {view.alarms:,} open alarms. {NOT_SAFE}", err=True)


@desk_commands.command()
def take(
    caller: Name,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings of this caller.")],
    channel: Annotated[int | None, typer.Option(min=0, help="The caller's channel, counted from 0.")] = None,
    speaker: Annotated[
        str | None,
        typer.Option(metavar="S", help="In one channel: the caller is A, who speaks first, or B; or caller, alone."),
    ] = None,
    model: Model = "",
) -> None:
    """Take recordings of a caller, who is added if necessary. The exit status is 1 if any cannot be used.

    \b
    Example:
      emotion-hf desk take Anna call.wav
    """
    from emotion_hf.answers import complaint
    from emotion_hf.desk import callers, intake
    from emotion_hf.desk.watch import Outcome

    settings = Settings.from_environment()
    desk = _open(settings)
    known = callers.find(desk, caller) or callers.add(desk, caller)
    classifier = load_recognizer(with_active_model(settings, model))
    failed = False
    for path in paths:
        options = {"channel": channel, "speaker": speaker, "max_seconds": settings.max_seconds}
        try:
            taken = intake.take(desk, classifier, path, known.id, **options)  # type: ignore[arg-type]
        except (AudioError, DeskError) as error:
            typer.echo(complaint(path, str(error)), err=True)
            failed = True
            continue
        _show(Outcome(path, known.name, taken))
    raise typer.Exit(int(failed))


@desk_commands.command()
def watch(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The folder; by default that of the settings.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Take the recordings that are there, and exit.")] = False,
    model: Model = "",
) -> None:
    """Watch a folder. Recordings in DIR/CALLER/ are taken once they have stopped growing; Ctrl-C ends it.

    \b
    Example:
      emotion-hf desk watch incoming/
    """
    from emotion_hf.desk.watch import LOOK_SECONDS, Watcher

    settings = Settings.from_environment()
    if folder is None and not settings.desk_watch:
        raise DeskError("Name a folder to watch, or set EMOTION_HF_DESK_WATCH.")
    desk = _open(settings)
    desk.change_number()
    classifier = load_recognizer(with_active_model(settings, model))
    chosen = folder or Path(settings.desk_watch)
    watcher = Watcher(desk, chosen, lambda: classifier, max_seconds=settings.max_seconds)
    stop = threading.Event()
    if once:
        list(watcher.look())
        stop.wait(LOOK_SECONDS)
        for outcome in watcher.look():
            _show(outcome)
        return
    typer.echo(f"Watching {printable(chosen)}; Ctrl-C ends it.", err=True)
    try:
        watcher.run(stop, _show)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)


@desk_commands.command()
def export(
    caller: Name,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .zip file; one in the desk's folder by default.")
    ] = None,
) -> None:
    """Export everything about a caller. One zip file with JSON and recordings.

    \b
    Example:
      emotion-hf desk export Anna --to anna.zip
    """
    from emotion_hf.desk.export import export_caller

    desk = _open()
    typer.echo(f"Wrote {printable(export_caller(desk, _caller(desk, caller).id, to))}")


@desk_commands.command()
def delete(
    caller: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a caller. Calls, recordings, corrections, exports on this machine, and the voice.

    \b
    Example:
      emotion-hf desk delete Anna
    """
    from emotion_hf.desk.deletion import delete_caller

    desk = _open()
    found = _caller(desk, caller)
    if not yes:
        typer.confirm(f"Delete {printable(found.name)} and everything about this caller?", abort=True)
    typer.echo(_deleted(delete_caller(desk, found.id)))


@desk_commands.command()
def purge(
    days: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Delete calls received more than N days ago.")
    ] = None,
) -> None:
    """Delete calls that are older than the desk keeps them, and recordings that a killed process left.

    \b
    Example:
      emotion-hf desk purge --days 90
    """
    from emotion_hf.desk.deletion import purge

    typer.echo(_deleted(purge(_open(), days)))


def _open(settings: Settings | None = None) -> Desk:
    from emotion_hf.desk import Desk

    return Desk.open(settings or Settings.from_environment())


def _caller(desk: Desk, name: str) -> Caller:
    from emotion_hf.desk import callers

    found = callers.find(desk, name)
    if found is None:
        raise DeskError(f"There is no caller {printable(name)}; `emotion-hf desk list` shows the callers.")
    return found


def _line(row: CallerRow) -> str:
    """Return a caller on one line."""
    from emotion_hf.prediction import percent
    from emotion_hf.timeline import clock

    name, last = printable(row.caller.name), row.latest
    if last is None:
        return f"{name}: no calls"
    parts = [f"{name}: {last.emotion}", f"{last.happened_at:%Y-%m-%d %H:%M} UTC", f"calls: {row.calls:,}"]
    if row.alarm is not None and (reason := row.alarm.reason) is not None:
        where = f"{clock(reason.start_seconds)} to {clock(reason.end_seconds)}"
        asleep = ", asleep" if row.is_asleep else ""
        parts.append(f"ALARM{asleep}: {reason.emotion} from {where} ({percent(reason.confidence)})")
    return ", ".join(parts)


def _show(outcome: Outcome) -> None:
    """Print what became of a file."""
    if outcome.taken is None:
        typer.echo(f"{printable(outcome.path)}: {printable(outcome.error)}", err=True)
        return
    line = outcome.taken.call.line
    known = "" if outcome.taken.is_new else ", which is on the desk already"
    reference = line.reference_recordings
    after = f", after {reference:,} earlier recordings" if reference else ""
    level = f"; {line.level.name.lower()}" if line.level else ""
    typer.echo(f"{printable(outcome.path)}: {printable(line.caller)}, {line.emotion}{after}{level}{known}")


def _deleted(done: Deleted) -> str:
    """Return what was deleted, and what remains, in sentences."""
    from emotion_hf.feedback.ledger import forgetting

    counts = f"{done.calls:,} calls, {done.recordings:,} recordings, {done.corrections:,} corrections"
    lines = [f"Deleted {counts} and {done.exports:,} exports. {forgetting(done.models)}".rstrip()]
    lines += [f"Not deleted, because it is not a file of the desk: {printable(path)}" for path in done.left]
    return "\n".join(lines)
