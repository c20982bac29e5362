"""The terms of a model's training data: corpora, data sets of the Hub, own recordings, licences, and what is acted.

Example:
    >>> from pathlib import Path
    >>> terms_of(Run.read(Path("emotion_hf/checkpoints/default"))).licence
    'cc-by-nc-sa-4.0'
"""

from __future__ import annotations

from dataclasses import dataclass

from emotion_hf.corpora import CORPORA, Corpus
from emotion_hf.corpora.hub_source import HubSource
from emotion_hf.licences import LICENCES, NO_ADAPTATIONS, OTHER, check_licence, licence_of, most_restrictive
from emotion_hf.run import Run


@dataclass(frozen=True)
class Terms:
    """Training data of a model, in the order of its `run.json`.

    Attributes:
        corpora: The published corpora.
        own: Names of all other data: recordings of the user's own, and corrections.
        own_licence: Identifier of the licence of `own`; empty if it is not stated.
        hub: The data sets of the Hub.
    """

    corpora: tuple[Corpus, ...]
    own: tuple[str, ...]
    own_licence: str = ""
    hub: tuple[HubSource, ...] = ()

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
        published = (corpus.name for corpus in self.corpora if not corpus.acted)
        return (*published, *(source.repository for source in self.hub), *self.own)

    @property
    def unstated(self) -> tuple[str, ...]:
        """Names of the data whose licence nobody has stated."""
        if self.own_licence:
            return ()
        return (*(source.repository for source in self.hub if not source.licence), *self.own)

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the corpora's languages."""
        return tuple(sorted({corpus.language for corpus in self.corpora if corpus.language}))

    @property
    def asks(self) -> tuple[str, ...]:
        """Titles of corpora whose terms do not allow a published model by themselves."""
        licences = {corpus.title: licence_of(corpus.licence) for corpus in self.corpora}
        licences |= {source.repository: source.licence and _known(source.licence) for source in self.hub}
        return tuple(title for title, licence in licences.items() if licence in (OTHER, NO_ADAPTATIONS))

    @property
    def _licences(self) -> list[str]:
        return [
            *(licence_of(corpus.licence) for corpus in self.corpora),
            *(_known(source.licence) if source.licence else self.own_licence for source in self.hub),
            *(self.own_licence for _ in self.own[:1]),
        ]


def terms_of(run: Run, own_licence: str = "") -> Terms:
    """Return the terms of the data of a training.

    Args:
        run: Its record.
        own_licence: Identifier of the licence of the user's own recordings; by default that of the recipe.

    Raises:
        SettingsError: `own_licence` is unknown.
    """
    names = run.corpora
    hub = {name: source for name, source in run.hub_sources.items() if name in names}
    return Terms(
        corpora=tuple(CORPORA[name] for name in names if name in CORPORA),
        own=tuple(name for name in names if name not in CORPORA and name not in hub),
        own_licence=check_licence(own_licence or run.recipe.get("licence", "")),
        hub=tuple(hub.values()),
    )


def _known(licence: str) -> str:
    """Return a licence of the Hub, or `other` if it is not among those that can be compared."""
    return licence if licence in LICENCES else OTHER
