"""Everything in one command: train, go on with corrections, compare, one picture."""

import json
import shutil

import pytest
import soundfile
import yaml

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.testing import synthetic_voice, tiny_corpus
from tests.training.conftest import TINY
from train.run_all import find_model, is_network, main


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A corpus of four speakers, corrections with and without consent, and a tiny recipe."""
    folder = tmp_path_factory.mktemp("all")
    tiny_corpus(folder / "ravdess", 4, 2, seconds=0.4)
    feedback = folder / "feedback"
    (feedback / "audio").mkdir(parents=True)
    lines = []
    for number, label in enumerate(("happy", "sad", "angry")):
        soundfile.write(feedback / "audio" / f"{number}.flac", synthetic_voice(0.5, seed=number), SAMPLING_RATE)
        consent = {"store": True, "train": label != "angry", "publish": False}
        lines.append({"file_name": f"audio/{number}.flac", "id": f"{number:032x}", "label": label, "consent": consent})
    (feedback / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    return folder


def test_two_models_and_corrections_are_trained_compared_and_drawn(folders, capsys):
    output = folders / "out"
    arguments = [str(folders / "tiny.yaml"), "logistic_regression", "--data", f"ravdess={folders / 'ravdess'}"]
    arguments += ["data.split=fold1", "data.validation=1", "training.epochs=1"]
    arguments += ["--feedback", str(folders / "feedback"), "--output", str(output)]
    assert main(arguments) == 0
    comparison = json.loads((output / "comparison" / "comparison.json").read_text())
    made = {path.name for path in output.iterdir()}
    assert made == {"tiny", "tiny-feedback", "logistic_regression", "comparison", "summary.png"}
    assert "tiny-feedback" in json.dumps(comparison)
    run = json.loads((output / "tiny-feedback" / "run.json").read_text())
    assert run["data"]["train"]["clips_by_corpus"] == {"ravdess": 48, "feedback": 2}  # two may be trained with
    assert (output / "summary.png").stat().st_size > 10_000
    before = (output / "tiny" / "model.safetensors").stat().st_mtime_ns
    capsys.readouterr()
    assert main(arguments) == 0  # the same again keeps what is finished
    assert "tiny is already finished; it is kept." in capsys.readouterr().out
    assert (output / "tiny" / "model.safetensors").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["resnett", "--data", "ravdess=."], "resnett is neither a recipe nor a baseline; the recipes are bilstm"),
        (["resnet", "--data", "ravdess=.", "--feedback", "nowhere"], "There is no folder nowhere"),
        (["resnet", "--data", "ravdess=.", "--feedback", ".", "data.split=random:0.2"], "must stay the same"),
    ],
)
def test_a_mistake_is_one_sentence_before_the_first_training(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert words in capsys.readouterr().err


def test_clean_removes_earlier_trainings_and_nothing_else(folders, tmp_path, capsys):
    shutil.copytree(folders / "ravdess", tmp_path / "ravdess")
    (tmp_path / "out" / "tiny").mkdir(parents=True)
    (tmp_path / "out" / "notes.txt").write_text("somebody's own")
    (tmp_path / "out" / "tiny" / "left.txt").write_text("of an earlier run")
    arguments = [str(folders / "tiny.yaml"), "--data", f"ravdess={tmp_path / 'ravdess'}", "training.epochs=1"]
    arguments += ["--output", str(tmp_path / "out")]
    assert main(arguments) == 1  # the folder is not empty
    assert "not empty" in capsys.readouterr().err
    assert main([*arguments, "--clean"]) == 1  # no training wrote it, so it stays
    assert (tmp_path / "out" / "tiny" / "left.txt").is_file()
    (tmp_path / "out" / "tiny" / "run.json").write_text("{}")
    assert main([*arguments, "--clean"]) == 0
    assert not (tmp_path / "out" / "tiny" / "left.txt").exists()
    assert (tmp_path / "out" / "notes.txt").is_file()


def test_names_are_recipes_of_the_project_files_and_baselines(folders):
    assert find_model("resnet").endswith("train/recipes/resnet.yaml")
    assert find_model(str(folders / "tiny.yaml")) == str(folders / "tiny.yaml")
    assert find_model("svm") == "svm"


def test_a_training_is_repeated_from_its_record(folders, tmp_path):
    assert find_model("whisper").endswith("train/recipes/whisper.yaml") and find_model("svm") == "svm"
    items = ["--data", f"ravdess={folders / 'ravdess'}", "data.split=fold1", "data.validation=1", "training.epochs=1"]
    assert main([str(folders / "tiny.yaml"), *items, "--output", str(tmp_path / "first")]) == 0
    record = tmp_path / "first" / "tiny" / "run.json"
    assert find_model(str(record)) == str(record) and is_network(str(record.parent)) and not is_network("svm")
    assert main([str(record), *items[:2], "--output", str(tmp_path / "second")]) == 0
    made = [(tmp_path / part / "tiny" / "model.safetensors").read_bytes() for part in ("first", "second")]
    assert made[0] == made[1]


def test_a_wrong_recipe_is_reported_before_the_first_training(folders, tmp_path, capsys):
    (tmp_path / "wrong.yaml").write_text("epochs: 3")
    arguments = [str(folders / "tiny.yaml"), str(tmp_path / "wrong.yaml"), "--data", f"ravdess={folders / 'ravdess'}"]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 1
    assert "Unknown key epochs" in capsys.readouterr().err and not (tmp_path / "out").exists()
