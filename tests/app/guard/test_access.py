"""Accounts and keys: who may use the page, and who the API."""

import base64

import pytest
from starlette.datastructures import Headers

from emotion_hf.app.guard.access import Access
from emotion_hf.app.guard.cors import Cors
from emotion_hf.app.guard.refusals import Refusal

KEY = "correct-horse-battery"
BASIC = "Basic " + base64.b64encode(b"anna:secret").decode()


def user(access, authorization, reach):
    """Return the account, or the challenges of the refusal, and how often a secret was wrong."""
    wrong = []
    headers = Headers({"authorization": authorization} if authorization else {})
    try:
        return access.user(headers, reach, lambda: wrong.append(1)), len(wrong)
    except Refusal as refusal:
        assert refusal.status == 401
        return [word for word in ("Bearer", "Basic") if word in refusal.extra["www-authenticate"]], len(wrong)


@pytest.mark.parametrize(
    ("accounts", "keys", "authorization", "page", "program"),
    [
        (False, False, "", ("", 0), ("", 0)),
        (False, True, "", ("", 0), (["Bearer"], 0)),
        (False, True, f"Bearer {KEY}", ("", 0), ("", 0)),
        (False, True, "Bearer wrong", ("", 0), (["Bearer"], 1)),
        (False, True, BASIC, ("", 0), (["Bearer"], 1)),
        (True, False, "", (["Basic"], 0), (["Basic"], 0)),
        (True, False, BASIC, ("anna", 0), ("anna", 0)),
        (True, False, f"Bearer {KEY}", (["Basic"], 1), (["Basic"], 1)),
        (True, True, f"Bearer {KEY}", (["Basic"], 1), ("", 0)),
        (True, True, BASIC, ("anna", 0), ("anna", 0)),
        (True, True, "Basic ???", (["Basic"], 1), (["Bearer", "Basic"], 1)),
        (True, True, "Basic", (["Basic"], 0), (["Bearer", "Basic"], 0)),
    ],
)
def test_who_may_come(accounts, keys, authorization, page, program):
    access = Access({"anna": "secret"} if accounts else {}, [KEY, "another"] if keys else [])
    assert user(access, authorization, "page") == page
    assert user(access, authorization, "program") == program
    assert user(access, authorization, "anyone") == ("", 0)


def test_without_listed_websites_nothing_is_shared():
    assert Cors(()).headers("https://evil.example") == {} and not Cors(()).allows("*")
    one = Cors(("https://desk.example.org",))
    assert one.headers("https://evil.example") == {"vary": "Origin"}
    assert one.headers(None) == {"vary": "Origin"}
    assert one.headers("https://desk.example.org")["access-control-allow-origin"] == "https://desk.example.org"
    assert "access-control-allow-credentials" not in Cors(("*",)).headers("https://desk.example.org")
