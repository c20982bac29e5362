"""``emotion-hf backup`` and ``emotion-hf restore``: the desk in one file.

Example:
    emotion-hf backup desk.zip
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion_hf.cells import printable

if TYPE_CHECKING:
    from emotion_hf.desk import Desk

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="A .zip file.")]


def backup(path: Backup) -> None:
    """Back up the desk into one file. Rows and recordings; the desk goes on working.

    \b
    Example:
      emotion-hf backup desk.zip
    """
    from emotion_hf.desk.backup import back_up

    found = back_up(_desk(), path)
    typer.echo(f"Wrote {printable(path)}: callers {found.callers:,}, calls {found.calls:,}.")


def restore(path: Backup) -> None:
    """Restore a backup into an empty desk. A damaged file changes nothing.

    \b
    Example:
      emotion-hf restore desk.zip
    """
    from emotion_hf.desk.backup import restore

    found = restore(_desk(), path)
    typer.echo(f"Restored {printable(path)}: callers {found.callers:,}, calls {found.calls:,}.")


def _desk() -> Desk:
    from emotion_hf.desk import Desk
    from emotion_hf.settings import Settings

    return Desk.open(Settings.from_environment())
