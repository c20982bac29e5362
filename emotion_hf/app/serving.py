"""Serve the page: Gradio behind the guard, our own routes for recordings, and a socket.

Gradio's ``launch`` would let its environment variables choose the address, trust forged proxy headers from this
machine, and put nothing in front of its own middleware. So Gradio is mounted into an application of ours, and uvicorn
runs that.

Example:
    >>> serve(build_page(services), settings)  # doctest: +SKIP
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import gradio as gr
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from emotion_hf.api.serving import Api, serves
from emotion_hf.api.stream import MAX_MESSAGE_BYTES
from emotion_hf.app.connections import ImpatientProtocol
from emotion_hf.app.early import EarlyScript
from emotion_hf.app.guard import Guard
from emotion_hf.app.guard.access import Access
from emotion_hf.app.guard.cors import Cors
from emotion_hf.app.guard.counting import Counting
from emotion_hf.app.guard.guard import USER
from emotion_hf.app.guard.limits import MEGABYTE, Limits
from emotion_hf.app.guard.origins import Names, Proxies
from emotion_hf.app.lingering import Lingering
from emotion_hf.app.page import Page
from emotion_hf.app.theme import CSS, THEME
from emotion_hf.app.uploads import TAKE_RECORDINGS, Uploads
from emotion_hf.app.voices import sweeping, voices_folder
from emotion_hf.app.words import HEAD_SCRIPT, TRANSLATIONS
from emotion_hf.entry import collect_rarely
from emotion_hf.errors import SettingsError
from emotion_hf.settings import PREFIX, Settings, split_address, words

FORM_BYTES = 10_000
"""Size of a form besides the recording in it."""
STOP_SECONDS = 2
POLL_SECONDS = 0.02
"""How often Gradio's queue looks for new calls; its own value, a millisecond, takes a tenth of a core all the time."""
OTHER_THREADS = 36
"""Gradio's worker threads besides those that each waiting recording holds."""
ARRIVING = 16
"""Calls and recordings besides those that may wait: they arrive, are analysed, or are about to be refused."""
CONNECTIONS = 800
"""Open connections; a process may usually open 1,024 files."""


def mount_options(settings: Settings) -> dict[str, Any]:
    """Return Gradio's options; all are set, so that none of Gradio's environment variables decides them."""
    return {
        "path": "/",
        "root_path": settings.root_path,
        "allowed_paths": [],
        "blocked_paths": [],
        "auth_dependency": _account,
        "max_file_size": f"{settings.max_upload_megabytes}mb",
        "run_history": False,  # otherwise the browser keeps every recording
        "enable_monitoring": False,
        "show_error": False,  # errors raised for the user are shown anyway; others stay in the log
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "footer_links": [],
        "theme": THEME,
        "css": CSS,
        "js": TAKE_RECORDINGS,
        "i18n": TRANSLATIONS,
    }


def application(page: Page, settings: Settings) -> ASGIApp:
    """Return the whole server as an ASGI application.

    Raises:
        SettingsError: A name, a proxy or the root path is invalid, or the settings would make the operator's tabs
            public.
    """
    settings.check_exposure()
    uploads = Uploads(voices_folder(settings), settings.max_upload_megabytes * MEGABYTE)
    host, root_path = _root(settings.root_path)
    api = Api(page.recognition, settings, root_path, listeners=page.listeners)
    page.max_threads = settings.max_waiting + OTHER_THREADS
    page.queue(max_size=page.max_threads, api_open=False)
    page._queue.sleep_when_free = POLL_SECONDS
    page.state_session_capacity = settings.max_sessions
    page.vibe_mode = False
    gradio = Starlette(lifespan=_lifespan(settings, api))
    gr.mount_gradio_app(gradio, page, **mount_options(settings))
    # Outside Starlette's own error handling, so that a refusal while a body is read reaches the guard.
    pages = EarlyScript(Lingering(gradio, page), HEAD_SCRIPT)
    own = Router([*uploads.routes, *page.routes], redirect_slashes=False, default=pages)

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await gradio(scope, receive, send)
        elif scope["type"] == "websocket" or serves(scope["path"]):  # Gradio gets no WebSocket
            await api(scope, receive, send)
        else:
            await own(scope, receive, send)

    guard = Guard(
        behind,
        limits=_limits(settings),
        names=Names((*_names(settings.allowed_hosts), *([host] if host else []))),
        proxies=_proxies(settings.trusted_proxies),
        calls={event.api_name for event in page.fns.values() if event.api_visibility == "public"},
        access=Access(settings.accounts, settings.keys),
        cors=Cors(settings.origins),
        mcp=settings.mcp,
        metrics=settings.metrics,
        frames=settings.allowed_frames,
        root_path=root_path,
        waiting=page.waiting_clients,
        retry_seconds=page.recognition.turns.wait_seconds,
    )
    return Counting(guard, api.metrics.requested, root_path) if api.metrics else guard


def server_for(app: Any) -> uvicorn.Server:
    """Return the server that runs ``app``: it trusts no proxy, because the guard decides which to trust."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=ImpatientProtocol,
            lifespan="on",
            ws="websockets-sansio",  # /v1/stream is the only WebSocket that the guard lets in
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # sound does not compress, and a small message could expand into a large one
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )


def serve(page: Page, settings: Settings) -> None:
    """Serve ``page`` until the process is stopped, and leave no recording behind.

    Raises:
        SettingsError: The address or port cannot be used, or the settings would make the operator's tabs public.
    """
    collect_rarely()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopping a service cleans up as Ctrl+C does
    try:
        app = application(page, settings)
        with listen(settings.host, settings.port) as listening, suppress(KeyboardInterrupt):
            host, port = listening.getsockname()[:2]
            print(f"The page is at http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)  # noqa: T201
            server_for(app).run(sockets=[listening])
    finally:
        shutil.rmtree(voices_folder(settings), ignore_errors=True)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Raises:
        SettingsError: It cannot be used.
    """
    host = host.strip("[]")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        remedy = f"choose another with `emotion-hf app --port` or {PREFIX}PORT, or 0 for any free one"
        raise SettingsError(f"The page cannot listen on {host}, port {port}; {remedy}.") from error


def _lifespan(settings: Settings, api: Api) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """Return the server's lifespan, during which old recordings are removed and the API has what it needs."""
    sweep = sweeping(settings)

    @asynccontextmanager
    async def lifespan(server: object) -> AsyncIterator[None]:
        async with sweep(server), api.running():
            yield

    return lifespan


def _limits(settings: Settings) -> Limits:
    upload_bytes = settings.max_upload_megabytes * MEGABYTE
    return Limits(
        requests_per_minute=settings.requests_per_minute,
        all_requests_per_minute=10 * settings.requests_per_minute,
        all_calls_at_once=settings.max_waiting + ARRIVING,
        all_recordings_at_once=settings.max_waiting + ARRIVING,
        upload_bytes=upload_bytes + FORM_BYTES,
        upload_bytes_per_minute=2 * upload_bytes,
        message_bytes=min(Limits.message_bytes, 4 * upload_bytes // 3 + FORM_BYTES),  # base64
    )


def _account(request: HTTPConnection) -> str:
    """Return the account of a request, which the guard has checked; empty where there are no accounts."""
    return request.scope.get(USER, "")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.lower() for name in words(text))
    for name in names:
        if name != "*" and not re.fullmatch(r"(\*\.)?[\w.-]+", name):
            raise SettingsError(f"{PREFIX}ALLOWED_HOSTS has {name!r}; write only names, such as voices.example.org.")
    return names


def _proxies(text: str) -> Proxies:
    try:
        return Proxies(words(text))
    except ValueError as error:
        remedy = "write addresses or networks such as 10.0.0.0/8, or * for any address"
        raise SettingsError(f"{PREFIX}TRUSTED_PROXIES is {text!r}; {remedy}.") from error


def _root(root_path: str) -> tuple[str, str]:
    """Return the host name and the path of the address below which a proxy serves the page; both may be empty.

    Raises:
        SettingsError: It is neither a path nor an address.
    """
    if not root_path or root_path.startswith("/"):
        return "", root_path.rstrip("/")
    parts = split_address(root_path)
    if parts is None:
        remedy = "write a path such as /emotions, or an address such as https://example.org/emotions"
        raise SettingsError(f"{PREFIX}ROOT_PATH is {root_path!r}; {remedy}.")
    return parts.hostname or "", parts.path.rstrip("/")
