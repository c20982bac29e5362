"""Trace the network of a model with torch, for its ONNX twin: the spectrogram and waveform families, and Wav2Vec2.

The twin takes waves, so the front end is traced with the network. Afterwards it has to give the same probabilities as
the network for clips of several lengths, alone and in a batch; otherwise it is not written.

Example:
    >>> Path("model.onnx").write_bytes(trace(Path("runs/cnn")))  # doctest: +SKIP
    1384512
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn
from torch.export import Dim

from emotion_hf.errors import CheckpointError
from emotion_hf.export.front_end import LENGTHS, WAVES
from emotion_hf.export.whisper import INTENSITIES, PROBABILITIES
from emotion_hf.models import (
    EncoderForAudioClassification,
    SpectrogramForAudioClassification,
    WaveformForAudioClassification,
)
from emotion_hf.models.encoder.states_encoder import MASKED
from emotion_hf.scorers.network import NetworkScorer, load_network
from emotion_hf.soundness import synthetic_seconds

TRACED_SAMPLES = (17_600, 11_200, 14_400)
"""Lengths of the clips of the batch that is traced."""
CHECKED_SAMPLES = ((1_600,), (40_123,), (23_456, 16_000, 8_000))
"""Lengths of the clips of the batches that are compared."""
TOLERANCE = 1e-4
LEAST_DEVIATION, LEAST_VARIANCE = 1e-7, 1e-7

FrontEnd = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""Waves `(clips, samples)` and lengths `(clips,)` → what the network takes, and its mask."""


class WaveToScores(nn.Module):
    """A network with its front end."""

    def __init__(self, network: nn.Module, front_end: FrontEnd):
        super().__init__()
        self.network, self.front_end = network, front_end

    def forward(self, waves: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return probabilities `(clips, labels)`, and intensities `(clips,)` if the network predicts them."""
        values, mask = self.front_end(waves, lengths)
        output = self.network(values, attention_mask=mask)
        intensity = output.get("intensity")
        return (output.logits.softmax(-1), *(() if intensity is None else (intensity,)))


def trace(folder: Path, *, int8: bool = False) -> bytes:
    """Return the twin of the model in a folder.

    Raises:
        CheckpointError: The model cannot be loaded, or cannot be traced.
    """
    from emotion_hf.export.twin import facts_of

    scorer = load_network(folder, torch.device("cpu"))
    front_end = _front_end(scorer)
    if front_end is None:
        raise CheckpointError(
            f"The model {folder} has no ONNX twin: only the spectrogram and waveform families and encoders of the "
            "kinds Whisper, Wav2Vec2, HuBERT and WavLM have one."
        )
    if int8:
        raise CheckpointError(f"The model {folder} has no 8-bit twin; only Whisper-based models have one.")
    network = WaveToScores(scorer.model, front_end).eval()
    names = [PROBABILITIES, INTENSITIES][: len(network(*_batch(TRACED_SAMPLES)))]
    model = _traced(folder, network, names)
    facts = facts_of(folder, scorer.labels, scorer.not_sure_below, any_batch=scorer.batch_size > 1)
    for name, value in facts.metadata().items():
        model.metadata_props.add(key=name, value=value)
    content = model.SerializeToString(deterministic=True)
    _check(folder, network, content)
    return content


def _traced(folder: Path, network: WaveToScores, names: list[str]):
    for name in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network,
                _batch(TRACED_SAMPLES),
                dynamo=True,
                dynamic_shapes=({0: Dim.DYNAMIC, 1: Dim.DYNAMIC}, {0: Dim.DYNAMIC}),
                input_names=[WAVES, LENGTHS],
                output_names=names,
                verbose=False,
            )
    except ImportError as error:
        raise CheckpointError(
            f"To trace the model {folder}, the package onnxscript is needed: pip install onnxscript."
        ) from error
    except (torch.onnx.OnnxExporterError, RuntimeError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"The model {folder} cannot be traced for its ONNX twin: {reason}") from error
    return program.model_proto


@torch.inference_mode()
def _check(folder: Path, network: WaveToScores, content: bytes) -> None:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for samples in CHECKED_SAMPLES:
        batch = _batch(samples)
        found = session.run(None, dict(zip((WAVES, LENGTHS), (one.numpy() for one in batch), strict=True)))
        for one, expected in zip(found, network(*batch), strict=True):
            difference = float(np.abs(one - expected.numpy()).max())
            if not difference <= TOLERANCE:
                raise CheckpointError(
                    f"The ONNX twin of {folder} would differ from its network by {difference:.2g}; use the network."
                )


def _front_end(scorer: NetworkScorer) -> FrontEnd | None:
    """Return the front end of a network, as part of a graph; `None` if it has none."""
    network, extractor = scorer.model, scorer.extractor
    if isinstance(network, SpectrogramForAudioClassification):
        return _FramesFirst(extractor.front_end)
    if isinstance(network, WaveformForAudioClassification):
        return _standardized if extractor.do_normalize else _as_recorded
    if isinstance(network, EncoderForAudioClassification) and network.encoder.config.model_type in MASKED:
        return _of_one_level
    return None


class _FramesFirst(nn.Module):
    """The front end of the spectrogram family, with the axes as its network takes them."""

    def __init__(self, front_end: nn.Module):
        super().__init__()
        self.front_end = front_end

    def forward(self, waves: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features, mask = self.front_end(waves, lengths)
        return features.permute(0, 3, 1, 2), mask


def _inside(waves: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    return torch.arange(waves.shape[1], device=waves.device) < lengths[:, None]


def _as_recorded(waves: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return waves, _inside(waves, lengths)


def _standardized(waves: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Do what transformers' `Wav2Vec2FeatureExtractor` does: mean 0 and variance 1."""
    inside, count = _inside(waves, lengths), lengths[:, None]
    centred = (waves - waves.sum(1, keepdim=True) / count) * inside
    variance = centred.square().sum(1, keepdim=True) / count
    return centred / (variance + LEAST_VARIANCE).sqrt(), inside


def _of_one_level(waves: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Do what `EncoderFeatureExtractor` does with samples: mean 0 and a root mean square of 1."""
    inside, count = _inside(waves, lengths), lengths[:, None]
    centred = (waves - waves.sum(1, keepdim=True) / count) * inside
    deviation = (centred.square().sum(1, keepdim=True) / count).sqrt()
    return centred / deviation.clamp(min=LEAST_DEVIATION), inside


def _batch(samples: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return clips of these lengths, cut from the synthetic sounds, as the inputs of the graph."""
    sound = np.tile(np.concatenate(synthetic_seconds()), 2)
    waves = [torch.from_numpy(sound[1_000 * number :][:length]) for number, length in enumerate(samples)]
    return torch.nn.utils.rnn.pad_sequence(waves, batch_first=True), torch.tensor(samples)
