"""The page as a Space on a Hub on this machine: its files, its settings, and what starts again."""

from pathlib import Path

import pytest
import yaml

from benchmarks.loopback_hub import Commit, Repo, Trouble
from emotion_hf import cli
from emotion_hf.doctor import read_pins
from emotion_hf.errors import HubError
from emotion_hf.hub.space import deploy_space, space_files

REPO = "me/page"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path):
    """A project of four files and a package of two."""
    for name in ("app.py", "requirements.txt", "README.md", "LICENSE", "model_card.md", "Makefile"):
        (tmp_path / name).write_text(name)
    for name in ("__init__.py", "checkpoints/default/model.safetensors", "__pycache__/a.pyc", "app/__pycache__/b.pyc"):
        (tmp_path / "emotion_hf" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "emotion_hf" / name).write_text(name)
    return tmp_path


@pytest.fixture
def model(hub):
    """A model on the Hub."""
    hub.repos["model", "me/emotions"] = Repo(private=True, commits=[Commit("initial commit", {})])
    return "me/emotions"


def space_on(hub):
    return hub.repos["space", REPO]


def test_its_files_are_the_projects_own(hub, project):
    assert deploy_space(REPO, root=project) == f"{hub.url}/spaces/{REPO}"
    expected = {"app.py", "requirements.txt", "README.md", "LICENSE", "emotion_hf/__init__.py"}
    assert space_on(hub).files.keys() == {*expected, "emotion_hf/checkpoints/default/model.safetensors"}
    assert space_on(hub).private and space_on(hub).sdk == "gradio"
    assert space_on(hub).variables == {} and space_on(hub).hardware == "cpu-basic"


def test_the_real_folder_is_a_space_as_it_stands():
    files = space_files(ROOT)
    head = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    assert head["sdk"] == "gradio" and head["app_file"] == "app.py" and head["app_file"] in files
    assert head["sdk_version"] == read_pins()["gradio"]
    assert len(head["short_description"]) <= 60  # the Hub refuses longer ones
    assert "emotion_hf/checkpoints/default/model.safetensors" in files
    assert {"emotion_hf/settings.py", "emotion_hf/app/build.py", "emotion_hf/evaluation/page.html.j2"} <= files.keys()
    assert not [name for name in files if name.startswith(("tests/", "train/", ".")) or "__pycache__" in name]


def test_settings_are_variables_and_stand_before_the_files_come(hub, project, model, monkeypatch, capsys):
    monkeypatch.setattr("emotion_hf.hub.space.ROOT", project)
    deploy_space(REPO, model=model, feedback="me/kept", hardware="t4-small", root=project)
    assert space_on(hub).variables == {"EMOTION_HF_MODEL": "me/emotions", "EMOTION_HF_FEEDBACK_REPO": "me/kept"}
    assert space_on(hub).hardware == "t4-small"
    order = [line.rpartition("/")[2] for line in hub.asked if line.startswith("POST")]
    assert order.index("variables") < order.index("main")  # preupload/main, then commit/main
    deploy_space(REPO, feedback="me/kept", root=project)
    assert space_on(hub).variables == {"EMOTION_HF_FEEDBACK_REPO": "me/kept"}
    assert len(space_on(hub).commits) == 2  # nothing else changed


def test_a_space_whose_model_is_not_there_is_not_made(hub, project):
    with pytest.raises(HubError, match=r"^There is no model me/other on the Hub.*emotion-hf push FOLDER me/other$"):
        deploy_space(REPO, model="me/other", root=project)
    assert not hub.repos


def test_the_command(hub, model, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["space", "deploy", REPO, "--model", model])
    assert left.value.code == 0
    assert space_on(hub).files.keys() == space_files(ROOT).keys()
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"The page is at {hub.url}/spaces/{REPO}" and "secret HF_TOKEN" in second


def test_what_is_missing_or_breaks_is_one_sentence(hub, project):
    hub.troubles.append(Trouble("POST", "/commit/", status=403))
    with pytest.raises(HubError, match=r"^me/page: the token may not do this; set HF_TOKEN to one that may"):
        deploy_space(REPO, root=project)
    assert space_on(hub).files == {}
    deploy_space(REPO, root=project)
    assert "app.py" in space_on(hub).files
    with pytest.raises(HubError, match="'emotions' is not the full name"):
        deploy_space(REPO, model="emotions", root=project)
    with pytest.raises(HubError, match="no hardware 'abacus'; choose one of cpu-basic,"):
        deploy_space(REPO, hardware="abacus", root=project)
    (project / "app.py").unlink()
    with pytest.raises(HubError, match=r"has no app\.py; deploy from a checkout"):
        deploy_space(REPO, root=project)
