"""Token buckets and counts: values over time, and memory that does not grow."""

import pytest

from emotion_hf.app.guard import limits
from emotion_hf.app.guard.limits import AtOnce, Rate
from emotion_hf.app.guard.refusals import Refusal
from emotion_hf.app.words import speaking


def test_a_bucket_gives_its_burst_and_then_its_rate():
    rate = Rate(per_minute=60, burst=3)
    assert [rate.wait("a", now=10.0) for _ in range(4)] == [0, 0, 0, 1.0]
    assert rate.wait("b", now=10.0) == 0  # another client has its own
    assert rate.wait("a", now=10.5) == pytest.approx(0.5)
    assert [rate.wait("a", now=12.0) for _ in range(3)] == [0, 0, 1.0]


def test_a_cost_beyond_the_bucket_is_a_debt():
    rate = Rate(per_minute=600, burst=100)
    assert rate.wait("a", cost=500, now=0.0) == 0
    assert rate.wait("a", cost=0, now=0.0) == pytest.approx(40.0)
    assert rate.wait("a", cost=0, now=41.0) == 0


def test_no_limit_is_none():
    rate = Rate(per_minute=0)
    assert {rate.wait("a", now=0.0) for _ in range(10_000)} == {0}


def test_the_number_of_remembered_clients_is_limited(monkeypatch):
    monkeypatch.setattr(limits, "CLIENTS_REMEMBERED", 3)
    rate = Rate(per_minute=1)
    for client in "abcd":
        rate.wait(client, now=0.0)
    assert list(rate._buckets) == ["b", "c", "d"]


def test_too_many_at_once_of_one_client_and_of_all():
    count = AtOnce(each=2, all=3, what="requests")
    with count.one("a"), count.one("a"):
        with pytest.raises(Refusal, match="You have too many requests open") as caught, count.one("a"):
            pass
        assert caught.value.status == 429
        with count.one("b"), pytest.raises(Refusal, match="This page is busy") as caught, count.one("c"):
            pass
        assert (caught.value.status, caught.value.headers()["retry-after"]) == (503, "5")
    with count.one("a"):
        assert dict(count._running) == {"a": 1}


def test_a_refusal_is_in_the_language_of_the_request():
    refusal = Refusal(429, "You have too many requests open; wait until one has ended.")
    with speaking("de"):
        kind, text = refusal.body("plain")
    assert text.decode().startswith("Sie haben zu viele Anfragen ") and kind.startswith("text/plain")
    assert refusal.body("plain")[1].decode() == refusal.sentence
