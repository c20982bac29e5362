"""``emotion-hf models …``: list the versions of the model, promote one, or roll back.

Example:
    emotion-hf models promote retrained-3
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_hf.checkpoint import count_parameters
from emotion_hf.cli.options import Label

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
    from emotion_hf.versions import Chosen

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
            forced = manifest["forced"]
            typer.echo(f"  promoted against the gate's decision, {forced['time']}: {forced['reason']}")
    if isinstance(current, Chosen):
        typer.echo(f"* {current.name}, which is not a version: {current.source or 'the model that ships'}")
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
def use(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder or Hub id; default for the one that ships.")],
    label: Label = None,
    folder: Folder = None,
) -> None:
    """Make any model the active one. A running page switches at its next request; `rollback` undoes it.

    \b
    Example:
      emotion-hf models use runs/mine
    """
    versions = _open(folder)
    from emotion_hf.labels import parse_renaming
    from emotion_hf.recognizer import EmotionRecognizer
    from emotion_hf.versions import SHIPPED

    source = "" if model == SHIPPED and not Path(model).exists() else model
    labels = parse_renaming(label or ())
    EmotionRecognizer.from_pretrained(source or None, labels=labels or None)  # a model that fails is not used
    chosen = versions.use(source, labels)
    typer.echo(f"{chosen.name} is now the active model. To undo: emotion-hf models rollback")


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

    settings = Settings.from_environment()
    return Versions(folder or settings.models_dir)
