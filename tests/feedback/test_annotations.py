"""Choosing among opinions on recordings: by every field, what to listen to next, agreement."""

from datetime import UTC, datetime
from math import log

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from emotion_hf.feedback import Consent
from emotion_hf.feedback.annotations import (
    Choice,
    agreement,
    agreements,
    entropy,
    learned_from,
    to_review,
)
from emotion_hf.labels import LABELS


def test_a_choice_is_made_by_every_field(record):
    old = record("sad", "anna", "a", time="2026-01-01T12:00:00+00:00", model="old")
    new = record("calm", "ben", "a", time="2026-02-01T00:00:00+00:00", consent=Consent(store=True, publish=True))
    alone = record("sad", "ben", "b", time="2026-03-01T00:00:00+00:00", consent=Consent(store=True))
    records = [old, new, alone]
    for choice, chosen in (
        (Choice(), records),
        (Choice(label="sad"), [old, alone]),
        (Choice(model="old"), [old]),
        (Choice(before=datetime(2026, 2, 1)), [old]),  # as the command line gives it
        (Choice(after=datetime(2026, 2, 1, tzinfo=UTC)), [new, alone]),
        (Choice(use="train"), [old]),
        (Choice(use="publish"), [new]),
        (Choice(annotator="ben"), [new, alone]),
        (Choice(disputed=True), [old, new]),
        (Choice(disputed=True, label="calm"), [new]),
    ):
        assert choice.of(records) == chosen, choice


def test_entropy_is_zero_when_certain_and_largest_when_all_are_equal():
    assert entropy(dict.fromkeys(LABELS, 1 / 8)) == pytest.approx(log(8))
    assert entropy({"sad": 0.9, "calm": 0.1}) == pytest.approx(-0.9 * log(0.9) - 0.1 * log(0.1))
    assert entropy({"sad": 1.0, "calm": 0.0}) == 0


def test_the_most_uncertain_comes_first_and_reviewed_recordings_are_left_out(record):
    sure = record("sad", "anna", "a", scores={"sad": 0.9, "calm": 0.1})
    unsure = record("sad", "anna", "b", scores={"sad": 0.5, "calm": 0.5})
    unknown = record("sad", "anna", "c")
    private = record("sad", "anna", "d", scores={"sad": 0.5, "calm": 0.5}, consent=Consent(store=True))
    records = [sure, unknown, unsure, private]
    assert to_review(records, "ben") == [unsure, sure, unknown]
    records.append(unsure.reviewed(label="calm", annotator="ben"))
    assert to_review(records, "ben") == [sure, unknown]
    assert to_review(records, "cleo") == [unsure, sure, unknown]
    assert to_review(records, "anna") == []


def test_agreement_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    one = rng.choice(LABELS, 200)
    other = np.where(rng.random(200) < 0.6, one, rng.choice(LABELS, 200))
    found = agreement([*zip(one.tolist(), other.tolist(), strict=True)])
    assert (found.count, found.same) == (200, int((one == other).sum()))
    assert found.kappa == pytest.approx(cohen_kappa_score(one, other))
    assert 0.5 < found.kappa < 0.7
    assert agreement([]).kappa is None
    assert agreement([("sad", "sad")]).kappa is None


def test_a_reviewer_is_compared_with_the_model_and_with_who_came_first(record):
    first, second = record("calm", "anna", "a"), record("sad", "anna", "b")  # the model said sad of both
    records = [first, second, first.reviewed(label="calm", annotator="ben")]
    records.append(second.reviewed(label="sad", annotator="ben"))
    model, people = agreements(records, "ben")
    assert (model.count, model.same, model.kappa) == (2, 1, 0.0)
    assert (people.count, people.same, people.kappa) == (2, 2, 1.0)
    assert agreements(records, "anna")[1].count == 0  # nobody is compared with himself


def test_a_training_learns_from_all_who_had_a_say_and_agreed(record):
    owner, review = record("sad", "anna", "a"), record("sad", "ben", "a")
    silent = record("calm", "cleo", "a", consent=Consent(store=True))
    other = record("sad", "anna", "b")
    assert learned_from([owner, review, silent, other], {owner.file_name}) == [owner.id, review.id]
    assert learned_from([owner, review, silent, other], {silent.file_name}) == []
