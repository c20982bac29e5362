"""``emotion-hf adapt``: a model for one voice, from a few of its recordings.

Example:
    emotion-hf adapt anna/ --output anna-model        # anna/angry/1.wav, anna/sad/1.wav …
    emotion-hf predict call.wav --model anna-model
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from emotion_hf.cli.loading import load_recognizer
from emotion_hf.errors import CheckpointError
from emotion_hf.settings import Settings


def adapt(
    voice: Annotated[Path, typer.Argument(metavar="FOLDER", help="One voice: a folder for each emotion, or a table.")],
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new model.")],
    model: Annotated[
        str, typer.Option(metavar="M", help="Model to start from; by default the one that answers.")
    ] = "",
    ordinary: Annotated[
        bool, typer.Option("--ordinary", help="The recordings are ordinary speech, without emotions.")
    ] = False,
) -> None:
    """Adapt a model to one voice; three recordings of each emotion help much, 30 s without labels a little."""
    from emotion_hf import adaptation
    from emotion_hf.answers import find_recordings
    from emotion_hf.audio import load_audio
    from emotion_hf.checkpoint import save
    from emotion_hf.corpora import find_corpus
    from emotion_hf.corpora.corpus import list_clips
    from emotion_hf.versions import answering_model

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise CheckpointError(f"{output} is not empty; name another --output.")
    if ordinary:
        files, emotions = find_recordings([voice]), None
    else:
        clips = list_clips(find_corpus(voice.name), voice).utterances
        files, emotions = [clip.path for clip in clips], [clip.emotion for clip in clips]
    settings = Settings.from_environment()
    settings = replace(settings, model=model or answering_model(settings.models_dir, settings.model))
    recognizer = load_recognizer(settings, {})
    waves = [load_audio(file, max_seconds=settings.max_seconds) for file in files]
    known = adaptation.adapt(recognizer, waves, emotions)
    save(output, known.model, known.extractor)
    heard = ", ".join(f"{count} {label}" for label, count in Counter(emotions or ["ordinary"] * len(files)).items())
    typer.echo(f"The model for this voice is in {output}; it heard {heard}. Use it by --model {output}.")
