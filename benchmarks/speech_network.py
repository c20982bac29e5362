"""Build the network of the speech gate, `emotion_hf/speech.onnx`: silero-vad's network, and our own last layer.

    python -m benchmarks.speech_network

The command builds the file again from the installed package silero-vad and the layer that the file has;
`benchmarks/speech_layer.py` trains another layer and builds the file with it. The graph takes frames `(frames, 576)`
and the hidden and cell state of the LSTM, and returns the evidence `(frames,)`, the hidden state after each frame
`(frames, 128)`, and both states at the end. What follows the LSTM in silero-vad's own graph is left out.
"""

from __future__ import annotations

import hashlib
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from emotion_hf.speech import NETWORK, STATE_SIZE

SOURCE = "silero_vad_16k_sequence.onnx"  # for 16 kHz, and for several frames at once
SOURCE_SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"  # silero-vad 6.2.3
LSTM = "/recurrent/LSTM_output_0"
DESCRIPTION = {
    "licence": "CC BY-NC-SA 4.0; without the last layer MIT, see speech.LICENSE",
    "network": "silero-vad 6.2.3, https://github.com/snakers4/silero-vad",
    "speech": "RAVDESS, nEMO and Selvas (CC BY-NC-SA 4.0), speakers as in benchmarks/speech_gate.py",
    "noise": "ESC-10 (CC BY 3.0) and Speech Commands (CC BY 4.0), and synthetic sounds",
}


def main() -> int:
    """Write the network again, and print its checksum."""
    write(*layer(onnx.load(NETWORK)))
    return 0


def write(weights: np.ndarray, bias: float) -> None:
    """Write the network with this last layer, and print the checksum that `emotion_hf/speech.py` must have.

    Args:
        weights: Weights on the states ``(128,)``.
        bias: What is added; the evidence is positive for speech.
    """
    content = build(weights, bias).SerializeToString()
    NETWORK.write_bytes(content)
    print(f"NETWORK_SHA256 in emotion_hf/speech.py must be {hashlib.sha256(content).hexdigest()}")


def build(weights: np.ndarray, bias: float) -> onnx.ModelProto:
    """Return silero-vad's network up to its LSTM, followed by our last layer ``(128,)``.

    Raises:
        ValueError: Another version of silero-vad is installed.
    """
    content = (Path(find_spec("silero_vad").origin).parent / "data" / SOURCE).read_bytes()  # no import: it loads torch
    if hashlib.sha256(content).hexdigest() != SOURCE_SHA256:
        raise ValueError(f"{SOURCE} is not that of silero-vad 6.2.3; install this version.")
    whole = onnx.shape_inference.infer_shapes(onnx.load_from_string(content))
    model = onnx.utils.Extractor(whole).extract_model(["input", "h", "c"], [LSTM, "hn", "cn"])
    _append_layer(model.graph, weights, bias)
    helper.set_model_props(model, DESCRIPTION)
    onnx.checker.check_model(model, full_check=True)
    return model


def layer(model: onnx.ModelProto) -> tuple[np.ndarray, float]:
    """Return weights ``(128,)`` and bias of the last layer of a network that was built here."""
    values = {value.name: numpy_helper.to_array(value) for value in model.graph.initializer}
    return values["weights"][:, 0], float(values["bias"][0])


def _append_layer(graph: onnx.GraphProto, weights: np.ndarray, bias: float) -> None:
    """Append the layer; evidence and states replace the LSTM's output ``(frames, 1, 1, 128)``."""
    values = {
        "weights": weights[:, None].astype(np.float32),
        "bias": np.array([bias], np.float32),
        "direction and batch": np.array([1, 2]),
        "column": np.array([1]),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in values.items())
    nodes = (
        ("Squeeze", [LSTM, "direction and batch"], "states"),
        ("MatMul", ["states", "weights"], "products"),
        ("Squeeze", ["products", "column"], "logits"),
        ("Add", ["logits", "bias"], "evidence"),
    )
    graph.node.extend(helper.make_node(kind, inputs, [output]) for kind, inputs, output in nodes)
    del graph.output[0], graph.value_info[:]
    graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("evidence", ["frames"]), ("states", ["frames", STATE_SIZE]))
    )


if __name__ == "__main__":
    sys.exit(main())
