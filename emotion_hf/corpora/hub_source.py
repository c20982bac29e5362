"""Where a folder of clips comes from, if it was made from a data set of the Hub: `source.json` beside its table.

Example:
    >>> HubSource.find(Path("data/hub/me--voices/default-1f2e3d4c/0a1b2c3d"))  # doctest: +SKIP
    HubSource(repository='me/voices', revision='0a1b2c3d…', licence='cc-by-4.0', columns={'emotion': 'mood'})
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emotion_hf.disk import read_json
from emotion_hf.search import SOURCE


@dataclass(frozen=True)
class HubSource:
    """A data set of the Hub.

    Attributes:
        repository: ``OWNER/NAME``.
        revision: Commit whose clips were read.
        licence: Identifier of its licence, as its card states it; empty if it states none.
        columns: Our name of a column → its name there, where it is not one of the usual names.
    """

    repository: str
    revision: str
    licence: str
    columns: dict[str, str] = field(default_factory=dict)

    @classmethod
    def find(cls, folder: Path | str) -> HubSource | None:
        """Return the source of a folder; `None` for a folder of this machine's own."""
        try:
            return cls(**read_json(Path(folder) / SOURCE))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Write the source into a folder.

        Raises:
            OSError: The file system reports an error.
        """
        (folder / SOURCE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def hub_sources(data: Mapping[str, Path | str]) -> dict[str, HubSource]:
    """Return the source of each corpus that comes from the Hub.

    Args:
        data: Name of each corpus → its folder.
    """
    found = {name: HubSource.find(folder) for name, folder in data.items()}
    return {name: source for name, source in found.items() if source}
