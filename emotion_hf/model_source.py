"""Where a model comes from: a folder or the Hub; and whether all its weights were found there.

Example:
    >>> is_local("someone/whisper-small"), is_local("runs/2026/whisper")
    (False, True)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from emotion_hf.errors import CheckpointError
from emotion_hf.settings import check_hub_address


def is_local(source: str | Path) -> bool:
    """Return whether ``source`` is a folder, even a missing one: `runs/mine` is one if there is a folder `runs`."""
    path = Path(source)
    in_known_folder = str(path.parent) != "." and os.path.isdir(path.parent)
    return isinstance(source, Path) or os.path.exists(path) or len(path.parts) > 2 or in_known_folder


def check_folder(folder: Path, files: Iterable[str]) -> None:
    """Check that a model's folder exists and contains these files, or their indices.

    Raises:
        CheckpointError: It does not.
    """
    if not os.path.isdir(folder):
        raise CheckpointError(f"There is no model folder {folder}; check the name, or train a model.")
    for file in files:
        if not (folder / file).is_file() and not (folder / f"{file}.index.json").is_file():
            raise CheckpointError(f"The model folder {folder} has no {file}; retrain it, or run emotion-hf doctor.")


def check_hub_id(name: str) -> None:
    """Refuse a wrong name at once: without a network, transformers would try for a minute.

    Raises:
        CheckpointError: The Hub has no such model, or cannot be reached.
        SettingsError: The address of the Hub is malformed.
    """
    check_hub_address()
    import httpx2  # a model in a folder needs no Hub
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled

    try:
        is_here = any(isinstance(try_to_load_from_cache(name, file), str) for file in ("config.json", "baseline.json"))
        if is_here or HfApi().repo_exists(name):
            return
        reason = "and no such model on the Hub; check the name, or run `hf auth login` if it is private"
    except HFValidationError:
        reason = "and it is no valid name on the Hub; check the name"
    except (OfflineModeIsEnabled, httpx2.HTTPError):
        reason = "and the Hub, which may have this model, cannot be reached; check the name"
    raise CheckpointError(f"The model {name} cannot be loaded: there is no such folder, {reason}.")


def check_all_loaded(source: object, info: Mapping[str, Iterable]) -> None:
    """Refuse a model with untrained weights; ``info`` is what transformers reports with ``output_loading_info``.

    Raises:
        CheckpointError: Weights are missing, unexpected or mismatched.
    """
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        keys = sorted(str(key) for key in info[kind])
        if keys:
            shown = ", ".join(keys[:3]) + (" …" if len(keys) > 3 else "")
            kind = kind.removesuffix("_keys")
            remedy = "so its predictions would be random; train it again, or use another model"
            raise CheckpointError(f"The model {source} has {kind} weights ({shown}), {remedy}.")
