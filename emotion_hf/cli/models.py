"""``emotion-hf models …``: list the versions of the model, promote one, or roll back.

Example:
    emotion-hf models promote retrained-3
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_hf.checkpoint import count_parameters

if TYPE_CHECKING:
    from emotion_hf.versions import Versions

models = typer.Typer(
    help="Versions of the model: list, promote, roll back.\n\n\b\nExample:\n  emotion-hf models list",
    no_args_is_help=True,
)

Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the versions; by default the page's.")]


@models.command(name="list")
def list_(folder: Folder = None) -> None:
    """List the versions, oldest first; a star marks the active one.

    \b
    Example:
      emotion-hf models list
    """
    versions = _open(folder)
    current = versions.current()
    for version in versions.all():
        star = "*" if current and version.name == current.name else " "
        manifest = version.manifest
        count = count_parameters(version.folder)
        size = f"{count:,} parameters  " if count else ""
        typer.echo(f"{star} {version.name}  {manifest['created']}  from {manifest['parent']}  {size}{version.verdict}")
        for sentence in version.advice:
            typer.echo(f"  {sentence}")
        if "forced" in manifest:
            typer.echo(f"  promoted against the gate, {manifest['forced']['time']}: {manifest['forced']['reason']}")
    if current is None:
        typer.echo("No version is active; the model that the settings name or that ships is used.")


@models.command()
def promote(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the version.")],
    force: Annotated[
        str, typer.Option(metavar="REASON", help="Promote it even if the gate says no; the manifest keeps the reason.")
    ] = "",
    folder: Folder = None,
) -> None:
    """Make a version the active model. A running page switches at its next request.

    \b
    Example:
      emotion-hf models promote retrained-3
    """
    version = _open(folder).promote(name, force=force)
    typer.echo(f"{version.name} is now the active model. To undo: emotion-hf models rollback")


@models.command()
def rollback(folder: Folder = None) -> None:
    """Make the previous version active again.

    \b
    Example:
      emotion-hf models rollback
    """
    before = _open(folder).rollback()
    who = before.name if before else "The model that the settings name or that ships"
    typer.echo(f"{who} is now the active model.")


def _open(folder: Path | None) -> Versions:
    from emotion_hf.settings import Settings
    from emotion_hf.versions import Versions

    return Versions(folder or Settings.from_environment().models_dir)
