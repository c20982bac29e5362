"""Make text from elsewhere safe where it is shown: in spreadsheets, which run formulas, and in terminals.

Example:
    >>> harmless("=1+1"), harmless("sad"), harmless(-0.5)
    ("'=1+1", 'sad', -0.5)
    >>> printable("a\\nb.wav")
    'a\\\\nb.wav'
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line separators, and marks that reverse the direction of writing."""


def harmless(value: object) -> object:
    """Return ``value`` as a cell that no spreadsheet runs: text that looks like a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def printable(text: object) -> str:
    """Return ``text``, such as a file name, on one line and without codes that a terminal obeys; others stay."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))
