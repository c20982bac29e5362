"""The webhook: what it tells and whom, that nothing is told twice, and what happens when it cannot be told."""

import json

import httpx2
import pytest

from emotion_hf.desk import alarms
from emotion_hf.desk.webhook import PAUSES_SECONDS, TURN, Webhook, check, failure
from emotion_hf.errors import SettingsError

ADDRESS = "https://pager.example.org/alarms?key=secret"


class Pager:
    """Keeps what it is told, and answers with a status or an error."""

    def __init__(self):
        self.told, self.answer = [], 204

    def __call__(self, request):
        if isinstance(self.answer, Exception):
            raise self.answer
        self.told.append(json.loads(request.content))
        return httpx2.Response(self.answer)


@pytest.fixture
def pager():
    return Pager()


@pytest.fixture
def seconds():
    return [0.0]


@pytest.fixture
def webhook(desk, pager, seconds):
    webhook = Webhook(desk, ADDRESS, transport=httpx2.MockTransport(pager), clock=lambda: seconds[0])
    assert webhook.tell() == 0  # from now on
    return webhook


def test_an_alarm_is_told_once_without_name_and_sound(webhook, pager, take):
    call = take("angry")
    assert webhook.tell() == 1 and webhook.tell() == 0
    happened = call.line.happened_at.isoformat(timespec="seconds")
    said = {"event": "alarm", "call": call.line.id, "emotion": "angry", "happened_at": happened}
    assert pager.told == [said | {"confidence": round(call.line.reason.confidence, 3)}]
    assert failure(webhook.desk) is None


def test_quiet_calls_and_acknowledged_alarms_are_not_told(webhook, pager, take, clock):
    take("calm")
    alarms.acknowledge(webhook.desk, take("sad").line.id)
    assert webhook.tell() == 0 and pager.told == []


def test_alarms_before_the_webhook_are_not_told_but_those_before_a_restart_are(desk, pager, take, clock):
    transport = httpx2.MockTransport(pager)
    take("angry")
    assert Webhook(desk, ADDRESS, transport=transport).tell() == 0
    clock.move(hours=1)
    later = take("angry")
    assert Webhook(desk, ADDRESS, transport=transport).tell() == 1
    assert [one["call"] for one in pager.told] == [later.line.id]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (500, "it answered 500"),
        (302, "it answered 302"),
        (httpx2.ConnectError("secret"), "it cannot be reached (ConnectError)"),
        (httpx2.ReadTimeout("secret"), "it cannot be reached (ReadTimeout)"),
    ],
)
def test_an_alarm_is_tried_again_then_given_up_and_shown(webhook, pager, take, seconds, clock, answer, reason):
    pager.answer = answer
    take("angry")
    for pause in PAUSES_SECONDS:
        seconds[0] += pause
        assert failure(webhook.desk) is None
        assert webhook.tell() == 0
        before = len(pager.told)
        assert webhook.tell() == 0 and len(pager.told) == before  # not before the pause is over
    found = failure(webhook.desk)
    assert (found.alarms, found.reason) == (1, reason)
    pager.answer = 200
    clock.move(hours=1)
    take("sad")
    assert webhook.tell() == 1 and failure(webhook.desk) is None


@pytest.mark.parametrize("url", [ADDRESS, "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:80/"])
def test_https_and_this_machine_may_be_told(url):
    check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://pager.example.org/key",
        "http://192.168.0.1/key",
        "ftp://127.0.0.1/key",
        "key",
        "https:///key",
        "http://[k",
    ],
)
def test_other_addresses_are_refused_without_repeating_them(url):
    with pytest.raises(SettingsError, match="must be an https address") as caught:
        check(url)
    assert "key" not in str(caught.value)


def test_of_two_pages_one_tells_and_the_other_takes_over(webhook, desk, pager, seconds, take, clock):
    other = Webhook(desk, ADDRESS, transport=httpx2.MockTransport(pager), clock=lambda: seconds[0])
    first = take("angry").line.id
    assert (webhook.tell(), other.tell()) == (1, 0)
    clock.move(hours=1)
    second = take("angry").line.id
    pager.answer = 500
    assert webhook.tell() == 0  # it will try again
    pager.answer = 204
    clock.move(seconds=TURN.total_seconds() / 2)
    assert other.tell() == 0
    clock.move(seconds=TURN.total_seconds() / 2)  # the first page has ended
    before = desk.change_number()
    assert other.tell() == 1 and other.tell() == 0
    assert desk.change_number() == before + 2  # it took over, and told one
    seconds[0] += 1_000
    assert webhook.tell() == 0
    assert [told["call"] for told in pager.told] == [first, second, second]
