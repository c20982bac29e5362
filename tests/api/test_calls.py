"""Calls of programs for the desk."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from emotion_hf.desk import Desk, callers, listing, setup
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from tests import web
from tests.api.conftest import problem
from tests.app.conftest import open_server  # noqa: F401 - a fixture
from tests.app.desk.conftest import Says


def wav(*channels):
    content = io.BytesIO()
    soundfile.write(content, np.stack(channels, axis=1), 16_000, format="WAV")
    return content.getvalue()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk.open(Settings(data_dir=tmp_path_factory.mktemp("desk"), desk=True))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def http(open_server, desk):  # noqa: F811
    folder = desk.folder.parent
    options = {"classifier": Says("angry"), "desk": True, "requests_per_minute": 0}
    with open_server(folder, **options) as server, web.Client(base_url=server.url) as client:
        yield client


def take(http, content, **facts):
    return http.post("/v1/calls", files={"file": ("call.wav", content)}, data=facts)


def test_a_desk_must_be_set_up_first(http, desk):
    said = problem(take(http, wav(synthetic_voice(2.0)), caller="Anna"), 422, "impossible-request")
    assert said.startswith("The desk is not set up yet")
    setup.accept(desk, purpose="Crisis line", place="Zurich")


def test_a_call_is_kept_with_its_urgency(http, desk):
    content = wav(synthetic_voice(12.0, seed=1))
    answer = take(http, content, caller="Anna", happened_at="2026-11-30T12:00:00Z")
    plain = answer.json()
    assert answer.status_code == 200, answer.text
    assert (plain["caller"], plain["label"], plain["level"], plain["alarm"]) == ("Anna", "angry", "urgent", True)
    assert (plain["is_new"], plain["happened_at"]) == (True, "2026-11-30T12:00:00+00:00")
    assert plain["reason"]["emotion"] == "angry" and plain["reason"]["end_seconds"] > 8
    (row,) = listing.overview(desk).rows
    assert (row.caller.name, row.latest.id, row.alarms) == ("Anna", plain["id"], 1)
    again = take(http, content, caller="anna").json()
    assert (again["id"], again["is_new"]) == (plain["id"], False)


def test_two_channels_need_the_callers(http):
    content = wav(synthetic_voice(2.0, seed=2), synthetic_voice(2.0, seed=3))
    assert "say which channel is the caller's" in problem(take(http, content, caller="Ben"), 422, "impossible-request")
    assert take(http, content, caller="Ben", channel=1).status_code == 200


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "There is no caller; send the name in a field named caller."),
        ({"caller": "  "}, "There is no caller"),
        ({"caller": "Anna", "happened_at": "yesterday"}, "The field happened_at must be a time such as"),
        ({"caller": "Anna", "happened_at": "2026-11-30T12:00:00"}, "The field happened_at needs a time zone"),
        ({"caller": "Anna", "channel": "left"}, "The field channel must be a whole number from 0 to 1,000."),
        ({"caller": "Anna", "speaker": "C"}, "The field speaker must be one of A, B, caller."),
        ({"caller": "Anna", "agent": "Cleo"}, "The form has an unknown field 'agent'; it takes caller and channel"),
    ],
)
def test_an_invalid_request_is_one_sentence(http, facts, sentence):
    kind = "invalid-request"
    assert problem(take(http, wav(synthetic_voice(1.0)), **facts), 400, kind).startswith(sentence)


def test_a_recording_that_cannot_be_used_adds_nobody(http, desk):
    assert problem(take(http, b"no sound", caller="Nobody"), 422, "unusable-recording")
    assert callers.find(desk, "Nobody") is None
    assert callers.find(desk, "Anna") is not None


def test_a_model_that_cannot_tell_speakers_apart_says_so(http, desk):
    content = wav(synthetic_voice(2.0, seed=4))
    said = problem(take(http, content, caller="Cleo", speaker="A"), 422, "impossible-request")
    assert said.startswith("The model says cannot tell speakers apart by itself")
    assert callers.find(desk, "Cleo") is None


def test_the_document_describes_calls_only_with_a_desk(http, served):
    assert "/v1/calls" in http.get("/openapi.json").json()["paths"]
    with web.Client(base_url=served.url) as without:
        assert "/v1/calls" not in without.get("/openapi.json").json()["paths"]
        assert problem(take(without, wav(synthetic_voice(1.0)), caller="Anna"), 404, "not-found")
