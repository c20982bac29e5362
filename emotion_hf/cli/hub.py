"""Commands that write to the Hub: ``emotion-hf push``, ``push-feedback`` and ``space deploy``.

The token comes from the variable ``HF_TOKEN`` or from ``hf auth login``. There is no option for it, because other
users of the machine can read the command line.

Example:
    emotion-hf push runs/default me/emotions
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from emotion_hf.disk import writing
from emotion_hf.errors import SettingsError
from emotion_hf.licences import LICENCES, check_licence
from emotion_hf.settings import Settings, check_hub_address

space = typer.Typer(
    help="Put the page on the Hub.\n\n\b\nExample:\n  emotion-hf space deploy me/emotions", no_args_is_help=True
)

Repo = Annotated[str, typer.Argument(metavar="REPO", help="NAMESPACE/NAME on the Hub; created if it does not exist.")]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a trained model or baseline.")]
Licence = Annotated[
    str, typer.Option(metavar="ID", help=f"Licence of your own recordings: {', '.join(LICENCES)}.", show_default=False)
]
Language = Annotated[
    list[str] | None, typer.Option(metavar="xx", help="Language of your own recordings, such as de; repeatable.")
]
Public = Annotated[bool, typer.Option("--public", help="Visible to everyone; private by default.")]


def push(
    model: Model,
    repo: Repo,
    public: Public = False,
    message: Annotated[str, typer.Option(metavar="TEXT", help="Message of the commit.")] = "Push by emotion-hf",
    licence: Licence = "",
    language: Language = None,
) -> None:
    """Publish a model on the Hub with its code, card and licence. The token is read from HF_TOKEN.

    A folder without a card (README.md) gets one, and you are told what it lacks.

    \b
    Example:
      emotion-hf push runs/mine me/emotions --licence cc-by-4.0 --language de
    """
    check_hub_address()
    from emotion_hf.hub.push import push_model

    pushed = push_model(
        model, repo, public=public, message=message, licence=check_licence(licence), languages=language or ()
    )
    _tell(pushed.gaps)
    typer.echo(f"The model is at {pushed.url}")


def card(model: Model, licence: Licence = "", language: Language = None) -> None:
    """Write the card of a model, README.md, so that you can edit it before it is published.

    \b
    Example:
      emotion-hf card runs/mine --licence cc-by-4.0 --language de
    """
    check_hub_address()
    from emotion_hf.hub.card import gaps, make_card

    path = model / "README.md"
    if path.exists():
        raise SettingsError(f"{path} exists, perhaps with your own changes; move it away first.")
    text = make_card(model, licence=check_licence(licence), languages=language or ())
    with writing(path):
        path.write_text(text, encoding="utf-8")
    _tell(gaps(text))
    typer.echo(f"Wrote {path}")


def _tell(gaps: Sequence[str]) -> None:
    for gap in gaps:
        typer.echo(f"The card lacks {gap}.", err=True)


def push_feedback(repo: Repo, public: Public = False) -> None:
    """Publish the corrections with consent as a data set. What was deleted here is deleted there.

    \b
    Example:
      emotion-hf push-feedback me/corrections
    """
    settings = Settings.from_environment()
    from emotion_hf.hub.feedback import publish_feedback

    published = publish_feedback(settings.feedback_dir, repo, public=public)
    if published.url:
        recordings = "1 recording is" if published.recordings == 1 else f"{published.recordings} recordings are"
        typer.echo(f"{recordings} at {published.url}")
    else:
        typer.echo("No saved recording may be published; nothing was pushed.")


@space.command()
def deploy(
    repo: Repo,
    model: Annotated[
        str, typer.Option(metavar="REPO", help="A model on the Hub; by default the one that ships.")
    ] = "",
    hardware: Annotated[str, typer.Option(metavar="NAME", help="Such as t4-small; by default a free CPU.")] = "",
    feedback: Annotated[str, typer.Option(metavar="REPO", help="Private data set that keeps corrections.")] = "",
    public: Public = False,
) -> None:
    """Run the page as a Space, from the same files as `python app.py`.

    \b
    Example:
      emotion-hf space deploy me/emotions --model me/model
    """
    check_hub_address()
    from emotion_hf.hub.space import deploy_space

    typer.echo(
        f"The page is at {deploy_space(repo, model=model, hardware=hardware, feedback=feedback, public=public)}"
    )
    if model or feedback:
        typer.echo("Add a token of yours to the Space as its secret HF_TOKEN, unless it only reads public models.")
