"""The measurement of a busy page: a short form of it, against a page with a fake model, and what was kept."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from benchmarks import load, load_page, load_streams
from benchmarks.reliability_process import Page
from tests.api.test_http import Held
from tests.app.conftest import open_server  # noqa: F401 - a fixture


def page_of(server):
    return Page(int(server.url.rpartition(":")[2]), os.getpid())


def test_a_point_counts_answers_and_times(open_server, tmp_path):  # noqa: F811
    with open_server(tmp_path) as server:
        found = load.point(page_of(server), 3, 0.5)
    assert found["answers"] >= 3 and found["refused"] == 0
    assert 0 < found["seconds"]["p50"] <= found["seconds"]["p95"] <= found["seconds"]["p99"]
    assert found["answers_per_second"] > 0 and found["server_milliseconds_per_answer"] > 0


def test_a_refused_client_comes_again_when_it_was_told(open_server, tmp_path):  # noqa: F811
    refused = threading.Event()
    with open_server(tmp_path, max_waiting=0, analyses_at_once=1) as server, ThreadPoolExecutor(1) as pool:
        turns = server.page.recognition.turns
        turns.watcher = SimpleNamespace(refused=refused.set, waited=lambda seconds: None)
        with Held(turns):
            sending = pool.submit(load._send, page_of(server).port, 0, 0.0)
            assert refused.wait(60)
        sent = sending.result(60)
    assert (len(sent.waits), sent.tries) == (1, 2)


def test_streams_and_uploads_are_measured_together(open_server, tmp_path, monkeypatch):  # noqa: F811
    for name, value in {"STREAMS": 2, "UPLOADS": 3, "SECONDS": 1.5, "UPLOADS_AFTER_SECONDS": 0.2}.items():
        monkeypatch.setattr(load_streams, name, value)
    with open_server(tmp_path) as server:
        found = load_streams.streams_and_uploads(page_of(server))
    assert found["upload_statuses"] == {"200": 3} and found["streams_closed"] == []
    assert 2 <= found["stream_answers"] <= 6
    assert 0 <= found["stream_late_seconds"]["p50"] <= found["stream_late_seconds"]["p100"] < 60


def test_the_page_matches_the_figures_and_keeps_its_promises():
    found = json.loads(load.FIGURES.read_text(encoding="utf-8"))
    assert load_page.PAGE.read_text(encoding="utf-8") == load_page.document(found)
    assert {(one["clients"], one["batching"]) for one in found["curve"]} == {
        (count, batching) for count in load.CLIENTS for batching in (True, False)
    }
    assert all(one["refused"] == 0 for one in found["curve"])
    mixed = found["mixed"]
    assert mixed["upload_statuses"] == {"200": load_streams.UPLOADS} and mixed["streams_closed"] == []
    assert sum(found["overload"]["tries"].values()) == load.BURST
