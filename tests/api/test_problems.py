"""Problem details: each kind has one status, a description, and one form."""

import json

import pytest

from emotion_hf.api.problems import KINDS, Problem, as_problem, problem_details
from emotion_hf.errors import AudioTooShortError, BusyError, CheckpointError, LabelError, RequestError


def test_kinds_have_names_of_their_own():
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(400 <= kind.status < 600 and kind.meaning.endswith(".") for kind in KINDS)


@pytest.mark.parametrize(
    ("status", "name", "title"),
    [(422, "unusable-recording", "Unusable recording"), (503, "busy", "Busy"), (418, "problem", "Problem")],
)
def test_a_status_has_a_kind(status, name, title):
    assert problem_details(status, "No.", root="/emotions") == {
        "type": f"/emotions/docs#{name}",
        "title": title,
        "status": status,
        "detail": "No.",
    }


@pytest.mark.parametrize(
    ("error", "status", "name", "wait"),
    [
        (AudioTooShortError("Short."), 422, "unusable-recording", None),
        (LabelError("Unknown."), 422, "impossible-request", None),
        (RequestError("Impossible."), 422, "impossible-request", None),
        (BusyError("Busy.", 41.2), 503, "busy", "42"),
    ],
)
def test_an_expected_error_is_a_problem(error, status, name, wait):
    problem = as_problem(error)
    assert json.loads(problem.body())["type"] == f"/docs#{name}"
    assert (problem.status, problem.detail, problem.headers.get("retry-after")) == (status, str(error), wait)


def test_an_error_of_the_server_stays_one():
    with pytest.raises(CheckpointError):
        as_problem(CheckpointError("The model gives scores that are not finite."))


def test_a_time_to_wait_is_whole_seconds_and_at_least_one():
    assert [Problem(503, "x", retry_after=wait).headers["retry-after"] for wait in (0.0, 0.2, 4.1)] == ["1", "1", "5"]
