"""The command ``emotion-hf listen``: record from the microphone and predict, again and again.

Recordings stay in memory and are forgotten after their prediction. The package sounddevice is imported when the first
recording starts, so that everything else works without it and without a microphone.

Example:
    emotion-hf listen
"""

from __future__ import annotations

import os
import shlex
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import load_recognizer, with_active_model
from emotion_hf.cli.options import Model
from emotion_hf.errors import EmotionError, MicrophoneError
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from emotion_hf.answers import Answer
    from emotion_hf.prediction import Classifier

RECORDING_SECONDS = 3.0
TOP = 3
HELP = "Press Enter to record 3 seconds, or type: file PATH, samples, list, quit."
SENTENCES = {
    "neutral": "The meeting starts at nine on Monday.",
    "calm": "Take your time, there is no hurry.",
    "happy": "We did it, I can hardly believe it!",
    "sad": "She left without saying goodbye.",
    "angry": "I told you to leave that alone!",
    "fearful": "There is somebody at the door.",
    "disgust": "This milk smells terrible.",
    "surprised": "What are you doing here already?",
}


def listen(
    microphone: Annotated[
        str, typer.Option(metavar="NAME", help="Name or number of a microphone; by default the system's own.")
    ] = "",
    model: Model = "",
) -> None:
    """Record from the microphone and predict. Nothing is stored.

    \b
    Example:
      emotion-hf listen
    """
    settings = with_active_model(Settings.from_environment(), model)
    session = _Session(load_recognizer(settings), microphone, settings.max_seconds)
    with suppress(ImportError):
        import readline  # noqa: F401  lets people edit the line that they type
    typer.echo(f"{HELP} Nothing is stored.")
    try:
        while (line := input("> ").strip()) not in ("quit", "exit"):
            try:
                session.obey(line)
            except EmotionError as error:
                typer.echo(printable(error))
    except (EOFError, KeyboardInterrupt):
        typer.echo()
    typer.echo("Goodbye.")


def record(microphone: str = "", seconds: float = RECORDING_SECONDS) -> np.ndarray:
    """Record from a microphone, at its own sampling rate.

    Args:
        microphone: Its name, a part of it, or its number; the system's own if empty.
        seconds: Length of the recording.

    Returns:
        Mono float32 at 16 kHz, shape ``(samples,)``.

    Raises:
        MicrophoneError: There is no such microphone, it cannot be used, or it delivers only silence.
    """
    from emotion_hf.audio import is_silent, load_audio

    sounddevice = _sounddevice()
    device = int(microphone) if microphone.isdecimal() else microphone or None
    try:
        rate = sounddevice.query_devices(device, "input")["default_samplerate"]
        samples = sounddevice.rec(round(seconds * rate), rate, channels=1, dtype="float32", device=device)
        typer.echo("Recording, speak now …")
        sounddevice.wait()
    except (sounddevice.PortAudioError, ValueError, OverflowError) as error:  # the last two: a wrong name or number
        raise MicrophoneError(_trouble(sounddevice, microphone, error)) from error
    wave = load_audio((rate, samples))
    if is_silent(wave):
        raise MicrophoneError(
            "The microphone delivered only silence; check that it is not muted, and that this terminal may use it."
        )
    return wave


@dataclass
class _Session:
    """What one call of the command needs and remembers: the predictions with their times, and no recording."""

    classifier: Classifier
    microphone: str
    max_seconds: float
    given: list[tuple[str, Answer]] = field(default_factory=list)
    recordings: int = 0

    def obey(self, line: str) -> None:
        """Carry out one line of input."""
        word, _, rest = line.partition(" ")
        match word:
            case "":
                self._record()
            case "file":
                self._predict_file(rest.strip())
            case "samples":
                self._show_samples()
            case "list":
                self._show_list()
            case _:
                typer.echo(HELP)

    def _record(self) -> None:
        from emotion_hf.answers import Answer

        (prediction,) = self.classifier.predict([record(self.microphone)])
        self.recordings += 1
        self._take(Answer(Path(f"recording {self.recordings}"), prediction))

    def _predict_file(self, text: str) -> None:
        from emotion_hf.answers import answer_all, find_recordings

        if not text:
            typer.echo("Type the path of a recording or of a folder after the word file.")
            return
        for answer in answer_all(self.classifier, find_recordings([_path(text)]), max_seconds=self.max_seconds):
            self._take(answer)

    def _take(self, answer: Answer) -> None:
        if answer.error:
            typer.echo(answer.complaint)
            return
        self.given.append((time.strftime("%H:%M:%S"), answer))
        self._show(answer)

    def _show(self, answer: Answer) -> None:
        from emotion_hf.prediction import Prediction, percent

        typer.echo(self._line(answer))
        best = (answer.prediction or Prediction()).top(TOP)
        if best:
            typer.echo("   " + ", ".join(f"{label} {percent(score)}" for label, score in best))

    def _line(self, answer: Answer) -> str:
        from emotion_hf.cli.prediction_line import prediction_line

        return prediction_line(answer, self.classifier.labels)

    def _show_samples(self) -> None:
        """Show sentences to read aloud, and predictions for synthesised voices, which work without a microphone."""
        from emotion_hf.answers import Answer
        from emotion_hf.audio import load_audio
        from emotion_hf.labels import canonical, face
        from emotion_hf.samples import SAMPLES

        known = [label for label in self.classifier.labels if canonical(label) in SENTENCES]
        typer.echo("Sentences to read aloud:" if known else "There is no sentence for the labels of this model.")
        for label in known:
            typer.echo(f"{face(label).emoji} {label:<{max(map(len, known))}} {SENTENCES[canonical(label)]}")
        typer.echo("Synthesised voices, whose predictions only show what the output looks like:")
        waves = [load_audio(sample.path) for sample in SAMPLES]
        for sample, prediction in zip(SAMPLES, self.classifier.predict(waves), strict=True):
            self._show(Answer(Path(f"{sample.name} voice"), prediction))

    def _show_list(self) -> None:
        if not self.given:
            typer.echo("There is no prediction yet.")
        for moment, answer in self.given:
            typer.echo(f"{moment} {self._line(answer)}")


def _path(text: str) -> Path:
    """Return the path that a person typed, or that a terminal pasted in quotes or with escaped spaces."""
    path = os.path.expanduser(text)
    if not os.path.exists(path):
        with suppress(ValueError):  # an apostrophe in a name is no quotation mark
            path = os.path.expanduser(" ".join(shlex.split(text)))
    return Path(path)


def _sounddevice() -> Any:
    """Return the module sounddevice, or raise one sentence that says what to install."""
    try:
        import sounddevice
    except ImportError as error:
        raise MicrophoneError("Recording needs the package sounddevice; run: pip install sounddevice") from error
    except OSError as error:
        remedy = "install it, on Debian and Ubuntu with: sudo apt install libportaudio2"
        raise MicrophoneError(f"Recording needs the library PortAudio; {remedy}") from error
    except Exception as error:  # a PortAudioError, whose class cannot be imported if the import raises it
        raise MicrophoneError(f"PortAudio does not start ({error}); check the sound system.") from error
    return sounddevice


def _trouble(sounddevice: Any, microphone: str, error: Exception) -> str:
    """Return the sentence for a microphone that cannot be used."""
    devices = enumerate(sounddevice.query_devices())
    names = [f"{number} {one['name']}" for number, one in devices if one["max_input_channels"] > 0]
    if not names:
        return "No microphone was found; connect one, and check that this terminal may use it."
    which = f"The microphone {microphone!r}" if microphone else "The microphone"
    reason = " ".join(str(error).split()).rstrip(".")
    return f"{which} cannot be used ({reason}); start again with --microphone and one of: {', '.join(names)}."
