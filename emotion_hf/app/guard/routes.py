"""Which routes the page needs, and which of Gradio's stay closed. A route on neither list is closed too.

A test walks through all routes of the app and fails when one is on neither list, so a new version of Gradio cannot
open one unnoticed.

Example:
    >>> find("POST", "/gradio_api/upload").body
    'upload'
    >>> find("POST", "/gradio_api/process_recording") is None
    True
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from emotion_hf.app.guard.refusals import Refusal

Body = Literal["none", "json", "sound", "upload", "recording", "message"]
"""What a request may carry; a ``recording`` is an upload that is analysed at once, and a ``message`` is one of MCP."""
Reach = Literal["page", "program", "anyone"]
"""Whom a route is for: visitors of the page, programs that may have a key, or anyone without an account or a key."""
WEBSOCKET = "WEBSOCKET"
"""Stands for the method of a request that opens a WebSocket."""


@dataclass(frozen=True)
class Route:
    """A route that is open.

    Attributes:
        template: The path as Gradio declares it; a ``{name}`` stands for one segment, ``{name:path}`` for several.
        methods: Its methods.
        body: What its request may carry.
        counts: Whether it counts for the client's rate. The page's own files do not: one visit loads a hundred.
        reach: Whom it is for.
    """

    template: str
    methods: tuple[str, ...] = ("GET", "HEAD")
    body: Body = "none"
    counts: bool = True
    reach: Reach = "page"

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request matches this route; ``path`` is decoded."""
        return method in self.methods and _pattern(self.template).fullmatch(path) is not None


def _page_file(template: str) -> Route:
    return Route(template, counts=False)


def _json(template: str) -> Route:
    return Route(template, ("POST",), "json")


def _for_programs(template: str, method: str, body: Body = "none") -> Route:
    return Route(template, (method,), body, reach="program")


API, MCP, METRICS = "/gradio_api", "/mcp", "/metrics"
OPEN = (
    Route("/"),
    Route("/config"),
    Route("/config/"),
    _page_file("/assets/{path:path}"),
    _page_file("/static/{path:path}"),
    _page_file("/theme.css"),
    _page_file(f"{API}/theme.css"),
    _page_file("/favicon.ico"),
    _page_file("/manifest.json"),
    _page_file("/robots.txt"),
    Route(f"{API}/info"),
    Route(f"{API}/info/"),
    Route(f"{API}/heartbeat/{{session_hash}}", ("GET",)),
    _json(f"{API}/queue/join"),
    Route(f"{API}/queue/data", ("GET",)),
    _json(f"{API}/cancel"),
    _json(f"{API}/call/{{api_name}}"),
    _json(f"{API}/call/{{api_name}}/"),
    Route(f"{API}/call/{{api_name}}/{{event_id}}", ("GET",)),
    Route("/live", ("POST",), "sound"),  # served by listening.py, as is the next one
    Route("/live", ("DELETE",)),
    Route("/desk/changes", ("GET",)),  # served by the tab Desk, as are the next two
    Route("/desk/recordings/{call}", ("GET",)),
    Route("/desk/exports/{caller}", ("GET",)),
    Route(f"{API}/upload", ("POST",), "upload"),  # served by uploads.py, as are the next two
    Route(f"{API}/upload_progress", ("GET",)),
    Route(f"{API}/file={{ticket:path}}"),
    _for_programs("/v1/classify", "POST", "recording"),  # served by emotion_hf/api, as are all that follow
    _for_programs("/v1/voices", "POST", "recording"),
    _for_programs("/v1/calls", "POST", "recording"),
    _for_programs("/v1/models", "GET"),
    _for_programs("/v1/stream", WEBSOCKET),
    _for_programs(MCP, "POST", "message"),
    Route(METRICS, ("GET",), reach="program"),
    Route("/healthz", counts=False, reach="anyone"),
    Route("/openapi.json", ("GET",)),  # our own; Gradio's would describe all routes, closed ones included
    Route("/docs", ("GET",)),
)
"""Open routes. Other programs than Gradio's page use ``/v1``, or ``info``, ``call`` and ``upload``."""

CLOSED = {
    "/gradio_api/deep_link": "writes a copy of a session to the disk",
    "/logout": "belongs to Gradio's own login, which is not used",
    "/login": "belongs to Gradio's own login, which is not used",
    "/login/": "belongs to Gradio's own login, which is not used",
    "/monitoring": "reveals other people's requests",
    "/monitoring/summary": "reveals other people's requests",
    "/monitoring/{key}": "reveals other people's requests",
    "/pwa_icon": "no icon is set",
    "/pwa_icon/{size}": "no icon is set",
    "/svelte/{path:path}": "serves server-side rendering, which is off",
    f"{API}/api/{{api_name}}": "bypasses the queue",
    f"{API}/api/{{api_name}}/": "bypasses the queue",
    f"{API}/run/{{api_name}}": "bypasses the queue",
    f"{API}/run/{{api_name}}/": "bypasses the queue",
    f"{API}/app_id": "reveals when the page was restarted",
    f"{API}/app_id/": "reveals when the page was restarted",
    f"{API}/call/v2/{{api_name}}": "does what /call does, and fails on unknown names",
    f"{API}/call/v2/{{api_name}}/": "does what /call does, and fails on unknown names",
    f"{API}/call/v2/{{api_name}}/{{event_id}}": "does what /call does, and fails on unknown names",
    f"{API}/component_server": "calls functions of components",
    f"{API}/component_server/": "calls functions of components",
    f"{API}/custom_component/{{id}}/{{environment}}/{{type}}/{{file_name}}": "there are no custom components",
    f"{API}/dev/reload": "is for development",
    f"{API}/file/{{path:path}}": "is an old name of file=",
    f"{API}/login_check": "belongs to Gradio's own login, which is not used",
    f"{API}/login_check/": "belongs to Gradio's own login, which is not used",
    f"{API}/openapi.json": "repeats /info",
    f"{API}/process_recording": "passes untrusted bytes to the ffmpeg program",
    f"{API}/profiling/clear": "is for development",
    f"{API}/profiling/summary": "is for development",
    f"{API}/profiling/traces": "is for development",
    f"{API}/proxy={{url_path:path}}": "fetches from other servers",
    f"{API}/queue/status": "reveals other people's requests",
    f"{API}/reset": "does nothing",
    f"{API}/reset/": "does nothing",
    f"{API}/run-history/buckets": "the history of runs is off",
    f"{API}/run-history/connect": "the history of runs is off",
    f"{API}/run-history/records": "the history of runs is off",
    f"{API}/run-history/records/{{endpoint}}/{{record_id}}/assets/{{asset_id}}": "the history of runs is off",
    f"{API}/runs": "the history of runs is off",
    f"{API}/runs/": "the history of runs is off",
    f"{API}/startup-events": "is called once, by the server itself",
    f"{API}/stream/{{event_id}}": "nothing is streamed",
    f"{API}/stream/{{event_id}}/close": "nothing is streamed",
    f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/playlist-file": "nothing is streamed",
    f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/playlist.m3u8": "nothing is streamed",
    f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/{{segment_id}}.{{ext}}": "nothing is streamed",
    f"{API}/token": "belongs to Gradio's own login, which is not used",
    f"{API}/token/": "belongs to Gradio's own login, which is not used",
    f"{API}/undo-vibe-edit": "changes the page's code",
    f"{API}/undo-vibe-edit/": "changes the page's code",
    f"{API}/user": "belongs to Gradio's own login, which is not used",
    f"{API}/user/": "belongs to Gradio's own login, which is not used",
    f"{API}/vibe-code": "changes the page's code",
    f"{API}/vibe-code/": "changes the page's code",
    f"{API}/vibe-edit": "changes the page's code",
    f"{API}/vibe-edit/": "changes the page's code",
    f"{API}/vibe-starter-queries": "changes the page's code",
    f"{API}/vibe-starter-queries/": "changes the page's code",
}
"""Gradio's routes that the page does not need, each with the reason; they return 404."""


def find(method: str, path: str) -> Route | None:
    """Return the open route of a request, or ``None``."""
    return next((route for route in OPEN if route.matches(method, path)), None)


def without_root(path: str, root_path: str) -> str:
    """Return a path as the page knows it; requests come with or without the path below which it is served."""
    is_below = root_path and (path == root_path or path.startswith(f"{root_path}/"))
    return (path[len(root_path) :] or "/") if is_below else path


def is_for_programs(path: str) -> bool:
    """Return whether programs call a path, so that they get problem details instead of a sentence."""
    return path in ("/healthz", "/openapi.json", MCP) or path.startswith("/v1/")


def methods_of(path: str) -> tuple[str, ...]:
    """Return the methods of the open routes with a path."""
    return tuple(
        method for route in OPEN for method in route.methods if _pattern(route.template).fullmatch(path) is not None
    )


def nothing_at(path: str, has_tools: bool) -> Refusal:
    """Return the refusal of a request for which no route is open.

    Args:
        path: Its path.
        has_tools: Whether `MCP` is open.
    """
    if not is_for_programs(path) or (path == MCP and not has_tools):
        return Refusal(404, "There is nothing here; the API is described at /gradio_api/info.")
    methods = methods_of(path)
    if methods == (WEBSOCKET,):
        return Refusal(426, "Open this address as a WebSocket; /docs describes it.", extra={"upgrade": "websocket"})
    if methods:
        allowed = ", ".join(methods)
        return Refusal(405, f"This address takes only {allowed}; /docs describes it.", extra={"allow": allowed})
    return Refusal(404, "There is nothing here; /docs describes the API.")


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _pattern(template: str) -> re.Pattern[str]:
    if template not in _PATTERNS:
        pieces = re.split(r"\{\w+(:path)?\}", template)  # text, ":path" or None, text, …
        texts, kinds = pieces[::2], pieces[1::2]
        parts = [re.escape(texts[0])]
        for kind, text in zip(kinds, texts[1:], strict=True):
            parts += [".+" if kind else "[^/]+", re.escape(text)]
        _PATTERNS[template] = re.compile("".join(parts))
    return _PATTERNS[template]
