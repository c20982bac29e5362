"""`run.json`: what is written comes back; a file that is damaged or lacks a field is one sentence."""

import json

import pytest

from emotion_hf.errors import CheckpointError
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.run import Part, Run, public_recipe, public_speaker


@pytest.fixture
def run():
    parts = enumerate(("train", "validation", "test"), start=1)
    data = {part: Part(2, {"mine": 2}, {"sad": 2}, [f"mine/{speaker}"]) for speaker, part in parts}
    recipe = public_recipe(recipe_from_mapping({"name": "tiny"}))
    return Run(recipe, data, False, {"ua": 0.5}, [{"loss": 1.5}], {"torch": "2"}, None, "2 CPU cores", "2026", 9)


def test_what_is_written_comes_back(run, tmp_path):
    run.write(tmp_path)
    assert Run.read(tmp_path) == Run.find(tmp_path) == run


def test_the_model_that_ships_is_written_as_it_was_read(tmp_path):
    Run.read(DEFAULT_CHECKPOINT).write(tmp_path)
    assert (tmp_path / "run.json").read_bytes() == (DEFAULT_CHECKPOINT / "run.json").read_bytes()


def test_seen_speakers_are_those_of_training_and_validation(run):
    assert run.seen_speakers == {"mine/1", "mine/2"}


def test_a_model_that_was_not_trained_here_has_no_run(tmp_path):
    assert Run.find(tmp_path) is None
    with pytest.raises(CheckpointError, match=r"has no run\.json, which records its training; train it first\."):
        Run.read(tmp_path)


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"recipe": []}', b"\xff", b"[" * 100_000, b'{"recipe": '])
def test_a_damaged_run_is_one_sentence(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"run\.json is damaged or incomplete \(.+\); train"):
        Run.find(tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda plain: plain.pop("seconds"), "seconds is missing"),
        (lambda plain: plain["data"]["train"].pop("speakers"), r"data\.train\.speakers is missing"),
        (lambda plain: plain["recipe"]["data"].pop("split"), r"recipe\.data\.split is missing"),
        (lambda plain: plain.update(data=[]), r"data\.train\.clips is missing"),
        (lambda plain: plain.update(machine=2), "machine has a value of the wrong type"),
    ],
)
def test_a_field_that_is_missing_or_of_another_kind_is_named(run, tmp_path, change, reason):
    run.write(tmp_path)
    plain = json.loads((tmp_path / "run.json").read_text())
    change(plain)
    (tmp_path / "run.json").write_text(json.dumps(plain))
    with pytest.raises(CheckpointError, match=reason):
        Run.read(tmp_path)


def test_folders_are_published_by_their_last_part(tmp_path):
    recipe = recipe_from_mapping(
        {"name": "tiny", "model": {"family": "encoder", "checkpoint": str(tmp_path)}},
        [f"augmentation.noise={tmp_path / 'esc10_*'}"],
    )
    plain = public_recipe(recipe)
    assert (plain["model"]["checkpoint"], plain["augmentation"]["noise"]) == (tmp_path.name, "esc10_*")


def test_speakers_of_ones_own_recordings_are_not_named_in_what_is_published():
    assert public_speaker("ravdess/Actor_01") == "ravdess/Actor_01"
    told_apart = {public_speaker(f"mine/{name}") for name in ("anna", "berta")}
    assert len(told_apart) == 2 and not any("anna" in one or "berta" in one for one in told_apart)
    assert public_speaker(None) == "None"
