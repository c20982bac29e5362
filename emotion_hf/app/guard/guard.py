"""The guard itself, an ASGI middleware outside everything else.

The order of its checks: host name, route, origin, rate, account or key, requests at once, body. Security headers go on
every response, refusals included. A WebSocket passes the same checks before it is opened.

Example:
    >>> app = Guard(app, limits=Limits(), names=Names(()), proxies=Proxies(()))  # doctest: +SKIP
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emotion_hf.api.problems import refuse_websocket
from emotion_hf.app.guard.access import Access
from emotion_hf.app.guard.bodies import Body, Disconnected, drain, replay
from emotion_hf.app.guard.cors import Cors
from emotion_hf.app.guard.limits import BUSY_SECONDS, EVERYBODY, AtOnce, Limits, Rate
from emotion_hf.app.guard.origins import FORWARDED, Names, Proxies, host_name
from emotion_hf.app.guard.refusals import Form, Refusal
from emotion_hf.app.guard.responses import SORRY, Response
from emotion_hf.app.guard.routes import (
    API,
    MCP,
    METRICS,
    WEBSOCKET,
    Route,
    find,
    is_for_programs,
    methods_of,
    nothing_at,
    without_root,
)
from emotion_hf.app.words import language_of, speaking

logger = logging.getLogger(__name__)

CALL, UPLOAD = f"{API}/call/", f"{API}/upload"
DRAIN_SECONDS = 5.0
DRAIN_SIZES = 2
"""A refused body is read up to this many times the largest allowed size: a connection that is closed earlier breaks,
and then a client may not see why it was refused."""
WRONG_PASSWORD_COST = 30
"""Number of requests that a wrong password or key counts as."""
USER = "emotion_hf.user"
"""Key of the scope where the guard stores the name of the account."""


class Guard:
    """Passes requests to ``app``, or refuses them.

    Args:
        app: The application behind the guard.
        limits: Allowed rates, counts and sizes.
        names: Host names of the page.
        proxies: Proxies that may say which client a request comes from.
        calls: Names that ``/call`` accepts: the public endpoints.
        waiting: Returns the client of each call that waits for a result.
        access: Who may use the page and its API.
        cors: Other websites that may call the API.
        mcp: Whether ``/mcp`` is open.
        metrics: Whether ``/metrics`` is open.
        frames: Sites that may show the page in a frame, besides itself.
        root_path: Path below which the page is served; requests come with or without it.
        retry_seconds: Returns the time after which a recording that is refused now may be accepted.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        names: Names,
        proxies: Proxies,
        calls: Collection[str],
        waiting: Callable[[], Sequence[str]],
        access: Access,
        cors: Cors,
        mcp: bool = False,
        metrics: bool = False,
        frames: str = "",
        root_path: str = "",
        retry_seconds: Callable[[], float] = lambda: BUSY_SECONDS,
    ):
        self.app, self.limits, self.names, self.proxies = app, limits, names, proxies
        self.calls, self.access, self.cors, self.mcp = frozenset(calls), access, cors, mcp
        self.metrics, self.root_path = metrics, root_path.rstrip("/")
        self._retry_seconds = retry_seconds
        self._waiting = waiting
        self._rate = Rate(limits.requests_per_minute)
        self._rate_of_all = Rate(limits.all_requests_per_minute)
        self._bytes = Rate(limits.upload_bytes_per_minute, 5 * limits.upload_bytes_per_minute)
        self._requests = AtOnce(limits.requests_at_once, limits.all_requests_at_once, "requests")
        self._bodies = {
            "upload": AtOnce(limits.uploads_at_once, limits.all_uploads_at_once, "uploads"),
            "recording": AtOnce(limits.recordings_at_once, limits.all_recordings_at_once, "recordings", retry_seconds),
            "message": AtOnce(limits.messages_at_once, limits.all_messages_at_once, "messages"),
        }
        self._headers = {
            "x-content-type-options": "nosniff",
            "content-security-policy": f"frame-ancestors 'self' {frames}".strip(),
            "referrer-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(dict(scope), receive, send)
        else:
            with speaking(language_of(Request(scope).cookies, Headers(scope=scope))):  # that of a refusal
                await self._http(dict(scope), receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = self._clean(scope)
        out = Response(send, {**self._headers, **self._sharing(scope, headers)}, _form(scope, headers), self.root_path)
        body: Body | None = None

        async def rest() -> None:
            if body is None or not body.is_complete:
                most = DRAIN_SIZES * self.limits.upload_bytes
                await drain(receive, max_bytes=most, max_seconds=DRAIN_SECONDS)

        try:
            asked = self._asked_before(scope, headers)
            route = self._admit(asked or scope["method"], scope["path"], headers)
            client = scope["client"][0]
            self._pace(client, route)
            if asked:
                await out.send_empty(self.cors.preflight(methods_of(scope["path"])))
                return
            scope[USER] = self._user(client, route, headers)
            with ExitStack() as running:
                running.enter_context(self._requests.one(client))
                body = self._body(route, receive)
                body.announce(headers.get("content-length"))
                if route.body in self._bodies:
                    running.enter_context(self._bodies[route.body].one(client))
                    try:
                        await self.app(scope, body.receive, out.send)
                    finally:
                        self._bytes.wait(client, cost=body.count)
                else:
                    await self.app(scope, replay(await body.read(), receive), out.send)
            if out.held:
                raise out.held
        except Disconnected:
            return
        except Refusal as refusal:
            await out.refuse(refusal, rest)
        except Exception as error:
            if out.has_started:
                logger.warning("A response broke off: %s", error)
                await out.end_stream()
            else:
                logger.exception("Unexpected error")
                await out.refuse(Refusal(500, SORRY), rest)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a WebSocket if it passes the checks of a request; otherwise answer with problem details."""
        headers = self._clean(scope)
        own = [(name.encode(), value.encode()) for name, value in self._headers.items()]

        async def out(message: Message) -> None:
            is_refused = message["type"] == "websocket.http.response.start"
            await send({**message, "headers": [*message["headers"], *own]} if is_refused else message)

        try:
            route = self._admit(WEBSOCKET, scope["path"], headers)
            client = scope["client"][0]
            self._pace(client, route)
            scope[USER] = self._user(client, route, headers)
            with self._requests.one(client):
                await self.app(scope, receive, out)
        except Refusal as refusal:
            _, body = refusal.body("problem", self.root_path)
            await refuse_websocket(out, refusal.status, body, refusal.headers())

    def _clean(self, scope: Scope) -> Headers:
        """Normalise path, client and headers for everything behind the guard."""
        path = scope["path"]
        if (inner := without_root(path, self.root_path)) != path:
            scope["path"], scope["raw_path"] = inner, inner.encode()
        peer = (scope.get("client") or ("local", 0))[0]
        headers = Headers(scope=scope)
        scope["client"] = (self.proxies.client(peer, headers.getlist("x-forwarded-for")), 0)
        dropped: set[str] = {"x-forwarded-for", "forwarded"}  # already used to find the client
        if not self.proxies.trusts(peer):
            dropped |= set(FORWARDED)
        elif not self.names.answers_to(headers.get("x-forwarded-host", "localhost")):
            dropped |= {"x-forwarded-host"}
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name.decode("latin-1") not in dropped]
        return Headers(scope=scope)

    def _sharing(self, scope: Scope, headers: Headers) -> dict[str, str]:
        """Return the headers that let another website read a response."""
        return self.cors.headers(headers.get("origin")) if is_for_programs(scope["path"]) else {}

    def _asked_before(self, scope: Scope, headers: Headers) -> str | None:
        """Return the method that a browser asks about before another website's request, if it may be asked."""
        may_ask = is_for_programs(scope["path"]) and self.cors.allows(headers.get("origin"))
        return headers.get("access-control-request-method") if scope["method"] == "OPTIONS" and may_ask else None

    def _admit(self, method: str, path: str, headers: Headers) -> Route:
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self.names.answers_to(host):
            name = host_name(host)[:80] or "this name"
            remedy = "its operator can add the name to EMOTION_HF_ALLOWED_HOSTS"
            raise Refusal(421, f"This page does not answer to {name}; {remedy}.")
        route = find(method, path)
        closed = {*(() if self.mcp else (MCP,)), *(() if self.metrics else (METRICS,))}
        if route is None or route.template in closed:
            raise nothing_at(path, self.mcp)
        if route.template.startswith(CALL) and (name := path.removeprefix(CALL).split("/")[0]) not in self.calls:
            raise Refusal(404, f"There is no call named {name[:40]!r}; /gradio_api/info lists them.")
        is_shared = is_for_programs(path) and self.cors.allows(headers.get("origin"))
        if not is_shared and not self.names.may_call(headers, "GET" if method == WEBSOCKET else method):
            raise Refusal(403, "Other websites may not call this page; open the page itself.")
        return route

    def _pace(self, client: str, route: Route) -> None:
        if not route.counts:
            return
        if wait := self._rate.wait(client):
            raise Refusal(429, "You send too many requests; wait a little.", retry_after=wait)
        if wait := self._rate_of_all.wait(EVERYBODY):
            raise Refusal(503, "This page gets too many requests; try again soon.", retry_after=wait)
        if route.body == "json":
            self._check_waiting(client)
        if route.body in self._bodies and (wait := self._bytes.wait(client, cost=0.0)):
            raise Refusal(429, "You have uploaded too much; wait a moment.", retry_after=wait)

    def _check_waiting(self, client: str) -> None:
        waiting = self._waiting()
        if waiting.count(client) >= self.limits.calls_at_once:
            words = "Too many of your calls are waiting; wait for a result first."
            raise Refusal(429, words, retry_after=BUSY_SECONDS)
        if len(waiting) >= self.limits.all_calls_at_once:
            raise Refusal(503, "This page is busy; try again soon.", retry_after=self._retry_seconds())

    def _user(self, client: str, route: Route, headers: Headers) -> str:
        """Return the account of a request; a wrong password or key costs the client many requests."""
        return self.access.user(headers, route.reach, lambda: self._rate.wait(client, cost=WRONG_PASSWORD_COST))

    def _body(self, route: Route, receive: Receive) -> Body:
        limits = self.limits
        if route.body in self._bodies:
            most = limits.message_bytes if route.body == "message" else limits.upload_bytes
            seconds = limits.upload_seconds
        else:
            most, seconds = 0 if route.body == "none" else limits.json_bytes, limits.json_seconds
        return Body(receive, max_bytes=most, max_seconds=seconds, idle_seconds=limits.idle_seconds)


def _form(scope: Scope, headers: Headers) -> Form:
    """Return how a refusal of a request is written."""
    if is_for_programs(scope["path"]):
        return "problem"
    asks_for_page = headers.get("accept", "").startswith("text/html")
    return "plain" if asks_for_page or scope["path"].endswith(UPLOAD) else "json"
