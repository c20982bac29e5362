"""A model on its way to a Hub on this machine: what arrives, what is refused, what breaks."""

import json
import pickle

import pytest

from benchmarks.loopback_hub import Trouble
from emotion_hf import cli
from emotion_hf.errors import CheckpointError, HubError, SettingsError
from emotion_hf.hub import push as push_module
from emotion_hf.hub import repository as repository_module
from emotion_hf.hub.card import NO_FIGURES, NO_LICENCE
from emotion_hf.hub.push import check_model, push_model
from emotion_hf.recognizer import DEFAULT_CHECKPOINT

REPO = "me/emotions"
UA = round(json.loads((DEFAULT_CHECKPOINT / "evaluation.json").read_text(encoding="utf-8"))["ua"], 4)


@pytest.fixture
def light(monkeypatch, model):
    """Weights of no weight: loading takes a second and has its own test."""
    (model / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")
    monkeypatch.setattr(push_module.EmotionRecognizer, "from_pretrained", lambda folder: None)


def repo_on(hub):
    return hub.repos["model", REPO]


def test_the_command_makes_a_private_repository_of_exactly_this_model(hub, model, light, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["push", str(model), REPO, "--message", "First"])
    assert left.value.code == 0
    assert capsys.readouterr().out.strip().endswith(f"{hub.url}/{REPO}")
    repo = repo_on(hub)
    assert repo.private
    assert [commit.message for commit in repo.commits] == ["initial commit", "First"]
    assert set(repo.files) == {path.name for path in model.iterdir()}
    assert f'model="{REPO}"' in repo.files["README.md"].decode()


def test_a_second_push_leaves_nothing_of_the_first_and_keeps_a_public_model_public(hub, model, light):
    assert push_model(model, REPO, public=True).url == f"{hub.url}/{REPO}"
    assert not repo_on(hub).private
    (model / "evaluation.json").unlink()
    (model / "LICENSE").unlink()
    push_model(model, REPO, public=True)
    assert "evaluation.json" not in repo_on(hub).files
    assert b"licensed under CC BY-NC-SA 4.0 (cc-by-nc-sa-4.0)" in repo_on(hub).files["LICENSE"]
    with pytest.raises(HubError, match="is public on the Hub; add --public"):
        push_model(model, REPO)
    assert len(repo_on(hub).commits) == 3


def change_json(path, change):
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def add_pickle(name):
    return lambda folder: (folder / name).write_bytes(pickle.dumps({"a": 1}))


def noise_at(where):
    return lambda folder: change_json(
        folder / "run.json", lambda run: run["recipe"]["augmentation"].update(noise=where)
    )


def card(old, new):
    def change(folder):
        text = (folder / "README.md").read_text(encoding="utf-8")
        assert old in text
        (folder / "README.md").write_text(text.replace(old, new), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (add_pickle("training_args.bin"), r"training_args.bin can hold a pickle"),
        (add_pickle("notes.txt"), r"notes.txt can hold a pickle"),
        (add_pickle("extra.safetensors"), r"extra.safetensors can hold a pickle"),
        (lambda folder: (folder / "state.pt").write_text("harmless"), r"state.pt can hold a pickle"),
        (lambda folder: (folder / "old.json").write_bytes(b"PK\x03\x04rest"), r"old.json can hold a pickle"),
        (lambda folder: (folder / "model.safetensors").unlink(), r"no weights in a .safetensors file"),
        (lambda folder: (folder / "config.json").unlink(), r"no config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), r"config.json is not valid JSON"),
        (lambda folder: (folder / "configuration_encoder.py").unlink(), r"lacks configuration_encoder.py"),
        (lambda folder: (folder / "modeling_encoder.py").unlink(), r"lacks modeling_encoder.py"),
        (noise_at("/home/me/noise"), r"run.json names a path .* at recipe.augmentation.noise: '/home/me/noise'"),
        (noise_at("from ~/noise"), r"names a path of this machine"),
        (noise_at(r"C:\noise"), r"names a path of this machine"),
        (noise_at("file:///noise"), r"names a path of this machine"),
        (card(f"value: {UA}", "value: .nan"), r"has a figure that is not a number \(model-index\)"),
        (card("## Limits", "## Limits\n\nTODO"), r"has an unfilled placeholder \(TODO\)"),
        (card("## Limits", "## {{ limits }}"), r"has an unfilled placeholder \(\{\{\)"),
        (card("language:\n", "language: [\n"), r"is not valid YAML"),
        (lambda folder: (folder / "README.md").write_bytes(b"---\n\xff\n---"), r"is not UTF-8 text"),
    ],
)
def test_what_must_not_be_published_is_refused_before_the_hub_is_asked(hub, model, light, damage, complaint):
    damage(model)
    with pytest.raises((CheckpointError, HubError), match=complaint):
        push_model(model, REPO)
    assert hub.asked == []


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [("license: cc-by-nc-sa-4.0\n", "", NO_LICENCE), ("model-index", "other-index", NO_FIGURES)],
)
def test_a_card_with_a_gap_is_published_and_the_gap_is_told(hub, model, light, old, new, gap, capsys):
    card(old, new)(model)
    with pytest.raises(SystemExit) as left:
        cli.main(["push", str(model), REPO])
    assert left.value.code == 0
    assert capsys.readouterr().err == f"The card lacks {gap}.\n"
    assert REPO in repo_on(hub).files["README.md"].decode()


def test_a_folder_without_a_card_gets_one_with_the_figures_that_it_holds(hub, model, light, capsys):
    (model / "README.md").unlink()
    with pytest.raises(SystemExit) as left:
        cli.main(["push", str(model), REPO])
    assert left.value.code == 0
    assert capsys.readouterr().err == ""
    published = repo_on(hub).files["README.md"].decode()
    assert f"value: {UA}" in published and "license: cc-by-nc-sa-4.0" in published
    assert not (model / "README.md").exists()  # a later push makes it anew, perhaps with more figures


def test_a_card_that_exists_is_published_as_it_is(hub, model, light):
    card("## Limits", "## Our own words\n\n## Limits")(model)
    with pytest.raises(SettingsError, match=r"README\.md exists and is published as it is; change its licence"):
        push_model(model, REPO, licence="cc-by-4.0")
    push_model(model, REPO)
    assert "## Our own words" in repo_on(hub).files["README.md"].decode()


def test_a_folder_without_card_and_record_cannot_be_published(hub, model, light):
    (model / "README.md").unlink()
    (model / "run.json").unlink()
    with pytest.raises(CheckpointError, match=r"has no run\.json"):
        push_model(model, REPO)
    assert hub.asked == []


def test_a_folder_that_does_not_load_is_refused(hub, model):
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(CheckpointError):
        push_model(model, REPO)
    with pytest.raises(CheckpointError, match="There is no folder"):
        check_model(model / "nowhere")
    assert hub.asked == []


def test_what_a_path_is_not(model):
    for text in ("and/or", "https://zenodo.org/records/1", "esc10_*", "ravdess/Actor_01", "n/a", "me/emotions", "1/2"):
        assert not push_module.ABSOLUTE_PATH.search(text), text
    for text in ("/data", "/srv/x", "see /mnt/a/b", "~/x", "D:/x", r"\\server\x", "file:///x", "noise=/a/b"):
        assert push_module.ABSOLUTE_PATH.search(text), text


TROUBLES = {
    "gone at the start": (Trouble("POST", "/create", close=True), "the connection to http://127.0.0.1:.* failed"),
    "gone at the commit": (Trouble("POST", "/commit/", close=True), "the connection to http://127.0.0.1:.* failed"),
    "401": (Trouble("POST", "/create", status=401), "does not accept the token; set HF_TOKEN"),
    "403": (Trouble("POST", "/commit/", status=403), "the token may not do this"),
    "404": (Trouble("POST", "/commit/", status=404), "there is no such repository"),
    "409": (Trouble("POST", "/commit/", status=409), "someone else is changing it right now"),
    "412": (Trouble("POST", "/commit/", status=412), "someone else changed it in the meantime"),
    "413": (Trouble("POST", "/commit/", status=413), r"too large \(status 413: trouble\)"),
    "429": (Trouble("POST", "/commit/", status=429, headers={"Retry-After": "7"}), "try again in 7 seconds"),
    "429 for long": (
        Trouble("POST", "/preupload/", status=429, headers={"Retry-After": "900"}),
        "again in 900 seconds",
    ),
    "500": (Trouble("POST", "/commit/", status=500), r"an internal problem; try again later \(status 500\)"),
    "slow": (Trouble("POST", "/commit/", seconds=1.0, status=500), "did not respond within 0.5 seconds"),
    "storage refuses": (Trouble("PUT", "/large/", status=403), "the token may not do this"),
    "no JSON": (Trouble("GET", "/api/models/", status=200), "the communication with the Hub failed"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_one_sentence_publishes_nothing_and_is_over_the_next_time(
    hub, model, light, monkeypatch, name
):
    trouble, complaint = TROUBLES[name]
    monkeypatch.setattr(repository_module, "ANSWER_SECONDS", 0.5 if trouble.seconds else 60.0)
    hub.troubles.append(trouble)
    with pytest.raises(HubError, match=complaint) as caught:
        push_model(model, REPO)
    assert str(caught.value).startswith(f"{REPO}: ")
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert hub.waits == []
    assert all(repo.files == {} for repo in hub.repos.values())
    monkeypatch.setattr(repository_module, "ANSWER_SECONDS", 60.0)
    push_model(model, REPO)
    assert set(repo_on(hub).files) == {path.name for path in model.iterdir()}


def test_what_passes_by_itself_is_waited_for(hub, model, light):
    hub.troubles += [
        Trouble("POST", "/preupload/", status=503),
        Trouble("POST", "/preupload/", status=429, headers={"Retry-After": "5"}),
        Trouble("PUT", "/large/", close=True),
    ]
    push_model(model, REPO)
    assert hub.waits == [1, 6.0, 1]
    assert set(repo_on(hub).files) == {path.name for path in model.iterdir()}


def test_a_hub_that_is_not_there_is_one_sentence(hub, model, light, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match=r"^me/emotions: the connection to http://127.0.0.1:9 failed; try again\.$"):
        push_model(model, REPO)


@pytest.mark.parametrize("repo", ["emotions", "me/a/b", "me//b", "me/émotions", ""])
def test_names_that_no_repository_has(hub, model, repo):
    with pytest.raises(HubError, match="write NAMESPACE/NAME"):
        push_model(model, repo)
    assert hub.asked == []


def test_without_token_and_offline(hub, model, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(HubError, match="There is no token for the Hub; set HF_TOKEN"):
        push_model(model, REPO)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE"):
        push_model(model, REPO)
    assert hub.asked == []
