"""``emotion-hf models``: list, promote, roll back, each with one sentence for what cannot be."""

from dataclasses import replace

import pytest

from emotion_hf import cli
from emotion_hf.cli.loading import load_recognizer, with_active_model
from emotion_hf.settings import Settings
from emotion_hf.versions import Versions, seal

GATES = (
    {"promoted": True, "sentence": "So it is."},
    {"promoted": False, "sentence": "So it is.", "advice": ["Collect about 90 more corrections."]},
)


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a sub-command and return status, stdout and stderr."""
    monkeypatch.setenv("EMOTION_HF_MODELS", str(tmp_path / "models"))

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(["models", *map(str, arguments)])
        return ended.value.code or 0, *capsys.readouterr()

    return run


@pytest.fixture
def versions(tmp_path):
    """Two versions; the gate refused the second."""
    versions = Versions(tmp_path / "models")
    for number in (1, 2):
        folder = versions.folder / f"retrained-{number}"
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"weights")
        seal(folder, parent="default", recipe={}, data={}, gate=GATES[number - 1])
    return versions


def test_list_shows_verdicts_and_who_answers(run, versions):
    last_line = run("list")[1].splitlines()[-1]
    assert last_line == "No version is active; the model that the settings name or that ships is used."
    assert run("promote", "retrained-1")[:2] == (
        0,
        "retrained-1 is now the active model. To undo: emotion-hf models rollback\n",
    )
    status, out, _ = run("list")
    first, second, advice = out.splitlines()
    assert status == 0
    assert first.startswith("* retrained-1") and first.endswith("from default  So it is.")
    assert second.startswith("  retrained-2") and advice == "  Collect about 90 more corrections."


def test_the_gate_is_overruled_only_with_a_reason(run, versions):
    status, _, err = run("promote", "retrained-2")
    assert (status, err) == (
        1,
        "emotion-hf: retrained-2 must not be promoted. So it is. Collect about 90 more corrections. To use it "
        "anyway, give a reason with --force.\n",
    )
    assert run("promote", "retrained-2", "--force", "for a demonstration")[0] == 0
    assert versions.current().manifest["forced"]["reason"] == "for a demonstration"
    assert "for a demonstration" in run("list")[1]


def test_rollback_goes_back_one_step_at_a_time(run, versions):
    run("promote", "retrained-1"), run("promote", "retrained-2", "--force", "why not")
    assert run("rollback")[1] == "retrained-1 is now the active model.\n"
    assert run("rollback")[1] == "The model that the settings name or that ships is now the active model.\n"
    assert run("rollback")[::2] == (
        1,
        f"emotion-hf: No version in {versions.folder} is active, so there is nothing to roll back.\n",
    )


def test_another_folder_can_be_named(run, tmp_path):
    status, _, err = run("promote", "retrained-1", "--folder", tmp_path)
    assert status == 1 and f"There is no version retrained-1 in {tmp_path}; there are no versions yet." in err


def test_predict_asks_the_version_that_answers(run, versions, monkeypatch, tmp_path):
    asked = []

    def load(settings, labels):
        asked.append(settings.model)
        raise SystemExit

    monkeypatch.setattr(cli, "_load_recognizer", load)
    (tmp_path / "a.wav").write_bytes(b"")
    run("promote", "retrained-1")
    for more in ([], ["--model", "runs/mine"]):
        with pytest.raises(SystemExit):
            cli.main(["predict", str(tmp_path / "a.wav"), *more])
    assert asked == [str(versions.folder / "retrained-1"), "runs/mine"]


def test_any_model_can_be_used_with_the_meaning_of_its_labels(run, tmp_path, monkeypatch):
    monkeypatch.setattr("emotion_hf.recognizer.EmotionRecognizer.from_pretrained", lambda source, **options: None)
    (tmp_path / "run").mkdir()
    told = "run is now the active model. To undo: emotion-hf models rollback\n"
    assert run("use", tmp_path / "run", "--label", "ang=angry") == (0, told, "")
    assert f"* run, which is not a version: {tmp_path / 'run'}" in run("list")[1]
    assert run("use", "default")[0] == 0
    assert "* default, which is not a version: the model that ships" in run("list")[1]
    assert run("rollback")[1] == "run is now the active model.\n"


def test_the_labels_that_were_chosen_with_the_active_model_apply_to_every_command(run, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(
        "emotion_hf.recognizer.EmotionRecognizer.from_pretrained", lambda source, labels, **_: given.append(labels)
    )
    (tmp_path / "run").mkdir()
    run("use", tmp_path / "run", "--label", "ang=angry")
    settings = with_active_model(Settings(models=str(tmp_path / "models")), "")
    for labels in ({}, {"ang": "sad"}):
        load_recognizer(settings, labels)
    load_recognizer(replace(settings, model="other"))
    assert given == [{"ang": "angry"}, {"ang": "angry"}, {"ang": "sad"}, None]
