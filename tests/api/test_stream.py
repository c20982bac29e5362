"""Live over a WebSocket: sound in, predictions out, within limits, and closed with a code and a sentence."""

import json
import time
from contextlib import ExitStack

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from emotion_hf.errors import BusyError
from emotion_hf.live import Listener
from emotion_hf.testing import synthetic_voice
from tests.api.conftest import KEY
from tests.api.test_http import Held, wait_until

PATH = "/v1/stream"


def address(server, query="?rate=16000"):
    return server.url.replace("http", "ws", 1) + PATH + query


def opened(server, query="?rate=16000", **options):
    return connect(address(server, query), open_timeout=60, proxy=None, **options)


def samples(seconds, rate=16_000):
    wave = synthetic_voice(seconds)
    step = rate // 16_000
    return (np.repeat(wave, step) * 32_767).astype("<i2").tobytes()


def chunks(data, size=16_000):
    return [data[start : start + size] for start in range(0, len(data), size)]


def refused(server, query="?rate=16000", **options):
    """Return the response to an opening request that is refused, and its problem details."""
    with pytest.raises(InvalidStatus) as caught, opened(server, query, **options):
        pass
    response = caught.value.response
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    return response, json.loads(response.body)


def closed(stream):
    """Return the code and the sentence with which the server closes a stream."""
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            stream.recv(timeout=60)
    return caught.value.rcvd.code, caught.value.rcvd.reason


def test_sound_goes_in_and_emotions_come_out(served, model):
    listener, expected = Listener(model), []
    with opened(served) as stream:
        answers = []
        for chunk in chunks(samples(3.0)):
            stream.send(chunk)
            answers.append(json.loads(stream.recv(timeout=60)))
            moment = listener.hear(16_000, np.frombuffer(chunk, "<i2"))
            expected.append({"seconds": moment.seconds, **moment.prediction.to_dict()})
    behind = [answer.pop("behind_seconds") for answer in answers]
    assert answers == json.loads(json.dumps(expected))
    assert all(0 <= seconds < 30 for seconds in behind)
    assert [answer["seconds"] for answer in answers] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert (answers[0]["verdict"], answers[-1]["verdict"]) == ("no_speech", "ok")


def test_other_rates_and_short_pieces_work(served):
    with opened(served, "?rate=48000") as stream:
        for chunk in chunks(samples(2.0, 48_000), 4_096):
            stream.send(chunk)
        answers = [json.loads(stream.recv(timeout=60))]
        while answers[-1]["seconds"] < 1.9:
            answers.append(json.loads(stream.recv(timeout=60)))
    assert answers[-1]["verdict"] == "ok"


def test_two_streams_do_not_mix(served):
    with opened(served) as speaking, opened(served) as silent:
        for chunk in chunks(samples(2.0)):
            speaking.send(chunk)
            silent.send(bytes(len(chunk)))
            spoken, quiet = (json.loads(stream.recv(timeout=60)) for stream in (speaking, silent))
    assert (spoken["verdict"], quiet["verdict"]) == ("ok", "no_speech")


def test_late_sound_is_analysed_at_once(served, monkeypatch):
    """If the server is busy, answers come less often and are not late."""
    enter, waiting = served.page.recognition.turns._enter, []

    def busy(*given):
        waiting.append(given)
        if len(waiting) < 3:
            raise BusyError("64 recordings are already waiting here; try again in 7 s.", 6.1)
        return enter(*given)

    monkeypatch.setattr(served.page.recognition.turns, "_enter", busy)
    with opened(served) as stream:
        for chunk in chunks(samples(3.0)):
            stream.send(chunk)
            time.sleep(0.05)
        assert json.loads(stream.recv(timeout=60))["seconds"] >= 1.5


def test_an_answer_says_how_old_its_sound_is(served):
    with opened(served) as stream:
        with Held(served.page.recognition.turns):
            stream.send(samples(0.5))
            wait_until(lambda: served.page.recognition.turns.queued == 1)
            time.sleep(0.4)
        assert 0.4 <= json.loads(stream.recv(timeout=60))["behind_seconds"] < 30


@pytest.mark.parametrize("is_full", [True, False])
def test_a_stream_without_answers_for_too_long_is_closed(served, monkeypatch, is_full):
    """Whether it is refused again and again because the queue is full, or waits in it."""
    turns = served.page.recognition.turns
    monkeypatch.setattr("emotion_hf.api.stream.STALLED_SECONDS", 0.5)
    if is_full:
        monkeypatch.setattr(turns, "waiting", 0)
    with opened(served) as stream, Held(turns):
        begun = time.monotonic()
        while time.monotonic() - begun < 20:
            try:
                stream.send(samples(0.5))
            except ConnectionClosed:
                break
            time.sleep(0.05)
        code, sentence = closed(stream)
    assert (code, sentence) == (1013, "Too many recordings are being analysed; open a new stream in 1 s.")


def test_sound_faster_than_it_is_analysed_is_slowed_down_and_none_is_lost(served):
    with opened(served) as stream:
        for chunk in chunks(samples(60.0), 320_000):  # a minute in six messages
            stream.send(chunk)
        answers = [json.loads(stream.recv(timeout=60))]
        while answers[-1]["seconds"] < 60.0:
            answers.append(json.loads(stream.recv(timeout=60)))
    assert len(answers) <= 6


@pytest.mark.parametrize("limit", ["MESSAGES_PER_SECOND", "FASTEST"])
def test_a_client_that_sends_without_end_is_slowed_down(served, monkeypatch, limit):
    monkeypatch.setattr(f"emotion_hf.api.stream.{limit}", 0.5)
    monkeypatch.setattr("emotion_hf.api.stream.WAITING_SECONDS", 0.0)
    with opened(served) as stream:
        start = time.monotonic()
        for chunk in chunks(samples(1.0)):  # two messages of half a second: each waits before the next is read
            stream.send(chunk)
            stream.recv(timeout=60)
        assert time.monotonic() - start > (2.0 if limit == "MESSAGES_PER_SECOND" else 1.0)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Open the stream with one parameter, the sampling rate in Hz, as ?rate=16000:"),
        ("?rate=16000&rate=8000", "Open the stream with one parameter,"),
        ("?rate=16000&more=1", "Open the stream with one parameter,"),
        ("?rate=fast", "The rate is 'fast'; it must be a whole number from 4000 to 384000."),
        ("?rate=100", "The rate is '100'; it must be"),
        ("?rate=-16000", "The rate is '-16000'; it must be"),
        ("?rate=99999999", "The rate is '99999999'; it must be"),
    ],
)
def test_a_stream_needs_a_rate(served, query, sentence):
    response, details = refused(served, query)
    assert (response.status_code, details["type"]) == (400, "/docs#invalid-request")
    assert details["detail"].startswith(sentence)


def test_other_websites_and_names_are_refused(served):
    response, details = refused(served, origin="https://evil.example")
    assert (response.status_code, details["type"]) == (403, "/docs#forbidden")
    with opened(served, origin=served.url) as stream:  # the page itself
        stream.send(samples(0.5))
        assert json.loads(stream.recv(timeout=60))["seconds"] == 0.5


def test_a_listed_website_may_open_a_stream(open_server, tmp_path):
    with open_server(tmp_path, api_origins="https://desk.example.org") as server:
        with opened(server, origin="https://desk.example.org") as stream:
            stream.send(samples(0.5))
            assert json.loads(stream.recv(timeout=60))["seconds"] == 0.5
        assert refused(server, origin="https://evil.example")[0].status_code == 403


def test_a_stream_needs_a_key_where_there_are_keys(open_server, tmp_path):
    with open_server(tmp_path, api_keys=KEY) as server:
        response, details = refused(server)
        assert (response.status_code, details["type"]) == (401, "/docs#unauthorised")
        assert response.headers["www-authenticate"].startswith("Bearer ")
        with opened(server, additional_headers={"Authorization": f"Bearer {KEY}"}) as stream:
            stream.send(samples(0.5))
            assert json.loads(stream.recv(timeout=60))["seconds"] == 0.5


def test_text_and_half_samples_end_a_stream(served):
    with opened(served) as stream:
        stream.send("hello")
        assert closed(stream) == (1003, "Send the sound as binary messages.")
    for message in (b"\0\0\0", b""):
        with opened(served) as stream:
            stream.send(message)
            assert closed(stream) == (1007, "Send whole samples of 16 bits each, and at least one in each message.")


def test_a_message_that_is_too_large_ends_a_stream(served):
    with opened(served) as stream:
        stream.send(bytes(1_000_002))
        assert closed(stream)[0] == 1009


def test_an_idle_stream_ends(served, monkeypatch):
    monkeypatch.setattr("emotion_hf.api.stream.IDLE_SECONDS", 0.3)
    with opened(served) as stream:
        assert closed(stream) == (1008, "No sound came for 0.3 s; open a new stream.")


def test_a_stream_has_a_longest_length(open_server, tmp_path):
    with open_server(tmp_path, max_seconds=1.0) as server, opened(server) as stream:
        stream.send(samples(0.5))
        stream.send(samples(0.9))
        assert closed(stream) == (1000, "A stream may last 1 s; open a new one.")


def test_an_unexpected_error_ends_a_stream_with_a_sentence(served, model, monkeypatch, caplog):
    monkeypatch.setattr(model, "predict", lambda waves: 1 / 0)
    with opened(served) as stream:
        stream.send(samples(2.0))
        assert closed(stream) == (1011, "Sorry, something went wrong on our side; please try again.")
    assert "ZeroDivisionError" in caplog.text


def test_open_streams_are_limited_and_leave_their_places(open_server, tmp_path):
    with open_server(tmp_path, trusted_proxies="127.0.0.1") as server, ExitStack() as streams:
        at_once = server.page.recognition.turns.at_once
        most = 4 * at_once

        def one(client):
            return opened(server, additional_headers={"X-Forwarded-For": client})

        for _ in range(most // 2):
            streams.enter_context(one("1.1.1.1"))
        response, details = refused(server, additional_headers={"X-Forwarded-For": "1.1.1.1"})
        assert (response.status_code, details["detail"]) == (429, "You have too many open streams; close one of them.")
        for _ in range(most // 2):
            streams.enter_context(one("1.1.1.2"))
        response, details = refused(server, additional_headers={"X-Forwarded-For": "1.1.1.3"})
        assert (response.status_code, response.headers["retry-after"]) == (503, "30")
        assert details["detail"] == "Too many streams are open; try again in a minute."
        streams.close()
        wait_until(lambda: _is_open(one))


def _is_open(one):
    try:
        with one("1.1.1.3"):
            return True
    except InvalidStatus:
        return False
