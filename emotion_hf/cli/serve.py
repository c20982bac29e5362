"""`emotion-hf app` and `serve` start the page, for this machine or for others; `doctor` examines the environment.

Example:
    emotion-hf serve --host 0.0.0.0 --auth anna:secret
"""

from __future__ import annotations

from typing import Annotated

import typer

from emotion_hf import doctor
from emotion_hf.errors import SettingsError
from emotion_hf.settings import PREFIX, Settings

Port = Annotated[
    int | None,
    typer.Option(min=0, max=65_535, metavar="N", help="Listen on this port; 7860 by default, 0 for any free one."),
]
Host = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Listen on this address; 127.0.0.1 by default.")]


def app(host: Host = None, port: Port = None) -> None:
    """Start the page, as `python app.py` does. Its options replace settings of the environment.

    \b
    Example:
      emotion-hf app --port 8000
    """
    _serve(Settings.from_environment(host=host, port=port))


def serve(
    host: Host = None,
    port: Port = None,
    auth: Annotated[
        str | None,
        typer.Option(metavar="USER:PASSWORD", help=f"Accounts; {PREFIX}AUTH keeps them out of the list of processes."),
    ] = None,
) -> None:
    """Start the page and its HTTP API for other people. It refuses to let in everybody.

    \b
    Example:
      emotion-hf serve --host 0.0.0.0 --port 8000
    """
    settings = Settings.from_environment(host=host, port=port, auth=auth)
    if settings.is_public and not settings.accounts:
        raise SettingsError(
            f"Others can reach this page ({settings.host}), so it needs accounts: set {PREFIX}AUTH=user:password. "
            "For a page that is open to everybody, use `emotion-hf app`."
        )
    _serve(settings)


def examine(fix: Annotated[bool, typer.Option("--fix", help="Fix what can be fixed.")] = False) -> None:
    """Report problems of this environment and how to fix them, and the settings that are not the default.

    \b
    Example:
      emotion-hf doctor --fix
    """
    findings = [*doctor.examine(fix), *check_settings()]
    typer.echo(doctor.report(findings))
    raise typer.Exit(int(doctor.has_problem(findings)))


def check_settings() -> list[doctor.Finding]:
    """Return the settings that differ from the defaults; passwords and keys are not shown."""
    try:
        changed = Settings.from_environment().changed()
    except SettingsError as error:
        return [doctor.Finding("problem", str(error))]
    if not changed:
        return [doctor.Finding("ok", "All settings have their default values.")]
    return [doctor.Finding("note", f"{name} is {value}.") for name, value in changed.items()]


def _serve(settings: Settings) -> None:
    from emotion_hf.app.build import build_page
    from emotion_hf.app.services import Services
    from emotion_hf.app.serving import serve as serve_page
    from emotion_hf.hub.mirror import open_store

    serve_page(build_page(Services.open(settings, open_store(settings))), settings)
