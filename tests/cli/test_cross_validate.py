"""`emotion-hf cross-validate` on a tiny corpus: the page, what is kept, continuing, refusals."""

import json
import shutil
from pathlib import Path

import pytest

from emotion_hf.cli.cross_validate import main
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.run import Run
from emotion_hf.testing import tiny_corpus
from emotion_hf.training import cross_validation
from train import cross_validate as entry

RECIPE = """
name: tiny
data: {validation: 1, max_seconds: 0.4}
model:
  front_end: {num_mel_bins: 24, hop_length: 320}
  config: {backbone: cnn, widths: [8, 16], hidden_size: 16, dropout: 0.0}
training: {epochs: 1, batch_size: 8, early_stopping: 0}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("folds")
    tiny_corpus(folder / "ravdess", speakers=6, clips_per_emotion=1, seconds=0.5)
    (folder / "tiny.yaml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module")
def command(place):
    """The command line of a network and a baseline on two folds of three speakers."""
    names = [str(place / "tiny.yaml"), "logistic_regression", "--data", f"ravdess={place / 'ravdess'}"]
    return [*names, "augmentation.speeds=[]", "--folds", "speakers:2", "--cache", str(place / "cache")]


@pytest.fixture(scope="module")
def done(place, command):
    output = place / "out"
    assert main([*command, "--seeds", "2", "--output", str(output)]) == 0
    return output


def test_a_network_and_a_baseline_are_on_one_page(done):
    assert {path.name for path in done.iterdir()} == {
        *("README.md", "README.html", "cross_validation.json", "tiny", "logistic_regression"),
    }
    plain = json.loads((done / "cross_validation.json").read_text())
    assert [one["model"] for one in plain["models"]] == ["tiny", "logistic_regression"]
    assert (plain["clips"], plain["speakers"], plain["optimistic"]) == (48, 6, False)
    for one in plain["models"]:
        values = [ua for fold in one["ua"].values() for ua in fold.values()]
        assert len(values) == 4 and one["mean_ua"] == pytest.approx(sum(values) / 4)
        assert one["ua_together"]["low"] <= one["ua_together"]["value"] <= one["ua_together"]["high"]
    assert plain["models"][1]["mean_ua"] > 1 / 8
    (test,) = plain["tests"]
    assert 0 < test["p"] <= 1 and {test["first"], test["second"]} == {"tiny", "logistic_regression"}
    text = (done / "README.md").read_text()
    assert "| fold | seed 0 | seed 1 | mean |" in text and "ravdess/Actor_06" in text


def test_the_page_names_the_encoder_of_the_model_that_a_head_is_trained_on(done, command, tmp_path):
    (tmp_path / "head").mkdir()
    for report in (done / "tiny").glob("fold*.json"):  # so nothing needs to be trained
        shutil.copy(report, tmp_path / "head")
    data, rest = command[2:4], [one for one in command[4:] if not one.startswith("augmentation")]
    assert main(["head", *data, *rest, "--seeds", "2", "--output", str(tmp_path)]) == 0
    assert "head, trained on the encoder openai/whisper-base: UA" in (tmp_path / "README.md").read_text()


def test_without_keep_only_reports_stay(done):
    names = {f"fold{fold}-seed{seed}.json" for fold in (1, 2) for seed in (0, 1)}
    for model in ("tiny", "logistic_regression"):
        assert {path.name for path in (done / model).iterdir()} == {*names, "settings.json"}


def test_finished_folds_are_not_trained_again(done, command, capsys, monkeypatch):
    monkeypatch.setattr(cross_validation, "fine_tune", lambda *_, **__: pytest.fail("trained again"))
    monkeypatch.setattr(cross_validation, "fit_baseline", lambda *_, **__: pytest.fail("fitted again"))
    before = (done / "README.md").read_text()
    assert main([*command, "--seeds", "2", "--output", str(done)]) == 0
    assert "tiny, fold1, seed 0: UA " in (said := capsys.readouterr().out) and "(4 of 4, already finished)" in said
    assert (done / "README.md").read_text() == before


def test_only_what_was_interrupted_is_trained_again(done, command, monkeypatch, capsys):
    report = done / "tiny" / "fold2-seed1.json"
    before = json.loads(report.read_text())
    report.unlink()
    half = report.with_suffix("")
    half.mkdir()
    (half / "baseline.json").write_text("an interrupted attempt")
    trained = []
    whole = cross_validation.fine_tune

    def fine_tune(recipe, *arguments, **options):
        trained.append((recipe.seed, recipe.data.split))
        return whole(recipe, *arguments, **options)

    monkeypatch.setattr(cross_validation, "fine_tune", fine_tune)
    assert main([*command, "--seeds", "2", "--output", str(done)]) == 0
    assert [seed for seed, _ in trained] == [1] and trained[0][1].startswith("speakers:ravdess/Actor_")
    again = json.loads(report.read_text())
    assert [row["file"] for row in again["predictions"]] == [row["file"] for row in before["predictions"]]
    assert again["ua"] == pytest.approx(before["ua"]) and not half.exists()


def test_kept_models_know_their_test_speakers(place, command, tmp_path):
    options = ["--keep", "--output", str(tmp_path / "kept")]
    assert entry.main([*command[1:], *options]) == 0  # the baseline alone, by the entry of train/
    folder = tmp_path / "kept" / "logistic_regression" / "fold1-seed0"
    run, report = Run.read(folder), json.loads((folder.parent / "fold1-seed0.json").read_text())
    tested = {row["speaker"] for row in report["predictions"]}
    assert set(run.data["test"].speakers) == tested and len(tested) == 3
    assert not tested & {*run.data["train"].speakers, *run.data["validation"].speakers}
    assert len(EmotionRecognizer.from_pretrained(folder).labels) == 8
    assert (folder / "report" / "test" / "report.html").is_file() and report["model"] == "logistic_regression"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["training.epochs=2"], "tiny was started with training.epochs=1; continue with the same command, or name"),
        (["--folds", "speakers:3"], "tiny was started with other folds; continue with the same command"),
        (["data.labels=[happy, sad]"], "tiny was started with other clips"),
    ],
)
def test_a_changed_command_does_not_mix_with_what_is_there(done, command, changes, words, capsys):
    assert main([*command, *changes, "--output", str(done)]) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("names", "changes", "words"),
    [
        (["svmm"], [], "svmm is neither a recipe nor a baseline; the recipes are bilstm"),
        (["svm", "svm"], [], "svm is given twice; give it once."),
        (["svm"], ["--seeds", "0"], "--seeds is 0; give the number of seeds, at least 1."),
        (["svm"], ["seed=3"], "A cross-validation sets seed for each fold and seed; use --seeds instead."),
        (["cnn"], ["data.split=fold1"], "A cross-validation sets data.split for each fold and seed; use --folds"),
        (["svm"], ["training.epochs=3"], "A baseline has no setting training.epochs"),
        (["svm"], ["--jobs", "0"], "--jobs is 0"),
        (["svm"], ["--folds", "fold1"], "Unknown folds 'fold1'; the forms are ravdess, iemocap"),
        (["cnn"], ["push_to_hub=me/mine"], "A cross-validation publishes no model; leave out push_to_hub."),
        (["cnn"], ["model.checkpoint=runs/x"], "runs/x is a trained model, which may know the test speakers"),
    ],
)
def test_a_mistake_is_one_sentence_before_the_first_training(names, changes, words, place, tmp_path, capsys):
    arguments = [*names, "--data", f"ravdess={place / 'ravdess'}", *changes, "--output", str(tmp_path / "new")]
    assert main(arguments) == 1
    assert words in capsys.readouterr().err
    assert not list(Path(tmp_path).rglob("fold*"))
