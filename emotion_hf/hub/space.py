"""Run the page as a Space from the project's own folder, the same files as `python app.py`.

Example:
    >>> deploy_space("me/page", model="me/emotions")  # doctest: +SKIP
    'https://huggingface.co/spaces/me/page'
"""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import SpaceHardware

from emotion_hf.errors import HubError
from emotion_hf.hub.repository import Repository, check_access, exists
from emotion_hf.settings import PREFIX

ROOT = Path(__file__).parents[2]
FILES = ("app.py", "requirements.txt", "README.md", "LICENSE")
PACKAGE = "emotion_hf"
LEFT_OUT = ("__pycache__", ".DS_Store")


def deploy_space(
    repo: str, *, model: str = "", hardware: str = "", feedback: str = "", public: bool = False, root: Path = ROOT
) -> str:
    """Run the page as the Space ``repo``, and return its address.

    Args:
        repo: ``NAMESPACE/NAME``.
        model: Hub id of the model; the one that ships if empty.
        hardware: Name of the hardware on the Hub; unchanged if empty.
        feedback: Data set for corrections; without one the page saves none, because a Space's disk is not permanent.
        public: Whether everyone may open it.
        root: The project's folder.

    Raises:
        HubError: The folder is incomplete, there is no such model, or the Hub refuses.
    """
    for name in (repo, *filter(None, (model, feedback))):
        check_access(name)
    flavor = _flavor(hardware) if hardware else None
    files = space_files(root)
    if model and not exists(model, "model"):
        raise HubError(
            f"There is no model {model} on the Hub, or the token may not see it; publish it first: "
            f"emotion-hf push FOLDER {model}"
        )
    repository = Repository.open(repo, "space", public=public)
    wanted = {f"{PREFIX}MODEL": model, f"{PREFIX}FEEDBACK_REPO": feedback}
    with repository.talking() as api:  # before the files, so that the page starts with the right settings
        present = api.get_space_variables(repo)
        for name, value in wanted.items():
            if value:
                api.add_space_variable(repo, name, value)
            elif name in present:
                api.delete_space_variable(repo, name)
    url = repository.replace(files, message="Deploy by emotion-hf")
    if flavor:
        with repository.talking() as api:
            api.request_space_hardware(repo, flavor)
    return url


def space_files(root: Path) -> dict[str, Path | bytes]:
    """Return the files of the Space, by their paths in it.

    Raises:
        HubError: Some are missing, for example because only the package is installed.
    """
    if missing := [name for name in FILES if not (root / name).is_file()]:
        raise HubError(f"{root} has no {missing[0]}; deploy from a checkout of the project, where app.py is.")
    package = [path for path in sorted((root / PACKAGE).rglob("*")) if path.is_file() and not _is_left_out(path)]
    paths = [*(root / name for name in FILES), *package]
    return {path.relative_to(root).as_posix(): path for path in paths}


def _flavor(hardware: str) -> SpaceHardware:
    try:
        return SpaceHardware(hardware)
    except ValueError as error:
        known = ", ".join(SpaceHardware)
        raise HubError(f"The Hub has no hardware {hardware!r}; choose one of {known}.") from error


def _is_left_out(path: Path) -> bool:
    return any(part in LEFT_OUT for part in path.parts)
