"""Draw the icon of the page for browsers: a wave of five bars, as SVG and as PNG.

Example:
    >>> icon_png(16)[1:4], icon_svg().startswith("<svg")
    (b'PNG', True)
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

GROUND, BARS = "#0f766e", "#ffffff"
HEIGHTS = (0.16, 0.34, 0.52, 0.28, 0.12)
"""Of the bars, as shares of the side; they stay within the part that a round mask leaves."""
WIDTH, STEP = 0.065, 0.115
FINENESS = 4
"""Points on the side of a pixel, whose mean it is."""


def icon_svg() -> str:
    """Return the icon as SVG."""
    bars = "".join(
        f'<rect x="{100 * left:.2f}" y="{100 * top:.2f}" width="{100 * WIDTH:.2f}" height="{100 * height:.2f}" '
        f'rx="{50 * WIDTH:.2f}"/>'
        for left, top, height in _bars()
    )
    ground = f'<rect width="100" height="100" fill="{GROUND}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{ground}<g fill="{BARS}">{bars}</g></svg>\n'


def icon_png(side: int) -> bytes:
    """Return the icon as PNG with this many pixels on each side."""
    places = (np.arange(side * FINENESS) + 0.5) / (side * FINENESS)
    x, y = places[None, :], places[:, None]
    inside = np.zeros((len(places), len(places)), dtype=bool)
    radius = WIDTH / 2
    for left, top, height in _bars():
        nearest = np.clip(y, top + radius, top + height - radius)
        inside |= (x - left - radius) ** 2 + (y - nearest) ** 2 <= radius**2
    share = inside.reshape(side, FINENESS, side, FINENESS).mean(axis=(1, 3))[..., None]
    ground, bars = (np.array([*bytes.fromhex(colour[1:])]) for colour in (GROUND, BARS))
    return _png(np.round(ground + share * (bars - ground)).astype(np.uint8))


def _bars() -> list[tuple[float, float, float]]:
    """Return left edge, upper edge and height of each bar."""
    first = 0.5 - STEP * (len(HEIGHTS) - 1) / 2 - WIDTH / 2
    return [(first + STEP * number, 0.5 - height / 2, height) for number, height in enumerate(HEIGHTS)]


def _png(pixels: np.ndarray) -> bytes:
    """Return a picture `(side, side, 3)` of bytes as PNG (ISO/IEC 15948): header, rows without a filter, end."""
    side = len(pixels)
    rows = np.concatenate([np.zeros((side, 1), np.uint8), pixels.reshape(side, -1)], axis=1)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
