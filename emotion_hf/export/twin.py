"""Write the ONNX twin of the model in a folder, and keep the folder's checksums correct.

The twin of a Whisper-based model has about 100 kB, because its tensors are parts of `model.safetensors`, and is
written in less than a second. The twins of the other families are traced with torch and have their own weights.

Example:
    >>> export_onnx(Path("runs/mine"), int8=True)  # doctest: +SKIP
    PosixPath('runs/mine/model.int8.onnx')
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from emotion_hf import soundness
from emotion_hf.checkpoint import SEALED, SUMS, Stored, seal, stored_tensors, verify
from emotion_hf.disk import read_json, sha256, write_whole, writing
from emotion_hf.doctor import MODEL_FILES, TWIN, WEIGHTS
from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.export.plan import Plan
from emotion_hf.model_source import check_folder, is_local
from emotion_hf.scorers.onnx import INT8_TWIN, KINDS, Facts, read_tensor
from emotion_hf.waves import SAMPLING_RATE

SHORTEST_SAMPLES, LONGEST_SAMPLES = SAMPLING_RATE // 10, 30 * SAMPLING_RATE
SOURCES = ("config.json", "preprocessor_config.json", WEIGHTS)
"""Files that a twin is made from."""


def export_onnx(model: str | Path, output: Path | None = None, *, int8: bool = False) -> Path:
    """Write the twin of a model and seal its folder again.

    Args:
        model: Folder of the model.
        output: New folder for a copy of the model with its twin; by default the twin is written into the model's own.
        int8: Write the twin that computes in 8 bits, `model.int8.onnx`, instead of `model.onnx`.

    Returns:
        Path of the twin.

    Raises:
        CheckpointError: There is no such folder, it has changed since it was saved, or its model has no twin.
        SettingsError: `output` exists.
        WriteError: The file system reports an error.
    """
    folder = check_model(model)
    name = INT8_TWIN if int8 else TWIN
    content = _whisper_twin(folder, int8) or _traced_twin(folder, int8)
    if output is not None:
        _copy(folder, output)
        folder = output
    _write(folder, name, content)
    return folder / name


def add_twin(folder: Path) -> Path | None:
    """Write the twin of a model that was just saved; other models than the Whisper-based have none until exported.

    Raises:
        WriteError: The file system reports an error.
    """
    content = _whisper_twin(folder, int8=False)
    if content is None:
        return None
    _write(folder, TWIN, content)
    return folder / TWIN


def facts_of(
    folder: Path,
    labels: tuple[str, ...],
    not_sure_below: float,
    *,
    longest_samples: int = LONGEST_SAMPLES,
    any_batch: bool,
) -> Facts:
    """Return the facts for the twin of the model in a folder."""
    sources = {name: sha256(folder / name) for name in SOURCES}
    return Facts(labels, not_sure_below, SHORTEST_SAMPLES, longest_samples, any_batch, sources)


def sound_plan(folder: Path) -> tuple[Plan, dict[str, Stored]] | None:
    """Return the plan and the tensors of a Whisper-based model; `None` for every other model.

    Raises:
        CheckpointError: A file cannot be read, or a setting or a weight has no sound value.
    """
    config, extractor = (_settings(folder / name) for name in SOURCES[:2])
    plan = Plan.read(config, extractor)
    if plan is None:
        return None
    stored = stored_tensors(folder / WEIGHTS)
    used = {name: tensor for name, tensor in stored.items() if name != "voice.clips"}  # a whole number
    shapes = {name: tensor.shape for name, tensor in stored.items()}
    if plan.layers > len(stored) or shapes != plan.shapes() or {one.kind for one in used.values()} - KINDS.keys():
        return None
    soundness.check_config(folder, SimpleNamespace(**config | {"id2label": dict(enumerate(plan.labels))}), None)
    _check_finite(folder, used)
    return plan, stored


def check_model(model: str | Path) -> Path:
    """Return the folder of a network that can be exported.

    Raises:
        CheckpointError: There is no such folder, it has changed since it was saved, or it is a baseline.
    """
    folder = Path(model)
    if not is_local(model):
        raise CheckpointError(f"There is no folder {model}; to export a model of the Hub, download its folder first.")
    if (folder / "baseline.json").is_file():
        raise CheckpointError(f"The model {folder} is a baseline, which has no ONNX twin; export a network.")
    check_folder(folder, MODEL_FILES)
    verify(folder)
    return folder


def _whisper_twin(folder: Path, int8: bool) -> bytes | None:
    """Return the twin of a Whisper-based model; `None` for every other model."""
    from emotion_hf.export.graph import Graph  # loads onnx
    from emotion_hf.export.whisper import whisper_graph

    sound = sound_plan(folder)
    if sound is None:
        return None
    plan, stored = sound
    longest = min(LONGEST_SAMPLES, 2 * plan.positions * 160 + 159)
    facts = facts_of(folder, plan.labels, plan.not_sure_below, longest_samples=longest, any_batch=not int8)
    graph = Graph(stored)
    return whisper_graph(plan, graph, int8=int8, **facts.metadata()).SerializeToString(deterministic=True)


def _traced_twin(folder: Path, int8: bool) -> bytes:
    from emotion_hf.export.traced import trace  # loads torch and transformers

    return trace(folder, int8=int8)


def _settings(path: Path) -> dict:
    try:
        settings = read_json(path)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read; download the folder again.") from error
    return settings if isinstance(settings, dict) else {}


def _check_finite(folder: Path, stored: Mapping[str, Stored]) -> None:
    for name, tensor in stored.items():
        if not np.isfinite(read_tensor(folder / WEIGHTS, tensor)).all():
            raise CheckpointError(f"The model {folder} has weights that are not finite ({name}); train it again.")


def _copy(folder: Path, output: Path) -> None:
    """Copy the files of a model, its card and its licence into a new folder."""
    if output.exists():
        raise SettingsError(f"The folder {output} exists; name a new one.")
    with writing(output):
        output.mkdir(parents=True)
        names = {
            path.name for pattern in (*SEALED, "README.md", "LICENSE", "run.json") for path in folder.glob(pattern)
        }
        for name in sorted(names):
            shutil.copyfile(folder / name, output / name)


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write a file of a model, and seal the folder; until then, the folder counts as changed."""
    with writing(folder / name):
        write_whole(folder / SUMS, b"{}\n")
        write_whole(folder / name, content)
        seal(folder)
