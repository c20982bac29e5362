"""The card of the model that ships, and of others: figures, groups, what was measured besides, and who did it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from emotion_hf.errors import CheckpointError
from emotion_hf.evaluation.report_json import from_plain, to_plain
from emotion_hf.evaluation.results import Condition, CrossCorpus, Figure, Robustness
from emotion_hf.hub import render_card
from emotion_hf.hub.card import licence_text
from emotion_hf.recognizer import DEFAULT_CHECKPOINT

TEMPLATE = Path(__file__).resolve().parents[2] / "model_card.md"
LOSS = Figure(0.1, low=0.05, high=0.15)
ROBUSTNESS = Robustness((Condition("white noise, 10 dB", 0.544, LOSS, 3),), noise_recordings=8)
CROSS = CrossCorpus("tess", 2400, 2, ("happy", "sad"), Figure(0.4, 0.3, 0.5), Figure(0.7, 0.6, 0.8), "sad", 0.5, False)


@pytest.fixture
def folder(tmp_path):
    shutil.copy(DEFAULT_CHECKPOINT / "run.json", tmp_path)
    return tmp_path


@pytest.fixture
def report():
    return from_plain(json.loads((DEFAULT_CHECKPOINT / "evaluation.json").read_text(encoding="utf-8")))


def render(folder, report):
    return render_card(folder, to_plain(report), TEMPLATE)


def test_its_head_has_the_figures_and_the_protocol(folder, report):
    head = yaml.safe_load(render(folder, report).split("---\n")[1])
    assert (head["license"], head["pipeline_tag"]) == ("cc-by-nc-sa-4.0", "audio-classification")
    (result,) = head["model-index"][0]["results"]
    assert result["dataset"] == {
        "name": "ravdess, unseen speakers",
        "type": "ravdess",
        "split": "fold1-test",
    }
    values = {metric["name"]: metric["value"] for metric in result["metrics"]}
    expected = {"UA": report.ua, "WA": report.wa, "macro-F1": report.macro_f1, "ECE": report.ece}
    assert values == {name: round(figure.value, 4) for name, figure in expected.items()}
    optimistic = yaml.safe_load(render(folder, replace(report, optimistic=True)).split("---\n")[1])
    assert optimistic["model-index"][0]["results"][0]["dataset"]["name"] == "ravdess, optimistic: seen speakers"


def test_groups_are_shown_where_they_differ_and_no_speaker_is(folder, report):
    card = render(folder, report)
    for group, value in (("gender", "female"), ("intensity", "strong")):
        row = report.groups[group][value]
        assert f"| {value} | {row['clips']} | {row['ua']:.3f} | {row['wa']:.3f} |" in card
    assert "| language |" not in card and "| speaker |" not in card
    assert "| gender |" not in render(folder, replace(report, groups={}))


def test_law_and_licences_are_told(folder, report):
    card = render(folder, report)
    assert "## Prohibited use" in card and "Art. 5(1)(f)" in card and "Art. 50(3)" in card
    assert "@article{livingstone2018ravdess," in card and "@inproceedings{christop2024nemo," in card
    assert "licensed under cc-by-nc-sa-4.0" in licence_text("cc-by-nc-sa-4.0")
    assert "by-nc-sa/4.0/legalcode" in licence_text("cc-by-nc-sa-4.0")


def test_what_was_measured_besides_has_a_table_and_its_command(folder, report):
    plain = render(folder, replace(report, robustness=None, cross_corpora=()))
    command = "emotion-hf evaluate FOLDER_OR_HUB_ID --data ravdess=DIR --split fold1-test"
    assert f"{command}\n```" in plain and "When the recording is worse" not in plain and "other corpora\n" not in plain
    card = render(folder, replace(report, robustness=ROBUSTNESS, cross_corpora=(CROSS,)))
    assert f"{command} --robustness --noise FILES --cross tess=DIR\n```" in card
    assert "| white noise, 10 dB | 0.544 |" in card
    assert "| what | tess |" in card and "| UA, shared labels | 0.700 [0.600 to 0.800] |" in card
    assert "emotion-hf train RECIPE.yaml --data ravdess=DIR nemo=DIR" in card


def test_contributors_have_a_line_only_if_there_are_some(folder, report):
    assert "Trained by" not in render(folder, report)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["recipe"]["contributors"] = ["Ada", "Grace"]
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "\nTrained by Ada, Grace.\n" in render(folder, report)


def test_a_model_without_a_record_has_no_card(tmp_path, report):
    with pytest.raises(CheckpointError, match=r"has no run\.json"):
        render(tmp_path, report)
