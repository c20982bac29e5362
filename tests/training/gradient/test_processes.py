"""Several processes that share the batches of a training: the same losses as with one."""

import json
import subprocess
import sys

import pytest

from emotion_hf.errors import RecipeError
from emotion_hf.jobs import ROOT
from emotion_hf.testing import tiny_corpus
from emotion_hf.training.gradient.options import share_of_batch

LAUNCH = ("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
          "--main_process_port", "0", "--mixed_precision", "no", "--dynamo_backend", "no", "-m")  # fmt: skip
NOTHING_RANDOM = [
    f"model.config.{name}=0"
    for name in ("hidden_dropout", "attention_dropout", "activation_dropout", "layerdrop", "feat_proj_dropout")
]
EPOCHS = 2


def test_two_processes_have_the_losses_of_one(tmp_path):
    corpus = tiny_corpus(tmp_path / "tiny", speakers=3)
    sizes = ("hidden_size=16", "num_hidden_layers=1", "num_attention_heads=2", "pooled_layers=[1]")
    recipe = [
        *("wav2vec2_tiny", "--data", f"ravdess={corpus}", "data.split=speakers:1", "data.validation=0"),
        *(
            "augmentation.speeds=[1.0]",
            f"training.epochs={EPOCHS}",
            "training.batch_size=8",
            "training.precision=fp32",
        ),
        *(f"model.config.{size}" for size in sizes),
        *NOTHING_RANDOM,
    ]
    losses = []
    for name, launch in (("one", ()), ("two", LAUNCH)):
        command = [sys.executable, "-m", *launch, "train.finetune", *recipe, "--output", str(tmp_path / name)]
        subprocess.run(command, cwd=ROOT, check=True, timeout=280)
        losses.append([entry["loss"] for entry in json.loads((tmp_path / name / "run.json").read_text())["history"]
                       if "loss" in entry])  # fmt: skip
    assert len(losses[0]) == EPOCHS and losses[0][-1] < losses[0][0]
    assert losses[1] == pytest.approx(losses[0], abs=1e-5)


def test_a_batch_that_cannot_be_shared_is_refused():
    assert (share_of_batch(32, 1), share_of_batch(32, 4)) == (32, 8)
    with pytest.raises(RecipeError, match="3 processes cannot share batches of 32 clips"):
        share_of_batch(32, 3)
