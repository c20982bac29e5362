"""`python -m train.baseline` on a tiny corpus: the folder it leaves, its report, its refusals."""

import json

import pytest
import torch
from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

from emotion_hf.baselines.estimators import KINDS
from emotion_hf.baselines.features import EngineeredFeatures
from emotion_hf.errors import CheckpointError
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.baseline import BaselineData, BaselineRecipe, fit_baseline
from train.baseline import main


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=4)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def fitted(corpus, cache, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs") / "lr"
    arguments = ["logistic_regression", "--data", f"ravdess={corpus}", "data.split=speakers:1", "seed=3"]
    options = ["--output", str(output), "--cache", str(cache), "--test"]
    assert main([*arguments, "data.validation=1", *options]) == 0
    return output


def test_the_folder_answers(fitted):
    files = {"baseline.json", "baseline.skops", "checksums.json", "run.json", "report"}
    assert {path.name for path in fitted.iterdir()} == files
    answer = EmotionRecognizer.from_pretrained(fitted)((16_000, synthetic_voice(1.5)))
    assert len(answer.scores) == 8 and sum(answer.scores.values()) == pytest.approx(1.0) and answer.model == "lr"


def test_run_json_says_what_was_done(fitted):
    run = json.loads((fitted / "run.json").read_text())
    speakers = {part: set(run["data"][part]["speakers"]) for part in ("train", "validation", "test")}
    assert [len(speakers[part]) for part in ("train", "validation", "test")] == [2, 1, 1]
    assert len(set.union(*speakers.values())) == 4
    recipe = run["recipe"]
    assert (recipe["name"], recipe["kind"], recipe["seed"]) == ("lr", "logistic_regression", 3)
    assert recipe["data"]["split"] == "speakers:1" and recipe["augmentation"]["speeds"] == [0.9, 1.1]
    assert [each["settings"]["C"] for each in run["history"]] == KINDS["logistic_regression"].grid["C"]
    assert run["versions"]["torch"] and run["seconds"] >= 0


def test_validation_figures_are_those_of_the_report(fitted):
    run = json.loads((fitted / "run.json").read_text())
    for part in ("validation", "test"):
        report = json.loads((fitted / "report" / part / "report.json").read_text())
        assert report["split"] == f"speakers:1-{part}" and report["clips"] == 8
        assert not report["optimistic"] and (fitted / "report" / part / "report.md").is_file()
        if part == "validation":
            assert report["ua"] == pytest.approx(run["validation"]["ua"])
    facts = json.loads((fitted / "baseline.json").read_text())
    assert 0 < facts["not_sure_below"] < 1 and 0.01 <= facts["temperature"] <= 100
    assert facts["figures"]["settings"]["C"] in KINDS["logistic_regression"].grid["C"]
    assert facts["figures"]["cross_validation"]["ua"] > 1 / 8


def test_what_matters_is_listed_and_drawn(fitted):
    importance = json.loads((fitted / "report" / "importance.json").read_text())
    assert {"pitch", "mfcc", "quality"} <= set(importance)
    drops = [one["drop"] for one in importance.values()]
    assert drops == sorted(drops, reverse=True) and sum(one["features"] for one in importance.values()) == 923
    assert (fitted / "report" / "importance.png").stat().st_size > 5_000


def test_features_are_computed_once(fitted, corpus, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(EngineeredFeatures, "__call__", lambda *_: pytest.fail("computed again"))
    monkeypatch.setitem(KINDS["logistic_regression"].grid, "C", [0.01])
    recipe = BaselineRecipe("again", "logistic_regression", data=BaselineData([], "speakers:1", 1), seed=3)
    run, importance = fit_baseline(recipe, {"ravdess": corpus}, tmp_path / "again", cache=cache)
    assert run.history[0]["settings"] == {"C": 0.01} and len(run.history) == 1 and importance["mfcc"].features == 158


def test_merged_labels_a_random_split_and_no_copies(corpus, cache, tmp_path, monkeypatch):
    monkeypatch.setitem(KINDS["logistic_regression"].grid, "C", [0.01])
    data = BaselineData({"low": ["calm", "sad"], "high": ["happy", "angry"]}, "random:0.25", validation=0)
    recipe = BaselineRecipe("merged", "logistic_regression", data=data, speeds=())
    run, _ = fit_baseline(recipe, {"ravdess": corpus}, tmp_path / "merged", cache=cache)
    assert run.split.optimistic and run.validation == {} and len(run.split.test) == 4
    facts = json.loads((run.folder / "baseline.json").read_text())
    assert facts["labels"] == ["low", "high"] and facts["figures"]["cross_validation"]["ua"] > 0.5
    assert json.loads((run.folder / "run.json").read_text())["recipe"]["augmentation"]["speeds"] == []


def test_embeddings_serve_as_features(corpus, cache, tmp_path, monkeypatch):
    torch.manual_seed(0)
    sizes = {"conv_dim": (8, 8), "conv_stride": (20, 16), "conv_kernel": (20, 16), "num_conv_pos_embeddings": 16}
    config = Wav2Vec2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, **sizes)
    Wav2Vec2Model(config).save_pretrained(tmp_path / "encoder")
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path / "encoder")
    monkeypatch.setitem(KINDS["logistic_regression"].grid, "C", [0.01])
    data = BaselineData([], "speakers:1", validation=0)
    recipe = BaselineRecipe(
        "embeddings", "logistic_regression", str(tmp_path / "encoder"), layer=1, data=data, speeds=()
    )
    run, importance = fit_baseline(recipe, {"ravdess": corpus}, tmp_path / "encoded", cache=cache)
    assert {group: one.features for group, one in importance.items()} == {"mean": 16, "deviation": 16}
    assert json.loads((run.folder / "run.json").read_text())["recipe"]["encoder"] == "encoder"
    answer = EmotionRecognizer.from_pretrained(run.folder)((16_000, synthetic_voice(1.5)))
    assert sum(answer.scores.values()) == pytest.approx(1.0)
    Wav2Vec2Model(config).save_pretrained(tmp_path / "encoder")  # trained on, as it were
    with pytest.raises(CheckpointError, match="other features"):
        EmotionRecognizer.from_pretrained(run.folder)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["oracle"], "choose one of svm"),
        (["svm", "training.epochs=3"], "has no setting training.epochs; its settings are data.split"),
        (["svm", "data.split=fold9"], "fold1 to fold6"),
        (["svm", "data.validation=many"], "many"),
        (["svm", "augmentation.speeds=[99]"], "augmentation.speeds contains 99"),
        (["svm", "--jobs", "0"], "--jobs is 0"),
        (["svm", "--layer", "3"], "name one with --features"),
        (["svm", "--features", "nobody/nothing"], "nobody/nothing cannot be loaded"),
        (["svm", "--cache", "FILE"], "use another folder"),
        (["svm", "--output", "FILE"], "is a file"),
        (["svm", "data.split=speakers:3", "data.validation=0"], "one speaker"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(corpus, cache, tmp_path, capsys, arguments, words):
    (tmp_path / "file").write_text("")
    kind, *rest = [str(tmp_path / "file") if argument == "FILE" else argument for argument in arguments]
    options = ["--output", str(tmp_path / "model"), "--cache", str(cache)]
    assert main([kind, "--data", f"ravdess={corpus}", *options, *rest]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert words in said[-1] and "Traceback" not in "".join(said)
    assert not (tmp_path / "model").exists()


def test_a_fitted_folder_is_not_overwritten(fitted, corpus, cache, capsys):
    before = (fitted / "baseline.skops").read_bytes()
    options = ["--output", str(fitted), "--cache", str(cache)]
    assert main(["svm", "--data", f"ravdess={corpus}", *options]) == 1
    assert "is not empty" in capsys.readouterr().err and (fitted / "baseline.skops").read_bytes() == before


@pytest.mark.parametrize("named", ["file", "folder"])
def test_its_own_record_repeats_a_fit(fitted, corpus, cache, tmp_path, named):
    record = fitted / "run.json" if named == "file" else fitted
    arguments = [str(record), "--data", f"ravdess={corpus}", "--cache", str(cache), "--output", str(tmp_path / "lr")]
    assert main(arguments) == 0
    first, second = (json.loads((folder / "run.json").read_text()) for folder in (fitted, tmp_path / "lr"))
    for what in ("recipe", "data", "validation", "history"):
        assert first[what] == second[what]
    sound = (16_000, synthetic_voice(1.5))
    answers = [EmotionRecognizer.from_pretrained(folder)(sound).scores for folder in (fitted, tmp_path / "lr")]
    assert answers[0] == answers[1]


def test_a_record_of_a_network_is_no_baseline(fitted, corpus, tmp_path, capsys):
    run = json.loads((fitted / "run.json").read_text())
    del run["recipe"]["kind"]
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert main([str(tmp_path), "--data", f"ravdess={corpus}"]) == 1
    assert "does not record a baseline; train networks with emotion-hf train" in capsys.readouterr().err
