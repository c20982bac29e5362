"""The card of the model that ships, and of others: figures, groups, what was measured besides, and who did it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from emotion_hf.corpora import CORPORA
from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.evaluation.report_json import from_plain, to_plain
from emotion_hf.evaluation.results import Condition, CrossCorpus, Figure, Robustness
from emotion_hf.hub import render_card
from emotion_hf.hub.card import NO_FIGURES, NO_LANGUAGE, NO_LICENCE, gaps, licence_text, make_card
from emotion_hf.licences import LICENCES
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.weights import stored

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


def render(folder, report, **options):
    return render_card(folder, to_plain(report) if report else None, TEMPLATE, **options)


def head_of(card):
    return yaml.safe_load(card.split("---\n")[1])


def trained_on(folder, *corpora, **facts):
    """Change the record of the training: these corpora, and other entries of the recipe."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["data"]["train"]["clips_by_corpus"] = dict.fromkeys(corpora, 10)
    run["recipe"] |= facts
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


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
    assert "licensed under CC BY-NC-SA 4.0 (cc-by-nc-sa-4.0)" in licence_text("cc-by-nc-sa-4.0")
    assert "by-nc-sa/4.0/legalcode" in licence_text("cc-by-nc-sa-4.0")


def test_what_was_measured_besides_has_a_table_and_its_command(folder, report):
    plain = render(folder, replace(report, robustness=None, cross_corpora=()))
    command = "emotion-hf evaluate FOLDER_OR_HUB_ID --data ravdess=DIR --split fold1-test"
    assert f"{command}\n```" in plain and "Degraded recordings" not in plain and "other corpora\n" not in plain
    card = render(folder, replace(report, robustness=ROBUSTNESS, cross_corpora=(CROSS,)))
    assert f"{command} --robustness --noise FILES --cross tess=DIR\n```" in card
    assert "| white noise, 10 dB | 0.544 |" in card
    assert "| what | tess |" in card and "| UA, shared labels | 0.700 |" in card  # two speakers
    assert "emotion-hf train run.json --data ravdess=DIR nemo=DIR" in card


def test_contributors_have_a_line_only_if_there_are_some(folder, report):
    assert "Trained by" not in render(folder, report)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["recipe"]["contributors"] = ["Ada", "Grace"]
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "\nTrained by Ada, Grace.\n" in render(folder, report)


def test_a_model_without_a_record_has_no_card(tmp_path, report):
    with pytest.raises(CheckpointError, match=r"has no run\.json"):
        render(tmp_path, report)


def test_own_recordings_are_neither_acted_nor_licensed_unless_somebody_says_so(folder, report):
    card = render(trained_on(folder, "mine"), report)
    head = head_of(card)
    assert not {"license", "language", "datasets"} & head.keys() and head["base_model"] == "openai/whisper-base"
    assert "acted" not in card and "CC BY" not in card
    assert "trained on recordings of its owner (`mine`)" in card
    assert "the owner of these recordings decides" in card and "- `mine`, not a published corpus: its owner" in card
    assert gaps(card) == [NO_LICENCE, NO_LANGUAGE]


@pytest.mark.parametrize("how", ["option", "recipe"])
def test_the_owner_can_state_licence_and_language(folder, report, how):
    if how == "option":
        card = render(trained_on(folder, "mine"), report, licence="cc-by-4.0", languages=["de"])
    else:
        card = render(trained_on(folder, "mine", licence="cc-by-4.0"), report, languages=["de"])
    head = head_of(card)
    assert (head["license"], head["language"], gaps(card)) == ("cc-by-4.0", ["de"], [])
    assert "The weights are licensed under CC BY 4.0." in card
    assert "- `mine`, not a published corpus: CC BY 4.0" in card and "owner decides" not in card


@pytest.mark.parametrize(
    ("corpora", "own", "licence"),
    [
        (["ravdess", "mine"], "cc-by-4.0", "cc-by-nc-sa-4.0"),
        (["ravdess", "mine"], "cc-by-nc-nd-4.0", "cc-by-nc-nd-4.0"),
        (["ravdess", "mine"], "", None),
        (["cremad", "emodb"], "", "odbl"),
        (["cremad", "mine"], "cc0-1.0", "odbl"),
        (["tess", "ravdess"], "", "cc-by-nc-nd-4.0"),
        (["ravdess", "savee"], "", "other"),
    ],
)
def test_the_most_restrictive_licence_wins_and_each_is_stated(folder, report, corpora, own, licence):
    card = render(trained_on(folder, *corpora), report, licence=own)
    assert head_of(card).get("license") == licence
    for name in corpora:
        assert name == "mine" or f"]({CORPORA[name].homepage}), {CORPORA[name].licence}\n" in card
    if licence and licence != "other":
        assert f"licensed under {LICENCES[licence][0]}, the most restrictive licence of the data." in card
    assert ("Ask the owners before you publish" in card) == bool({"tess", "savee"} & {*corpora})


def test_a_model_trained_on_both_says_which_speech_is_acted(folder, report):
    card = render(trained_on(folder, "ravdess", "mine"), report)
    assert "on *acted* speech (ravdess) and on other recordings (`mine`)" in card
    assert "The training data is acted speech" not in card and "The licences below apply as well." in card
    assert (head_of(card)["datasets"], head_of(card)["language"]) == (["ravdess"], ["en"])
    assert "The training data is acted speech" in render(trained_on(folder, "ravdess"), report)


def test_without_a_standard_licence_the_hub_gets_a_name_and_a_link(folder, report):
    head = head_of(render(trained_on(folder, "emovo"), report))
    assert (head["license_name"], head["license_link"]) == ("terms-of-the-corpora", "LICENSE")
    assert "terms of their training data apply" in licence_text("other")
    assert "ask the owner before you use them" in licence_text("")


def test_corrections_do_not_hide_what_their_model_was_trained_on(folder, report):
    trained_on(folder, "corrections")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(run | {"earlier_corpora": ["ravdess"]}), encoding="utf-8")
    card = render(folder, report)
    assert "on *acted* speech (ravdess)" in card and "CC BY-NC-SA 4.0" in card
    assert head_of(render(folder, report, licence="cc0-1.0"))["license"] == "cc-by-nc-sa-4.0"


def test_languages_of_a_table_are_those_of_the_card(folder, report):
    run = json.loads((trained_on(folder, "ravdess", "mine") / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(run | {"languages": ["de", "en"]}), encoding="utf-8")
    assert head_of(render(folder, report))["language"] == ["de", "en"]


def test_a_model_that_was_not_measured_has_a_card_that_says_so(folder):
    shutil.copy(DEFAULT_CHECKPOINT / "config.json", folder)
    card = make_card(folder)
    assert "model-index" not in card and "Not measured yet on unseen speakers" in card
    assert "reports a UA of 0.731 in `run.json`, which is optimistic" in card
    assert "8 emotions a voice **expresses**: neutral, calm, happy, sad" in card and gaps(card) == [NO_FIGURES]


@pytest.mark.parametrize("place", ["report/test/report.json", "report/report.json", "evaluation.json"])
def test_a_report_in_the_folder_is_found(folder, place):
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(DEFAULT_CHECKPOINT / "evaluation.json", folder / place)
    assert gaps(make_card(folder)) == []


def test_the_parameters_are_those_that_the_file_stores():
    stored_here = stored([DEFAULT_CHECKPOINT / "model.safetensors"]).elements
    assert f"It has {stored_here:,} parameters." in make_card(DEFAULT_CHECKPOINT)


def test_an_unknown_licence_lists_the_known_ones(folder, report):
    with pytest.raises(SettingsError, match=r"no licence 'cc-by'; choose one of cc0-1\.0, mit, .* other\."):
        render(folder, report, licence="cc-by")


def test_a_data_set_of_the_hub_is_named_with_its_licence(folder, report):
    source = {"repository": "me/voices", "revision": "0123456789abcdef", "licence": "cc-by-4.0"}
    source["columns"] = {"emotion": "mood"}
    trained_on(folder, "mine", "ravdess")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8")) | {"hub_sources": {"mine": source}}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    card = render(folder, report)
    assert head_of(card)["datasets"] == ["ravdess", "me/voices"]
    assert head_of(card)["license"] == "cc-by-nc-sa-4.0"
    assert "- [me/voices](https://huggingface.co/datasets/me/voices) at commit `0123456789ab`, cc-by-4.0\n" in card
    assert "run.json --data mine=me/voices@0123456789abcdef ravdess=DIR --columns emotion=mood`" in card
    for licence, stated in (("gpl-3.0", "other"), ("", None), ("cc-by-nc-nd-4.0", "cc-by-nc-nd-4.0")):
        run["hub_sources"]["mine"]["licence"] = licence
        (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
        assert head_of(render(folder, report)).get("license") == stated
    run["hub_sources"]["mine"]["licence"] = ""
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "whose licence is not stated (`me/voices`), so the owner" in render(folder, report)


def test_a_damaged_source_is_refused(folder, report):
    run = json.loads((folder / "run.json").read_text(encoding="utf-8")) | {"hub_sources": {"mine": {"x": 1}}}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"run\.json is damaged or incomplete"):
        render(folder, report)
