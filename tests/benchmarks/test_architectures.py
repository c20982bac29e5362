"""The rows of the comparison lead to recipes that exist, with the settings that they name."""

import pytest

from benchmarks import architectures
from benchmarks.architectures_plan import NETWORK, PLAN, ROWS
from emotion_hf.recipes import load_recipe, separate_overrides


def recipe_of(row: str, protocol: str):
    words = architectures.command(row, protocol, dict.fromkeys(("ravdess", "tess", "leaked"), "DIR"))
    file, _, *rest = words[3 : words.index("--output")]
    return load_recipe(file, separate_overrides(rest)[1])


@pytest.mark.parametrize("row", [row for row in ROWS if ROWS[row].entry[0] == NETWORK])
def test_each_network_has_a_recipe_that_can_be_read(row):
    for protocol in (protocol for protocol, rows in PLAN.items() if row in rows):
        assert recipe_of(row, protocol).data.validation in (0, 0.111)


def test_whisper_is_trained_as_its_recipe_says():
    base, tiny = recipe_of("whisper_base", "random"), recipe_of("whisper_tiny", "fold1")
    assert base == load_recipe("train/recipes/whisper.yaml", ["data.split=random:0.25"])
    assert tiny.model.checkpoint == "openai/whisper-tiny" and tiny.model.config["pooled_layers"] == [1, 2, 3]
    assert tiny.training == base.training and tiny.data.split == "fold1"


def test_a_local_encoder_is_used_and_not_shown(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(architectures, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(architectures, "path_of", lambda row, protocol: tmp_path / f"{row}-{protocol}.json")
    monkeypatch.setattr(architectures.subprocess, "run", lambda words, check: asked.append(words))
    report = tmp_path / "runs" / "whisper_base-fold1" / "report" / "test" / "report.json"
    monkeypatch.setattr(architectures.shutil, "rmtree", lambda folder: None)
    report.parent.mkdir(parents=True)
    report.write_text('{"ua": 0.5, "labels": [], "predictions": []}')
    architectures.train_and_test("whisper_base", "fold1", {"ravdess": "/somewhere"}, "/encoders/base")
    assert asked[0][-1] == "model.checkpoint=/encoders/base"
    kept = (tmp_path / "whisper_base-fold1.json").read_text()
    assert "ravdess=DIR" in kept and "/somewhere" not in kept and "/encoders" not in kept
