"""The estimate, the lines of the log and those of the file."""

import json
import random
import re

import numpy as np
import pytest
import torch

from emotion_hf.training.progress import Bar, left, seconds_per_step, spoken
from emotion_hf.training.resume import last_checkpoint


def lines(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]


def test_the_log_and_the_file_say_the_same(make_trainer, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("emotion_hf.training.progress.SECONDS_BETWEEN_STEPS", 0.0)
    with caplog.at_level("INFO", logger="emotion_hf.training.progress"):
        trainer = make_trainer()
        trainer.train()
    said = [record.message for record in caplog.records if record.name == "emotion_hf.training.progress"]
    assert re.fullmatch(r"About [\d.]+ (seconds|minutes): 2 epochs of 2 steps\.", said[0])
    told = lines(tmp_path / "run")
    assert [line["event"] for line in told] == ["start", *2 * ["step", "step", "epoch"], "end"]
    assert [line["step"] for line in told] == [0, 1, 2, 2, 3, 4, 4, 4]
    assert {line["steps"] for line in told} == {4} and {line["epochs"] for line in told} == {2}
    assert [line["epoch"] for line in told if line["event"] == "step"] == [0.5, 1.0, 1.5, 2.0]
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    uas = [entry["eval_corpus_ua"] for entry in trainer.state.log_history if "eval_corpus_ua" in entry]
    epochs = [line for line in told if line["event"] == "epoch"]
    assert [line["loss"] for line in epochs] == losses and [line["validation_ua"] for line in epochs] == uas
    assert [line["best"] for line in epochs] == [True, uas[1] > uas[0]] and epochs[1]["seconds_left"] == 0
    for number, line in enumerate(epochs, start=1):
        best = " (best)" if line["best"] else ""
        text = f"epoch {number}/2  loss {line['loss']:.2f}  validation UA {line['validation_ua']:.3f}{best}  "
        assert said[number] == f"{text}{left(line['seconds_left'])} left"


def test_the_file_goes_on_when_the_training_does(make_trainer, tmp_path, caplog):
    make_trainer("data.validation=0").train()
    assert [line["event"] for line in lines(tmp_path / "run") if line["event"] != "step"][1:3] == ["epoch", "epoch"]
    assert "validation_ua" not in lines(tmp_path / "run")[-2]
    again = make_trainer("data.validation=0", "training.epochs=3")
    with caplog.at_level("INFO", logger="emotion_hf.training.progress"):
        again.train(resume_from_checkpoint=str(last_checkpoint(tmp_path / "run")))
    assert [line["epoch"] for line in lines(tmp_path / "run") if line["event"] == "epoch"] == [1, 2, 3]
    assert any(": 1 more epoch of 4 steps." in record.message for record in caplog.records)
    make_trainer("data.validation=0", "training.epochs=1").train()
    assert [line["epoch"] for line in lines(tmp_path / "run") if line["event"] == "epoch"] == [1]


def test_the_bar_counts_the_steps(make_trainer, capsys):
    trainer = make_trainer("data.validation=0")
    trainer.add_callback(Bar())
    trainer.train()
    shown = capsys.readouterr().err
    assert "/8 [" in shown and "step/s" in shown and "'loss'" not in shown


def test_timing_changes_neither_draws_nor_weights_of_the_training(make_trainer):
    trainer = make_trainer(
        "augmentation.speeds=[0.9, 1.1]", "augmentation.mixup_alpha=0.4", "model.config.dropout=0.5"
    )
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    drawn = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    seconds = seconds_per_step(trainer, [trainer.train_dataset[row] for row in range(8)], evaluated=0.0)
    assert 0 < seconds < 5
    assert random.getstate() == drawn[0] and np.random.get_state()[1].tolist() == drawn[1]
    assert torch.equal(torch.get_rng_state(), drawn[2])
    torch.testing.assert_close(trainer.model.state_dict(), before)
    assert all(weight.grad is None for weight in trainer.model.parameters())


def test_evaluation_takes_its_time_too(make_trainer, monkeypatch):
    trainer = make_trainer()
    rows = [trainer.train_dataset[0]]
    clock = iter(np.arange(0.0, 100.0, 2.0))
    monkeypatch.setattr("emotion_hf.training.progress.time.perf_counter", lambda: next(clock))
    assert seconds_per_step(trainer, rows, evaluated=0.0) == 2.0
    assert seconds_per_step(trainer, rows, evaluated=0.5) == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("seconds", "words", "clock"),
    [
        (0.4, "0 seconds", "0:00"),
        (59, "59 seconds", "0:59"),
        (90, "1.5 minutes", "1:30"),
        (9000, "2.5 hours", "2:30:00"),
    ],
)
def test_durations_can_be_read(seconds, words, clock):
    assert (spoken(seconds), left(seconds)) == (words, clock)
