"""Licences that the card of a model can state, by their identifiers on the Hub, and which of several applies.

Example:
    >>> licence_of("CC BY-NC-SA 4.0"), licence_of("free for research; no formal licence is stated")
    ('cc-by-nc-sa-4.0', 'other')
    >>> most_restrictive(["cc-by-4.0", "cc-by-nc-sa-4.0", "odbl"])
    'cc-by-nc-sa-4.0'
"""

from __future__ import annotations

from collections.abc import Iterable

from emotion_hf.errors import SettingsError

_CREATIVE_COMMONS = "https://creativecommons.org"
OTHER = "other"
"""The Hub's word for terms that are no standard licence, such as "free for research"."""
LICENCES = {  # identifier → title and address of the text, from the least to the most restrictive
    "cc0-1.0": ("CC0 1.0", f"{_CREATIVE_COMMONS}/publicdomain/zero/1.0/legalcode"),
    "mit": ("MIT", "https://opensource.org/license/mit"),
    "apache-2.0": ("Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
    "cc-by-4.0": ("CC BY 4.0", f"{_CREATIVE_COMMONS}/licenses/by/4.0/legalcode"),
    "odbl": ("Open Database License (ODbL) 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    "cc-by-sa-4.0": ("CC BY-SA 4.0", f"{_CREATIVE_COMMONS}/licenses/by-sa/4.0/legalcode"),
    "cc-by-nc-4.0": ("CC BY-NC 4.0", f"{_CREATIVE_COMMONS}/licenses/by-nc/4.0/legalcode"),
    "cc-by-nc-sa-4.0": ("CC BY-NC-SA 4.0", f"{_CREATIVE_COMMONS}/licenses/by-nc-sa/4.0/legalcode"),
    "cc-by-nc-nd-4.0": ("CC BY-NC-ND 4.0", f"{_CREATIVE_COMMONS}/licenses/by-nc-nd/4.0/legalcode"),
    OTHER: ("terms of their own", ""),
}
NO_ADAPTATIONS = "cc-by-nc-nd-4.0"


def licence_of(terms: str) -> str:
    """Return the identifier of the licence that a corpus's terms of use begin with; `other` if they name none."""
    named = (licence for licence, (title, _) in LICENCES.items() if terms.startswith(title))
    return next(named, OTHER)


def most_restrictive(licences: Iterable[str]) -> str:
    """Return the most restrictive of some licences; empty if one is empty, because nobody has granted it, or if there
    are none.
    """
    given, order = list(licences), list(LICENCES)
    return max(given, key=order.index) if given and all(given) else ""


def check_licence(licence: str) -> str:
    """Return `licence` if it is one of `LICENCES` or empty.

    Raises:
        SettingsError: It is not; the message lists them.
    """
    if licence and licence not in LICENCES:
        raise SettingsError(f"There is no licence {licence!r}; choose one of {', '.join(LICENCES)}.")
    return licence
