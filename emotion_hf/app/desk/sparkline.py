"""The trend of a caller as a small line: the strain of the last calls, with the rule's threshold.

Example:
    >>> sparkline_svg([0.1, 0.8], threshold=0.6).count("<circle")
    1
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from emotion_hf.app.words import percent, say

WIDTH, HEIGHT, EDGE = 120, 30, 4


def sparkline_svg(strains: Sequence[float], threshold: float) -> str:
    """Return the line as SVG; a single call is one dot, and without calls there is only the threshold.

    Args:
        strains: Strain of each call, from 0 to 1, oldest first.
        threshold: The rule's confidence, from 0 to 1.
    """
    step = (WIDTH - 2 * EDGE) / max(1, len(strains) - 1)
    points = [(EDGE + number * step, _height(strain)) for number, strain in enumerate(strains)]
    if len(points) == 1:
        points = [(WIDTH - EDGE, points[0][1])]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dot = f'<circle cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="3"/>' if points else ""
    level = _height(threshold)
    return (
        f'<svg class="sparkline" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_words(strains))}">'
        f'<line x1="0" x2="{WIDTH}" y1="{level:.1f}" y2="{level:.1f}"/><polyline points="{line}"/>{dot}</svg>'
    )


def _height(share: float) -> float:
    return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)


def _words(strains: Sequence[float]) -> str:
    if not strains:
        return say("No calls yet")
    if len(strains) == 1:
        return say("Strain of the only call: {last}", last=percent(strains[0]))
    first, last = percent(strains[0]), percent(strains[-1])
    return say("Strain of the last {count} calls: from {first} to {last}", count=len(strains), first=first, last=last)
