"""The supported corpora. To add one, write its file and add its name to ``CORPORA``.

Example:
    >>> CORPORA["ravdess"].licence
    'CC BY-NC-SA 4.0'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from emotion_hf.corpora.ased import ASED
from emotion_hf.corpora.corpus import Corpus, Utterance, existing_folder
from emotion_hf.corpora.cremad import CREMAD
from emotion_hf.corpora.emodb import EMODB
from emotion_hf.corpora.emovo import EMOVO
from emotion_hf.corpora.folder import folder_corpus
from emotion_hf.corpora.iemocap import IEMOCAP
from emotion_hf.corpora.meld import MELD
from emotion_hf.corpora.msp_podcast import MSP_PODCAST
from emotion_hf.corpora.nemo import NEMO
from emotion_hf.corpora.ravdess import RAVDESS
from emotion_hf.corpora.savee import SAVEE
from emotion_hf.corpora.selvas import SELVAS
from emotion_hf.corpora.spanish import SPANISH
from emotion_hf.corpora.tess import TESS
from emotion_hf.errors import CorpusError

__all__ = ["CORPORA", "Corpus", "Utterance", "corpus_name", "find_corpus", "parse_data"]

_ALL = (RAVDESS, NEMO, SELVAS, TESS, EMOVO, CREMAD, SAVEE, EMODB, SPANISH, ASED, IEMOCAP, MSP_PODCAST, MELD)
CORPORA = {corpus.name: corpus for corpus in _ALL}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def corpus_name(text: str) -> str:
    """Return text as a name that ``--data NAME=DIR`` accepts; empty if nothing of it is left.

    Example:
        >>> corpus_name("My Recordings (2)")
        'my-recordings-2'
    """
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")


def find_corpus(name: str) -> Corpus:
    """Return the corpus called ``name``; any other name means a folder of the user's own."""
    return CORPORA.get(name.lower()) or folder_corpus(name, _ALL)


def parse_data(
    arguments: Iterable[str], elsewhere: Callable[[str, str], Path | None] = lambda name, place: None
) -> dict[str, Path]:
    """Read ``NAME=DIR`` arguments, e.g. ``["ravdess=/data/ravdess", "mine=recordings"]``.

    ``NAME`` is one of ``CORPORA``, or any other name for a folder of emotion-named folders.

    Args:
        arguments: The arguments.
        elsewhere: Called with the name and the text after it if there is no such folder; returns the folder if it
            knows what the text means.

    Raises:
        CorpusError: An argument has another form, a name occurs twice, or a folder is missing.
    """
    data: dict[str, Path] = {}
    for argument in arguments:
        name, equals, folder = argument.partition("=")
        name = name.strip().lower()
        if not equals or not folder or not _NAME.fullmatch(name):
            raise CorpusError(f"{argument!r} is not NAME=DIR; write for example ravdess=/data/ravdess.")
        if name in data:
            raise CorpusError(f"The data {name!r} is given twice; merge its folders, or rename the second.")
        try:
            found = None if Path(folder).expanduser().is_dir() else elsewhere(name, folder)
            data[name] = found or existing_folder(folder)
        except CorpusError as error:
            raise CorpusError(f"{argument}: {error}") from None
    if not data:
        raise CorpusError(f"No data is given; add NAME=DIR with NAME one of {', '.join(CORPORA)} or your own.")
    return data
