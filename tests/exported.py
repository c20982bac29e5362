"""Check that a network gives the same logits exported or compiled, for other lengths and batch sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch.export import Dim
from transformers import PreTrainedModel

from emotion_hf.testing import synthetic_voice

TRACED, OTHERS = (1.1, 0.7, 0.9), ((1.5, 0.5), (0.8,))
"""Seconds of the clips of a batch: the one that is traced, and those that are compared."""
Inputs = Callable[..., Mapping[str, torch.Tensor]]


def voices(*seconds: float) -> list[np.ndarray]:
    """Return different voices of these lengths."""
    return [synthetic_voice(length, seed=seed) for seed, length in enumerate(seconds)]


def assert_exports(model: PreTrainedModel, inputs: Inputs, *, dynamic_length: bool = True) -> None:
    """Export a model for any batch size and length, and compare logits.

    Args:
        model: In evaluation mode.
        inputs: Called with the seconds of the clips of a batch.
        dynamic_length: Whether the batch may have any length; otherwise it always has the same.
    """
    axes = {0: Dim.DYNAMIC, 1: Dim.DYNAMIC} if dynamic_length else {0: Dim.DYNAMIC}
    traced = dict(inputs(*TRACED))
    with torch.no_grad():
        program = torch.export.export(model, (), traced, dynamic_shapes=dict.fromkeys(traced, axes)).module()
        for seconds in OTHERS:
            batch = dict(inputs(*seconds))
            torch.testing.assert_close(program(**batch).logits, model(**batch).logits, atol=1e-5, rtol=0)


def assert_compiles(model: PreTrainedModel, inputs: Inputs, *, fullgraph: bool = True, any_size: bool = False) -> None:
    """Compile a model (graphs only: code takes minutes), and compare logits.

    Args:
        model: In evaluation mode.
        inputs: Called with the seconds of the clips of a batch.
        fullgraph: Whether it must become one graph.
        any_size: Whether the graph must be for any batch size and length. This takes three times as long, and
            `assert_exports` checks the same of every network, so one network of a kind is enough.
    """
    torch._dynamo.reset()
    model(**inputs(*TRACED))  # on its first call, transformers installs what collects hidden states, behind a lock
    compiled = torch.compile(model, backend="eager", fullgraph=fullgraph, dynamic=any_size)
    for seconds in (TRACED, OTHERS[0]) if any_size else (TRACED,):
        batch = dict(inputs(*seconds))
        with torch.no_grad():
            torch.testing.assert_close(compiled(**batch).logits, model(**batch).logits, atol=1e-5, rtol=0)
