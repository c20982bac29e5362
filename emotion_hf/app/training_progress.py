"""How far a training is: a sentence, the share that is done, and the curves of its loss and its validation UA.

Example:
    >>> line = {"event": "epoch", "step": 30, "steps": 100, "epoch": 3.0, "epochs": 10, "seconds_left": 80}
    >>> stage([line]).sentence
    'Epoch 4 of 10; about 1:20 left, then the evaluation.'
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emotion_hf.app.plot import Plot
from emotion_hf.app.words import number, say
from emotion_hf.unfinished import CLIPS, FITS

BEGINNING = "Choosing the training data …"
MEASURING = "Fitting and measuring the model …"


@dataclass(frozen=True)
class Progress:
    """Progress of a training.

    Attributes:
        state: ``idle`` before the first, ``running``, or how it ended.
        sentence: Text to show, in the language of the request if this page wrote it.
        share: Fraction done, from 0 to 1.
    """

    state: Literal["idle", "waiting", "running", "done", "stopped", "failed"]
    sentence: str = ""
    share: float = 0.0


def stage(lines: Sequence[Mapping[str, Any]]) -> Progress | None:
    """Return what a running training does by its progress; ``None`` before the first and after the last line.

    Args:
        lines: From `emotion_hf.unfinished.read_progress`.
    """
    last = lines[-1] if lines else {}
    if not last or last["event"] == "end":
        return None
    time = _clock(last["seconds_left"])
    if last.get("what") == CLIPS:
        sentence = say(
            "Embedding the clips: {done} of {total}; about {time} left, then the fit and the evaluation.",
            done=number(last["step"], ","),
            total=number(last["steps"], ","),
            time=time,
        )
    elif last.get("what") == FITS:
        sentence = say(
            "Fitting the head: {done} of {total} fits, then the evaluation.", done=last["step"], total=last["steps"]
        )
    else:
        epoch = min(int(last["epoch"]) + 1, last["epochs"])
        sentence = say(
            "Epoch {epoch} of {epochs}; about {time} left, then the evaluation.",
            epoch=epoch,
            epochs=last["epochs"],
            time=time,
        )
    return Progress("running", sentence, min(1.0, last["step"] / last["steps"]))


def curves_html(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return the curves of a training by gradients; empty before its second epoch, and for a head in closed form."""
    epochs = [line for line in lines if _is_number(line.get("loss"))]
    if len(epochs) < 2:
        return ""
    steps, losses = ([float(line[name]) for line in epochs] for name in ("step", "loss"))
    span = (steps[0], steps[-1])
    loss = Plot(x=span, y=(0.0, 1.05 * max(losses) or 1.0), x_label=say("steps"), y_label=say("loss"), height=200)
    words = say("Loss over the steps, from {first} to {last}.", first=_short(losses[0]), last=_short(losses[-1]))
    pictures = [loss.svg(words, loss.line(steps, losses))]
    measured = [line for line in epochs if _is_number(line.get("validation_ua"))]
    if len(measured) > 1:
        at, values = ([float(line[name]) for line in measured] for name in ("step", "validation_ua"))
        plot = Plot(x=span, y=(0.0, 1.0), x_label=say("steps"), y_label=say("validation UA"), height=200)
        best = max(range(len(values)), key=values.__getitem__)
        words = say("Validation UA over the steps, at best {best}.", best=_short(values[best]))
        pictures.append(plot.svg(words, plot.line(at, values), plot.ring(at[best], values[best])))
    return f'<div class="curves">{"".join(pictures)}</div>'


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _short(value: float) -> str:
    return number(value, ".3f")
