r"""One row of the tab "Signal": a text with formulas, and the picture beside it.

A text that a model brings along, such as a label, is only in the picture's HTML, where it is escaped, and never in the
Markdown.

Example:
    >>> text("Euler", display(r"e^{\mathrm{j}\pi} = " + tex(-1.0)))
    '## Euler\n\n$$e^{\\mathrm{j}\\pi} = -1$$'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from emotion_hf.app import words

CSS = """
#signal .step { align-items: flex-start; gap: 1rem 2rem; padding: 1rem 0; contain: inline-size;
  position: relative; overflow-x: clip; border-top: 1px solid var(--border-color-primary); }
#signal .step:has(h3) { border-top: 0; padding-top: 0; }
#signal .step > * { min-width: min(100%, 320px); flex: 1 1 320px; }
#signal h2 { margin: 0 0 .25rem; font-size: 1.3rem; }
#signal h3 { margin: 0 0 .25rem; font-size: 1.05rem; }
#signal p { max-width: 36em; }
#signal .katex-display { margin: .6rem 0; overflow: auto hidden; text-align: left; padding: .1rem 0; }
#signal .katex-display > .katex { text-align: left; }
#signal [data-from] { cursor: pointer; }
#signal .numbers { width: 100%; border: 0; border-collapse: collapse; font-size: clamp(.75rem, 2.4vw, .9rem);
  font-variant-numeric: tabular-nums; margin: .5rem 0; }
#signal .numbers caption { text-align: left; font-weight: 600; padding: .25rem 0; }
#signal .numbers tr, #signal .numbers th, #signal .numbers td { border: 0; }
#signal .numbers th, #signal .numbers td { text-align: right; padding: .2rem 0 .2rem .4rem; white-space: nowrap;
  border-top: 1px solid var(--border-color-primary); }
#signal .numbers th:first-child { text-align: left; padding-left: 0; font-weight: 500; }
"""
"""Gradio splits a selector at its commas, so no comma may be inside ``:is``. Without ``contain`` a long formula
would widen the page of a phone."""


@dataclass(frozen=True)
class Step:
    """A Markdown text, whose formulas KaTeX renders, and HTML beside it."""

    text: str
    picture: str = ""


def text(heading: str, *paragraphs: str, level: int = 2) -> str:
    """Return a Markdown text under a heading."""
    return "\n\n".join([f"{'#' * level} {heading}", *paragraphs])


def display(*formulas: str) -> str:
    """Return formulas on a line of their own; a narrow screen puts them below each other."""
    return "\n\n".join(f"$${formula}$$" for formula in formulas)


def tex(value: float, digits: int = 4) -> str:
    r"""Return a number for KaTeX: ``1.5``, or ``1.5\cdot10^{-7}`` if it is very small or large."""
    mantissa, _, exponent = fixed(value, f".{digits}g").partition("e")
    return rf"{mantissa}\cdot10^{{{int(exponent)}}}" if exponent else mantissa


def fixed(value: float, form: str) -> str:
    """Return a number for KaTeX in a format of Python; in brackets, a comma has no space behind it."""
    return words.number(value, form).replace(",", "{,}")


def minus(value: float, digits: int = 4) -> str:
    """Return what subtracts a number in KaTeX, in brackets if it is negative."""
    return f"- {tex(value, digits)}" if value >= 0 else f"- ({tex(value, digits)})"


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of HTML cells, whose first column names the row."""
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{one}</td>" for one in others)}</tr>'
        for first, *others in rows
    )
    return (
        f'<table class="numbers"><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def number(value: float, digits: int) -> str:
    """Return a number for a table, with a true minus sign."""
    return words.number(value, f".{digits}f").replace("-", "−")
