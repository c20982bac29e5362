"""Build an ONNX graph node by node, on the tensors of a `model.safetensors` in the same folder.

A stored tensor is not copied: ONNX's external data says at which byte of `model.safetensors` it begins. A runtime
converts it to float32 when it loads the graph, together with everything else that only depends on constants.

Example:
    >>> graph = Graph({})
    >>> graph.name_output(graph.op("Mul", "x", 2.0), "twice")
    >>> file = graph.model({"x": (FLOAT, ["size"])}, {"twice": (FLOAT, ["size"])}, {"author": "me"})
    >>> [node.op_type for node in file.graph.node]
    ['Mul', 'Identity']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from emotion_hf.checkpoint import Stored
from emotion_hf.doctor import WEIGHTS

OPSET = 20
"""The first version of ONNX's operators with `Gelu`."""
IR_VERSION = 10
FLOAT, INT8, INT64 = TensorProto.FLOAT, TensorProto.INT8, TensorProto.INT64
KINDS = {"F16": TensorProto.FLOAT16, "F32": TensorProto.FLOAT}
"""Types of stored tensors, as safetensors names them."""
END = 2**31
"""Beyond the end of every axis."""

Value = str | float | int | Sequence[int] | np.ndarray
"""The name of a tensor, or a constant: a float is float32, whole numbers are int64."""
Ports = Mapping[str, tuple[int, Sequence[str | int]]]
"""Inputs or outputs: name → type and names of the axes."""


class Graph:
    """A graph that grows with each call; the methods return the names of tensors.

    Args:
        stored: Tensors of `model.safetensors`.
    """

    def __init__(self, stored: Mapping[str, Stored]):
        self._stored = stored
        self._nodes: list = []
        self._tensors: dict[str, TensorProto] = {}
        self._constants: dict[tuple, str] = {}
        self._weights: dict[str, str] = {}

    def op(self, kind: str, *inputs: Value, **attributes) -> str:
        """Add a node with one output."""
        return self._add(kind, inputs, 1, attributes)[0]

    def ops(self, kind: str, *inputs: Value, outputs: int, **attributes) -> list[str]:
        """Add a node with several outputs."""
        return self._add(kind, inputs, outputs, attributes)

    def cut(self, x: Value, start: Value, stop: Value, axis: int, step: int = 1) -> str:
        """Return a slice along one axis; a start or stop that is computed has shape `(1,)`."""
        bounds = [value if isinstance(value, str) else [int(value)] for value in (start, stop)]  # type: ignore[arg-type]
        return self.op("Slice", x, *bounds, [axis], [step])

    def shape(self, *sizes: Value) -> str:
        """Return a shape from numbers and tensors of shape `(1,)`."""
        parts = [size if isinstance(size, str) else [int(size)] for size in sizes]  # type: ignore[arg-type]
        return self.op("Concat", *parts, axis=0)

    def weight(self, name: str) -> str:
        """Return a stored tensor as float32."""
        if name not in self._weights:
            stored, tensor = self._stored[name], TensorProto()
            tensor.name, tensor.data_type, tensor.data_location = name, KINDS[stored.kind], TensorProto.EXTERNAL
            tensor.dims.extend(stored.shape)
            for key, value in (("location", WEIGHTS), ("offset", stored.start), ("length", stored.length)):
                tensor.external_data.add(key=key, value=str(value))
            self._tensors[name] = tensor
            self._weights[name] = name if stored.kind == "F32" else self.op("Cast", name, to=FLOAT)
        return self._weights[name]

    def name_output(self, x: str, name: str) -> None:
        """Give a tensor the name of an output of the graph."""
        self._nodes.append(helper.make_node("Identity", [x], [name]))

    def model(self, inputs: Ports, outputs: Ports, metadata: Mapping[str, str]) -> ModelProto:
        """Return the whole file."""
        entries, exits = (
            [helper.make_tensor_value_info(name, kind, axes) for name, (kind, axes) in ports.items()]
            for ports in (inputs, outputs)
        )
        graph = helper.make_graph(self._nodes, "emotion", entries, exits, [*self._tensors.values()])
        model = helper.make_model(
            graph, producer_name="emotion-hf", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        helper.set_model_props(model, dict(metadata))
        return model

    def _add(self, kind: str, inputs: Sequence[Value], outputs: int, attributes: Mapping) -> list[str]:
        names = [one if isinstance(one, str) else self._constant(one) for one in inputs]
        number = len(self._nodes)
        made = [f"{kind}_{number}" + (f"_{one}" if one else "") for one in range(outputs)]
        self._nodes.append(helper.make_node(kind, names, made, name=f"{kind}_{number}", **attributes))
        return made

    def _constant(self, value: float | int | Sequence[int] | np.ndarray) -> str:
        array = np.asarray(value)
        array = array.astype(np.float32 if array.dtype.kind == "f" else np.int64)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            name = f"constant_{len(self._constants)}"
            self._constants[key] = name
            self._tensors[name] = numpy_helper.from_array(array, name)
        return self._constants[key]
