"""The page's words in English and German.

The English text is the key, as with gettext, and `emotion_hf/app/german/` holds the German one. The browser chooses:
German if its first language is German, else English; a link in the header overrides it.

- `shown` marks a fixed text of a component; Gradio translates it in the browser.
- `both` does the same inside HTML.
- `say` returns a text in the language of the current request, for everything that a handler makes.
- `translated` does the same for a finished sentence of the library, such as an error's.
- `number` and `percent` write numbers as the language does.

Example:
    >>> say("No speech detected")
    'No speech detected'
    >>> with speaking("de"):
    ...     say("No speech detected"), translated("a.wav is 0.10 s long; record at least 0.3 s."), number(0.5)
    ('Keine Sprache erkannt', 'a.wav ist 0,10 s lang; nehmen Sie mindestens 0,3 s auf.', '0,5')
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from string import Formatter

import gradio as gr
from gradio.i18n import I18nData

from emotion_hf.app.german import GERMAN
from emotion_hf.app.german.sentences import PARTS, SENTENCES
from emotion_hf.prediction import percent as english_percent

COOKIE = "emotion_hf_language"
ENGLISH, GERMAN_CODE = "en", "de"
TRANSLATIONS = gr.I18n(en={text: text for text in GERMAN}, de=GERMAN)

HEAD_SCRIPT = f"""<script>
(() => {{
  let chosen = null;
  try {{ chosen = localStorage.getItem("{COOKIE}"); }} catch {{}}
  const language = chosen || (navigator.language.toLowerCase().startsWith("de") ? "de" : "en");
  Object.defineProperty(navigator, "language", {{get: () => language}});
  document.cookie = `{COOKIE}=${{language}}; path=/; SameSite=Lax`;
  document.documentElement.lang = language;
}})();
</script>"""
"""Decides the language before Gradio does: it would translate its own words into others than English and German."""

CHOOSE = f"""
element.addEventListener("click", ({{target}}) => {{
  const button = target.closest("[data-language]"), language = button?.dataset.language;
  if (!language || language === document.documentElement.lang) return;
  if (document.querySelector("[data-open]") && !confirm(button.dataset.confirm)) return;
  try {{ localStorage.setItem("{COOKIE}", language); }} catch {{}}
  document.cookie = `{COOKIE}=${{language}}; path=/; SameSite=Lax`;
  location.reload();
}});
"""
"""What the header does in the browser: its buttons choose a language."""

CSS = """
:root:lang(de) span[lang=en], :root:not(:lang(de)) span[lang=de] { display: none; }
:root:lang(de) .toast-title { font-size: 0; }
:root:lang(de) .toast-title::before { font-size: 1rem; content: "Hinweis"; }
:root:lang(de) .toast-title.error::before { content: "Fehler"; }
"""
"""Hides the texts of `both` in the other language, and replaces Gradio's headings of messages, always English."""

NUMBER = "n"
"""The format of a number in a key of `SENTENCES`."""
LONGEST = 2000
"""A longer sentence stays English: whoever wrote it, it must not keep the server busy."""
POINTS_AND_COMMAS = str.maketrans(".,", ",.")
BETWEEN_SENTENCES = re.compile(r"(?<=[.!?…]) (?=[A-Z])")
ANY_NUMBER, ANY_TEXT = r"[−-]?\d[\d.,]*", r"(?:(?![.!?…] [A-Z]).)+?"
"""What may stand for a name in a sentence: text does not reach into the next sentence."""

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


def say(text: str, **values: object) -> str:
    """Return a text in the language of the current request, with its ``{names}`` replaced by values."""
    translated = GERMAN.get(text, text) if _language.get() == GERMAN_CODE else text
    return translated.format(**values) if values else translated


def shown(text: str) -> I18nData:
    """Return a fixed text of a component, which the browser translates."""
    return TRANSLATIONS(text)


def both(text: str) -> str:
    """Return a fixed text as HTML in both languages, of which the page shows the one that the browser chose."""
    return f'<span lang="en">{text}</span><span lang="de">{GERMAN.get(text, text)}</span>'


def translated(sentence: str) -> str:
    """Return a finished English sentence of the library, or several, in the language of the request.

    What `SENTENCES` does not know stays English.
    """
    if _language.get() != GERMAN_CODE or len(sentence) > LONGEST:
        return sentence
    for template in _templates():
        if found := template.english.fullmatch(sentence):
            values = {
                name: value.translate(POINTS_AND_COMMAS) if name in template.numbers else translated(value)
                for name, value in found.groupdict().items()
            }
            return template.german.format(**values)
    first, *others = BETWEEN_SENTENCES.split(sentence)
    return " ".join(map(translated, [first, *others])) if others else sentence


def number(value: float, form: str = "") -> str:
    """Return a number in the language of the request; ``form`` is Python's, such as ``.1f`` or ``,``."""
    text = format(value, form)
    return text.translate(POINTS_AND_COMMAS) if _language.get() == GERMAN_CODE else text


def percent(share: float) -> str:
    """Return a share as text: ``62 %``; in German with a space at which no line breaks."""
    text = english_percent(share)
    return text.replace(" ", "\u00a0") if _language.get() == GERMAN_CODE else text


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Make `say` use a language, ``en`` or ``de``, inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def language_of(cookies: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the language of a request: as its cookie says, else as the browser accepts."""
    wanted = cookies.get(COOKIE) or headers.get("accept-language", "")
    return GERMAN_CODE if wanted.lower().startswith(GERMAN_CODE) else ENGLISH


@dataclass(frozen=True)
class _Template:
    """A sentence of the library as a pattern, its German, and the names in it that stand for numbers."""

    english: re.Pattern[str]
    german: str
    numbers: frozenset[str]


@cache
def _templates() -> tuple[_Template, ...]:
    """Return the templates, the ones with the most text of their own first."""
    known = {**PARTS, **SENTENCES}
    return tuple(_template(text, known[text]) for text in sorted(known, key=_fixed_length, reverse=True))


def _template(english: str, german: str) -> _Template:
    pattern, numbers = "", set()
    for fixed, name, form, _ in Formatter().parse(english):
        pattern += re.escape(fixed)
        if name is None:
            continue
        if form == NUMBER:
            numbers.add(name)
        pattern += f"(?P<{name}>{ANY_NUMBER if form == NUMBER else ANY_TEXT})"
    return _Template(re.compile(pattern, re.DOTALL), german, frozenset(numbers))


def _fixed_length(english: str) -> int:
    return sum(len(fixed) for fixed, *_ in Formatter().parse(english))
