"""The command ``emotion-hf export``: write a model in a format that other programs run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_hf.cells import printable
from emotion_hf.errors import SettingsError


def export(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help='Folder of a model, or "default" for the one that ships.')
    ],
    onnx: Annotated[bool, typer.Option("--onnx", help="Write its ONNX twin, model.onnx.")] = False,
    int8: Annotated[
        bool, typer.Option("--int8", help="Write the twin that computes in 8 bits, model.int8.onnx, instead.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="New folder for a copy of the model with its twin; the model's own by default."
        ),
    ] = None,
) -> None:
    """Write the ONNX twin of a model: one graph from the wave to the probabilities. Predictions with it need no torch.

    \b
    Example:
      emotion-hf export runs/mine --onnx
      emotion-hf export runs/mine --onnx --int8 --output mine-onnx
    """
    if not onnx:
        raise SettingsError("Name the format to write; the only one is --onnx.")
    from emotion_hf.doctor import DEFAULT_MODEL_DIR
    from emotion_hf.export import export_onnx

    is_shipped = model == "default" and not Path(model).exists()
    twin = export_onnx(DEFAULT_MODEL_DIR if is_shipped else model, output, int8=int8)
    typer.echo(f"Wrote {printable(twin)} ({twin.stat().st_size / 1000:,.0f} kB)")
