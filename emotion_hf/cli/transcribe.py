"""The command ``emotion-hf transcribe``: what was said, and with which emotion?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import load_recognizer, load_wave, with_active_model
from emotion_hf.cli.options import Channel, Model
from emotion_hf.errors import SettingsError
from emotion_hf.settings import PREFIX, Settings

if TYPE_CHECKING:
    from emotion_hf.recognizer import EmotionRecognizer
    from emotion_hf.text_emotion import TextEmotion
    from emotion_hf.timeline import Timeline
    from emotion_hf.transcript import Transcript
    from emotion_hf.transcript.files import Opinions

OF_TRANSCRIPT = 0.8
"""Share of the work that the transcript takes; the timeline takes the rest."""


def transcribe(
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of up to two hours.")],
    transcriber: Annotated[
        str, typer.Option(metavar="W", help="Folder or Hub id of a Whisper model; by default that of the settings.")
    ] = "",
    text_emotion: Annotated[
        str, typer.Option(metavar="T", help="Text model for a second opinion; by default that of the settings.")
    ] = "",
    language: Annotated[
        str | None, typer.Option(metavar="xx", help="Code of the language, such as en; recognised by default.")
    ] = None,
    weight: Annotated[float, typer.Option(min=0, max=1, help="Weight of the words beside the voice.")] = 0.3,
    output: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Also write a .txt, .srt or .json file; repeatable.")
    ] = None,
    json_line: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    channel: Channel = None,
    model: Model = "",
) -> None:
    """Write down what is said, with the emotion of each passage. Nothing leaves this machine.

    \b
    Example:
      emotion-hf transcribe call.wav --transcriber openai/whisper-base --output call.srt
    """
    from tqdm import tqdm

    from emotion_hf.timeline import make_timeline
    from emotion_hf.transcript.files import Spoken, check_transcript_output, to_text, write_transcript

    for path in output or ():
        check_transcript_output(path)
    settings = with_active_model(Settings.from_environment(), model)
    source = transcriber or settings.transcriber
    if not source:
        raise SettingsError(
            f"A transcript needs a Whisper model; add --transcriber openai/whisper-base, or set {PREFIX}TRANSCRIBER."
        )
    wave = load_wave(recording, settings, channel)
    writer = _load_transcriber(source)
    writer.listener.check_language(language)
    recognizer = load_recognizer(settings)
    reader = _load_text_emotion(text_emotion or settings.text_emotion, recognizer)
    with tqdm(desc="Transcribing", total=100, unit="%", disable=None, leave=False) as bar:
        written = writer.transcribe(
            wave, lambda share: bar.update(round(100 * OF_TRANSCRIPT * share) - bar.n), language
        )
        timeline = make_timeline(
            recognizer,
            wave,
            lambda share: bar.update(round(100 * (OF_TRANSCRIPT + (1 - OF_TRANSCRIPT) * share)) - bar.n),
        )
    spoken = Spoken(written, timeline, _opinions(reader, recognizer, written, timeline, weight) if reader else None)
    name = str(recording)
    typer.echo(json.dumps({"file": name, **spoken.to_dict()}) if json_line else to_text(spoken), nl=json_line)
    for path in output or ():
        write_transcript(path, spoken, recording.name)
        typer.echo(f"Wrote {printable(path)}", err=True)


def _load_transcriber(source: str):
    from transformers.utils.logging import disable_progress_bar

    from emotion_hf.transcript.transcriber import Transcriber

    disable_progress_bar()
    return Transcriber.from_pretrained(source)


def _load_text_emotion(source: str, recognizer: EmotionRecognizer) -> TextEmotion | None:
    from emotion_hf.text_emotion import TextEmotion

    if not source:
        return None
    loaded = TextEmotion.from_pretrained(source)
    loaded.check_labels(recognizer.labels)  # before the work
    return loaded


def _opinions(
    reader: TextEmotion, recognizer: EmotionRecognizer, written: Transcript, timeline: Timeline, weight: float
) -> Opinions:
    from emotion_hf.text_emotion import combine
    from emotion_hf.transcript.files import Opinions

    text = reader.scores(written.text, recognizer.labels)
    is_one = len(timeline.windows) == 1  # the verdict on a longer recording is that of most of its windows
    threshold = recognizer.scorer.not_sure_below if is_one else None
    return Opinions(reader.name, text, combine(timeline.overall, text, weight, not_sure_below=threshold))
