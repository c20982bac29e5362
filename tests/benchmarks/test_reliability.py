"""A short form of each measurement of benchmarks/RELIABILITY.md, and the page itself."""

import json

import pytest

from benchmarks import reliability, reliability_decoder, reliability_kills, reliability_page, reliability_traffic
from benchmarks.reliability_process import running_page


@pytest.fixture(scope="module")
def page():
    with running_page() as page:
        yield page


def test_damaged_recordings_become_a_wave_or_one_sentence():
    found = reliability_decoder.measure(short=True)
    assert found["faults"] == []
    assert found["outcomes"]["wave"] + found["outcomes"]["refused"] == found["mutations"] >= 100
    assert min(found["outcomes"]["wave"], found["outcomes"]["refused"]) > 20
    assert found["peak_megabytes"] < 500


def test_a_mutation_is_always_the_same_and_a_decoder_that_crashes_is_counted(monkeypatch):
    originals = [("WAV", "PCM_16", bytes(range(256)) * 8), ("FLAC", "PCM_16", bytes(2_000))]
    assert reliability_decoder.mutation(7, originals) == reliability_decoder.mutation(7, originals)
    assert reliability_decoder.mutation(7, originals) != reliability_decoder.mutation(9, originals)
    crashing = "import os,sys; print('begin 0\\n0 50 wave\\nbegin 1', flush=True); os.abort()"
    monkeypatch.setattr(reliability_decoder, "command", lambda first, last: ["python", "-c", crashing])
    found = list(reliability_decoder.decoded(0, 2, deadline=float("inf")))
    assert found == [(0, "wave", 50.0), (1, "crash: status -6", 50.0)]


@pytest.mark.parametrize("name", reliability_kills.LOOPS)
def test_what_was_confirmed_survives_kill_9(name):
    found = reliability_kills.measure(name, short=True)
    assert found["faults"] == []
    assert found["kills"] >= 2 and found["confirmed"] >= 1
    assert set(found["found"]) <= {"exact", "whole", "refused", "absent"}


def test_the_page_serves_many_clients(page):
    for row in reliability_traffic.load(page, short=True)["clients"]:
        assert row["errors"] == 0 and row["answers"] >= row["clients"]


def test_short_clips_do_not_wait_for_long_files(page):
    found = reliability_traffic.long_files(page, short=True)
    assert found["long_answered"] == found["long_files"]
    assert found["long_files_still_waiting"][0] >= 1
    assert found["short_worst_seconds"] < found["long_all_after_seconds"]


def test_slow_uploads_do_not_stop_the_page(page):
    found = reliability_traffic.slow_uploads(page, short=True)
    assert found["errors"] == 0 and found["requests"] >= 1


def test_requests_leave_no_descriptor_and_little_memory(page):
    found = reliability_traffic.memory(page, short=True)
    assert found["errors"] == 0
    assert found["descriptors_after"] - found["descriptors_before"] <= 5
    assert found["kilobytes_per_request"] < 2_000  # a leak of a clip's samples and its file would be 500 kB each


def test_a_client_with_too_many_requests_gets_a_retry_after_header():
    found = reliability_traffic.limits(short=True)
    assert found["refused"] == found["refused_with_retry_after"] > 0
    assert found["answered"] > 0 and found["others"] == 0


def test_the_page_matches_the_figures():
    figures = json.loads(reliability.FIGURES.read_text(encoding="utf-8"))
    assert reliability.PAGE.read_text(encoding="utf-8") == reliability_page.document(figures)
    assert set(figures) == set(reliability.MEASUREMENTS) == set(reliability_page.SECTIONS)
    assert not any(figures[name]["faults"] for name in ("decoder", *reliability_kills.LOOPS))
