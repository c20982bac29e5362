"""The guard itself, an ASGI middleware outside everything else.

The order of its checks: host name, route, origin, rate, account, requests at once, body. Security headers go on every
response, refusals included.

Example:
    >>> app = Guard(app, limits=Limits(), names=Names(()), proxies=Proxies(()))  # doctest: +SKIP
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from emotion_hf.app.guard.bodies import Body, Disconnected, drain, replay
from emotion_hf.app.guard.limits import EVERYBODY, AtOnce, Limits, Rate
from emotion_hf.app.guard.origins import FORWARDED, Names, Proxies, host_name
from emotion_hf.app.guard.refusals import Refusal
from emotion_hf.app.guard.responses import BUSY_SECONDS, SORRY, Response
from emotion_hf.app.guard.routes import API, Route, find
from emotion_hf.app.words import language_of, speaking

logger = logging.getLogger(__name__)

CALL, UPLOAD = f"{API}/call/", f"{API}/upload"
DRAIN_SECONDS = 5.0
WRONG_PASSWORD_COST = 30
"""Number of requests that a wrong password counts as."""
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
        accounts: Users and passwords; without any, the page is open to everyone.
        frames: Sites that may show the page in a frame, besides itself.
        root_path: Path below which the page is served; requests come with or without it.
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
        accounts: Mapping[str, str] | None = None,
        frames: str = "",
        root_path: str = "",
    ):
        self.app, self.limits, self.names, self.proxies = app, limits, names, proxies
        self.calls, self.accounts, self.root_path = frozenset(calls), dict(accounts or {}), root_path.rstrip("/")
        self._waiting = waiting
        self._rate = Rate(limits.requests_per_minute)
        self._rate_of_all = Rate(limits.all_requests_per_minute)
        self._bytes = Rate(limits.upload_bytes_per_minute, 5 * limits.upload_bytes_per_minute)
        self._requests = AtOnce(limits.requests_at_once, limits.all_requests_at_once, "requests")
        self._uploads = AtOnce(limits.uploads_at_once, limits.all_uploads_at_once, "uploads")
        self._headers = {
            "x-content-type-options": "nosniff",
            "content-security-policy": f"frame-ancestors 'self' {frames}".strip(),
            "referrer-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":  # the page has none
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            with speaking(language_of(Request(scope).cookies, Headers(scope=scope))):  # that of a refusal
                await self._http(dict(scope), receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        asks_for_page = Headers(scope=scope).get("accept", "").startswith("text/html")
        out = Response(send, self._headers, plain=asks_for_page or scope["path"].endswith(UPLOAD))
        body: Body | None = None

        async def rest() -> None:
            if body is None or not body.is_complete:
                await drain(receive, max_bytes=self.limits.upload_bytes, max_seconds=DRAIN_SECONDS)

        try:
            headers = self._clean(scope)
            route = self._admit(scope, headers)
            client = scope["client"][0]
            self._pace(client, route)
            if self.accounts:
                scope[USER] = self._account(headers, client)
            with ExitStack() as running:
                running.enter_context(self._requests.one(client))
                body = self._body(route, receive)
                body.announce(headers.get("content-length"))
                if route.body == "upload":
                    running.enter_context(self._uploads.one(client))
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

    def _clean(self, scope: Scope) -> Headers:
        """Normalise path, client and headers for everything behind the guard."""
        path = scope["path"]
        if self.root_path and (path == self.root_path or path.startswith(f"{self.root_path}/")):
            scope["path"] = path[len(self.root_path) :] or "/"
            scope["raw_path"] = scope["path"].encode()
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

    def _admit(self, scope: Scope, headers: Headers) -> Route:
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self.names.answers_to(host):
            name = host_name(host)[:80] or "this name"
            remedy = "its operator can add the name to EMOTION_HF_ALLOWED_HOSTS"
            raise Refusal(421, f"This page does not answer to {name}; {remedy}.")
        route = find(scope["method"], scope["path"])
        if route is None:
            raise Refusal(404, "There is nothing here; the API is described at /gradio_api/info.")
        if (
            route.template.startswith(CALL)
            and (name := scope["path"].removeprefix(CALL).split("/")[0]) not in self.calls
        ):
            raise Refusal(404, f"There is no call named {name[:40]!r}; /gradio_api/info lists them.")
        if not self.names.may_call(headers, scope["method"]):
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
        if route.body == "upload" and (wait := self._bytes.wait(client, cost=0.0)):
            raise Refusal(429, "You have uploaded too much; wait a moment.", retry_after=wait)

    def _check_waiting(self, client: str) -> None:
        waiting = self._waiting()
        if waiting.count(client) >= self.limits.calls_at_once:
            words = "Too many of your calls are waiting; wait for a result first."
            raise Refusal(429, words, retry_after=BUSY_SECONDS)
        if len(waiting) >= self.limits.all_calls_at_once:
            raise Refusal(503, "This page is busy; try again soon.", retry_after=BUSY_SECONDS)

    def _account(self, headers: Headers, client: str) -> str:
        """Return the account name in an ``Authorization`` header; the comparison takes the same time for any name."""
        kind, _, encoded = headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True) if kind.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            given = b""
        matching = [
            user
            for user, password in self.accounts.items()
            if hmac.compare_digest(given, f"{user}:{password}".encode())
        ]
        if not matching:
            if given:
                self._rate.wait(client, cost=WRONG_PASSWORD_COST)
            ask = {"www-authenticate": 'Basic realm="emotion_hf", charset="UTF-8"'}
            raise Refusal(401, "This page asks for a user name and a password.", extra=ask)
        return matching[0]

    def _body(self, route: Route, receive: Receive) -> Body:
        limits = self.limits
        if route.body == "upload":
            most, seconds = limits.upload_bytes, limits.upload_seconds
        else:
            most, seconds = 0 if route.body == "none" else limits.json_bytes, limits.json_seconds
        return Body(receive, max_bytes=most, max_seconds=seconds, idle_seconds=limits.idle_seconds)
