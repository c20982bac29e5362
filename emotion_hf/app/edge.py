"""The edge of the program, the only place where any error becomes one polite sentence.

Example:
    >>> from emotion_hf.errors import AudioTooShortError
    >>> sentence(AudioTooShortError("The recording is too short; speak for a second or more."))
    'The recording is too short; speak for a second or more.'
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from emotion_hf.app.words import translated
from emotion_hf.errors import EmotionError

logger = logging.getLogger(__name__)

SORRY = "Sorry, something went wrong on our side; please try again."

PATH = re.compile(r"(?<![\w.:/])/(?!gradio_api/)(?:[^\s/'\",;()]+/)+([^\s/'\",;()]*)")
"""An absolute path in a sentence. The command line shows it; the page shows only its last part."""

P = ParamSpec("P")
R = TypeVar("R")


def sentence(error: Exception) -> str:
    """Return what to tell the user in the user's language, safe to show as HTML; an unexpected error is logged.

    The sentence contains no path of this machine.
    """
    if isinstance(error, EmotionError):
        return html.escape(PATH.sub(r"\1", translated(str(error))), quote=False)
    logger.error("Unexpected error", exc_info=error)
    return translated(SORRY)


def sent_by(event: gr.EventData) -> dict[str, Any]:
    """Return what a script of the page sent with an event; empty if it is not a JSON object."""
    data = getattr(event, "_data", None)
    return data if isinstance(data, dict) else {}


def sent_files(event: gr.EventData) -> list[dict[str, Any]]:
    """Return the files that a script of the page sent with an event, as JSON objects."""
    files = sent_by(event).get("files")
    return [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []


def polite(handler: Callable[P, R]) -> Callable[P, R]:
    """Make ``handler`` fail with one sentence, shown by the page and sent to API clients, without a traceback."""

    @wraps(handler)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except Exception as error:
            raise gr.Error(sentence(error), title="", print_exception=False) from error

    return guarded
