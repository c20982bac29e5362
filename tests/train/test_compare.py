"""`python -m train.compare` on reports written before, and on models evaluated now."""

import json
import shutil
from dataclasses import replace

import pytest
from safetensors.torch import load_file, save_file

from emotion_hf.checkpoint import seal
from emotion_hf.evaluation.evaluate import evaluate
from emotion_hf.evaluation.report_json import find_report, read_report, write_json
from emotion_hf.prediction import Prediction
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.run import Run
from emotion_hf.testing import FakeClassifier, tiny_corpus
from train import compare, finetune

RECIPE = """
name: tiny
seed: 5
data: {split: "speakers:2", validation: 0, max_seconds: 0.6}
model:
  front_end: {num_mel_bins: 16, hop_length: 320}
  config: {backbone: cnn, widths: [4, 8], hidden_size: 8}
training: {epochs: 1, batch_size: 8}
"""


class Knowing(FakeClassifier):
    """Answers as the clips' order says: right on a share of them."""

    def __init__(self, name: str, emotions: list[str], right: float, start: int = 0):
        super().__init__()
        self.name, self.emotions, self.right, self.count = name, emotions, right, start

    def _answer(self, wave):
        self.count += 1
        emotion = self.emotions[(self.count - 1) % len(self.emotions)]
        right = self.count * 0.618 % 1 < self.right
        chosen = emotion if right else self.labels[(self.labels.index(emotion) + 1) % len(self.labels)]
        return Prediction(scores={label: 0.8 if label == chosen else 0.2 / 7 for label in self.labels})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=6, clips_per_emotion=2, seconds=0.6)


@pytest.fixture(scope="module")
def reports(corpus, tmp_path_factory):
    """Folders of three runs: two right on about 70 % of other clips each, one on about 20 %."""
    from emotion_hf.data.loader import load_corpora

    folder, clips = tmp_path_factory.mktemp("runs"), load_corpora({"ravdess": corpus})
    for name, right, start in (("seed1", 0.7, 0), ("seed2", 0.7, 640), ("weak", 0.2, 0)):
        report = evaluate(Knowing(name, list(clips["emotion"]), right, start), clips, split="fold1-test", by=())
        write_json(report, folder / name / "report" / "test" / "report.json")
    return folder


def test_two_seeds_are_a_tie_and_a_weak_model_is_worse(reports, tmp_path, capsys):
    names = ["weak", "seed1", "seed2"]
    assert compare.main([*(str(reports / name) for name in names), "--output", str(tmp_path / "all")]) == 0
    plain = json.loads((tmp_path / "all" / "comparison.json").read_text())
    assert sorted(plain["best"]) == ["seed1", "seed2"] and plain["models"][2]["worse"]
    printed = capsys.readouterr().out
    assert "Tied best: seed" in printed and str(tmp_path / "all" / "comparison.html") in printed
    assert "A tie: the difference of" in (tmp_path / "all" / "comparison.html").read_text()


def test_a_better_model_is_named(reports, tmp_path, capsys):
    file = reports / "weak" / "report" / "test" / "report.json"
    assert compare.main([str(file), str(reports / "seed1"), "--output", str(tmp_path / "two")]) == 0
    assert "Best: seed1." in capsys.readouterr().out
    assert "seed1 is better than weak by" in (tmp_path / "two" / "comparison.md").read_text()


def test_models_are_evaluated_now(corpus, tmp_path, capsys):
    (tmp_path / "tiny.yaml").write_text(RECIPE)
    first, second = tmp_path / "a" / "model", tmp_path / "b" / "model"
    assert finetune.main([str(tmp_path / "tiny.yaml"), "--data", f"ravdess={corpus}", "--output", str(first)]) == 0
    shutil.copytree(first, second)
    weights = load_file(second / "model.safetensors")
    weights["classifier.weight"] = weights["classifier.weight"].flip(0).contiguous()
    save_file(weights, second / "model.safetensors", metadata={"format": "pt"})
    seal(second)
    arguments = ["--data", f"ravdess={corpus}", "--split", "speakers:2-test", "--output", str(tmp_path / "out")]
    assert compare.main([str(first), str(second), *arguments]) == 0
    plain = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert {one["report"]["model"] for one in plain["models"]} == {"model", "model (2)"}
    config = json.loads((second / "config.json").read_text())
    config["id2label"]["0"] = "LABEL_0"  # as in a model of somebody else
    config["label2id"] = {name: int(number) for number, name in config["id2label"].items()}
    (second / "config.json").write_text(json.dumps(config))
    seal(second)
    first_label = plain["models"][0]["report"]["labels"][0]
    assert compare.main([str(first), str(second), *arguments, "--label", f"LABEL_0={first_label}"]) == 0
    again = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert [one["report"]["ua"] for one in again["models"]] == [one["report"]["ua"] for one in plain["models"]]
    for one in plain["models"]:
        assert one["report"]["clips"] == 32 and one["report"]["cost"]["ms_per_clip"] > 0
        assert one["report"]["training"]["recipe"] == "tiny"
    assert "ms per clip" in (tmp_path / "out" / "comparison.html").read_text()


def test_the_training_is_taken_from_the_runs_folder(reports, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(reports / "seed1", folder)
    assert find_report(folder).training is None
    run = Run.read(DEFAULT_CHECKPOINT)
    replace(run, recipe=run.recipe | {"name": "own", "seed": 7}).write(folder)
    found = find_report(folder)
    assert (found.training.recipe, found.training.seed) == ("own", 7)
    assert found.predictions == read_report(folder / "report" / "test" / "report.json").predictions


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{runs}/seed1"], "at least two models"),
        (["{runs}/seed1", "{runs}"], "has no report.json and no report/test/report.json"),
        (["{runs}/seed1", "{runs}/gone.json"], "There is no report"),
        (["{runs}/seed1", "{runs}/seed2", "--split", "fold1-test"], "--split needs --data"),
        (["{runs}/seed1", "{runs}/seed2", "--output", "{runs}/seed1/report/test/report.json"], "is a file"),
        (["{runs}/gone", "{runs}/seed1", "--data", "ravdess={runs}"], "There is no model folder"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(reports, tmp_path, capsys, arguments, words):
    arguments = [argument.replace("{runs}", str(reports)) for argument in arguments]
    if "--output" not in arguments:
        arguments += ["--output", str(tmp_path / "out")]
    assert compare.main(arguments) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in error and not (tmp_path / "out").exists()


def test_other_clips_are_one_sentence(reports, tmp_path, capsys):
    plain = json.loads((reports / "seed2" / "report" / "test" / "report.json").read_text())
    plain["predictions"], plain["clips"] = plain["predictions"][:30], 30
    (tmp_path / "fewer.json").write_text(json.dumps(plain))
    arguments = [str(reports / "seed1"), str(tmp_path / "fewer.json"), "--output", str(tmp_path / "out")]
    assert compare.main(arguments) == 1
    assert "and only 30 are in both" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
