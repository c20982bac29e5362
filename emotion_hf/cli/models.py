"""``emotion-hf models …``: the versions of the model, which of them answers, and back to the one before.

Example:
    emotion-hf models promote retrained-3
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emotion_hf.versions import Versions

models = typer.Typer(help="Versions of the model: list, let one answer, go back.", no_args_is_help=True)

Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="Where they are; by default the page's folder.")]


@models.command(name="list")
def list_(folder: Folder = None) -> None:
    """Show the versions, oldest first; the one that answers has a star."""
    versions = _open(folder)
    current = versions.current()
    for version in versions.all():
        star = "*" if current and version.name == current.name else " "
        manifest = version.manifest
        typer.echo(f"{star} {version.name}  {manifest['created']}  from {manifest['parent']}  {version.verdict}")
        for sentence in version.advice:
            typer.echo(f"  {sentence}")
        if "forced" in manifest:
            typer.echo(f"  let answer all the same, {manifest['forced']['time']}: {manifest['forced']['reason']}")
    if current is None:
        typer.echo("No version answers, but the model that the settings name or that ships.")


@models.command()
def promote(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the version.")],
    force: Annotated[
        str, typer.Option(metavar="REASON", help="Even if the gate says no; the reason is kept in the manifest.")
    ] = "",
    folder: Folder = None,
) -> None:
    """Let a version answer from now on; a running page notices at its next request."""
    version = _open(folder).promote(name, force=force)
    typer.echo(f"{version.name} answers from now on. Back: emotion-hf models rollback")


@models.command()
def rollback(folder: Folder = None) -> None:
    """Let the version answer that did before."""
    before = _open(folder).rollback()
    who = before.name if before else "The model that the settings name or that ships"
    typer.echo(f"{who} answers from now on.")


def _open(folder: Path | None) -> Versions:
    from emotion_hf.settings import Settings
    from emotion_hf.versions import Versions

    return Versions(folder or Settings.from_environment().models_dir)
