"""A whole training on a tiny corpus: checkpoint, run.json, report, resuming, refusals."""

import json
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from emotion_hf.cli.train import main, make_parser
from emotion_hf.corpora import CORPORA
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training import finetune

ROOT = Path(__file__).resolve().parents[2]
RECIPE = """
name: tiny
data: {split: "speakers:1", validation: 1, max_seconds: 1.0}
model:
  front_end: {num_mel_bins: 24, hop_length: 320}
  config: {backbone: cnn, widths: [8, 16], hidden_size: 16, dropout: 0.0}
training: {epochs: 3, batch_size: 8, learning_rate: 3e-3, early_stopping: 0}
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=4, clips_per_emotion=2)


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipes") / "tiny.yaml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def trained(corpus, recipe_file, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs") / "tiny"
    assert main([str(recipe_file), "--data", f"ravdess={corpus}", "seed=3", "--output", str(output), "--test"]) == 0
    return output


def test_the_checkpoint_stands_alone(trained):
    names = {path.name for path in trained.iterdir()}
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "run.json"} <= names
    assert {"modeling_spectrogram.py", "frontend_spectrogram.py", "backbone_cnn.py"} <= names
    assert not list(trained.rglob("*.bin")) + list(trained.rglob("*.pt")) + list(trained.rglob("*.pth"))
    answer = EmotionRecognizer.from_pretrained(trained)((16_000, synthetic_voice(1.5)))
    assert sum(answer.scores.values()) == pytest.approx(1.0) and answer.model == "tiny"


def test_run_json_says_what_was_done(trained):
    run = json.loads((trained / "run.json").read_text())
    speakers = {part: set(run["data"][part]["speakers"]) for part in ("train", "validation", "test")}
    assert [len(speakers[part]) for part in ("train", "validation", "test")] == [2, 1, 1]
    assert len(set.union(*speakers.values())) == 4
    assert run["recipe"]["seed"] == 3 and run["recipe"]["training"]["learning_rate"] == 3e-3
    assert run["data"]["train"]["clips"] == 32 and run["versions"]["torch"] and run["seconds"] >= 0
    assert [entry["epoch"] for entry in run["history"] if "eval_ua" in entry] == [1.0, 2.0, 3.0]


def test_the_report_has_figures_and_pictures(trained):
    for part in ("validation", "test"):
        report = json.loads((trained / "report" / part / "report.json").read_text())
        assert report["split"] == f"speakers:1-{part}" and report["clips"] == 16
        names = {path.name for path in (trained / "report" / part).iterdir()}
        assert {"report.md", "confusion.png", "recall.png", "curves.png", "calibration.png"} <= names


def test_calibration_was_fitted(trained):
    config = json.loads((trained / "config.json").read_text())
    assert 0.25 <= config["logit_temperature"] <= 8 and config["logit_temperature"] != 1
    assert 1 / 8 < config["not_sure_below"] < 1


def test_the_same_seed_gives_the_same_model(corpus, tmp_path):
    recipe = recipe_from_mapping(
        {
            "name": "twice",
            "data": {"split": "speakers:1", "validation": 0, "max_seconds": 0.6},
            "model": {"front_end": {"num_mel_bins": 16}, "config": {"backbone": "resnet", "widths": [8], "blocks": 1}},
            "augmentation": {"speeds": [0.9, 1.1], "time_mask_frames": 9, "mixup_alpha": 0.4, "gain_db": 6.0},
            "training": {"epochs": 1, "batch_size": 8},
        }
    )
    weights = []
    for name in ("one", "two"):
        finetune.fine_tune(recipe, {"ravdess": corpus}, tmp_path / name)
        weights.append((tmp_path / name / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    run = json.loads((tmp_path / "one" / "run.json").read_text())
    assert run["validation"] == {} and run["data"]["validation"]["clips"] == 0


def epochs(output: Path) -> list[float]:
    """Return the finished epochs, as the file of the progress has them."""
    file = output / "progress.jsonl"
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    entries = [json.loads(line) for line in lines if line.endswith("\n")]
    return [entry["epoch"] for entry in entries if entry["event"] == "epoch"]


def test_an_interrupted_training_goes_on(corpus, recipe_file, tmp_path, capsys):
    output, log = tmp_path / "run", tmp_path / "log"
    slow = "augmentation.codec_probability=1"  # so slow that the signal comes within an epoch
    arguments = [str(recipe_file), "--data", f"ravdess={corpus}", "--output", str(output), slow]
    interruptible = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background ignores Ctrl-C
    command = [sys.executable, "-m", "train.finetune", *arguments]
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file, preexec_fn=interruptible)
    while not epochs(output):
        assert process.poll() is None, log.read_text()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    said = log.read_text().splitlines()
    assert said[-1] == "Stopped. With --resume, the training continues from its last finished epoch or embedding."
    assert any(line.startswith("epoch 1/3  loss") for line in said)
    assert not any("Traceback" in line for line in said)
    assert epochs(output) == [1] and not (output / "model.safetensors").exists()

    assert main(arguments) == 1
    assert "continue it with --resume" in capsys.readouterr().err
    assert main([*arguments, "--resume", "training.batch_size=4"]) == 1
    assert "was started with training.batch_size=8" in capsys.readouterr().err
    assert main([*arguments, "--resume"]) == 0
    run = json.loads((output / "run.json").read_text())
    assert [entry["epoch"] for entry in run["history"] if "eval_ua" in entry] == [1, 2, 3] == epochs(output)
    assert not (output / "trainer").exists()


def test_a_training_stopped_in_its_first_epoch_starts_anew(corpus, recipe_file, tmp_path, capsys):
    (tmp_path / "run" / "trainer").mkdir(parents=True)  # what Trainer leaves then
    arguments = [
        str(recipe_file),
        "--data",
        f"ravdess={corpus}",
        "training.epochs=1",
        "--output",
        str(tmp_path / "run"),
    ]
    assert main([*arguments, "--resume"]) == 1
    assert "leave out --resume" in capsys.readouterr().err
    assert main([*arguments, "data.validation=0", "notes=by ear"]) == 0
    assert (tmp_path / "run" / "report" / "curves.png").is_file()  # without validation speakers there is only the loss
    assert json.loads((tmp_path / "run" / "run.json").read_text())["recipe"]["notes"] == "by ear"
    assert main(arguments) == 1
    assert "not empty" in capsys.readouterr().err
    assert main([*arguments[:-1], str(recipe_file)]) == 1
    assert "is a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["training.epoch=3"], "training.epoch; the keys there are epochs"),
        (["training.epochs=many"], "whole number"),
        (["training.schedule=zigzag"], "choose one of cosine, linear, plateau"),
        (["training.schedule=plateau", "data.validation=0"], "plateau needs validation speakers"),
        (
            ["augmentation.time_mask_frames=4", "model.family=waveform", "model.front_end={}"],
            "family waveform takes samples",
        ),
        (
            ["augmentation.stretch_probability=1", "augmentation.stretch_rates=[1.1, 0.9]"],
            "stretch_rates is [1.1, 0.9]",
        ),
        (["data.shares={mine: 0.5}"], "data.shares names 'mine'"),
        (["data.labels=[happy, bored]"], "bored"),
        (["augmentation.noise_probability=1.0"], "augmentation.noise"),
        (["augmentation.noise=nowhere", "augmentation.noise_probability=1.0"], "noise nowhere matches no recording"),
        (["data.split=fold9"], "fold"),
    ],
)
def test_a_wrong_recipe_is_one_sentence(corpus, recipe_file, tmp_path, capsys, extra, words):
    status = main([str(recipe_file), "--data", f"ravdess={corpus}", "--output", str(tmp_path / "run"), *extra])
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert status == 1 and words in said


def test_a_missing_folder_is_one_sentence(recipe_file, tmp_path, capsys):
    assert main([str(recipe_file), "--data", f"ravdess={tmp_path / 'none'}"]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_an_audiofolder_is_tested_on_its_folder_test_and_nothing_else(corpus, recipe_file, tmp_path, capsys):
    data = tmp_path / "data"
    for clip in sorted(corpus.rglob("*.wav")):
        emotion = {"03": "Freude", "05": "Wut"}.get(clip.stem.split("-")[2])
        if emotion:
            part = "test" if clip.parent.name == "Actor_01" else "train"
            (data / part / emotion).mkdir(parents=True, exist_ok=True)
            shutil.copy(clip, data / part / emotion / f"{clip.parent.name} {clip.stem[-8:]}.wav")
    overrides = ["data.split=folders", "data.validation=0.25", "training.epochs=1"]
    assert (
        main([str(recipe_file), "--data", f"mine={data}", *overrides, "--output", str(tmp_path / "run"), "--test"])
        == 0
    )
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert {part: run["data"][part]["clips"] for part in ("train", "validation", "test")} == {
        **{"train": 9, "validation": 3, "test": 4}
    }
    assert run["optimistic_split"] and run["data"]["test"]["clips_by_emotion"] == {"happy": 2, "angry": 2}
    assert "Optimistic: the speakers are unknown, so the model may have been trained" in capsys.readouterr().out
    report = json.loads((tmp_path / "run" / "report" / "test" / "report.json").read_text())
    assert all(Path(row["file"]).name.startswith("Actor_01") for row in report["predictions"])
    assert report["split"] == "folders-test" and report["optimistic"]


def test_a_corpus_under_a_name_with_a_typo_is_refused_before_the_training(tmp_path, capsys):
    corpus = tiny_corpus(tmp_path / "audio-of" / "audio", speakers=2).parent
    assert main(["cnn", "--data", f"ravdes={corpus}", "--output", str(tmp_path / "run")]) == 1
    assert f"It looks like RAVDESS, because 16 of its 16 file names fit: use --data ravdess={corpus}." in (
        capsys.readouterr().err
    )
    assert not (tmp_path / "run").exists()


def test_data_can_be_given_twice():
    options = make_parser().parse_args(["cnn", "--data", "a=A", "--data", "b=B", "c=C"])
    assert options.data == ["a=A", "b=B", "c=C"]


@pytest.mark.parametrize("named", ["file", "folder"])
def test_its_own_record_repeats_a_training(trained, corpus, tmp_path, named, capsys):
    recipe = trained / "run.json" if named == "file" else trained
    assert main([str(recipe), "--data", f"ravdess={corpus}", "--output", str(tmp_path / "again")]) == 0
    first, second = (json.loads((folder / "run.json").read_text()) for folder in (trained, tmp_path / "again"))
    assert (first["recipe"], first["data"]) == (second["recipe"], second["data"])
    assert first["validation"]["ua"] == second["validation"]["ua"]
    losses = [[entry["eval_loss"] for entry in run["history"] if "eval_loss" in entry] for run in (first, second)]
    assert len(losses[0]) == 3 and losses[0] == losses[1]
    assert (trained / "model.safetensors").read_bytes() == (tmp_path / "again" / "model.safetensors").read_bytes()
    assert "the result will differ" not in capsys.readouterr().out


def test_other_data_than_the_recorded_is_pointed_out(trained, tmp_path, caplog, capsys):
    other = tiny_corpus(tmp_path / "tess", speakers=3, clips_per_emotion=2)
    arguments = [str(trained / "run.json"), "--data", f"mine={_by_emotion(other, tmp_path / 'mine')}"]
    assert main([*arguments, "--output", str(tmp_path / "again"), "training.epochs=1"]) == 0
    assert "The recorded training used ravdess; this one uses mine, so its result will differ." in caplog.text
    assert "The recorded training used 32 training clips, this one 16;" in capsys.readouterr().out


def _by_emotion(ravdess, folder):
    for clip in CORPORA["ravdess"].index(ravdess):
        place = folder / clip.emotion / clip.speaker
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip.path, place)
    return folder
