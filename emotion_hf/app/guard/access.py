"""Who may use the page and its API: accounts with a password (HTTP Basic), and keys for programs (Bearer).

Accounts protect everything but ``/healthz``. Keys are for the API only; with keys but without accounts, the page stays
open. A program with an account needs no key.

Example:
    >>> access = Access({}, keys=["correct-horse-battery"])
    >>> access.user(Headers({"authorization": "Bearer correct-horse-battery"}), "program", lambda: None)
    ''
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Collection, Mapping

from starlette.datastructures import Headers

from emotion_hf.app.guard.refusals import Refusal
from emotion_hf.app.guard.routes import Reach

ASK_ACCOUNT = 'Basic realm="emotion_hf", charset="UTF-8"'
ASK_KEY = 'Bearer realm="emotion_hf"'


class Access:
    """Checks the header ``Authorization``; comparisons take the same time for any secret.

    Args:
        accounts: Users and passwords; without any, the page is open to everyone.
        keys: API keys; without any, the API is as open as the page.
    """

    def __init__(self, accounts: Mapping[str, str], keys: Collection[str] = ()):
        self._accounts = {user: f"{user}:{password}".encode() for user, password in accounts.items()}
        self._keys = [key.encode() for key in keys]

    def user(self, headers: Headers, reach: Reach, on_wrong: Callable[[], object]) -> str:
        """Return the account of a request; empty for a key, and where everyone may come.

        Args:
            headers: The request's headers.
            reach: Whom its route is for.
            on_wrong: Called if a password or a key is wrong.

        Raises:
            Refusal: 401 without a valid account or key.
        """
        takes_keys = bool(self._keys) and reach == "program"
        if reach == "anyone" or not (self._accounts or takes_keys):
            return ""
        kind, _, given = headers.get("authorization", "").partition(" ")
        given = given.strip()
        if kind.lower() == "bearer" and takes_keys and _find(given.encode(), self._keys):
            return ""
        account = _decoded(given) if kind.lower() == "basic" else b""
        if matching := [user for user, secret in self._accounts.items() if hmac.compare_digest(account, secret)]:
            return matching[0]
        if given:
            on_wrong()
        if takes_keys:
            ask = ", ".join([ASK_KEY, *([ASK_ACCOUNT] if self._accounts else [])])
            raise Refusal(401, "The API asks for a key; send it as Authorization: Bearer KEY.", extra=_asking(ask))
        raise Refusal(401, "This page asks for a user name and a password.", extra=_asking(ASK_ACCOUNT))


def _find(given: bytes, secrets: Collection[bytes]) -> bool:
    return sum(hmac.compare_digest(given, secret) for secret in secrets) > 0  # all of them are compared


def _decoded(given: str) -> bytes:
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _asking(challenge: str) -> dict[str, str]:
    return {"www-authenticate": challenge}
