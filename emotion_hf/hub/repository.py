"""A repository on the Hub, and the one way to fill it: all files in a single commit, or none.

``HfApi.upload_folder`` commits large folders piece by piece, so an interruption leaves them half published;
``create_commit`` uploads first and then changes everything at once. All failures of the Hub or the network become one
sentence, a ``HubError``.

Example:
    >>> repository = Repository.open("me/voices", "dataset")  # doctest: +SKIP
    >>> repository.replace({"README.md": b"# Voices"}, message="First words")  # doctest: +SKIP
    'https://huggingface.co/datasets/me/voices'
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import httpx2
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    ModelInfo,
    constants,
    get_token,
    set_client_factory,
)
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id
from huggingface_hub.utils._http import default_client_factory

from emotion_hf.errors import CorpusError, HubError, WriteError

Kind = Literal["model", "dataset", "space"]

ANSWER_SECONDS = 120.0  # huggingface_hub itself would wait forever
LONGEST_PAUSE_SECONDS = 60  # that a busy Hub may request between two attempts
KEPT = ".gitattributes"  # the Hub's own: which files it stores as large files
REASONS = {
    400: "the Hub refuses it",
    401: "the Hub does not accept the token; set HF_TOKEN to a valid one",
    402: "the Hub requires payment",
    403: "the token may not do this; set HF_TOKEN to one that may",
    404: "there is no such repository, or the token may not see it",
    409: "someone else is changing it right now; try again",
    412: "someone else changed it in the meantime; try again",
    413: "the Hub considers it too large",
    429: "too many requests to the Hub; try again",
}


def check_access(repo: str) -> None:
    """Check that ``repo`` is a valid name of a repository and that there is a token, before any work starts.

    The token comes from the variable ``HF_TOKEN`` or from ``hf auth login``, never from the command line, where
    other users of the machine could read it.

    Raises:
        HubError: One of these is missing, or the Hub is switched off.
    """
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise HubError(f"{repo!r} is not a valid repository name; write NAMESPACE/NAME, such as me/voices.") from error
    if repo.count("/") != 1:
        raise HubError(f"{repo!r} is not the full name of a repository; write NAMESPACE/NAME, such as me/voices.")
    if constants.is_offline_mode():
        raise HubError("The Hub is switched off by the variable HF_HUB_OFFLINE; unset it to publish.")
    if not get_token():
        raise HubError("There is no token for the Hub; set HF_TOKEN to one that may write, or run `hf auth login`.")


def exists(name: str, kind: Kind) -> bool:
    """Return whether the Hub has such a repository that the token may see.

    Raises:
        HubError: The Hub or the network failed.
    """
    set_client_factory(_client)
    with Repository(name, kind).talking() as api:
        return api.repo_exists(name, repo_type=kind)


@dataclass(frozen=True)
class Repository:
    """An existing repository with the requested visibility.

    Attributes:
        name: ``NAMESPACE/NAME``.
        kind: Model, data set or Space.
    """

    name: str
    kind: Kind

    @classmethod
    def open(cls, name: str, kind: Kind, *, public: bool = False) -> Repository:
        """Create the repository if it does not exist.

        Raises:
            HubError: It cannot be created, or an existing one has the wrong visibility.
        """
        check_access(name)
        set_client_factory(_client)
        repository = cls(name, kind)
        with repository.talking() as api:
            sdk = "gradio" if kind == "space" else None
            api.create_repo(name, repo_type=kind, private=not public, exist_ok=True, space_sdk=sdk)
            is_public = not api.repo_info(name, repo_type=kind).private
        if is_public and not public:
            raise HubError(f"{name} is public on the Hub; add --public if it may stay public.")
        if public and not is_public:
            raise HubError(f"{name} is private on the Hub; make it public on its page, or leave --public out.")
        return repository

    @property
    def url(self) -> str:
        """Address of its page."""
        folder = {"model": "", "dataset": "datasets/", "space": "spaces/"}[self.kind]
        return f"{constants.ENDPOINT}/{folder}{self.name}"

    def replace(self, files: Mapping[str, Path | bytes], *, message: str, unchanging: str = "") -> str:
        """Make ``files`` the whole content, in one commit, and return its address.

        Args:
            files: Path in the repository → file or content.
            message: Message of the commit.
            unchanging: Folder, such as ``audio/``, whose files never change under one name, so none is sent twice.

        Raises:
            HubError: It failed; the repository is unchanged.
        """
        with self.talking() as api:
            info = cast(ModelInfo, api.repo_info(self.name, repo_type=self.kind))  # the others have the same fields
            present = {file.rfilename for file in info.siblings or ()}
            operations: list[CommitOperationAdd | CommitOperationDelete] = [
                CommitOperationDelete(path) for path in sorted(present - {*files, KEPT})
            ]
            same = {path for path in present if unchanging and path.startswith(unchanging)}
            operations += [CommitOperationAdd(path, content) for path, content in files.items() if path not in same]
            api.create_commit(
                self.name, operations, commit_message=message, repo_type=self.kind, parent_commit=info.sha
            )
        return self.url

    def fetch(self, folder: Path) -> None:
        """Download the whole content into ``folder``.

        Raises:
            HubError: It failed.
        """
        with self.talking() as api:
            api.snapshot_download(self.name, repo_type=self.kind, local_dir=folder)

    def forget(self, contents: Iterable[bytes]) -> None:
        """Remove the history, and all large files except those with these contents.

        Raises:
            HubError: It failed; the newest state is unchanged.
        """
        kept = {hashlib.sha256(content).hexdigest() for content in contents}
        with self.talking() as api:
            api.super_squash_history(self.name, repo_type=self.kind)
            large = api.list_lfs_files(self.name, repo_type=self.kind)
            gone = [file for file in large if file.oid not in kept]
            api.permanently_delete_lfs_files(self.name, gone, repo_type=self.kind, rewrite_history=False)

    @contextmanager
    def talking(self) -> Iterator[HfApi]:
        """Return the Hub's client, and turn its errors into one sentence.

        Raises:
            HubError: The Hub or the network failed.
        """
        try:
            yield HfApi()
        except (CorpusError, WriteError):
            raise  # they are also a ValueError and an OSError
        # The last four: uploads (xet raises OSErrors), responses that are not JSON or lack fields.
        except (httpx2.HTTPError, OSError, ValueError, RuntimeError, KeyError) as error:
            raise HubError(f"{self.name}: {_reason(error)}.") from error


def _client() -> httpx2.Client:
    """Return huggingface_hub's own client with a time limit."""
    client = default_client_factory()
    client.timeout = httpx2.Timeout(ANSWER_SECONDS)
    client.event_hooks = client.event_hooks | {"response": [_refuse_long_pause]}
    return client


def _refuse_long_pause(response: httpx2.Response) -> None:
    """Raise an error if the Hub requests a long pause; huggingface_hub would sleep that long without a message."""
    pause = response.headers.get("Retry-After", "")
    if pause.isdigit() and int(pause) > LONGEST_PAUSE_SECONDS:
        raise HubError(f"The Hub is too busy; try again in {pause} seconds.")


def _reason(error: BaseException) -> str:
    """Return the reason of a failure in words; the error that huggingface_hub wrapped is used if there is one."""
    within = error
    while within.__cause__ is not None and not isinstance(within, httpx2.HTTPError):
        within = within.__cause__
    if isinstance(within, HubError):
        return str(within).rstrip(".")
    if isinstance(within, HfHubHTTPError):
        return _status_reason(within)
    if isinstance(error, OfflineModeIsEnabled):
        return "the Hub is switched off by the variable HF_HUB_OFFLINE"
    if isinstance(within, httpx2.TimeoutException):
        return f"the Hub did not respond within {ANSWER_SECONDS:g} seconds; try again later"
    if isinstance(within, httpx2.HTTPError):
        return f"the connection to {constants.ENDPOINT} failed; try again"
    return f"the communication with the Hub failed ({' '.join(str(error).split())})".rstrip(".")


def _status_reason(error: HfHubHTTPError) -> str:
    status = error.response.status_code
    reason = REASONS.get(status, "the Hub has an internal problem; try again later")
    if status == 429 and (pause := error.response.headers.get("Retry-After")):
        reason += f" in {pause} seconds"
    said = " ".join((error.server_message or "").split()).rstrip(".")
    return f"{reason} (status {status}{': ' + said if said and status in (400, 402, 413) else ''})"
