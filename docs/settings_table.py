"""Write the table of settings in ``docs/operating.md`` from the fields and the docstring of ``Settings``.

    python docs/settings_table.py

A test fails while the table differs from what this script writes.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from emotion_hf.settings import PREFIX, Settings

PAGE = Path(__file__).with_name("operating.md")
TABLE = re.compile(r"(<!-- settings -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def table() -> str:
    """Return the Markdown table of all settings: variable, default, meaning."""
    meanings = _meanings(inspect.getdoc(Settings) or "")
    rows = [
        f"| `{PREFIX}{each.name.upper()}` | {_shown(each.default)} | {meanings[each.name]} |"
        for each in fields(Settings)
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def with_table(page: str) -> str:
    """Return the text of a page with the table between its two marks."""
    return TABLE.sub(lambda marks: marks[1] + table() + "\n" + marks[2], page)


def _meanings(docstring: str) -> dict[str, str]:
    """Return what the section ``Attributes`` of a docstring says of each name, on one line."""
    section = docstring.partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n {8,}.*)*)", section, re.MULTILINE)
    names = {f"``{name}``": f"``{PREFIX}{name.upper()}``" for name, _ in found}
    plain = ((name, re.sub(r"``\w+``", lambda word: names.get(word[0], word[0]), text)) for name, text in found)
    return {name: re.sub(r"\s+", " ", text).replace("``", "`").replace("|", r"\|") for name, text in plain}


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "`yes`" if default else "`no`"
    if isinstance(default, float):
        default = f"{default:g}"
    return f"`{default}`" if str(default) else ""


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
