"""Write a model in another format: the ONNX twin, which other programs and onnxruntime can run.

Example:
    >>> export_onnx(Path("runs/mine"))  # doctest: +SKIP
    PosixPath('runs/mine/model.onnx')
"""

from emotion_hf.export.twin import add_twin, export_onnx

__all__ = ["add_twin", "export_onnx"]
