"""Score waves with the ONNX twin of a model: `model.onnx` beside its weights, run by onnxruntime without torch.

The twin of a Whisper-based model has no weights of its own: its tensors are parts of `model.safetensors`. Its scores
differ from those of the network by rounding only. `emotion-hf export` writes it, and a training does so too. Whoever
asks for the network itself, for example to adapt it, gets `whole()`.

Example:
    >>> twin = load_onnx(DEFAULT_CHECKPOINT)  # doctest: +SKIP
    >>> twin.answers([wave])[0].shape  # doctest: +SKIP
    (1, 8)
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as raised

from emotion_hf.checkpoint import SUMS, Stored, stored_tensors, verify
from emotion_hf.device import choose_device
from emotion_hf.doctor import TWIN, WEIGHTS
from emotion_hf.errors import CheckpointError
from emotion_hf.voice import SpeakerStatistics

if TYPE_CHECKING:
    from emotion_hf.scorers.network import NetworkScorer

INT8_TWIN = "model.int8.onnx"
KINDS = {"F16": np.float16, "F32": np.float32}
"""Types of stored tensors, as safetensors names them, that a twin can use."""
LARGEST_SAMPLE = 1e12
BATCH_SIZE = 2
"""With a worker on each core, larger batches were no faster, and they take more memory."""
THREADS = 1
"""Threads of one prediction. `benchmarks/ONNX.md` compares numbers of threads."""
RUNTIME_ERRORS = (
    *(raised.Fail, raised.InvalidArgument, raised.InvalidGraph, raised.InvalidProtobuf, raised.NoModel),
    *(raised.NoSuchFile, raised.NotImplemented, raised.RuntimeException, raised.EPFail),
)


@dataclass(frozen=True)
class Facts:
    """What a twin says about its model, as metadata of its file.

    Attributes:
        labels: Labels of the model.
        not_sure_below: Confidence below which a prediction is "not sure".
        shortest_samples: Shortest wave that it takes.
        longest_samples: Longest wave that it takes.
        any_batch: Whether the scores of a wave do not depend on the other waves of its batch.
        sources: Files that it was made from → their checksums.
    """

    labels: tuple[str, ...]
    not_sure_below: float
    shortest_samples: int
    longest_samples: int
    any_batch: bool
    sources: dict[str, str]

    def metadata(self) -> dict[str, str]:
        """Return the facts as texts."""
        return {name: json.dumps(value) for name, value in asdict(self).items()}

    @classmethod
    def read(cls, metadata: Mapping[str, str]) -> Facts:
        """Return the facts in metadata.

        Raises:
            LookupError, ValueError: They are not those of a twin.
        """
        values = {field.name: json.loads(metadata[field.name]) for field in fields(cls)}
        return cls(**values | {"labels": tuple(values["labels"])})


class OnnxScorer:
    """The twin of a model, as a Scorer.

    Args:
        source: Folder or Hub id of the model.
        session: The twin, loaded.
        facts: What it says about the model.
        speakers: Statistics of how speakers differ, if the model has them.
    """

    def __init__(
        self,
        source: str | Path,
        session: onnxruntime.InferenceSession,
        facts: Facts,
        speakers: SpeakerStatistics | None,
    ):
        self.labels, self.not_sure_below, self.speakers = facts.labels, facts.not_sure_below, speakers
        self.batch_size = BATCH_SIZE if facts.any_batch else 1
        self._source, self._session, self._facts = source, session, facts
        self._loading = threading.Lock()
        self._whole: NetworkScorer | None = None

    def whole(self) -> NetworkScorer:
        """Return the scorer with the whole network, which is loaded with transformers when first asked for.

        Raises:
            CheckpointError: The checkpoint has changed or is gone.
        """
        from emotion_hf.scorers.network import load_network

        with self._loading:
            if self._whole is None:
                self._whole = load_network(self._source, choose_device("cpu"))
        return self._whole

    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return probabilities `(waves, labels)` of mono float32 waves at 16 kHz, and intensities `(waves,)` if
        predicted.
        """
        if not all(map(self._is_usual, waves)):
            return self.whole().answers(waves)  # its extractor says what is wrong
        lengths = np.array([len(wave) for wave in waves], dtype=np.int64)
        padded = np.zeros((len(waves), lengths.max()), dtype=np.float32)
        for row, wave in zip(padded, waves, strict=True):
            row[: len(wave)] = wave
        try:
            scores, *intensities = self._session.run(None, {"waves": padded, "lengths": lengths})
        except RUNTIME_ERRORS as error:
            raise RuntimeError(str(error)) from error  # which a caller expects of a damaged model
        return scores, intensities[0] if intensities else None

    def _is_usual(self, wave: np.ndarray) -> bool:
        """Return whether the extractor of the whole network accepts a wave."""
        facts = self._facts
        is_of_length = np.ndim(wave) == 1 and facts.shortest_samples <= len(wave) <= facts.longest_samples
        return is_of_length and bool(np.abs(wave).max() <= LARGEST_SAMPLE)  # false for NaN


def has_twin(folder: Path) -> bool:
    """Return whether a folder has a twin, and checksums that say which weights it belongs to."""
    return all(os.path.isfile(folder / name) for name in (TWIN, SUMS))  # an endless name is no error here


def load_onnx(folder: Path, *, int8: bool = False, threads: int = THREADS, hub_id: str = "") -> OnnxScorer:
    """Load the twin of the model in a folder.

    Args:
        folder: Folder of the model.
        int8: Load the twin that computes in 8 bits.
        threads: Threads of one prediction.
        hub_id: Hub id of the model, if what the twin needs was fetched into the folder.

    Raises:
        CheckpointError: There is no twin, it is damaged, or it was made from other weights.
    """
    name = INT8_TWIN if int8 else TWIN
    again = f"write it with emotion-hf export {folder} --onnx{' --int8' if int8 else ''}"
    if not folder.is_dir():
        raise CheckpointError(f"There is no model folder {folder}; check the name, or train a model.")
    if not (folder / name).is_file():
        raise CheckpointError(f"The model {folder} has no ONNX twin {name}; {again}.")
    sums = verify(folder, whole=not hub_id)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    try:
        session = onnxruntime.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])
        facts = Facts.read(session.get_modelmeta().custom_metadata_map)
    except (*RUNTIME_ERRORS, LookupError, ValueError, TypeError) as error:
        raise CheckpointError(f"The ONNX twin {folder / name} cannot be loaded; {again}.") from error
    if any(sums.get(file) != expected for file, expected in facts.sources.items()):
        raise CheckpointError(
            f"The ONNX twin {folder / name} was made from other weights or settings than the folder has; {again}."
        )
    _give_memory_back()
    return OnnxScorer(hub_id or folder, session, facts, _speaker_statistics(folder))


def read_tensor(path: Path, stored: Stored) -> np.ndarray:
    """Return a tensor of a `.safetensors` file."""
    numbers = np.fromfile(path, KINDS[stored.kind], int(np.prod(stored.shape)), offset=stored.start)
    return numbers.reshape(stored.shape)


def _give_memory_back() -> None:
    """Give memory that only the loading needed back to the system: some 90 MB, which glibc would keep."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


def _speaker_statistics(folder: Path) -> SpeakerStatistics | None:
    """Return the statistics of how speakers differ, if the model has them."""
    stored = stored_tensors(folder / WEIGHTS) if (folder / WEIGHTS).is_file() else {}
    names = ("voice.means", "voice.within")
    if not all(name in stored and stored[name].kind in KINDS for name in names):
        return None
    means, within = (read_tensor(folder / WEIGHTS, stored[name]).astype(np.float64) for name in names)
    return SpeakerStatistics(means, within) if within.any() else None
