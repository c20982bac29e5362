"""Draw an explanation: the waveform with the moments that decided, and the log-mel picture with what spoke for it.

Words and numbers are written by two functions, so that the page can draw it in the visitor's language.

Example:
    >>> picture_png(explanation)[:4]  # doctest: +SKIP
    b'\\x89PNG'
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.explain import BANDS, STEP_SECONDS, Explanation
from emotion_hf.lettering import legible, letter_axes
from emotion_hf.mel import hz_to_mel, log_mel_db
from emotion_hf.timeline.picture import Say, english

TICKS_HZ = (0, 500, 1000, 2000, 4000, 8000)
MELS = 80


def picture_png(explanation: Explanation, say: Say = english, number: Callable[[float, str], str] = format) -> bytes:
    """Return the picture as a PNG of 1,200 × 750 pixels.

    Args:
        explanation: What to draw.
        say: Translates its words.
        number: Writes a number in a format of Python, such as ``g``.
    """

    def tick(value: float, position: int | None = None) -> str:
        return number(value, "g").replace("-", "−")

    seconds = len(explanation.wave) / SAMPLING_RATE
    figure = Figure(figsize=(8, 5), dpi=150, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    time = np.arange(len(explanation.wave)) / SAMPLING_RATE
    above.plot(time, explanation.wave, color="#0f766e", linewidth=0.4)
    for order, moment in enumerate(explanation.moments, start=1):
        above.axvspan(moment.start_seconds, moment.end_seconds, color="#fbbf24", alpha=0.5, linewidth=0)
        middle = (moment.start_seconds + moment.end_seconds) / 2
        above.text(middle, 1.02, str(order), transform=above.get_xaxis_transform(), ha="center")
    above.set_yticks([])
    title = _title(explanation, say)
    above.set_title(legible(title), pad=14)
    letter_axes(above, [title])
    mel = log_mel_db(explanation.wave, MELS, 512, 160)
    extent = (0.0, seconds, 0.0, float(BANDS))
    below.imshow(mel, origin="lower", aspect="auto", extent=extent, cmap="gray_r")
    most = max(float(np.abs(explanation.grid).max()), 1e-6)
    shown = below.imshow(
        explanation.grid,
        origin="lower",
        aspect="auto",
        extent=(0.0, explanation.grid.shape[1] * STEP_SECONDS, 0.0, float(BANDS)),
        cmap="RdBu_r",
        vmin=-most,
        vmax=most,
        alpha=0.5,
        interpolation="bilinear",
    )
    below.set_yticks(
        [BANDS * hz_to_mel(hertz) / hz_to_mel(SAMPLING_RATE / 2) for hertz in TICKS_HZ],
        [f"{tick(hertz / 1000)} kHz" for hertz in TICKS_HZ],
    )
    below.xaxis.set_major_formatter(tick)
    below.set_xlabel(say("seconds"))
    below.set_xlim(0, seconds)
    figure.colorbar(shown, ax=below, label=say("against  ←    →  for it"), format=FuncFormatter(tick))
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _title(explanation: Explanation, say: Say) -> str:
    emotion, count = say(explanation.label), len(explanation.moments)
    if not count:
        return say("What spoke for “{emotion}”", emotion=emotion)
    return say("What spoke for “{emotion}”: moments 1 to {count}", emotion=emotion, count=count)
