"""The terms of a model's training data: which corpora and own recordings, their licences, and whether they are acted.

Example:
    >>> from pathlib import Path
    >>> terms_of(Run.read(Path("emotion_hf/checkpoints/default"))).licence
    'cc-by-nc-sa-4.0'
"""

from __future__ import annotations

from dataclasses import dataclass

from emotion_hf.corpora import CORPORA, Corpus
from emotion_hf.licences import LICENCES, NO_ADAPTATIONS, OTHER, check_licence, licence_of, most_restrictive
from emotion_hf.run import Run


@dataclass(frozen=True)
class Terms:
    """Training data of a model, in the order of its `run.json`.

    Attributes:
        corpora: The published corpora.
        own: Names of all other data: recordings of the user's own, and corrections.
        own_licence: Identifier of the licence of `own`; empty if it is not stated.
    """

    corpora: tuple[Corpus, ...]
    own: tuple[str, ...]
    own_licence: str = ""

    @property
    def licence(self) -> str:
        """Identifier of the weights' licence, the most restrictive one; empty if an owner has not stated it."""
        return most_restrictive(self._licences)

    @property
    def title(self) -> str:
        """Name of the weights' licence."""
        return LICENCES[self.licence][0] if self.licence else ""

    @property
    def own_title(self) -> str:
        """Name of the licence of the user's own recordings."""
        return LICENCES[self.own_licence][0] if self.own_licence else ""

    @property
    def acted(self) -> tuple[Corpus, ...]:
        """The corpora with acted speech."""
        return tuple(corpus for corpus in self.corpora if corpus.acted)

    @property
    def not_acted(self) -> tuple[str, ...]:
        """Names of the other data, of which nobody has said that it is acted."""
        return (*(corpus.name for corpus in self.corpora if not corpus.acted), *self.own)

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the corpora's languages."""
        return tuple(sorted({corpus.language for corpus in self.corpora if corpus.language}))

    @property
    def asks(self) -> tuple[str, ...]:
        """Titles of corpora whose terms do not allow a published model by themselves."""
        strict = (OTHER, NO_ADAPTATIONS)
        return tuple(corpus.title for corpus in self.corpora if licence_of(corpus.licence) in strict)

    @property
    def _licences(self) -> list[str]:
        return [*(licence_of(corpus.licence) for corpus in self.corpora), *(self.own_licence for _ in self.own[:1])]


def terms_of(run: Run, own_licence: str = "") -> Terms:
    """Return the terms of the data of a training.

    Args:
        run: Its record.
        own_licence: Identifier of the licence of the user's own recordings; by default that of the recipe.

    Raises:
        SettingsError: `own_licence` is unknown.
    """
    names = run.corpora
    return Terms(
        corpora=tuple(CORPORA[name] for name in names if name in CORPORA),
        own=tuple(name for name in names if name not in CORPORA),
        own_licence=check_licence(own_licence or run.recipe.get("licence", "")),
    )
