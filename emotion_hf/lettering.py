"""Write names in any script on a picture: with installed fonts that have their letters, or else in Latin letters.

Matplotlib's own font has no Chinese or Ethiopic letters, draws boxes in their place, and prints a warning for each.

Example:
    >>> legible("happy, heureux, счастье")
    'happy, heureux, счастье'
    >>> romanised("ደስታ"), romanised("행복"), romanised("快")
    ('da-se-taa', 'haeng-bog', 'U+5FEB')
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

BASE = "DejaVu Sans"
"""The font that comes with matplotlib."""
NO_LETTERS = ("Last Resort", "Noto Color Emoji")
"""Fonts with symbols in place of letters, or without outlines."""


def fonts_for(texts: Iterable[str]) -> list[str]:
    """Return the families with which matplotlib can write these texts, its own first."""
    missing = {ord(letter) for text in texts for letter in text} - _letters_of(findfont(FontProperties(family=[BASE])))
    families = [BASE]
    for family, path in _installed() if missing else ():
        if missing & _letters_of(path):
            families.append(family)
            missing -= _letters_of(path)
        if not missing:
            break
    return families


def legible(text: str) -> str:
    """Return a text with its letters that no installed font has in Latin letters, and on one line."""
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    known = set().union(*(_letters_of(findfont(FontProperties(family=[one]))) for one in fonts_for([text])))
    return text if known >= set(map(ord, text)) else romanised(text, known)


def romanised(text: str, known: Iterable[int] = range(0x250)) -> str:
    """Return a text in Latin letters: by the Unicode names of syllables and letters, others by their number.

    Args:
        text: The text.
        known: Letters that stay as they are.
    """
    parts: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        if ord(letter) in known:
            parts.append(letter)
        elif parts and not parts[-1][-1].isspace():
            parts.append(f"-{_name_of(letter)}")
        else:
            parts.append(_name_of(letter))
    return "".join(parts)


def letter_axes(axes: Axes, texts: Iterable[str]) -> None:
    """Let the ticks, the title and the labels of some axes be written with the fonts that these texts need."""
    fonts = fonts_for(texts)
    axes.tick_params(labelfontfamily=fonts)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_fontfamily(fonts)


def _name_of(letter: str) -> str:
    """Return the reading of a letter, such as `da` of ETHIOPIC SYLLABLE DA; else its number."""
    name = unicodedata.name(letter, "")
    for kind in (" SYLLABLE ", " LETTER "):
        if kind in name:
            return name.partition(kind)[2].lower()
    return f"U+{ord(letter):04X}"


@cache
def _letters_of(path: str) -> frozenset[int]:
    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):  # removed since matplotlib listed it, or no outlines
        return frozenset()


@cache
def _installed() -> tuple[tuple[str, str], ...]:
    """Return family and file of the installed fonts that matplotlib can draw, upright and of normal weight first."""
    usual = sorted(fontManager.ttflist, key=lambda font: (font.style != "normal", font.weight not in (400, "normal")))
    by_family = {font.name: font.fname for font in reversed(usual) if not font.name.startswith(NO_LETTERS)}
    return tuple(sorted(by_family.items()))
