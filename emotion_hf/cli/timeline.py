"""The command ``emotion-hf timeline``: which emotion is expressed when, in a recording of up to two hours."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import load_recognizer, with_active_model
from emotion_hf.cli.options import Backend, Channel, Model, Track
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    from emotion_hf.speakers import SpeakerEmbedder
    from emotion_hf.timeline import Timeline


def timeline(
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of up to two hours.")],
    output: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Also write a .json, .csv, .srt or .html file; repeatable."),
    ] = None,
    json_line: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    window: Annotated[float, typer.Option(metavar="S", help="Length of a window in long speech, in seconds.")] = 4.0,
    step: Annotated[float, typer.Option(metavar="S", help="Seconds between the starts of two windows.")] = 2.0,
    channel: Channel = None,
    track: Track = None,
    centre: Annotated[
        bool,
        typer.Option("--centre/--no-centre", help="Take the speaker's own mean over the recording as reference."),
    ] = True,
    model: Model = "",
    speakers: Annotated[int, typer.Option(metavar="N", help="2 tells two speakers apart, A and B.")] = 1,
    speaker: Annotated[
        str, typer.Option(metavar="A|B", help="Show only this speaker; A speaks first. Implies --speakers 2.")
    ] = "",
    embedder: Annotated[
        str,
        typer.Option(metavar="M", help="Folder or Hub id of a speaker-verification model that tells speakers apart."),
    ] = "",
    backend: Backend = "",
) -> None:
    """Show which emotion is expressed when. Bands of emotion, shares of the speaking time and strongest moments.

    \b
    Example:
      emotion-hf timeline call.wav --output call.html --output call.csv
      emotion-hf timeline interview.wav --speakers 2
    """
    from tqdm import tqdm

    from emotion_hf.timeline import check_speakers, check_windows
    from emotion_hf.timeline.files import check_timeline_output, timeline_answer, write_timeline

    check_windows(window, step)
    speakers = 2 if speaker or embedder else speakers
    check_speakers(speakers)
    for path in output or ():
        check_timeline_output(path)
    settings = with_active_model(Settings.from_environment(), model)
    settings = replace(settings, backend=backend or settings.backend)
    recognizer = load_recognizer(settings)
    with tqdm(desc="Analysing", total=100, unit="%", disable=None, leave=False) as bar:
        made = recognizer.timeline(
            recording,
            channel=channel,
            track=track,
            max_seconds=settings.max_seconds,
            progress=lambda share: bar.update(round(100 * share) - bar.n),
            window_seconds=window,
            step_seconds=step,
            centre=centre,
            speakers=speakers,
            embedder=_load_embedder(embedder),
        )
    made = made.of(speaker.upper()) if speaker else made
    typer.echo(json.dumps(timeline_answer(str(recording), made)) if json_line else to_text(made))
    for path in output or ():
        write_timeline(path, made, recording.name)
        typer.echo(f"Wrote {printable(path)}", err=True)


def _load_embedder(source: str) -> SpeakerEmbedder | None:
    """Return the speaker-verification model with this name; none without a name."""
    from emotion_hf.speakers.embedders import XVectorEmbedder

    return XVectorEmbedder.from_pretrained(source) if source else None


def to_text(timeline: Timeline) -> str:
    """Return a timeline as a person reads it."""
    from emotion_hf.labels import face
    from emotion_hf.timeline import NO_SPEECH, NOT_SURE, OTHER_SPEAKER, clock
    from emotion_hf.timeline.picture import describe, shares_text

    emoji = {NO_SPEECH: "🔇", NOT_SURE: "🤔", OTHER_SPEAKER: "👥"}
    lines = [f"{emoji.get(band.name) or face(band.name).emoji} {describe(band)}" for band in timeline.bands]
    if len(timeline.speakers) > 1:
        lines += ["", *(f"Speaking time of {name}: {shares_text(timeline.of(name))}" for name in timeline.speakers)]
    elif timeline.shares:
        lines += ["", f"Speaking time: {shares_text(timeline)}"]
    if moments := timeline.moments():
        shown = ", ".join(f"{clock(moment.start_seconds)} {moment.name}" for moment in moments)
        lines.append(f"Strongest moments: {shown}")
    lines += ["", *timeline.notes] if timeline.notes else []
    return "\n".join(lines)
