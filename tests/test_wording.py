"""Plain English: the documents use none of the phrases that were found hard to read.

The list is here alone. To hold more files to it, add them to ``CHECKED``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKED = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "model_card.md", "docs/*.md", "mkdocs.yml")
PHRASES = (  # regular expressions, whatever the case
    r"of so many",
    r"so, and only so",
    r"\bstrangers?\b",  # unseen speakers
    r"switch neither",
    r"\b(un)?heard\b",  # trained on, given, predicted, recorded
    r"\bhears\b",
    r"all the same\b",
    r"goes? on learning",
    r"ended without a word",
    r"a coin falls",
)
EXAMPLES = re.compile(r"<!-- what not to write -->.*?<!-- end -->", re.DOTALL)


def found_in(text: str) -> list[str]:
    """Return the phrases of the list in a text, but for examples of what not to write."""
    plain = re.sub(r"\s+", " ", EXAMPLES.sub("", text))
    return [found[0] for phrase in PHRASES for found in re.finditer(phrase, plain, flags=re.IGNORECASE)]


def _files() -> list[str]:
    return [path.relative_to(ROOT).as_posix() for pattern in CHECKED for path in sorted(ROOT.glob(pattern))]


@pytest.mark.parametrize("name", _files())
def test_documents_have_no_phrase_of_the_list(name):
    assert found_in((ROOT / name).read_text(encoding="utf-8")) == []


def test_a_phrase_of_the_list_is_found():
    text = "Four\nstrangers. <!-- what not to write -->Of so many<!-- end --> It was never Heard."
    assert found_in(text) == ["strangers", "Heard"]
