"""Make table cells safe for spreadsheets, which run text that looks like a formula.

Example:
    >>> harmless("=1+1"), harmless("sad"), harmless(-0.5)
    ("'=1+1", 'sad', -0.5)
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def harmless(value: object) -> object:
    """Return ``value`` as a cell that no spreadsheet runs: text that looks like a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
