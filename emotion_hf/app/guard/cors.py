"""Let other websites call the API, if the operator lists them (CORS); nothing of the page itself.

Cookies and passwords of the browser are never allowed: such a website sends an API key, if there are keys.

Example:
    >>> cors = Cors(("https://desk.example.org",))
    >>> cors.allows("https://desk.example.org"), cors.allows("https://evil.example"), Cors(()).allows("null")
    (True, False, False)
"""

from __future__ import annotations

from dataclasses import dataclass

ANY = "*"
MAX_AGE_SECONDS = 600


@dataclass(frozen=True)
class Cors:
    """The websites that may call the API: origins such as ``https://desk.example.org``, or ``*`` for any."""

    origins: tuple[str, ...]

    def allows(self, origin: str | None) -> bool:
        """Return whether a website may call the API."""
        return origin is not None and (origin in self.origins or ANY in self.origins)

    def headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers of a response to a website; without listed websites, there are none."""
        if not self.origins:
            return {}
        if not self.allows(origin):
            return {"vary": "Origin"}
        exposed = {"access-control-expose-headers": "Retry-After, WWW-Authenticate"}
        return {"vary": "Origin", "access-control-allow-origin": str(origin), **exposed}

    def preflight(self, methods: tuple[str, ...]) -> dict[str, str]:
        """Return the additional headers of the response to a browser that asks before it sends a request."""
        return {
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": "Authorization, Content-Type, Mcp-Protocol-Version",
            "access-control-max-age": str(MAX_AGE_SECONDS),
        }
