"""The page's words: English and German texts, and the language of a request."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import gradio as gr
import pytest

from emotion_hf.app.german import GERMAN
from emotion_hf.app.words import COOKIE, language_of, say, shown, speaking

APP = Path(__file__).resolve().parents[2] / "emotion_hf" / "app"


def used() -> dict[str, str]:
    """Return each text given to `say`, `shown` or `both` as a literal, and its file."""
    found = {}
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("say", "shown", "both")
            ):
                for part in ast.walk(node.args[0] if node.args else node.func):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found[part.value] = path.name
    return found


def test_each_text_has_a_german_one():
    missing = {text: file for text, file in used().items() if text not in GERMAN}
    assert not missing


def test_no_german_text_is_left_over():
    files = [path for path in APP.parent.rglob("*.py") if APP / "german" not in path.parents]
    sources = "".join(ast.unparse(ast.parse(path.read_text(encoding="utf-8"))) for path in files)
    assert not [text for text in GERMAN if repr(text) not in sources]


@pytest.mark.parametrize("text", GERMAN)
def test_a_german_text_fills_in_the_same_names(text):
    assert sorted(re.findall(r"{(\w*)", text)) == sorted(re.findall(r"{(\w*)", GERMAN[text]))


def test_say_speaks_the_language_of_the_request():
    assert say("No speech detected") == "No speech detected"
    with speaking("de"):
        assert say("No speech detected") == "Keine Sprache erkannt"
    assert say("{count} files", count=3) == "3 files"


def test_a_request_has_the_language_of_its_cookie_then_of_its_browser():
    assert language_of({}, {}) == "en"
    assert language_of({}, {"accept-language": "de-AT,en;q=0.5"}) == "de"
    assert language_of({}, {"accept-language": "fr"}) == "en"
    assert language_of({COOKIE: "en"}, {"accept-language": "de"}) == "en"


def test_a_fixed_text_is_translated_by_the_browser():
    assert isinstance(shown("No speech detected"), gr.i18n.I18nData)
