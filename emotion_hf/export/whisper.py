"""The ONNX graph of a Whisper-based model: front end, encoder, pooling, head, temperature, voice and intensity.

It is written from the configuration and the header of `model.safetensors`, so nothing is computed and torch is not
needed. It has the computations of `EncoderForAudioClassification`. In the int8 graph, the convolutions and the layers'
products are computed in 8 bits with dynamic quantisation: the runtime quantises the weights, per output, when it loads
the graph, and the states when it computes. Two things keep the error small. The inputs of a product after a layer norm
are scaled so that inputs and weights have a similar range in each unit (Xiao et al. 2023, SmoothQuant; here the range
of the inputs follows from the norm's own weights). The inputs of `fc2` vary most, so each of their rows is quantised
on its own scale.

Example:
    >>> len(whisper_graph(plan, Graph(stored)).graph.node)  # doctest: +SKIP
    331
"""

from __future__ import annotations

import numpy as np
from onnx import ModelProto

from emotion_hf.export.front_end import LENGTHS, WAVES, log_mels
from emotion_hf.export.graph import END, FLOAT, INT8, INT64, Graph
from emotion_hf.export.plan import Plan

PROBABILITIES, INTENSITIES = "probabilities", "intensities"
"""Outputs of the graph: `(clips, labels)` and `(clips,)`."""
FAR = -1e9
"""Added to the attention to what is beyond a clip's end."""
EPSILON = 1e-5
LEAST_VARIANCE = 1e-6
LARGEST_INT8 = 127
LEAST_SCALE = 1e-9
LOWEST_GELU = 0.17
"""GELU is never below -0.17, so a row's greatest value or this number is its range."""
DEVIATIONS = 3.0
"""How many standard deviations the range of a unit after a layer norm covers."""


def whisper_graph(plan: Plan, graph: Graph, *, int8: bool = False, **metadata: str) -> ModelProto:
    """Return the graph of a model.

    Args:
        plan: What its configuration says.
        graph: An empty graph on its tensors, which have the shapes of `plan.shapes()`.
        int8: Whether products are computed in 8 bits.
        metadata: Texts that are kept in the file.
    """
    _Network(graph, plan, int8).add()
    inputs: dict[str, tuple[int, list]] = {WAVES: (FLOAT, ["clips", "samples"]), LENGTHS: (INT64, ["clips"])}
    outputs: dict[str, tuple[int, list]] = {PROBABILITIES: (FLOAT, ["clips", len(plan.labels)])}
    if plan.has_intensity:
        outputs[INTENSITIES] = (FLOAT, ["clips"])
    return graph.model(inputs, outputs, metadata)


class _Network:
    """The network of a plan; every method adds nodes and returns the name of a tensor.

    States are `(clips, tokens, size)`.
    """

    def __init__(self, graph: Graph, plan: Plan, int8: bool):
        self.graph, self.plan, self.int8 = graph, plan, int8
        self.op, self.weight = graph.op, graph.weight

    def add(self) -> None:
        """Add the whole network."""
        mels = log_mels(self.graph, self.plan.bands)
        own = self.graph.cut(mels.own, 0, END, 1, step=2)  # of the tokens
        states = self._stem(mels.values, self.op("Unsqueeze", mels.own, [2]), mels.frames)
        bias = self.op("Unsqueeze", self.op("Mul", self.op("Sub", 1.0, own), FAR), [1, 2])
        of_layers = [states]
        for number in range(self.plan.layers):
            states = self._layer(f"encoder.layers.{number}", states, bias)
            of_layers.append(states)
        share = self.op("Unsqueeze", self.op("Div", own, self.op("ReduceSum", own, [1])), [1])
        parts = [part for layer in self.plan.pooled_layers for part in self._pooled(of_layers[layer], share)]
        self._classify(self.op("Squeeze", self.op("Concat", *parts, axis=2), [1]))

    def _stem(self, x: str, keep: str, frames: str) -> str:
        """Return what enters the first layer; each convolution is a product with three neighbours."""
        op, cut, size = self.op, self.graph.cut, self.plan.size
        padded = op("Pad", x, [0, 1, 0, 0, 1, 0])
        near = op("Concat", cut(padded, 0, -2, 1), cut(padded, 1, -1, 1), cut(padded, 2, END, 1), axis=2)
        x = op("Mul", self._gelu(self._convolved("encoder.conv1", near, self.plan.bands)), keep)
        tokens = op("Div", op("Add", frames, [1]), [2])
        right = op("Sub", op("Add", op("Mul", tokens, [2]), [1]), frames)  # with one at the left, an even number
        padded = op("Pad", x, self.graph.shape(0, 1, 0, 0, right, 0))
        clips = cut(op("Shape", x), 0, 1, 0)
        pairs = op("Reshape", padded, self.graph.shape(clips, op("Add", tokens, [1]), 2 * size))
        near = op("Concat", cut(pairs, 0, -1, 1), cut(cut(pairs, 1, END, 1), 0, size, 2), axis=2)
        x = self._gelu(self._convolved("encoder.conv2", near, size))
        return op("Add", x, cut(self.weight("encoder.embed_positions.weight"), 0, tokens, 0))

    def _convolved(self, name: str, near: str, width: int) -> str:
        kernel = self.op("Transpose", self.weight(f"{name}.weight"), perm=[2, 1, 0])
        flat = self.op("Reshape", kernel, [3 * width, self.plan.size])
        return self._shifted(self._product(near, flat), name)

    def _layer(self, name: str, x: str, bias: str) -> str:
        op = self.op
        x = op("Add", x, self._attend(f"{name}.self_attn", x, f"{name}.self_attn_layer_norm", bias))
        first = self._after_norm(x, f"{name}.final_layer_norm", self._turned(f"{name}.fc1.weight"))
        inner = self._gelu(self._shifted(first, f"{name}.fc1"))
        second = self._product_of_rows(inner, self._turned(f"{name}.fc2.weight"))
        return op("Add", x, self._shifted(second, f"{name}.fc2"))

    def _attend(self, name: str, x: str, norm: str, bias: str) -> str:
        """Return what a layer's attention makes of states; the three projections are one product."""
        op, weight, size, heads = self.op, self.weight, self.plan.size, self.plan.heads
        together = op("Concat", *(weight(f"{name}.{part}_proj.weight") for part in "qkv"), axis=0)
        shift = op("Concat", weight(f"{name}.q_proj.bias"), np.zeros(size), weight(f"{name}.v_proj.bias"), axis=0)
        projected = op("Add", self._after_norm(x, norm, op("Transpose", together, perm=[1, 0])), shift)
        by_head = op("Reshape", projected, [0, 0, 3 * heads, size // heads])
        query, key, value = self.graph.ops("Split", by_head, outputs=3, num_outputs=3, axis=2)
        query, value = (op("Transpose", one, perm=[0, 2, 1, 3]) for one in (query, value))
        near = op("MatMul", query, op("Transpose", key, perm=[0, 2, 3, 1]))
        weights = op("Softmax", op("Add", op("Mul", near, (size // heads) ** -0.5), bias), axis=-1)
        seen = op("Transpose", op("MatMul", weights, value), perm=[0, 2, 1, 3])
        flat = op("Reshape", seen, [0, 0, size])
        return self._shifted(self._product(flat, self._turned(f"{name}.out_proj.weight")), f"{name}.out_proj")

    def _pooled(self, states: str, share: str) -> tuple[str, str]:
        """Return the mean and the deviation over a clip's own tokens, each `(clips, 1, size)`."""
        op = self.op
        mean = op("MatMul", share, states)
        away = op("Sub", states, mean)
        variance = op("MatMul", share, op("Mul", away, away))
        return mean, op("Sqrt", op("Max", variance, LEAST_VARIANCE))

    def _classify(self, embeddings: str) -> None:
        """Add the outputs, from embeddings `(clips, size)`."""
        op, weight, temperature = self.op, self.weight, self.plan.temperature
        vectors = op("Div", op("Sub", embeddings, weight("scale.mean")), weight("scale.deviation"))
        logits = self._shifted(op("MatMul", vectors, self._turned("classifier.weight")), "classifier")
        logits = op("Div", logits, float(temperature))
        logits = op("Add", logits, op("MatMul", logits, self._turned("voice.gain")))
        scores = op("Softmax", op("Sub", logits, weight("voice.offset")), axis=-1)
        self.graph.name_output(scores, PROBABILITIES)
        if self.plan.has_intensity:
            border = op("MatMul", scores, self._turned("intensity.borders.weight"))
            direction = op("MatMul", vectors, self._turned("intensity.direction.weight"))
            strength = op("Sigmoid", op("Div", op("Sub", direction, border), float(temperature)))
            self.graph.name_output(op("Squeeze", strength, [1]), INTENSITIES)

    def _gelu(self, x: str) -> str:
        return self.op("Gelu", x)

    def _shifted(self, x: str, name: str) -> str:
        """Return the sum of `x` and the bias of a part."""
        return self.op("Add", x, self.weight(f"{name}.bias"))

    def _turned(self, name: str) -> str:
        return self.op("Transpose", self.weight(name), perm=[1, 0])

    def _after_norm(self, x: str, norm: str, weights: str) -> str:
        """Return the product of states after a layer norm with `weights` `(size, outputs)`."""
        op, scale, shift = self.op, self.weight(f"{norm}.weight"), self.weight(f"{norm}.bias")
        if self.int8:
            ranges = op("Add", op("Mul", op("Abs", scale), DEVIATIONS), op("Abs", shift))
            of_weights = op("ReduceMax", op("Abs", weights), [1], keepdims=0)
            factor = op("Sqrt", op("Div", op("Max", ranges, LEAST_SCALE), op("Max", of_weights, LEAST_SCALE)))
            scale, shift = op("Div", scale, factor), op("Div", shift, factor)
            weights = op("Mul", weights, op("Unsqueeze", factor, [1]))
        normed = op("LayerNormalization", x, scale, shift, epsilon=EPSILON, axis=-1)
        return self._product(normed, weights)

    def _product_of_rows(self, x: str, weights: str) -> str:
        """Return the product of `x`, the output of a GELU, with `weights` `(size, outputs)`."""
        if not self.int8:
            return self._product(x, weights)
        ranges = self.op("Max", self.op("ReduceMax", x, [-1]), LOWEST_GELU)
        return self.op("Mul", self._product(self.op("Div", x, ranges), weights), ranges)

    def _product(self, x: str, weights: str) -> str:
        """Return the product of `x` with `weights` `(size, outputs)`, in 8 bits if wanted."""
        op = self.op
        if not self.int8:
            return op("MatMul", x, weights)
        greatest = op("ReduceMax", op("Abs", weights), [0], keepdims=0)
        step = op("Div", op("Max", greatest, LEAST_SCALE), float(LARGEST_INT8))
        whole = op("Cast", op("Round", op("Div", weights, step)), to=INT8)
        x, x_step, x_zero = self.graph.ops("DynamicQuantizeLinear", x, outputs=3)
        product = op("Cast", op("MatMulInteger", x, whole, x_zero), to=FLOAT)
        return op("Mul", product, op("Mul", x_step, step))
