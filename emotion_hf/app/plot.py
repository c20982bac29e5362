"""Draw axes, curves, bars and marks as SVG in the page's colours, readable in light and dark and on a phone.

Colour never carries meaning by itself: the second curve of a picture is dashed, and the legend shows it.

Example:
    >>> plot = Plot(x=(0, 2), y=(0, 1), x_label="t / s", y_label="level")
    >>> plot.svg("A slope", plot.line([0, 2], [0, 1])).startswith('<svg class="plot" viewBox="0 0 400 230"')
    True
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from emotion_hf.app.words import number

WIDTH = 400
LEFT, RIGHT, TOP, BOTTOM = 50, 14, 26, 40
MOST_TICKS = 6
ARM = 4.5
"""Half the size of a mark."""

CSS = """
.plot { display: block; width: 100%; height: auto; color: var(--body-text-color); }
.plot text { fill: var(--body-text-color-subdued); font-size: 13px; font-variant-numeric: tabular-nums; }
.plot .grid { stroke: currentColor; opacity: .12; }
.plot .zero { stroke: currentColor; opacity: .45; }
.plot polyline, .plot path, .plot circle, .plot line { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
.plot .main { stroke: var(--primary-600); }
.dark .plot .main { stroke: var(--primary-400); }
.plot .second { stroke: #d97706; stroke-dasharray: 5 3; }
.plot .faint { stroke: currentColor; opacity: .35; stroke-width: 1; }
.plot .mark { stroke: #d97706; stroke-width: 2; stroke-dasharray: none; }
.plot rect.main, .plot polygon.main { fill: var(--primary-600); stroke: none; }
.dark .plot rect.main, .dark .plot polygon.main { fill: var(--primary-400); }
.plot rect.mark { fill: #f59e0b; opacity: .55; stroke: none; }
.plot .name { fill: var(--body-text-color); font-weight: 600; }
"""


@dataclass(frozen=True)
class Plot:
    """Axes with ranges.

    Attributes:
        x: Range of the horizontal axis.
        y: Range of the vertical axis.
        x_label: Quantity and unit of the horizontal axis.
        y_label: Quantity and unit of the vertical axis.
        height: Height in units of which the width has 400.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str
    height: int = 230

    @property
    def bottom(self) -> int:
        """Where the horizontal axis is."""
        return self.height - BOTTOM

    def line(self, x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, kind: str = "main") -> str:
        """Return a curve through points, held within the axes."""
        return f'<polyline class="{kind}" points="{self._points(x, y)}"/>'

    def band(self, x: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
        """Return the area between two curves."""
        outline = f"{self._points(x, high)} {self._points(x[::-1], low[::-1])}"
        return f'<polygon class="main" points="{outline}"/>'

    def bars(self, x: Iterable[float], y: Iterable[float], width: float) -> str:
        """Return a bar for each value, from zero or the edge of the axis that is nearest to it."""
        foot = self._down(0.0)
        size = width * (WIDTH - LEFT - RIGHT) / (self.x[1] - self.x[0])
        tops = ((self._across(at) - size / 2, self._down(value)) for at, value in zip(x, y, strict=True))
        return "".join(
            f'<rect class="main" x="{left:.1f}" y="{min(top, foot):.1f}" width="{size:.1f}" '
            f'height="{abs(top - foot):.1f}"/>'
            for left, top in tops
        )

    def stretch(self, start: float, end: float) -> str:
        """Return a mark over a stretch of the horizontal axis, at least two units wide."""
        left, right = self._across(start), self._across(end)
        width = max(right - left, 2.0)
        return (
            f'<rect class="mark" x="{(left + right - width) / 2:.1f}" y="{TOP}" width="{width:.1f}" '
            f'height="{self.bottom - TOP}"/>'
        )

    def upright(self, x: float, name: str, line: int = 0) -> str:
        """Return a vertical line with a name at its top, or some lines of text below the top."""
        at = self._across(x)
        return (
            f'<line class="faint" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{self.bottom}"/>'
            f'<text class="name" x="{at:.1f}" y="{TOP + 12 + 14 * line}" text-anchor="middle">{escape(name)}</text>'
        )

    def crosses(self, points: np.ndarray) -> str:
        """Return a cross at each complex number."""
        path = "".join(
            f"M{self._across(one.real) - ARM:.1f} {self._down(one.imag) - ARM:.1f}l{2 * ARM} {2 * ARM}"
            f"m0 {-2 * ARM}l{-2 * ARM} {2 * ARM}"
            for one in points
        )
        return f'<path class="mark" d="{path}"/>'

    def ring(self, x: float, y: float) -> str:
        """Return a small circle."""
        return f'<circle class="main" cx="{self._across(x):.1f}" cy="{self._down(y):.1f}" r="{ARM}"/>'

    def name(self, x: float, y: float, text: str, right: float = 0.0) -> str:
        """Return a text whose middle is at a point, or some units to the right of it."""
        across, down = self._across(x) + right, self._down(y) + 4
        return f'<text class="name" x="{across:.1f}" y="{down:.1f}" text-anchor="middle">{escape(text)}</text>'

    def image(self, png: str) -> str:
        """Return a picture, base64, that fills the axes."""
        return (
            f'<image href="data:image/png;base64,{png}" x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" '
            f'height="{self.bottom - TOP}" preserveAspectRatio="none"/>'
        )

    def svg(self, alt: str, *parts: str, legend: Sequence[tuple[str, str]] = (), attributes: str = "") -> str:
        """Return the picture.

        Args:
            alt: What it shows, for screen readers.
            parts: What is inside the axes.
            legend: Kind and meaning of each curve.
            attributes: More attributes of the element.
        """
        return (
            f'<svg class="plot" viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(alt)}"{attributes}>'
            f'{self._grid()}{"".join(parts)}{_legend(legend)}<text x="4" y="15">{escape(self.y_label)}</text>'
            f'<text x="{WIDTH - RIGHT}" y="{self.height - 5}" text-anchor="end">{escape(self.x_label)}</text></svg>'
        )

    def _grid(self) -> str:
        across = ((self._across(value), value) for value in ticks(*self.x))
        down = ((self._down(value), value) for value in ticks(*self.y))
        return "".join(
            f'<line class="{"grid" if value else "zero"}" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{self.bottom}"/>'
            f'<text x="{at:.1f}" y="{self.bottom + 16}" text-anchor="middle">{_number(value)}</text>'
            for at, value in across
        ) + "".join(
            f'<line class="{"grid" if value else "zero"}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" '
            f'y2="{at:.1f}"/><text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{_number(value)}</text>'
            for at, value in down
        )

    def _points(self, x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> str:
        return " ".join(f"{self._across(one):.1f},{self._down(other):.1f}" for one, other in zip(x, y, strict=True))

    def _across(self, x: float) -> float:
        low, high = self.x
        return LEFT + (min(max(x, low), high) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def _down(self, y: float) -> float:
        low, high = self.y
        return self.bottom - (min(max(y, low), high) - low) / (high - low) * (self.bottom - TOP)


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two numbers, at most seven."""
    rough = (high - low) / MOST_TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return [number * step for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _number(value: float) -> str:
    return number(value, ".6g").replace("-", "−")


def _legend(entries: Sequence[tuple[str, str]]) -> str:
    """Return the entries above the axes, from the right edge on."""
    drawn, right = "", float(WIDTH - RIGHT)
    for kind, text in reversed(entries):
        start = right - 8 * len(text) - 2
        drawn += (
            f'<text x="{right:.0f}" y="15" text-anchor="end">{escape(text)}</text>'
            f'<line class="{kind}" x1="{start - 26:.0f}" x2="{start - 4:.0f}" y1="11" y2="11"/>'
        )
        right = start - 38
    return drawn
