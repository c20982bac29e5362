"""``emotion-hf adapt``: a model for one speaker, from a few of their recordings.

Recordings directly in the folder have no labels. Subfolders, or the column ``emotion`` of a table, give the emotion of
each recording, which helps most.

Example:
    emotion-hf adapt anna/ --output anna-model        # anna/1.wav …, or anna/angry/1.wav, anna/sad/1.wav …
    emotion-hf predict call.wav --model anna-model
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import load_recognizer, load_wave, with_active_model
from emotion_hf.disk import check_folder
from emotion_hf.errors import CheckpointError
from emotion_hf.settings import Settings

ORDINARY_SECONDS = 30
NOTHING_LEARNED = (
    "The recordings are too similar to tell the voice from a single emotion, so the predictions stay as they were. "
    "Add recordings of other emotions, use --ordinary, or put each emotion's recordings into a folder with its name."
)


def adapt(
    voice: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Recordings of one speaker, with a folder per emotion or a table."),
    ],
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the new model.")],
    model: Annotated[str, typer.Option(metavar="M", help="Model to start from; by default the active one.")] = "",
    ordinary: Annotated[
        bool, typer.Option("--ordinary", help="The recordings are ordinary speech, neutral or calm.")
    ] = False,
) -> None:
    """Adapt a model to one speaker. Best are three recordings of each emotion; ten of any kind also work, or 30 s of
    ordinary speech.

    \b
    Example:
      emotion-hf adapt anna/ --output anna-model
      emotion-hf predict call.wav --model anna-model
    """
    settings = Settings.from_environment()

    from emotion_hf import adaptation
    from emotion_hf.audio import SAMPLING_RATE
    from emotion_hf.checkpoint import save
    from emotion_hf.export import add_twin

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CheckpointError(f"{output} is not empty; name another --output.")
    check_folder(output)
    files, emotions = _recordings(voice, ordinary)
    settings = with_active_model(settings, model)
    recognizer = load_recognizer(settings)
    waves = [load_wave(file, settings) for file in files]
    known = adaptation.adapt(recognizer, waves, emotions, ordinary=ordinary)
    save(output, known.model, known.extractor)
    add_twin(output)
    if known.speakers and not known.model.voice.offset.any():
        typer.echo(f"Wrote {printable(output)}. {NOTHING_LEARNED}")
        return
    kind = "of ordinary speech" if ordinary else "without labels"
    used = ", ".join(f"{count} {label}" for label, count in Counter(emotions or [kind] * len(files)).items())
    name = printable(output)
    typer.echo(f"Wrote {name}, a model for this speaker (recordings: {used}). Use it with --model {name}.")
    seconds = sum(map(len, waves)) / SAMPLING_RATE
    if ordinary and seconds < ORDINARY_SECONDS:
        typer.echo(f"It is based on {seconds:.0f} s of speech; {ORDINARY_SECONDS} s or more are better.")


def _recordings(voice: Path, ordinary: bool) -> tuple[list[Path], list[str] | None]:
    """Return the recordings of a speaker, and the emotion of each if it is known."""
    from emotion_hf.answers import find_recordings
    from emotion_hf.corpora import CORPORA
    from emotion_hf.corpora.corpus import list_clips
    from emotion_hf.corpora.folder import folder_corpus, names_emotions

    if ordinary or not (voice.name in CORPORA or names_emotions(voice)):
        return find_recordings([voice]), None
    clips = list_clips(CORPORA.get(voice.name) or folder_corpus(voice.name), voice).utterances
    return [clip.path for clip in clips], [clip.emotion for clip in clips]
