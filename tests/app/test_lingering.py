"""The stream of results stays open for a moment, for an event that begins just after the last one."""

import json
import time

import httpx
import pytest

SESSION = "lingering1"


@pytest.fixture
def http(open_server, tmp_path):
    with open_server(tmp_path) as server, httpx.Client(base_url=server.url, timeout=60) as http:
        yield http


def join(http):
    """Begin the page's first event of opening it, which needs no input."""
    events = http.get("/config").json()["dependencies"]
    opening = [one for one in events if not one["inputs"] and "load" in [name for _, name in one["targets"]]]
    index = opening[0]["id"]
    posted = http.post(
        "/gradio_api/queue/join", json={"data": [], "fn_index": index, "session_hash": SESSION, "trigger_id": None}
    )
    return posted.json()["event_id"]


def test_an_event_just_after_the_last_one_is_answered_on_the_same_stream(http):
    begun = [join(http)]
    ended, closed = [], 0
    with http.stream("GET", "/gradio_api/queue/data", params={"session_hash": SESSION}) as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line else {}
            closed += message.get("msg") == "close_stream"
            if message.get("msg") != "process_completed":
                continue
            ended.append(message["event_id"])
            last = time.monotonic()
            if len(begun) < 3:
                time.sleep(0.3)  # by now, Gradio has ended its stream
                begun.append(join(http))
    assert ended == begun
    assert closed == 1 and 0.9 < time.monotonic() - last < 10
