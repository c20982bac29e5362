"""Check the files of a model before it is loaded: which weights they contain, and how many.

An index may only name ``.safetensors`` files in its own folder, and no configuration may describe a network far larger
than its weights: parameters are counted while the network is built, whatever its architecture.

Example:
    >>> with loading("The model", "runs/mine") as options:  # doctest: +SKIP
    ...     model = AutoModel.from_pretrained("runs/mine", adapter_kwargs=options, **options)
"""

from __future__ import annotations

import logging
import os
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    StrictDataclassError,
)
from safetensors import SafetensorError, safe_open
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)
from transformers.utils.logging import EmptyTqdm, set_tqdm_hook

from emotion_hf.checkpoint import SUMS, is_plain_name, verify
from emotion_hf.disk import read_json
from emotion_hf.errors import CheckpointError, EmotionError

# What transformers, safetensors and huggingface_hub raise on files that are missing, damaged or of another kind.
LOADING_ERRORS = (
    *(OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError, ImportError),
    *(ArithmeticError, AssertionError, MemoryError, SafetensorError, StrictDataclassError),
)
CONFIG, EXTRACTOR = "config.json", "preprocessor_config.json"
WEIGHTS, PICKLED = "model.safetensors", "pytorch_model.bin"
ADAPTER = "adapter_config.json"
BASELINE = ("baseline.json", "baseline.skops")
HUB_SECONDS = 10.0
"""How long the Hub may take for its first response."""
LARGEST = {  # numbers in the two configurations that determine memory use before any weight is loaded
    **dict.fromkeys(("feature_size", "num_mel_bins", "num_mel_filters", "num_mfcc"), 4096),
    **dict.fromkeys(("n_fft", "fft_length", "hop_length", "nb_max_frames", "max_length", "num_labels"), 65536),
    **{"n_samples": 16_000 * 3_600, "chunk_length": 3_600, "sampling_rate": 384_000},
}


@dataclass(frozen=True)
class Stored:
    """Size of stored weights.

    Attributes:
        tensors: Number of tensors.
        elements: Number of numbers in all of them.
    """

    tensors: int
    elements: int


ANY = Stored(tensors=5_000, elements=500_000_000)
"""The limit if no file states the size of a network; the largest speech encoders have this order of magnitude."""
SLACK = Stored(tensors=2_000, elements=50_000_000)
FACTOR = 4  # several numbers may be packed into one, and an unused decoder may be left out


_loading = threading.local()
"""Whether this thread is loading a model."""


class _TooLargeError(Exception):
    """A network exceeded its limit while it was built."""


@contextmanager
def loading(what: str, source: Path | str, *, pickled: bool = False) -> Iterator[dict[str, Any]]:
    """Check a model's files, then let the block load it, or raise one sentence that says why it cannot be loaded.

    The block gets options for `from_pretrained`: if the Hub cannot be reached, only downloaded files are used, because
    huggingface_hub would try to download each file for half a minute and print a line for each attempt. A model's
    `from_pretrained` needs them as `adapter_kwargs` too, because it looks for adapters with these alone.

    Args:
        what: Name for the message, such as "The model".
        source: Its folder or Hub id.
        pickled: Whether PyTorch's own files are accepted if there are no others.

    Raises:
        CheckpointError: Files are missing, damaged, changed since they were saved, or must not be loaded.
    """
    is_local = os.path.isdir(source)
    options: dict[str, Any] = {} if is_local or _is_reachable(str(source)) else {"local_files_only": True}
    folder = Path(source) if is_local else _fetched(str(source), options)
    if folder is None and options:
        remedy = "check the name and the connection, or name a folder instead"
        raise CheckpointError(
            f"{what} {source} cannot be loaded: it is not on this machine, and the Hub cannot be reached; {remedy}."
        )
    files: list[Path] = []
    if folder is not None:
        verify(folder, whole=is_local)
        files = check_files(folder, pickled=pickled)
    try:
        with building(f"{what} {source}", stored(files)), _quiet():
            yield options
    except EmotionError:
        raise
    except LOADING_ERRORS as error:
        raise CheckpointError(f"{what} {source} cannot be loaded: {' '.join(str(error).split())}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from printing a table of the weights and a progress bar while this thread loads a model.

    Whoever loads a model checks its weights and says in one sentence what is wrong.
    """
    for handler in logging.getLogger("transformers").handlers:
        handler.addFilter(_may_be_printed)
    set_tqdm_hook(_bar)
    before, _loading.is_on = getattr(_loading, "is_on", False), True
    try:
        yield
    finally:
        _loading.is_on = before


def _may_be_printed(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR or not getattr(_loading, "is_on", False)


def _bar(factory: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    return (EmptyTqdm if getattr(_loading, "is_on", False) else factory)(*args, **kwargs)


def _is_reachable(name: str) -> bool:
    """Return whether the Hub responds to a single request about a model."""
    try:
        HfApi().model_info(name, timeout=HUB_SECONDS)
    except (RepositoryNotFoundError, HFValidationError):  # transformers says which
        return True
    except (OfflineModeIsEnabled, httpx2.HTTPError):
        return False
    return True


def _fetched(name: str, options: dict[str, Any]) -> Path | None:
    """Return the folder to which the Hub's model ``name`` is fetched; ``None`` if it has no configuration."""
    found = _fetch(name, CONFIG, options)
    if found is None:
        return None
    for file in (EXTRACTOR, SUMS, ADAPTER):
        _fetch(name, file, options)
    if _fetch(name, WEIGHTS, options) is None and (index := _fetch(name, f"{WEIGHTS}.index.json", options)):
        for shard in _shards(index, (".safetensors",)):
            _fetch(name, shard, options)
    return found.parent


def fetched_baseline(name: str) -> Path | None:
    """Return the folder to which the Hub's baseline ``name`` is fetched; ``None`` if the model is a network.

    Raises:
        CheckpointError: A file cannot be fetched.
    """
    options: dict[str, Any] = {} if _is_reachable(name) else {"local_files_only": True}
    if _fetch(name, CONFIG, options) is not None or (facts := _fetch(name, BASELINE[0], options)) is None:
        return None
    for file in (*BASELINE[1:], SUMS):
        _fetch(name, file, options)
    return facts.parent


def fetched_twin(name: str, twin: str) -> Path | None:
    """Return the folder to which the Hub's model ``name`` and its ONNX twin are fetched; ``None`` if it has no twin.

    Raises:
        CheckpointError: A file cannot be fetched.
    """
    options: dict[str, Any] = {} if _is_reachable(name) else {"local_files_only": True}
    return None if _fetch(name, twin, options) is None else _fetched(name, options)


def check_files(folder: Path, *, pickled: bool = False) -> list[Path]:
    """Return the files of a model's weights, after checking its index and its configurations.

    Args:
        folder: Folder of the model.
        pickled: Whether PyTorch's own files are accepted if there are no others.

    Raises:
        CheckpointError: Something must not be loaded.
    """
    if (folder / ADAPTER).exists():
        raise CheckpointError(
            f"{folder} contains an adapter ({ADAPTER}) for another model; merge the two and save the result."
        )
    for file in (CONFIG, EXTRACTOR):
        _check_numbers(folder / file)
    kinds = {WEIGHTS: (".safetensors",)} | ({PICKLED: (".safetensors", ".bin")} if pickled else {})
    for name, suffixes in kinds.items():
        if (folder / name).is_file():
            return [folder / name]
        index = folder / f"{name}.index.json"
        if index.is_file():
            return [folder / shard for shard in _shards(index, suffixes)]
    return []


def stored(files: Sequence[Path]) -> Stored:
    """Return the size of a model's weights from the headers of their files; ``ANY`` without files.

    Raises:
        CheckpointError: A file is missing or damaged.
    """
    if not files:
        return ANY
    sizes = [_in_pickle(file) if file.suffix == ".bin" else _in_safetensors(file) for file in files]
    return Stored(sum(one.tensors for one in sizes), sum(one.elements for one in sizes))


@contextmanager
def building(what: str, size: Stored = ANY) -> Iterator[None]:
    """Stop the block if it builds networks far larger than ``size``; other threads are not counted.

    Args:
        what: What is built, for the message.
        size: Size of its weights.

    Raises:
        CheckpointError: It does.
    """
    thread, tensors, elements = threading.get_ident(), 0, 0
    most = Stored(FACTOR * size.tensors + SLACK.tensors, FACTOR * size.elements + SLACK.elements)

    def count(module: Any, name: str, tensor: Any) -> None:
        nonlocal tensors, elements
        if tensor is None or threading.get_ident() != thread:
            return
        tensors, elements = tensors + 1, elements + tensor.numel()
        if tensors > most.tensors or elements > most.elements:
            raise _TooLargeError

    hooks = [
        register(count)
        for register in (register_module_parameter_registration_hook, register_module_buffer_registration_hook)
    ]
    try:
        yield
    except _TooLargeError as error:
        than = "can be built here" if size == ANY else f"its {size.elements:,} weights"
        raise CheckpointError(
            f"{what} is described as a far larger network than {than}; correct its configuration."
        ) from error
    finally:
        for hook in hooks:
            hook.remove()


def _fetch(name: str, file: str, options: dict[str, Any]) -> Path | None:
    try:
        return Path(hf_hub_download(name, file, **options))
    except (
        OSError,
        ValueError,
    ):  # no name for a model, or not there, or not reachable: transformers says which when it looks for what it needs
        return None


def _shards(index: Path, suffixes: tuple[str, ...]) -> list[str]:
    """Return the files that an index names, all in its own folder and of an allowed kind."""
    try:
        shards = sorted({str(shard) for shard in read_json(index)["weight_map"].values()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{index} is damaged; download the folder again.") from error
    for shard in shards:
        if not is_plain_name(shard) or not shard.endswith(suffixes):
            raise CheckpointError(
                f"{index} names {shard!r}, and weights are only loaded from {' or '.join(suffixes)} files beside it; "
                "use another model."
            )
    return shards


def _check_numbers(path: Path) -> None:
    """Refuse a configuration that would fill the memory before weights are loaded, or that names other weights."""
    if not path.is_file():
        return
    try:
        values = read_json(path)
    except (OSError, ValueError):  # loading it reports this
        return
    if not isinstance(values, dict):
        return
    if "transformers_weights" in values:
        raise CheckpointError(f"{path} names other weights than {WEIGHTS} (transformers_weights); remove that entry.")
    for name, most in LARGEST.items():
        value = values.get(name)
        if isinstance(value, int | float) and not -most <= value <= most:  # also refuses NaN
            raise CheckpointError(f"{path} has {name}={value:g}; at most {most:,} can be used, so correct it.")


def _in_safetensors(file: Path) -> Stored:
    try:
        with safe_open(file, framework="pt") as weights:
            shapes = [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118 not a mapping
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be loaded: {' '.join(str(error).split())}") from error
    return Stored(len(shapes), sum(prod(shape) for shape in shapes))


def _in_pickle(file: Path) -> Stored:
    """Return the approximate size of PyTorch's own file, without unpickling it."""
    try:
        size = file.stat().st_size
        tensors = len(zipfile.ZipFile(file).namelist()) if zipfile.is_zipfile(file) else ANY.tensors
    except (OSError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{file} cannot be loaded: {error}") from error
    return Stored(tensors, size // 2)  # half precision is the smallest stored type
