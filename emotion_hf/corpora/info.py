"""Facts about a corpus without its files: language, emotions, licence, how to get it, how to cite it.

Example:
    >>> print(describe(CORPORA["emovo"]).splitlines()[0])
    EMOVO, Italian emotional speech
"""

from __future__ import annotations

from emotion_hf.corpora import CORPORA
from emotion_hf.corpora.corpus import Corpus, Download, sort_labels
from emotion_hf.errors import CorpusError

_COLUMNS = ("name", "language", "emotions", "how to get it", "licence")


def known_corpus(name: str) -> Corpus:
    """Return the corpus called ``name``.

    Raises:
        CorpusError: It is not in ``CORPORA``; the message lists the names.
    """
    if name.lower() not in CORPORA:
        raise CorpusError(f"There is no corpus {name!r}; the known corpora are {', '.join(CORPORA)}.")
    return CORPORA[name.lower()]


def overview() -> str:
    """Return a table of all corpora, one line each."""
    rows = [_COLUMNS, *(_row(corpus) for corpus in CORPORA.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def describe(corpus: Corpus) -> str:
    """Return all facts about ``corpus``, with its BibTeX entry."""
    own = {emotion: word for word, emotion in corpus.emotions.items()}
    emotions = (f"{emotion} ({own[emotion]})" for emotion in sort_labels(own))
    facts = {
        "Name": corpus.name,
        "Language": corpus.language,
        "Emotions": ", ".join(emotions),
        "Licence": corpus.licence,
        "Homepage": corpus.homepage,
        "To get it": _command(corpus) if isinstance(corpus.access, Download) else corpus.access,
    }
    return "\n".join([corpus.title, *(f"{fact:<11}{text}" for fact, text in facts.items()), "", corpus.citation])


def terms(corpus: Corpus) -> str:
    """Return the terms for users of ``corpus``: its licence and its citation."""
    return f"{corpus.title}\nLicence: {corpus.licence}\nPlease cite:\n{corpus.citation}"


def _row(corpus: Corpus) -> tuple[str, ...]:
    how = _command(corpus) if isinstance(corpus.access, Download) else f"emotion-hf corpus info {corpus.name}"
    return corpus.name, corpus.language, str(len(corpus.emotions)), how, corpus.licence


def _command(corpus: Corpus) -> str:
    return f"emotion-hf corpus download {corpus.name}"
