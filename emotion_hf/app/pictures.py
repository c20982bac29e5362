"""Pictures of a recording: its waveform and its log-mel spectrogram, as HTML.

Text and outline use the page's colours, so the pictures are readable in light and dark, on desktop and phone.

Example:
    >>> from emotion_hf.testing import synthetic_voice
    >>> picture_html(synthetic_voice(1.0)).startswith("<div")
    True
"""

from __future__ import annotations

import base64
import io

import numpy as np
from librosa import hz_to_mel, power_to_db
from librosa.feature import melspectrogram  # by name: librosa would delay the import to the first prediction
from matplotlib import image

from emotion_hf.audio import SAMPLING_RATE

COLUMNS = 600
MELS = 80
WINDOW_SAMPLES = 512
HOP_SAMPLES = 160
RANGE_DB = 80.0
QUIETEST = 1e-5  # lowest peak mel power that is stretched to full brightness: silence stays dark
TICKS_HZ = (500, 1000, 2000, 4000, 8000)


def picture_html(wave: np.ndarray) -> str:
    """Return both pictures of ``wave``, mono at 16 kHz, shape ``(samples,)``, above one time axis."""
    seconds = len(wave) / SAMPLING_RATE
    times = "".join(f"<span>{seconds * part:.1f} s</span>" for part in (0, 0.25, 0.5, 0.75, 1))
    return (
        f'<div class="sound"><figure><figcaption>Waveform</figcaption>{_waveform_svg(wave)}</figure>'
        "<figure><figcaption>Log-mel spectrogram: energy at each frequency over time, brighter is louder</figcaption>"
        f'<div class="mel">{_ticks_html()}<img src="data:image/png;base64,{_log_mel_png(wave)}" '
        f'alt="Log-mel spectrogram of {seconds:.1f} seconds, 0 to 8 kHz"></div></figure>'
        f'<div class="times" aria-hidden="true">{times}</div></div>'
    )


def envelope(wave: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Return the lowest and highest sample of each column relative to the peak, shape ``(2, columns)`` or fewer."""
    starts = np.unique(np.linspace(0, len(wave), columns, endpoint=False, dtype=int))
    extremes = np.stack([np.minimum.reduceat(wave, starts), np.maximum.reduceat(wave, starts)])
    return extremes / max(np.abs(wave).max(), np.finfo(np.float32).tiny)


def log_mel(wave: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Return mel energies in decibels below the loudest, shape ``(80, frames)`` with at most ``columns + 1`` frames.

    The hop is 10 ms, or longer if the picture would be too wide.
    """
    hop = max(HOP_SAMPLES, -(-len(wave) // columns))
    power = melspectrogram(
        y=wave, sr=SAMPLING_RATE, n_fft=WINDOW_SAMPLES, hop_length=hop, n_mels=MELS, fmax=SAMPLING_RATE / 2
    )
    return power_to_db(power, ref=max(power.max(), QUIETEST), amin=1e-30, top_db=RANGE_DB)


def _waveform_svg(wave: np.ndarray) -> str:
    low, high = envelope(wave)
    x = np.arange(len(low)) * COLUMNS / len(low)
    points = [*zip(x, 50 - 48 * high, strict=True), *reversed([*zip(x, 50 - 48 * low, strict=True)])]
    outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<svg viewBox="0 0 {COLUMNS} 100" preserveAspectRatio="none" role="img" aria-label="Waveform">'
        f'<polygon points="{outline}"/></svg>'
    )


def _log_mel_png(wave: np.ndarray) -> str:
    buffer = io.BytesIO()
    image.imsave(buffer, log_mel(wave), vmin=-RANGE_DB, vmax=0, cmap="magma", origin="lower", format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _ticks_html() -> str:
    heights = hz_to_mel(np.array(TICKS_HZ)) / hz_to_mel(SAMPLING_RATE / 2)
    return "".join(
        f'<span style="bottom:{height:.0%}" aria-hidden="true">{hz / 1000:g} kHz</span>'
        for hz, height in zip(TICKS_HZ, heights, strict=True)
    )
