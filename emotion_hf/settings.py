"""Settings of the operator, read from the environment here and nowhere else.

Example:
    >>> Settings.from_environment({"EMOTION_HF_MAX_SECONDS": "60"}).max_seconds
    60.0
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from emotion_hf.errors import SettingsError

PREFIX = "EMOTION_HF_"
SPACE, SPACE_HOST = "SPACE_ID", "SPACE_HOST"
"""The Hub sets these variables in every Space."""
HUB = "HF_ENDPOINT"
"""The address of another Hub than the public one; huggingface_hub reads it."""
SPACE_FRAMES = "https://huggingface.co https://*.hf.space"
"""Sites that show a Space in a frame."""
GRADIO = {"GRADIO_SERVER_NAME": "host", "GRADIO_SERVER_PORT": "port", "GRADIO_ROOT_PATH": "root_path"}
"""Gradio's variables that apply if ours are not set; Spaces and containers set them."""
REFUSED = {
    "GRADIO_ALLOWED_PATHS": "it would let the page serve files of this machine",
    "GRADIO_SHARE": "it would open the page to the internet through a tunnel",
    "GRADIO_VIBE_MODE": "it would let visitors of the page change its code",
}
"""Gradio's variables that would open what the code keeps closed. All others have no effect."""


@dataclass(frozen=True)
class Settings:
    """Settings of a running program; every field can be set as ``EMOTION_HF_<FIELD>``.

    Attributes:
        model: Folder or Hub id of the model; empty means the one that ships. A promoted version replaces it.
        trust_remote_code: Run the code that comes with a Hub model.
        device: Device that the model computes on: ``cpu``, ``cuda``, ``mps``, or ``auto`` for the best available;
            empty means CUDA if available, otherwise the CPU.
        backend: What runs the model: ``torch``, ``onnx`` or ``onnx-int8`` for its ONNX twin on the CPU, or ``auto``
            for the twin if the model has one and the device is the CPU, and torch otherwise.
        data_dir: Folder of corrections and temporary files.
        max_seconds: Longest accepted recording, in seconds.
        max_upload_megabytes: Largest upload to the page.
        analyses_at_once: Recordings that are analysed at once, each with one thread; 0 means one for each core, up to
            four.
        batching: Whether clips of different recordings are scored together while others wait.
        max_waiting: Recordings that may wait; further ones are refused and told when to try again.
        max_wait_seconds: A recording that would probably wait longer than this is refused in the same way.
        history_seconds: How long the page keeps a recording for replay; at most an hour.
        host: Address that the page listens on; ``GRADIO_SERVER_NAME`` applies if this is not set.
        port: Port that the page listens on; 0 takes any free port. ``GRADIO_SERVER_PORT`` applies if this is not set.
        root_path: Path or address below which a proxy serves the page, such as ``/emotions``; ``GRADIO_ROOT_PATH``
            applies if this is not set.
        allowed_hosts: Names under which the page can be reached, separated by spaces or commas; ``*.example.org``
            covers all names below ``example.org``. ``localhost`` and plain addresses always work, and a Space knows
            its own name.
        allowed_frames: Sites that may show the page in a frame, separated by spaces and written as in a
            ``Content-Security-Policy``; on a Space, the Hub's by default.
        trusted_proxies: Addresses or networks of proxies whose ``X-Forwarded-For`` names the client, separated by
            spaces or commas; ``*`` trusts any address, which is the default on a Space.
        auth: Accounts as ``user:password``, several separated by commas. If it is set, the whole page and its API
            require one of them (HTTP Basic, so use it behind TLS).
        api_keys: Keys of the API for programs, separated by spaces or commas, each of at least 16 letters, digits and
            ``-._~+/``. If they are set, requests below ``/v1`` and to ``/mcp`` must have one of them as
            ``Authorization: Bearer KEY``, or an account of ``auth``; the page itself stays open.
        api_origins: Websites that may call the API from a browser (CORS), as ``https://desk.example.org``, separated
            by spaces or commas; ``*`` allows any. None by default.
        mcp: Whether programs can use the model as tools of the Model Context Protocol at ``/mcp``; needs the extra
            "mcp".
        metrics: Whether monitoring programs can read figures about the load at ``/metrics``, in the format of
            Prometheus. Where others can reach the page, it needs ``api_keys`` or ``auth``.
        requests_per_minute: Requests per minute of one client, not counting files of the page itself; all clients
            together may send ten times as many. 0 sets no limit.
        max_sessions: Sessions that are kept in memory, at about 90 kB each; the oldest make room for new ones.
        allow_saving: Whether corrections can be saved; by default not on a Space without ``feedback_repo``, because
            its disk is not permanent.
        feedback_repo: Private data set on the Hub for the corrections of a page whose disk is not permanent.
        review: Whether the page has the tab Review, which plays saved recordings. A page that others can reach needs
            ``auth`` for it.
        models: Folder of the model's versions; empty means the folder "models" in ``data_dir``.
        retraining: Whether the page has the tab Models, which trains and switches versions. A page that others can
            reach needs ``auth`` for it.
        retraining_data: Corpora that the model was trained on, ``NAME=DIR NAME=DIR``, for a retraining from the page;
            without them no new version can be promoted.
        training: Whether the page has the tab Train, which starts trainings on this machine. A page that others can
            reach needs ``auth`` for it.
        training_folders: Folders, separated by spaces, below which the tab Train may read recordings; by default any
            folder if only this machine can reach the page, and none otherwise. Uploads and data sets of the Hub do not
            need it.
        transcriber: Folder or Hub id of a Whisper model that writes down the words; empty means that there are no
            transcripts. It runs on this machine, and no voice is sent anywhere.
        text_emotion: Folder or Hub id of a text-classification model that names emotions: a second opinion from the
            words of a transcript; empty means none.
        desk: Whether the page has the tab Desk, for watching many callers. A page that others can reach needs ``auth``
            for it.
        desk_database: Address of the desk's PostgreSQL database, ``postgresql://USER:PASSWORD@HOST/NAME``; empty means
            a SQLite file in the folder "desk" in ``data_dir``.
        desk_days: Days after which the desk deletes a call with everything about it; 0 keeps calls until somebody
            deletes them.
        desk_watch: Folder whose recordings the desk takes, ``CALLER/FILE.wav`` below it; empty means none.
        desk_webhook: Address to which the desk sends each alarm: https, or http on this machine; empty means none.
        max_corrections: Total number of corrections that the page saves; 0 for no limit.
        max_corrections_per_client: Number of corrections that one session may save within 24 hours; 0 for no limit.
    """

    model: str = ""
    trust_remote_code: bool = False
    device: str = ""
    backend: str = "auto"
    data_dir: Path = Path("data")
    max_seconds: float = 7200.0
    max_upload_megabytes: int = 200
    analyses_at_once: int = 0
    batching: bool = True
    max_waiting: int = 64
    max_wait_seconds: float = 600.0
    history_seconds: int = 3600
    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str = ""
    allowed_hosts: str = ""
    allowed_frames: str = ""
    trusted_proxies: str = ""
    auth: str = field(default="", repr=False)
    api_keys: str = field(default="", repr=False)
    api_origins: str = ""
    mcp: bool = False
    metrics: bool = False
    requests_per_minute: int = 600
    max_sessions: int = 1000
    allow_saving: bool = True
    feedback_repo: str = ""
    review: bool = False
    models: str = ""
    retraining: bool = False
    retraining_data: str = ""
    training: bool = False
    training_folders: str = ""
    transcriber: str = ""
    text_emotion: str = ""
    desk: bool = False
    desk_database: str = field(default="", repr=False)
    desk_days: int = 0
    desk_watch: str = ""
    desk_webhook: str = field(default="", repr=False)
    max_corrections: int = 20_000
    max_corrections_per_client: int = 200

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        host: str | None = None,
        port: int | None = None,
        auth: str | None = None,
    ) -> Settings:
        """Read settings from the environment.

        Args:
            environ: Variables; by default the process's own.
            host: Replaces the host of the environment.
            port: Replaces the port of the environment.
            auth: Replaces the accounts of the environment.

        Raises:
            SettingsError: A variable is unknown, its value is invalid, or the settings together would make the
                operator's tabs public.
        """
        environ = os.environ if environ is None else environ
        check_hub_address(environ)
        for name, reason in REFUSED.items():
            if environ.get(name, "").lower() not in ("", "0", "false"):
                raise SettingsError(f"{name} must not be set, because {reason}; remove it.")
        known = {PREFIX + field.name.upper(): field for field in fields(cls)}
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise SettingsError(f"Unknown variable {unknown[0]}; the known variables are {', '.join(sorted(known))}.")
        values = {known[name].name: _convert(name, known[name].default, value) for name, value in given.items()}
        for name, own in GRADIO.items():
            if environ.get(name):
                values.setdefault(own, _convert(name, known[f"{PREFIX}{own.upper()}"].default, environ[name]))
        if SPACE in environ:
            for name, value in _of_a_space(environ, values.get("feedback_repo")).items():
                values.setdefault(name, value)
        given_here = (("host", host), ("port", port), ("auth", auth))
        values |= {name: value for name, value in given_here if value is not None}
        settings = cls(**values)
        settings.check_exposure()
        return settings

    def changed(self) -> dict[str, str]:
        """Return the variable and the value of each setting that differs from its default; secrets are only "set"."""
        values = {one: getattr(self, one.name) for one in fields(self)}
        return {
            PREFIX + one.name.upper(): str(value) if one.repr else "set"
            for one, value in values.items()
            if value != one.default
        }

    @property
    def feedback_dir(self) -> Path:
        """Folder of the corrections, a ``datasets`` audiofolder."""
        return self.data_dir / "feedback"

    @property
    def desk_dir(self) -> Path:
        """Folder of the desk: its recordings, and its database unless ``desk_database`` names another."""
        return self.data_dir / "desk"

    @property
    def models_dir(self) -> Path:
        """Folder of the model's versions."""
        return Path(self.models) if self.models else self.data_dir / "models"

    @property
    def runs_dir(self) -> Path:
        """Folder of the models that were trained from the page."""
        return self.data_dir / "runs"

    @property
    def jobs_dir(self) -> Path:
        """Folder of the queue of trainings."""
        return self.data_dir / "jobs"

    def for_processes(self) -> dict[str, str]:
        """Return the environment of a process that uses the same folders in whatever folder it runs."""
        absolute = {"data_dir": self.data_dir, "models": self.models_dir}
        return {**os.environ, **{PREFIX + name.upper(): str(path.resolve()) for name, path in absolute.items()}}

    @property
    def accounts(self) -> dict[str, str]:
        """Users and their passwords.

        Raises:
            SettingsError: ``auth`` does not have the form ``user:password``; the message does not repeat it.
        """
        pairs = [pair.strip().partition(":") for pair in self.auth.split(",")] if self.auth else []
        if any(not user or not password for user, _, password in pairs):
            raise SettingsError(f"{PREFIX}AUTH must be user:password, or several of them separated by commas.")
        return {user: password for user, _, password in pairs}

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the API.

        Raises:
            SettingsError: One is too short, or has other characters; the message does not repeat it.
        """
        keys = words(self.api_keys)
        if not all(_KEY.fullmatch(key) for key in keys):
            needed = "at least 16 letters, digits and -._~+/"
            raise SettingsError(f"A key in {PREFIX}API_KEYS cannot be used; give each {needed}.")
        return keys

    @property
    def origins(self) -> tuple[str, ...]:
        """Websites that may call the API.

        Raises:
            SettingsError: One is not an origin.
        """
        origins = words(self.api_origins)
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise SettingsError(
                    f"{PREFIX}API_ORIGINS has {origin!r}; write origins such as https://desk.example.org, or *."
                )
        return origins

    @property
    def is_public(self) -> bool:
        """Whether anyone but this machine's own users can reach the page."""
        return not _is_loopback(self.host) or bool(self.allowed_hosts or self.trusted_proxies)

    def check_exposure(self) -> None:
        """Refuse settings that would let the public play saved recordings, see callers, switch models or read figures.

        Raises:
            SettingsError: The page is public and has an operator's tab, but no accounts; or it has figures, but
                neither accounts nor keys.
        """
        if self.accounts or not self.is_public:
            return
        if self.metrics and not self.keys:
            raise SettingsError(
                f"{PREFIX}METRICS is on and others can reach this page ({self.host}), so the figures need a key: set "
                f"{PREFIX}API_KEYS or {PREFIX}AUTH, or {PREFIX}HOST=127.0.0.1."
            )
        for name in ("review", "retraining", "training", "desk"):
            if getattr(self, name):
                raise SettingsError(
                    f"{PREFIX}{name.upper()} is on and others can reach this page ({self.host}), so the page needs "
                    f"accounts: set {PREFIX}AUTH=user:password, or {PREFIX}HOST=127.0.0.1."
                )


def words(text: str) -> tuple[str, ...]:
    """Return the words of a setting that takes several, separated by spaces or commas."""
    return tuple(word for word in re.split(r"[\s,]+", text) if word)


def check_hub_address(environ: Mapping[str, str] | None = None) -> None:
    """Refuse a malformed address of the Hub, before huggingface_hub is imported and fails with it.

    Args:
        environ: Variables; by default the process's own.

    Raises:
        SettingsError: It is not an http or https address.
    """
    address = (os.environ if environ is None else environ).get(HUB)
    if address is None:
        return
    parts = split_address(address)
    if parts is None or parts.query or parts.fragment or re.search(r"\s", address):
        raise SettingsError(
            f"{HUB} is {address!r}; write the address of a Hub such as https://hub.example.org, or unset it."
        )


def split_address(text: str) -> SplitResult | None:
    """Return the parts of an http or https address; `None` if the text is not one.

    Example:
        >>> split_address("https://example.org/emotions").hostname, split_address("nonsense")
        ('example.org', None)
    """
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # also raised by its host name and its port
        return None
    return parts if is_one else None


def _of_a_space(environ: Mapping[str, str], feedback_repo: str | None) -> dict[str, Any]:
    """Return the defaults on a Space: it is behind the Hub's proxy, and the Hub shows it in a frame."""
    return {
        "host": "0.0.0.0",  # noqa: S104 - a Space is reached only through the Hub's proxy
        "allowed_hosts": environ.get(SPACE_HOST) or "*.hf.space",
        "allowed_frames": SPACE_FRAMES,
        "trusted_proxies": "*",
        "allow_saving": bool(feedback_repo),
    }


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _convert(name: str, default: Any, value: str) -> Any:
    if isinstance(default, bool):
        if value.lower() not in _BOOLEANS:
            raise SettingsError(f"{name} is {value!r}; use one of {', '.join(_BOOLEANS)}.")
        return _BOOLEANS[value.lower()]
    kind = type(default) if not isinstance(default, Path) else Path
    try:
        converted: Any = kind(value)
    except ValueError as error:
        raise SettingsError(f"{name} is {value!r}; it must be {_KINDS[kind]}.") from error
    if kind in (int, float) and not converted >= 0:  # also refuses NaN, which would disable a limit
        raise SettingsError(f"{name} is {value!r}; it must be 0 or more.")
    if name in _LARGEST and converted > _LARGEST[name]:
        raise SettingsError(f"{name} is {value!r}; it must be at most {_LARGEST[name]}.")
    return converted


_KEY = re.compile(r"[\w.~+/-]{16,}", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_KINDS = {int: "a whole number", float: "a number"}
_LARGEST = {f"{PREFIX}PORT": 65_535, "GRADIO_SERVER_PORT": 65_535, f"{PREFIX}HISTORY_SECONDS": 3_600}
