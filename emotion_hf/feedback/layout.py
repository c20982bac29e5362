"""Names and paths of everything in a store.

Hidden names are internal: ``load_dataset`` ignores them.

Example:
    >>> Layout(Path("feedback")).table.path
    PosixPath('feedback/metadata.jsonl')
"""

from __future__ import annotations

from pathlib import Path

from emotion_hf.feedback.ledger import Ledger
from emotion_hf.feedback.quarantine import Quarantine
from emotion_hf.feedback.record import Correction
from emotion_hf.feedback.removal import PendingRemoval
from emotion_hf.feedback.reserve import Reserve
from emotion_hf.feedback.sidecars import Sidecars
from emotion_hf.feedback.table import Table


class Layout:
    """The parts of the store in ``folder``."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.audio = folder / "audio"
        self.table = Table(folder / "metadata.jsonl")
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.sidecars = Sidecars(folder / ".records")
        self.quarantine = Quarantine(folder / ".quarantine")
        self.removal = PendingRemoval(folder / ".deletion")
        self.reserve = Reserve(folder / ".reserve")

    def recording(self, record: Correction) -> Path:
        """Return the path of the recording of ``record``."""
        return self.folder / record.file_name

    def recording_of(self, id: str) -> Path:
        """Return the path of the recording of the record ``id``."""
        return self.audio / f"{id}.flac"

    def recordings(self) -> list[Path]:
        """Return the files in ``audio/``: recordings, and those that a killed process left incomplete."""
        names = (path for path in self.audio.glob("*") if not path.name.startswith(".") or path.suffix == ".tmp")
        return sorted(names)

    def without_entry(self, known: set[str]) -> list[Path]:
        """Return the files in ``audio/`` whose names are not in ``known``."""
        return [path for path in self.recordings() if path.name not in known]
