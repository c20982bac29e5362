"""The ledger says what models learned, and outlives the record without its secret."""

import errno
import json
import os
from hashlib import sha256

import pytest

from emotion_hf.errors import FeedbackError
from emotion_hf.feedback import new_id, note_training
from emotion_hf.feedback.ledger import forgetting


def test_a_deletion_names_the_models_that_learned_and_notes_no_id(store, keep):
    first, second = keep(0, "sad"), keep(1, "calm")
    note_training(store, [first.id, second.id], "runs/b")
    note_training(store, [first.id], "runs/a")
    note_training(store, [second.id], "runs/c")
    assert store.delete(first.id) == ("runs/a", "runs/b")
    lines = (store.folder / "ledger.jsonl").read_text()
    rows = [json.loads(line) for line in lines.splitlines()]
    assert [(row["event"], row.get("model"), len(row["records"])) for row in rows] == [
        ("training", "runs/b", 2),
        ("training", "runs/a", 1),
        ("training", "runs/c", 1),
        ("deletion", None, 1),
    ]
    assert rows[-1]["records"] == [sha256(first.id.encode()).hexdigest()]
    assert first.id not in lines and second.id not in lines


def test_a_model_that_was_trained_anew_has_forgotten(store, keep):
    first, second = keep(0, "sad"), keep(1, "calm")
    note_training(store, [first.id, second.id], "runs/a")
    note_training(store, [second.id], "runs/a")
    assert store.delete(first.id) == ()
    assert store.delete(second.id) == ("runs/a",)


def test_a_review_that_was_learned_from_counts_for_its_recording(store, keep):
    owner = keep(0, "sad")
    review = owner.reviewed(label="calm", annotator="anna")
    store.add_review(review, labels=["sad", "calm"])
    note_training(store, [review.id], "runs/a")
    assert store.delete(owner.id) == ("runs/a",)
    assert len(store.ledger.events()[-1]["records"]) == 2


def test_a_torn_line_is_cut_off_and_a_damaged_one_says_nothing(store, keep):
    first = keep(0, "sad")
    note_training(store, [first.id], "runs/a")
    with store.ledger.path.open("ab") as file:
        file.write(b'{"event": "trai')
    note_training(store, [first.id], "runs/b")
    assert [event["model"] for event in store.ledger.events()] == ["runs/a", "runs/b"]
    damaged = [b"not ours", b"[1]", b'{"event": "training", "records": [1], "time": ""}', b"[" * 100_000]
    with store.ledger.path.open("ab") as file:
        file.write(b"\n".join([*damaged, b""]))
    assert store.delete(first.id) == ("runs/a", "runs/b")
    assert len(store) == 0
    assert store.ledger.path.read_bytes().split(b"\n")[2:6] == damaged  # nothing is removed


def test_an_answer_may_be_kept_again_after_its_deletion(store, keep):
    first = keep(0, "sad")
    store.delete(first.id)
    again = keep(0, "calm", id=first.id)
    assert [event["event"] for event in store.ledger.events()] == ["deletion", "return"]
    assert store.ledger.deleted() == set()
    (store.folder / "metadata.jsonl").unlink()
    assert store.repair().restored == 1
    assert list(store.records()) == [again]
    store.delete(first.id)
    assert store.ledger.deleted() == {sha256(first.id.encode()).hexdigest()}


def test_what_cannot_be_noted_is_one_sentence(store, keep, monkeypatch):
    with pytest.raises(FeedbackError, match="not a record's number"):
        note_training(store, ["../metadata"], "runs/a")
    first = keep(0, "sad")

    def fail(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(
        FeedbackError,
        match=r"The training is done but cannot be noted in the feedback's ledger\.jsonl: the disk is full",
    ):
        note_training(store, [first.id], "runs/a")
    assert store.ledger.events() == []


@pytest.mark.parametrize(
    ("models", "sentence"),
    [
        ((), ""),
        (("a",), "The model a was trained on it; it forgets it when it is retrained."),
        (("a", "b", "c"), "The models a, b and c were trained on it; they forget it when they are retrained."),
    ],
)
def test_what_has_to_be_forgotten_is_one_sentence(models, sentence):
    assert forgetting(models) == sentence


def test_an_unknown_id_notes_nothing(store, keep):
    keep(0, "sad")
    with pytest.raises(FeedbackError, match="No saved recording"):
        store.delete(new_id())
    assert not store.ledger.path.exists()
