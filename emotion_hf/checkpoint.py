"""Save and verify a checkpoint folder with the SHA-256 of all files that its predictions depend on.

``checksums.json`` maps each file to its sum: weights, configuration, feature extractor, their code, ONNX graphs, and
both files of a baseline. Files that are added later, such as the card or a report, are not listed.

Example:
    >>> save(Path("runs/mine"), model, extractor)  # doctest: +SKIP
    >>> verify(Path("runs/mine"))  # doctest: +SKIP
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from emotion_hf.disk import parse_json, read_json, sha256, write_whole, writing
from emotion_hf.errors import CheckpointError

SUMS = "checksums.json"
LOADED = (
    *("*.safetensors", "*.index.json", "config.json", "preprocessor_config.json", "baseline.json", "*.skops"),
    "*.onnx",
)
"""Files that a model is loaded from; none may be added later."""
SEALED = (*LOADED, "*.py")
ADAPTER = "adapter_config.json"
MAX_HEADER_BYTES = 100_000_000
"""The limit of safetensors itself."""


@dataclass(frozen=True)
class Stored:
    """A tensor in a ``.safetensors`` file.

    Attributes:
        kind: Type of its numbers as the file names it, such as ``F16``.
        shape: Its shape.
        start: First byte of its numbers, counted from the beginning of the file.
        length: Number of bytes.
    """

    kind: str
    shape: tuple[int, ...]
    start: int
    length: int


class Part(Protocol):
    """A model or a feature extractor of transformers."""

    def save_pretrained(self, save_directory: Path) -> Any:
        """Write its files into a folder."""
        ...


def save(folder: Path, *parts: Part) -> None:
    """Write a model and its feature extractor into ``folder``, which is created if missing, and seal it.

    Raises:
        WriteError: The file system reports an error.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / SUMS, b"{}\n")  # until everything is written, the folder counts as incomplete
        for twin in folder.glob("*.onnx"):  # of earlier weights
            twin.unlink()
        for part in parts:
            part.save_pretrained(folder)
        usual = (folder / SUMS).stat().st_mode  # safetensors writes a temporary file that only its owner may read
        for path in _matching(folder, SEALED):
            path.chmod(usual)
        seal(folder)


def seal(folder: Path) -> None:
    """Write the checksums of the files in ``folder`` that predictions depend on.

    Raises:
        WriteError: The file system reports an error.
    """
    with writing(folder / SUMS):
        sums = {path.name: sha256(path) for path in sorted(_matching(folder, SEALED))}
        write_whole(folder / SUMS, (json.dumps(sums, indent=1) + "\n").encode())


def verify(folder: Path, *, whole: bool = True) -> dict[str, str]:
    """Compare the files in ``folder`` with their checksums; models without checksums, such as other people's, pass.

    Args:
        folder: Folder of the model.
        whole: Whether all files must exist; of a model on the Hub, only the needed files are fetched.

    Returns:
        File → checksum; empty without checksums.

    Raises:
        CheckpointError: A file was changed, removed or added since the model was saved, or the checksums are damaged.
    """
    sums = _read_sums(folder)
    if sums is None:
        return {}
    for name, expected in sums.items():
        if not whole and not (folder / name).exists():
            continue
        try:
            found = sha256(folder / name)
        except OSError as error:
            raise CheckpointError(f"The model folder {folder} no longer has {name}; {_remedy()}.") from error
        if found != expected:
            raise CheckpointError(f"{folder / name} has changed since the model was saved; {_remedy()}.")
    if added := sorted(path.name for path in _matching(folder, LOADED) if path.name not in sums):
        raise CheckpointError(f"{folder / added[0]} was added since the model was saved; {_remedy()}.")
    return sums


def stored_tensors(path: Path) -> dict[str, Stored]:
    """Return the tensors of a ``.safetensors`` file by name, from its header.

    Raises:
        CheckpointError: It is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = parse_json(file.read(min(size, MAX_HEADER_BYTES)))
        return {name: _stored(tensor, 8 + size) for name, tensor in header.items() if name != "__metadata__"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} cannot be read; {_remedy()}.") from error


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of the files in ``folder`` that predictions depend on, and of their names.

    Raises:
        CheckpointError: One cannot be read.
    """
    try:
        sums = {path.name: sha256(path) for path in sorted(_matching(folder, (*SEALED, ADAPTER)))}
    except OSError as error:
        raise CheckpointError(f"The model folder {folder} cannot be read ({error.strerror}); {_remedy()}.") from error
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest()


def count_parameters(folder: Path) -> int | None:
    """Return how many numbers the ``.safetensors`` files in ``folder`` store, from their headers.

    `None` for a folder without such files, such as a baseline's or one of a model on the Hub, and for damaged files.
    """
    files = sorted(folder.glob("*.safetensors"))
    try:
        count = sum(math.prod(tensor.shape) for path in files for tensor in stored_tensors(path).values())
    except CheckpointError:
        return None
    return count if files else None


def _stored(tensor: dict[str, Any], base: int) -> Stored:
    first, last = tensor["data_offsets"]
    return Stored(tensor["dtype"], tuple(tensor["shape"]), base + first, last - first)


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
    """Return whether ``name`` is a name within a folder and leads nowhere else."""
    return isinstance(name, str) and name not in ("", ".", "..") and not set(name) & set("/\\\0")


def _remedy() -> str:
    return f"get the folder again, or remove its {SUMS} if you changed the model on purpose"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m emotion_hf.checkpoint", description="Write checksums.json.")
    parser.add_argument("folder", type=Path, help="folder of a checkpoint")
    seal(parser.parse_args().folder)
