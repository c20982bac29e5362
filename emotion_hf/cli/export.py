"""The command ``emotion-hf export``: write a model in a format that other programs run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from emotion_hf.cells import printable
from emotion_hf.errors import SettingsError
from emotion_hf.settings import check_hub_address


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
    web: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a page that runs the model in the browser into this new folder."),
    ] = None,
    runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="With --web: folder that keeps onnxruntime-web, which npm fetches once; by default "
            "~/.cache/emotion_hf.",
        ),
    ] = None,
) -> None:
    """Write a model for other programs: its ONNX twin, or a web page that recognises emotions in the browser.

    The ONNX twin is one graph from the wave to the probabilities, and predictions with it need no torch. The web page
    needs only a web server for its files; recordings stay on the visitor's device.

    \b
    Example:
      emotion-hf export runs/mine --onnx
      emotion-hf export runs/mine --onnx --int8 --output mine-onnx
      emotion-hf export default --web page
    """
    if onnx == (web is not None):
        raise SettingsError("Name one format to write: --onnx, or --web DIR.")
    check_hub_address()
    from emotion_hf.doctor import DEFAULT_MODEL_DIR

    is_shipped = model == "default" and not Path(model).exists()
    folder = DEFAULT_MODEL_DIR if is_shipped else model
    if web is not None:
        _write_page(folder, web, runtime, has_onnx_options=int8 or output is not None)
        return
    from emotion_hf.export import export_onnx

    twin = export_onnx(folder, output, int8=int8)
    typer.echo(f"Wrote {printable(twin)} ({twin.stat().st_size / 1000:,.0f} kB)")


def _write_page(model: str | Path, output: Path, runtime: Path | None, *, has_onnx_options: bool) -> None:
    if has_onnx_options:
        raise SettingsError("The options --int8 and --output belong to --onnx; --web already names the new folder.")
    from emotion_hf.app.faces import CSS, face_svg
    from emotion_hf.export.web import export_web
    from emotion_hf.export.web_runtime import CACHE

    page = export_web(model, output, picture=face_svg, style=CSS, runtime=runtime or CACHE)
    typer.echo(
        f"Wrote {printable(page.folder)} ({page.bytes / 1e6:.1f} MB). Serve it over HTTPS, or try it here:\n"
        f"python -m http.server --bind 127.0.0.1 --directory {printable(shlex.quote(str(page.folder)))}"
    )
