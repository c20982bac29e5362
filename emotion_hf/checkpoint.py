"""A checkpoint folder as this project saves it: with the SHA-256 of what its answers depend on.

``checksums.json`` maps each file to its sum: weights, configuration, feature extractor, the code that goes with them,
and both files of a baseline. Whatever is written into the folder later, such as the card or a report, is not listed.

Example:
    >>> save(Path("runs/mine"), model, extractor)  # doctest: +SKIP
    >>> verify(Path("runs/mine"))  # doctest: +SKIP
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Protocol

from emotion_hf.disk import read_json, sha256, write_whole, writing
from emotion_hf.errors import CheckpointError

SUMS = "checksums.json"
LOADED = ("*.safetensors", "*.index.json", "config.json", "preprocessor_config.json", "baseline.json", "*.skops")
"""What a model is loaded from: none of it may be added later."""
SEALED = (*LOADED, "*.py")


class Part(Protocol):
    """A model or a feature extractor of transformers."""

    def save_pretrained(self, save_directory: Path) -> Any:
        """Write its files into a folder."""
        ...


def save(folder: Path, *parts: Part) -> None:
    """Write a model and its feature extractor into ``folder``, which is made if missing, and seal it.

    Raises:
        WriteError: The file system reports an error.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / SUMS, b"{}\n")  # until all is there, nothing in the folder is whole
        for part in parts:
            part.save_pretrained(folder)
        seal(folder)


def seal(folder: Path) -> None:
    """Write the sums of the files in ``folder`` that its answers depend on.

    Raises:
        WriteError: The file system reports an error.
    """
    with writing(folder / SUMS):
        sums = {path.name: sha256(path) for path in sorted(_matching(folder, SEALED))}
        write_whole(folder / SUMS, (json.dumps(sums, indent=1) + "\n").encode())


def verify(folder: Path, *, whole: bool = True) -> None:
    """Compare the files in ``folder`` with their sums; without sums, as for others' models, nothing is compared.

    Args:
        folder: The model's.
        whole: All files have to be there; of a model on the Hub only those are fetched that are needed.

    Raises:
        CheckpointError: A file changed, is gone or was added since the model was saved, or the sums are damaged.
    """
    sums = _read_sums(folder)
    if sums is None:
        return
    for name, expected in sums.items():
        if not whole and not (folder / name).exists():
            continue
        try:
            found = sha256(folder / name)
        except OSError as error:
            raise CheckpointError(f"The model folder {folder} has no {name} any more; {_remedy()}.") from error
        if found != expected:
            raise CheckpointError(f"{folder / name} changed since the model was saved; {_remedy()}.")
    if added := sorted(path.name for path in _matching(folder, LOADED) if path.name not in sums):
        raise CheckpointError(f"{folder / added[0]} was added since the model was saved; {_remedy()}.")


def _matching(folder: Path, patterns: tuple[str, ...]) -> set[Path]:
    return {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}


def _read_sums(folder: Path) -> dict[str, str] | None:
    path = folder / SUMS
    if not path.exists():
        return None
    try:
        sums = read_json(path)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged; {_remedy()}.") from error
    if not isinstance(sums, dict) or not all(isinstance(sum_, str) for sum_ in sums.values()):
        raise CheckpointError(f"{path} is damaged; {_remedy()}.")
    if outside := [name for name in sums if not is_plain_name(name)]:
        raise CheckpointError(f"{path} names {outside[0]!r}, which is not a file in its folder; {_remedy()}.")
    return sums


def is_plain_name(name: object) -> bool:
    """Tell whether ``name`` names something within a folder, and leads nowhere else."""
    return isinstance(name, str) and name not in ("", ".", "..") and not set(name) & set("/\\\0")


def _remedy() -> str:
    return f"get the folder again, or remove its {SUMS} if you changed the model on purpose"


if __name__ == "__main__":
    seal(Path(sys.argv[1]))
