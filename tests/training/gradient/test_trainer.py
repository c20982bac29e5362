"""What an epoch draws, and what each entry of a recipe does to a training."""

import numpy as np
import pytest
import torch
from accelerate.data_loader import BatchSamplerShard, DataLoaderShard
from torch.utils.data import BatchSampler
from transformers import TrainerCallback
from transformers.modeling_outputs import SequenceClassifierOutput

from emotion_hf.errors import RecipeError
from emotion_hf.training.gradient import options
from emotion_hf.training.gradient.trainer import EpochSampler


class Watch(TrainerCallback):
    """Notes the learning rate of each step."""

    def __init__(self):
        self.rates = []

    def on_optimizer_step(self, args, state, control, optimizer, **_):
        self.rates.append(optimizer.param_groups[0]["lr"])


def watched(trainer) -> Watch:
    watch = Watch()
    trainer.add_callback(watch)
    trainer.train()
    return watch


def test_shares_draw_anew_each_epoch_and_all_of_the_rest():
    sampler = EpochSampler(["a"] * 10 + ["b"] * 20, {"b": 0.25})
    drawn = []
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        drawn.append(list(sampler))
    assert len(sampler) == 15
    for rows in drawn:
        assert len(set(rows)) == 15 and set(range(10)) <= set(rows)
    assert set(drawn[0]) != set(drawn[1])
    sampler.set_epoch(0)
    assert list(sampler) == drawn[0]
    assert np.mean(np.array(drawn[0]) < 10) == pytest.approx(10 / 15)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(RecipeError, match="leaves no clip"):
        EpochSampler(["a"] * 10, {"a": 0.0})
    with pytest.raises(RecipeError, match=r"data\.shares names 'b'; the data has a"):
        EpochSampler(["a"] * 10, {"b": 0.5})


def test_two_processes_share_the_batches_of_an_epoch():
    drawn = {}
    for process in (0, 1):
        batches = BatchSampler(EpochSampler(["a"] * 32, {}), batch_size=4, drop_last=False)
        shard = BatchSamplerShard(batches, num_processes=2, process_index=process)
        loader = DataLoaderShard(range(32), batch_sampler=shard, collate_fn=list)
        for epoch in (0, 1):
            loader.set_epoch(epoch)
            drawn[process, epoch] = [row for batch in loader for row in batch]
    for epoch in (0, 1):
        assert sorted(drawn[0, epoch] + drawn[1, epoch]) == list(range(32))
    assert drawn[0, 0] != drawn[0, 1]


def test_evaluation_does_not_augment_clips(make_trainer):
    trainer = make_trainer("augmentation.frequency_mask_bins=12", "augmentation.time_mask_frames=20")
    one, two = (next(iter(trainer.get_eval_dataloader()))["input_values"] for _ in range(2))
    assert torch.equal(one, two)
    row = [trainer.train_dataset[0]]
    assert not torch.equal(trainer.data_collator(row)["input_values"], trainer.data_collator(row)["input_values"])


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], lambda p: -np.log(p)),
        (["training.label_smoothing=0.5"], None),
        (["training.class_weights=balanced"], lambda p: -np.log(p)),
    ],
)
def test_the_loss_is_that_of_the_recipe(make_trainer, entries, expected):
    trainer = make_trainer("data.validation=0", *entries)
    batch = trainer.data_collator([trainer.train_dataset[row] for row in range(4)])
    loss, outputs = trainer.compute_loss(trainer.model, dict(batch), return_outputs=True)
    p = outputs["logits"].softmax(-1)
    if expected is None:
        even = -(0.5 * batch["labels"] + 0.5 / 8) * p.log()
        assert loss.item() == pytest.approx(even.sum(1).mean().item(), rel=1e-5)
    else:
        true = (p * batch["labels"]).sum(1).detach().numpy()
        assert loss.item() == pytest.approx(expected(true).mean(), rel=1e-5)


def test_class_weights_make_a_rare_emotion_count_more(make_trainer, clips):
    emotions = np.array(clips["emotion"][:])
    few_are_sad = clips.select([row for row in range(48) if emotions[row] != "sad" or row % 2 == 0])
    trainer = make_trainer("data.validation=0", "training.class_weights=balanced", data=few_are_sad)
    rows = np.array(trainer.train_dataset["emotion"])
    some = [int(np.flatnonzero(rows == emotion)[0]) for emotion in ("sad", "happy")]
    batch = trainer.data_collator([trainer.train_dataset[row] for row in some])
    loss, outputs = trainer.compute_loss(trainer.model, dict(batch), return_outputs=True)
    sad, happy = -(outputs["logits"].log_softmax(-1) * batch["labels"]).sum(1)
    assert loss.item() == pytest.approx(((2 * sad + happy) / 3).item(), rel=1e-5)  # 2 clips against 4
    assert trainer.model.config.class_weights[3] == pytest.approx(2 * trainer.model.config.class_weights[2])


class Foreign(torch.nn.Module):
    """Like the classifiers of transformers: no label mask, and class numbers as targets."""

    def forward(self, input_values, attention_mask=None, labels=None):
        assert labels is None
        return SequenceClassifierOutput(logits=input_values.mean(dim=(1, 2))[:, :8])


def test_other_models_can_be_trained_with_mixed_targets_and_label_masks(make_trainer):
    trainer = make_trainer("data.validation=0")
    batch = trainer.data_collator([trainer.train_dataset[row] for row in range(4)])
    batch["labels"] = batch["labels"].roll(1, 0) * 0.25 + batch["labels"] * 0.75
    batch["label_mask"] = batch["labels"] > 0
    batch["label_mask"][:, 0] = True
    loss, outputs = trainer.compute_loss(Foreign(), dict(batch), return_outputs=True)
    allowed = outputs["logits"].masked_fill(~batch["label_mask"], -1e9)
    expected = torch.nn.functional.cross_entropy(allowed, batch["labels"])
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])  # after which all weights are NaN
def test_a_loss_that_is_not_finite_stops_the_training_and_is_not_saved(make_trainer, tmp_path, value):
    trainer = make_trainer("data.validation=0", "training.epochs=3", "training.early_stopping=0")
    compute = trainer.compute_loss

    def fail_in_the_second_epoch(*arguments, **options):
        loss = compute(*arguments, **options)
        return loss * value if trainer.state.global_step >= 5 else loss

    trainer.compute_loss = fail_in_the_second_epoch
    with pytest.raises(RecipeError, match=r"The loss of epoch 2 is nan; set a lower training\.learning_rate"):
        trainer.train()
    assert [path.name for path in (tmp_path / "run").rglob("checkpoint-*")] == ["checkpoint-4"]


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [  # 32 clips, 8 in a batch: 4 steps an epoch, 12 in all, and a quarter of them to warm up
        ("cosine", [0, 1 / 3, 2 / 3, *(0.5 * (1 + np.cos(np.pi * step / 9)) for step in range(9))]),
        ("linear", [0, 1 / 3, 2 / 3, *(1 - step / 9 for step in range(9))]),
    ],
)
def test_the_learning_rate_follows_the_schedule(make_trainer, schedule, rates):
    entries = ["training.warmup=0.25", "training.epochs=3", "training.learning_rate=0.01", "data.validation=0"]
    watch = watched(make_trainer(f"training.schedule={schedule}", *entries))
    assert watch.rates == pytest.approx([0.01 * rate for rate in rates], abs=1e-9)


def judged(trainer, *figures: float):
    """Let the validation UA of each epoch be what it is told to be."""
    told = iter(figures)
    trainer.compute_metrics = lambda _: {"corpus_ua": next(told)}
    return trainer


def test_plateau_lowers_the_rate_when_validation_gets_no_better(make_trainer):
    entries = ["training.schedule=plateau", "training.epochs=7", "training.learning_rate=0.01"]
    watch = watched(judged(make_trainer(*entries), 0.3, 0.4, 0.4, 0.2, 0.3, 0.1, 0.5))
    # Four epochs without a better one are one more than the patience.
    assert watch.rates[::2] == pytest.approx([0.01] * 6 + [0.005])


def test_plateau_needs_validation_speakers(make_trainer):
    with pytest.raises(RecipeError, match="plateau needs validation speakers"):
        make_trainer("training.schedule=plateau", "data.validation=0")


def test_weight_decay_keeps_weights_small(make_trainer):
    norms = []
    for decay in (0.0, 10.0):
        trainer = make_trainer(f"training.weight_decay={decay}", "data.validation=0", "training.learning_rate=0.01")
        trainer.train()
        norms.append(trainer.model.backbone.project.weight.norm().item())
    assert norms[1] < 0.8 * norms[0]


@pytest.mark.parametrize(("patience", "epochs"), [(0, 5), (2, 4)])
def test_early_stopping_ends_a_training_that_does_not_get_better(make_trainer, patience, epochs):
    trainer = make_trainer(f"training.early_stopping={patience}", "training.epochs=5")
    judged(trainer, 0.3, 0.4, 0.4, 0.2, 0.5).train()
    assert trainer.state.epoch == epochs


def test_copies_are_made_of_the_training_clips_alone(make_trainer, clips):
    trainer = make_trainer("augmentation.copies=3", "augmentation.white_noise_probability=1", "data.validation=1")
    plain = make_trainer()
    copies, sources = trainer.train_dataset, np.array(trainer.train_dataset["source"])
    assert (
        len(copies)
        == 3 * len(plain.train_dataset)
        == len(list(trainer.get_train_dataloader().batch_sampler.sampler))
        == 48
    )
    assert sources.tolist() == [row for row in range(16) for _ in range(3)]
    for name in ("speaker", "emotion", "text"):
        assert list(copies[name]) == [plain.train_dataset[name][source] for source in sources]
    assert "source" not in trainer.eval_dataset.column_names and len(trainer.eval_dataset) == 16
    assert not set(copies["speaker"]) & set(trainer.eval_dataset["speaker"])
    kept = [np.array_equal(copies[row]["wave"], plain.train_dataset[int(sources[row])]["wave"]) for row in range(6)]
    assert kept == [True, False, False] * 2
    one, two = (trainer.data_collator([copies[1]])["input_values"] for _ in range(2))
    assert torch.equal(one, two)  # changed once, not in each epoch


@pytest.mark.parametrize("tracking", ["tensorboard", "trackio"])
def test_tracking_needs_its_package(make_trainer, tracking, monkeypatch):
    monkeypatch.setattr("emotion_hf.training.gradient.options.find_spec", lambda _: None)
    with pytest.raises(RecipeError, match=f"{tracking} needs a package that is not installed: pip install {tracking}"):
        make_trainer(f"training.tracking={tracking}")


def test_tensorboard_is_written_beside_the_model(make_trainer, tmp_path):
    pytest.importorskip("tensorboard")
    make_trainer("training.tracking=tensorboard", "data.validation=0").train()
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))


@pytest.mark.parametrize("has_it", [True, False])
def test_bf16_is_for_machines_that_compute_in_it(make_trainer, monkeypatch, has_it):
    monkeypatch.setattr(options, "has_fast_bf16", lambda device: has_it)
    assert make_trainer("data.validation=0", "training.precision=bf16").args.bf16 is has_it
    assert make_trainer("data.validation=0").args.bf16 is False
