"""Draw an explanation: the waveform with the moments that decided, and the log-mel picture with what spoke for it.

Example:
    >>> picture_png(explanation)[:4]  # doctest: +SKIP
    b'\\x89PNG'
"""

from __future__ import annotations

import io

import numpy as np
from librosa import hz_to_mel, power_to_db
from librosa.feature import melspectrogram
from matplotlib.figure import Figure

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.explain import BANDS, STEP_SECONDS, Explanation

TICKS_HZ = (0, 500, 1000, 2000, 4000, 8000)
MELS = 80


def picture_png(explanation: Explanation) -> bytes:
    """Return the picture as a PNG of 1,200 × 750 pixels."""
    seconds = len(explanation.wave) / SAMPLING_RATE
    figure = Figure(figsize=(8, 5), dpi=150, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    time = np.arange(len(explanation.wave)) / SAMPLING_RATE
    above.plot(time, explanation.wave, color="#0f766e", linewidth=0.4)
    for number, moment in enumerate(explanation.moments, start=1):
        above.axvspan(moment.start_seconds, moment.end_seconds, color="#fbbf24", alpha=0.5, linewidth=0)
        middle = (moment.start_seconds + moment.end_seconds) / 2
        above.text(middle, 1.02, str(number), transform=above.get_xaxis_transform(), ha="center")
    above.set_yticks([])
    above.set_title(f"What spoke for “{explanation.label}”: moments 1 to {len(explanation.moments)}", pad=14)
    mel = melspectrogram(y=explanation.wave, sr=SAMPLING_RATE, n_fft=512, hop_length=160, n_mels=MELS)
    extent = (0.0, seconds, 0.0, float(BANDS))
    below.imshow(power_to_db(mel, ref=np.max), origin="lower", aspect="auto", extent=extent, cmap="gray_r")
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
        [f"{hertz / 1000:g} kHz" for hertz in TICKS_HZ],
    )
    below.set_xlabel("seconds")
    below.set_xlim(0, seconds)
    figure.colorbar(shown, ax=below, label="against  ←  log-odds  →  for it")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
