"""A recording as HTML: its player, waveform, emotions over time and log-mel spectrogram.

Text and outline use the page's colours, so the pictures are readable in light and dark, on desktop and phone.

Example:
    >>> from emotion_hf.testing import synthetic_voice
    >>> picture_html(synthetic_voice(1.0)).startswith("<div")
    True
"""

from __future__ import annotations

import base64
import io
from html import escape

import numpy as np
from matplotlib import image

from emotion_hf.app.words import number, say
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.mel import hz_to_mel, log_mel_db
from emotion_hf.timeline import Timeline
from emotion_hf.timeline.files import render_timeline
from emotion_hf.timeline.picture import axis_html, bands_html, curves_svg, describe, legend_html

COLUMNS = 600
MELS = 80
WINDOW_SAMPLES = 512
HOP_SAMPLES = 160
RANGE_DB = 80.0
QUIETEST = 1e-5  # lowest peak mel power that is stretched to full brightness: silence stays dark
EXPORTS = {
    "page": (".html", "text/html"),
    "table": (".csv", "text/csv"),
    "subtitles": (".srt", "application/x-subrip"),
    "JSON": (".json", "application/json"),
}
"""Files of a timeline: extension and media type."""
TICKS_HZ = (500, 1000, 2000, 4000, 8000)


def picture_html(wave: np.ndarray, source: str = "", timeline: Timeline | None = None, name: str = "") -> str:
    """Return a player with the pictures of a recording below each other, all over one time axis.

    Args:
        wave: Mono at 16 kHz ``(samples,)``.
        source: Address of the recording; without one there is no player.
        timeline: Predictions over time, if the recording is long.
        name: Name of the recording.
    """
    seconds = len(wave) / SAMPLING_RATE
    label = escape(name) or say("Your recording")
    player = f'<audio controls preload="metadata" aria-label="{label}" src="{escape(source)}"></audio>'
    length = number(seconds, ".1f")
    mel = say("Log-mel spectrogram of {seconds} seconds, 0 to 8 kHz: brighter is louder", seconds=length)
    over_time = f"{bands_html(timeline, say)}{_to_question()}{curves_svg(timeline, say)}" if timeline else ""
    return (
        f'<div class="sound timeline" data-seconds="{seconds:.3f}">{player if source else ""}'
        f'<div class="stage"><div class="scrub">{_waveform_svg(wave)}</div>{over_time}'
        f'<div class="scrub mel">{_ticks_html()}<img src="data:image/png;base64,{_log_mel_png(wave)}" '
        f'alt="{escape(mel)}"></div>'
        f'<div class="playhead" aria-hidden="true"></div></div>{axis_html(seconds)}'
        f"{legend_html(timeline, say) + _exports(timeline) if timeline else ''}</div>"
    )


def _exports(timeline: Timeline) -> str:
    """Return the bands as a list, and links to the timeline as files, which the page itself contains."""
    links = ", ".join(
        f'<a download="timeline{suffix}" href="data:{kind};base64,{_encoded(timeline, suffix)}">{say(name)}</a>'
        for name, (suffix, kind) in EXPORTS.items()
    )
    return (
        f'<p class="hint">{say("Choose a band to hear or correct it.")}</p>{_parts(timeline)}'
        f'<p class="hint">{say("Download:")} {links}</p>'
    )


def _parts(timeline: Timeline) -> str:
    """Return the bands as a list, because short ones are hard to hit in the strip."""
    rows = "".join(
        f'<li><button type="button" data-band="{number}">▶ {escape(describe(band, say))}</button></li>'
        for number, band in enumerate(timeline.bands)
    )
    return f'<details class="parts"><summary>{say("All parts as a list")}</summary><ol>{rows}</ol></details>'


def _to_question() -> str:
    """Return the button that leads from a chosen band to the question about it, if that is below the screen."""
    return f'<button type="button" class="to-question" hidden>{say("Correct this part")}</button>'


def _encoded(timeline: Timeline, suffix: str) -> str:
    return base64.b64encode(render_timeline(timeline, suffix, say=say).encode()).decode()


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
    return log_mel_db(wave, MELS, WINDOW_SAMPLES, hop, range_db=RANGE_DB, quietest=QUIETEST)


def _waveform_svg(wave: np.ndarray) -> str:
    low, high = envelope(wave)
    x = np.arange(len(low)) * COLUMNS / len(low)
    points = [*zip(x, 50 - 48 * high, strict=True), *reversed([*zip(x, 50 - 48 * low, strict=True)])]
    outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<svg viewBox="0 0 {COLUMNS} 100" preserveAspectRatio="none" role="img" aria-label="{say("Waveform")}">'
        f'<polygon points="{outline}"/></svg>'
    )


def _log_mel_png(wave: np.ndarray) -> str:
    buffer = io.BytesIO()
    image.imsave(buffer, log_mel(wave), vmin=-RANGE_DB, vmax=0, cmap="magma", origin="lower", format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _ticks_html() -> str:
    heights = hz_to_mel(np.array(TICKS_HZ)) / hz_to_mel(SAMPLING_RATE / 2)
    kilohertz = [number(hz / 1000, "g") for hz in TICKS_HZ]
    return "".join(
        f'<span style="bottom:{height:.0%}" aria-hidden="true">{value} kHz</span>'
        for value, height in zip(kilohertz, heights, strict=True)
    )
