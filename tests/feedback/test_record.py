"""A correction checks itself where it is made, whoever makes it."""

import json
import math
from dataclasses import asdict, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from emotion_hf.corpora.votes import recordings
from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import Consent, Correction, new_id
from emotion_hf.feedback.annotations import Choice
from emotion_hf.feedback.record import from_line, to_line
from emotion_hf.prediction import Prediction

GOOD = Correction(new_id(), "sad", "happy", {"happy": 0.75, "sad": 0.25}, "demo", Consent(store=True))


@pytest.mark.parametrize("use", ["store", "train", "publish"])
@pytest.mark.parametrize("value", ["false", "true", "", 0, 1, 1.0, None, [], [True], {}, {"train": True}, np.True_])
def test_consent_is_exactly_true_or_false(use, value):
    with pytest.raises(FeedbackError, match=f"exactly true or false; the consent to {use} is neither"):
        Consent(**{"store": True} | {use: value})


@pytest.mark.parametrize("uses", [{"train": True}, {"publish": True}, {"train": True, "publish": True}])
def test_no_use_without_consent_to_store(uses):
    with pytest.raises(FeedbackError, match="consent to store"):
        Consent(**uses)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("id", 7, "not a record's number"),
        ("id", "a" * 31, "not a record's number"),
        ("review_of", "../x", "not a record's number"),
        ("review_of", None, "not a record's number"),
        ("label", ["sad"], "label of a correction must be text"),
        ("label", None, "label of a correction must be text"),
        ("label", "", "label of a correction must not be empty"),
        ("label", "s" * 101, "label of a correction has 101 characters; 100 are allowed"),
        ("label", "sad\nhappy", "label of a correction must be one line"),
        ("prediction", "", "prediction of a correction must not be empty"),
        ("prediction", 1, "prediction of a correction must be text"),
        ("annotator", "a\x00", "annotator of a correction must be one line"),
        ("annotator", "\ud800", "annotator of a correction must be one line"),
        ("speaker", "s" * 501, "speaker of a correction has 501 characters"),
        ("session", None, "session of a correction must be text"),
        ("model", {}, "model of a correction must be text"),
        ("content", 1, "content of a correction must be text"),
        ("consent", {"store": True}, "needs a consent to store"),
        ("consent", None, "needs a consent to store"),
        ("scores", None, "scores of a correction must give"),
        ("scores", [0.5], "scores of a correction must give"),
        ("scores", {"sad": "0.5"}, "numbers from 0 to 1"),
        ("scores", {"sad": True}, "numbers from 0 to 1"),
        ("scores", {"sad": None}, "numbers from 0 to 1"),
        ("scores", {"sad": math.nan}, "numbers from 0 to 1"),
        ("scores", {"sad": math.inf}, "numbers from 0 to 1"),
        ("scores", {"sad": 1.5}, "numbers from 0 to 1"),
        ("scores", {"sad": -0.1}, "numbers from 0 to 1"),
        ("scores", {"sad": 10**400}, "numbers from 0 to 1"),
        ("scores", {1: 0.5}, "scored label of a correction must be text"),
        ("scores", {f"label {number}": 0.0 for number in range(201)}, "have 201 labels; 200 are allowed"),
        ("time", None, "time of a correction must be text"),
        ("time", "", "time of a correction must be like 2026"),
        ("time", "yesterday", "time of a correction must be like 2026"),
        ("time", "2026-13-01T00:00:00", "time of a correction must be like 2026"),
        ("time", "0001-01-01T00:00:00+23:59", "time of a correction must be like 2026"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_one_sentence(field, value, sentence):
    with pytest.raises(FeedbackError, match=sentence):
        replace(GOOD, **{field: value})


def test_a_line_gives_back_what_was_written():
    assert from_line(to_line(GOOD)) == GOOD
    names = replace(GOOD, annotator="Zoë 🦊 می‌خواهم", speaker="=1+1", scores={"happy": 1, "sad": 0})
    assert from_line(to_line(names)) == names
    of_numpy = Correction.of(Prediction({"sad": np.float32(0.5)}), id=new_id(), label="sad", consent=GOOD.consent)
    assert from_line(to_line(of_numpy)).scores == {"sad": 0.5}


def line_with(**values):
    return json.dumps({"file_name": GOOD.file_name} | asdict(GOOD) | values).encode()


BAD_LINES = [
    b"",
    b"not ours",
    b"[1]",
    b"1",
    b"null",
    b"{}",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 5_000,
    line_with(scores=None),
    line_with(scores={"sad": float("nan")}),
    line_with(time="garbage"),
    line_with(time=5),
    line_with(label=["sad"]),
    line_with(label=None),
    line_with(consent=True),
    line_with(consent={"store": True, "train": "false", "publish": False}),
    line_with(consent={"store": True, "sell": True}),
    line_with(unknown=1),
    line_with(id=GOOD.id.upper()),
    line_with(file_name="audio/000001.flac"),
    line_with(file_name="../../etc/passwd"),
    line_with(scores={"sad": 1}).replace(b"1}", b"9" * 5_000 + b"}"),
]


@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_line_that_is_not_ours_is_one_sentence(line):
    with pytest.raises(FeedbackError, match=r"^[A-Z][^\n]{10,120}\.$"):
        from_line(line)


def test_times_with_and_without_a_zone_are_compared():
    naive, aware = replace(GOOD, time="2026-11-20T16:00:00"), replace(GOOD, time="2026-11-20T16:30:00+01:00")
    assert naive.said_at == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert sorted([naive, aware], key=lambda record: record.said_at) == [aware, naive]
    assert Choice(before=datetime(2026, 11, 20, 15, 45)).of([naive, aware]) == [aware]
    assert Choice(after=datetime(2026, 11, 20, 15, 45, tzinfo=UTC)).of([naive, aware]) == [naive]


def test_equal_recordings_are_told_by_their_samples_and_those_without_a_hash_are_their_own(record):
    first, again = record("sad", content="a"), record("calm", content="a")
    second, third = record("sad"), record("sad")
    found = recordings([first, second, again, third])
    assert [recording.annotations for recording in found] == [(first, again), (second,), (third,)]
