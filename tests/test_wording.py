"""Plain English: documents, code and benchmarks contain none of the phrases that readers found hard to understand.

``PHRASES`` is the list, ``CHECKED`` has the files.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKED = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "model_card.md", "docs/*.md", "mkdocs.yml"),
    *("emotion_hf/**/*.py", "train/**/*.py", "train/**/*.yaml", "app.py", "benchmarks/*.py", "benchmarks/*.md"),
)
UNCHECKED = "emotion_hf/checkpoints/"  # copies of emotion_hf/models/encoder
PHRASES = (  # regular expressions, case-insensitive
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
OLD_FIELDS = '"heard": "trained_on"'  # in reports of earlier versions


def found_in(text: str) -> list[str]:
    """Return the phrases of the list that a text contains, except in examples of what not to write."""
    plain = re.sub(r"\s+", " ", EXAMPLES.sub("", text).replace(OLD_FIELDS, ""))
    return [found[0] for phrase in PHRASES for found in re.finditer(phrase, plain, flags=re.IGNORECASE)]


def _files() -> list[str]:
    names = [path.relative_to(ROOT).as_posix() for pattern in CHECKED for path in sorted(ROOT.glob(pattern))]
    return [name for name in names if not name.startswith(UNCHECKED)]


@pytest.mark.parametrize("name", _files())
def test_a_file_has_no_phrase_of_the_list(name):
    assert found_in((ROOT / name).read_text(encoding="utf-8")) == []


def test_every_pattern_has_files():
    assert [pattern for pattern in CHECKED if not any(ROOT.glob(pattern))] == []


def test_a_phrase_of_the_list_is_found():
    text = "Four\nstrangers. <!-- what not to write -->Of so many<!-- end --> It was never Heard."
    assert found_in(text) == ["strangers", "Heard"]
