"""What a training leaves in its folder before it ends: its progress, and the epochs from which it can be resumed.

Each line of the progress is one JSON object: ``event`` (``start``, ``step``, ``epoch`` or ``end``), ``step`` and
``steps``, ``epoch`` and ``epochs``, ``seconds_left``, and after an epoch of a network ``loss``, ``learning_rate`` and,
with validation speakers, ``validation_ua`` and ``best``. Where clips are embedded, ``what`` is ``clips``, and the
steps are clips; where a head is fitted, ``what`` is ``fits``, and the steps are fits.

Example:
    >>> can_resume("no/such/folder"), read_progress(Path("no/such/folder"))
    (False, [])
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotion_hf.disk import complete_lines, parse_json, read_json, writing

WORKSPACE, PROGRESS = "trainer", "progress.jsonl"
CLIPS, FITS = "clips", "fits"
"""What the steps of an embedding are, and those of the fit of a head."""
_NUMBERS = ("step", "steps", "epoch", "epochs", "seconds_left")


def append_progress(file: Path, line: Mapping[str, Any]) -> None:
    """Append a line to the progress of a training.

    Raises:
        WriteError: The file cannot be written.
    """
    with writing(file), file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line) + "\n")


def read_progress(folder: Path) -> list[dict[str, Any]]:
    """Return the complete and sound lines of the progress in a training's folder, oldest first."""
    try:
        lines = complete_lines(folder / PROGRESS)
    except OSError:
        return []
    return [line for one in lines if (line := _line(one))]


def can_resume(folder: Path | str) -> bool:
    """Return whether `folder` has an interrupted training with a finished epoch."""
    return bool(finished_epochs(Path(folder)))


def finished_epochs(folder: Path) -> list[Path]:
    """Return the folders of finished epochs, latest last: those with the file that Trainer writes last."""
    finished = [file.parent for file in (folder / WORKSPACE).glob("checkpoint-*/trainer_state.json") if _is_json(file)]
    return sorted(finished, key=lambda path: int(path.name.partition("-")[2]))


def _line(content: bytes) -> dict[str, Any]:
    """Return a line of the progress; empty if it is damaged."""
    try:
        line = parse_json(content)
    except ValueError:
        return {}
    sound = isinstance(line, dict) and all(isinstance(line.get(name), int | float) for name in _NUMBERS)
    return line if sound and line["steps"] > 0 and isinstance(line.get("event"), str) else {}


def _is_json(file: Path) -> bool:
    try:
        read_json(file)
    except ValueError:  # the training was stopped while it wrote the file
        return False
    return True
