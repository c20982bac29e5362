"""Options that several commands share.

Example:
    >>> def command(model: Model = "") -> None: ...
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Model = Annotated[str, typer.Option(metavar="M", help="Folder or Hub id of a model; by default the active one.")]
Channel = Annotated[int | None, typer.Option(min=0, help="Use this channel, counted from 0; by default the mean.")]
Track = Annotated[
    int | None, typer.Option(min=0, help="Use this audio track, counted from 0; by default one with sound.")
]
MaxSeconds = Annotated[float | None, typer.Option(min=1, help="Longest accepted recording; 7200 by default.")]
Label = Annotated[list[str] | None, typer.Option(metavar="OLD=NEW", help="Rename a label; repeatable.")]
Device = Annotated[str, typer.Option(metavar="D", help="Compute on cpu, cuda or mps, or auto for the best of them.")]
Backend = Annotated[
    Literal["", "auto", "torch", "onnx", "onnx-int8"],
    typer.Option(
        metavar="B",
        help="Run the network with torch, or its twin with onnx or onnx-int8; auto by default.",
    ),
]
TrustRemoteCode = Annotated[bool, typer.Option("--trust-remote-code", help="Run code that comes with a Hub model.")]
