"""The command ``emotion-hf explain``: why this prediction?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import load_recognizer, load_wave, with_active_model
from emotion_hf.cli.options import Model
from emotion_hf.errors import SettingsError
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_hf.explain import Explanation
    from emotion_hf.speaking_style import Trait


def explain(
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of one utterance.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Also draw a picture.")] = None,
    emotion: Annotated[str, typer.Option(help="Emotion to explain; by default the most probable one.")] = "",
    start: Annotated[float, typer.Option(min=0, metavar="S", help="Start of the part to explain, in seconds.")] = 0.0,
    seconds: Annotated[float | None, typer.Option(min=0.3, max=8, metavar="S", help="Length of the part.")] = None,
    json_line: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    model: Model = "",
) -> None:
    """Show what decided a prediction. Moments and frequencies, the speaking style, and how stable it is.

    \b
    Example:
      emotion-hf explain clip.wav --output clip.png
    """
    from tqdm import tqdm

    from emotion_hf.audio import SAMPLING_RATE
    from emotion_hf.disk import check_output, write_whole, writing
    from emotion_hf.explain import explain as explain_wave
    from emotion_hf.explanation_picture import picture_png
    from emotion_hf.speaking_style import speaking_style

    if output:
        check_output(output, (".png",))
    settings = with_active_model(Settings.from_environment(), model)
    wave = load_wave(recording, settings)
    first = round(start * SAMPLING_RATE)
    if first >= len(wave):
        raise SettingsError(f"--start {start:g} is after the end, at {len(wave) / SAMPLING_RATE:.1f} s.")
    part = wave[first : first + round(seconds * SAMPLING_RATE) if seconds else None]
    with tqdm(desc="Explaining", total=100, unit="%", disable=None, leave=False) as bar:
        recognizer = load_recognizer(settings)
        made = explain_wave(recognizer, part, emotion or None, lambda share: bar.update(round(100 * share) - bar.n))
    style = speaking_style(part)
    if json_line:
        traits = [{"name": one.name, "value": one.value, "comparison": one.comparison} for one in style]
        typer.echo(json.dumps({"file": str(recording), **made.to_dict(), "style": traits}))
    else:
        typer.echo(to_text(made, style, start))
    if output:
        with writing(output):
            write_whole(output, picture_png(made))
        typer.echo(f"Wrote {printable(output)}", err=True)


def to_text(explanation: Explanation, style: Sequence[Trait], start: float) -> str:
    """Return an explanation as a person reads it; times count from the start of the whole recording."""
    from emotion_hf.prediction import percent

    share = explanation.prediction.scores[explanation.label]
    lines = [f"{explanation.label}, {percent(share)}", "", "Moments that decided:"]
    lines += [
        f"  {start + one.start_seconds:.1f} to {start + one.end_seconds:.1f} s" for one in explanation.moments
    ] or ["  none stands out"]
    lines += ["", "Speaking style:"]
    lines += [f"  {one.name}: {one.value}, {one.comparison}" for one in style] or ["  cannot be measured"]
    lines += ["", "What if the recording were different:"]
    for name, changed in explanation.what_if.items():
        lines.append(f"  {name}: {changed.label or 'no speech'}, {percent(changed.confidence)}")
    lines.append(f"The prediction is {'' if explanation.is_stable else 'not '}stable.")
    return "\n".join(lines)
