"""An interrupted training goes on as if nothing had been, or says in one sentence why not."""

import json

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainerCallback

from emotion_hf.errors import RecipeError
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.training.resume import check_output, keep_recipe, last_checkpoint
from emotion_hf.unfinished import can_resume


class Interrupt(TrainerCallback):
    """Stops a training as Ctrl-C does, in the middle of an epoch."""

    def __init__(self, step: int):
        self.step = step

    def on_step_end(self, args, state, control, **_):
        if state.global_step == self.step:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "entries",
    [
        ["training.ema_decay=0.9", "augmentation.speeds=[0.9, 1.1]", "augmentation.mixup_alpha=0.4"],
        ["training.schedule=plateau", "training.class_weights=balanced"],
        ["training.schedule=linear", "augmentation.copies=2", "augmentation.shift_seconds=0.1"],
    ],
)
def test_a_resumed_training_gives_the_same_model(make_trainer, tmp_path, entries):
    entries = [*entries, "training.epochs=3", "training.learning_rate=0.02"]
    whole = make_trainer(*entries, output=tmp_path / "whole")
    whole.train()
    first = make_trainer(*entries)
    first.add_callback(Interrupt(step=5))  # two steps an epoch: in the third
    with pytest.raises(KeyboardInterrupt):
        first.train()
    second = make_trainer(*entries)
    second.train(resume_from_checkpoint=str(last_checkpoint(tmp_path / "run")))
    expected = load_file(last_checkpoint(tmp_path / "whole") / "model.safetensors")
    torch.testing.assert_close(load_file(last_checkpoint(tmp_path / "run") / "model.safetensors"), expected)
    figures = [[entry.get("loss"), entry.get("eval_corpus_ua")] for entry in whole.state.log_history[:-1]]
    assert figures == [[entry.get("loss"), entry.get("eval_corpus_ua")] for entry in second.state.log_history[:-1]]


def test_early_stopping_remembers_how_long_it_has_waited(make_trainer, tmp_path):
    entries = ["training.epochs=9", "training.early_stopping=3"]
    judgement = {"corpus_ua": 0.5}  # the first epoch stays the best, so the fourth is the last
    first = make_trainer(*entries)
    first.compute_metrics = lambda _: dict(judgement)
    first.add_callback(Interrupt(step=5))
    with pytest.raises(KeyboardInterrupt):
        first.train()
    second = make_trainer(*entries)
    second.compute_metrics = lambda _: dict(judgement)
    second.train(resume_from_checkpoint=str(last_checkpoint(tmp_path / "run")))
    assert second.state.epoch == 4


def test_an_epoch_counts_when_its_last_file_is_whole(tmp_path):
    for step, content in ((9, "{}"), (10, "{}"), (11, '{"epoch":'), (12, None)):
        folder = tmp_path / "trainer" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        if content:
            (folder / "trainer_state.json").write_text(content)
    assert last_checkpoint(tmp_path).name == "checkpoint-10"
    assert can_resume(tmp_path) and not can_resume(tmp_path / "trainer")


@pytest.mark.parametrize(
    ("changed", "entry"),
    [
        ("training.batch_size=4", "training.batch_size=8"),
        ("model.config.dropout=0.5", "model.config.dropout=0.0"),
        ("model.front_end.deltas=1", "model.front_end.deltas=None"),
        ("seed=1", "seed=0"),
    ],
)
def test_another_recipe_is_refused(tiny, tmp_path, changed, entry):
    keep_recipe(tmp_path, tiny())
    folder = tmp_path / "trainer" / "checkpoint-2"
    folder.mkdir()
    (folder / "trainer_state.json").write_text(json.dumps({}))
    check_output(tmp_path, tiny(), resume=True)
    with pytest.raises(RecipeError, match=f"was started with {entry}; resume it with the same recipe"):
        check_output(tmp_path, tiny(changed), resume=True)


def test_a_frozen_encoder_has_no_epochs_to_resume(tmp_path):
    content = {"name": "x", "model": {"family": "encoder", "checkpoint": "openai/whisper-base"}}
    recipe, output = recipe_from_mapping(content), tmp_path / "run"
    with pytest.raises(RecipeError, match=r"No interrupted training is in .*run; leave out --resume\."):
        check_output(output, recipe, resume=True)
    keep_recipe(output, recipe)  # interrupted before the head was fitted
    check_output(output, recipe, resume=True)
    check_output(output, recipe, resume=False)
