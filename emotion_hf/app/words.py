"""The page's words in English and German.

The English text is the key, as with gettext, and `emotion_hf/app/german.py` holds the German one. The browser chooses:
German if its first language is German, else English; a link in the header overrides it.

- `shown` marks a fixed text of a component; Gradio translates it in the browser.
- `both` does the same inside HTML.
- `say` returns a text in the language of the current request, for everything that a handler makes.

Example:
    >>> say("No speech detected")
    'No speech detected'
    >>> with speaking("de"):
    ...     say("No speech detected")
    'Keine Sprache erkannt'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import gradio as gr
from gradio.i18n import I18nData

from emotion_hf.app.german import GERMAN

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

CSS = ":root:lang(de) span[lang=en], :root:not(:lang(de)) span[lang=de] { display: none; }"
"""Hides the texts of `both` in the other language."""

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
