"""Corrections on a Hub on this machine: who agreed is published, who left is gone, from the history too."""

import json

import pytest
from huggingface_hub import HfApi

from benchmarks.loopback_hub import Trouble
from emotion_hf import cli
from emotion_hf.errors import FeedbackError, HubError
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.hub.feedback import publish_feedback
from emotion_hf.testing import synthetic_voice

REPO = "me/voices"
LABELS = ("happy", "sad")
SCORES = {"happy": 0.75, "sad": 0.25}


@pytest.fixture
def store(tmp_path):
    return FeedbackStore(tmp_path / "data" / "feedback")


def keep(store, seed, label="sad", *, publish=True, **more):
    consent = Consent(store=True, train=True, publish=publish)
    correction = Correction(new_id(), label, "happy", SCORES, "runs/mine", consent, **more)
    store.add(synthetic_voice(1.0, seed=seed), correction, labels=LABELS)
    return correction.id


def repo_on(hub):
    return hub.repos["dataset", REPO]


def rows(hub):
    return [json.loads(line) for line in repo_on(hub).files["metadata.jsonl"].splitlines()]


def test_who_agreed_is_published_without_a_trace_of_who_it_was(hub, store):
    published = keep(store, 1, annotator="anna", session="s1", speaker="Anna Schmidt")
    private = keep(store, 2, publish=False)
    assert publish_feedback(store.folder, REPO).recordings == 1
    files = repo_on(hub).files
    assert repo_on(hub).private
    (row,) = rows(hub)
    assert row.keys() == {"file_name", "label", "labels", "prediction", "scores", "model"}
    assert (row["label"], row["labels"], row["prediction"], row["scores"]) == ("sad", ["sad"], "happy", SCORES)
    assert files[row["file_name"]] == (store.folder / "audio" / f"{published}.flac").read_bytes()
    assert files.keys() == {"README.md", "metadata.jsonl", row["file_name"]}
    everything = b"".join([*files.values(), *map(str.encode, files)])
    for secret in (published, private, "anna", "s1", "Schmidt", "runs/"):
        assert secret.encode() not in everything
    assert b"\nRecordings: 1." in files["README.md"] and b"Art. 5(1)(f)" in files["README.md"]


@pytest.mark.parametrize("damage", ["table", "line"])
def test_a_damaged_folder_takes_nothing_from_the_hub(hub, store, damage):
    keep(store, 1), keep(store, 2)
    publish_feedback(store.folder, REPO)
    before, table = dict(repo_on(hub).files), store.folder / "metadata.jsonl"
    if damage == "table":
        table.unlink()
    else:
        table.write_bytes(table.read_bytes().replace(b'"sad"', b'["sad"]', 1))
    with pytest.raises(FeedbackError, match="missing ones from the Hub; run emotion-hf feedback repair first"):
        publish_feedback(store.folder, REPO)
    assert repo_on(hub).files == before
    store.repair()
    publish_feedback(store.folder, REPO)
    assert repo_on(hub).files == before


def test_it_is_an_audiofolder(hub, store, tmp_path):
    from datasets import Audio, load_dataset

    keep(store, 1)
    keep(store, 2, label="happy")
    publish_feedback(store.folder, REPO)
    for path, content in repo_on(hub).files.items():
        (tmp_path / "set" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / path).write_bytes(content)
    dataset = load_dataset("audiofolder", data_dir=str(tmp_path / "set"), split="train", cache_dir=str(tmp_path / "c"))
    assert sorted(dataset["label"]) == ["happy", "sad"]
    assert dataset.cast_column("audio", Audio(decode=False))[0]["scores"] == SCORES
    assert dataset.to_parquet(tmp_path / "all.parquet") > 0


def test_several_opinions_on_a_recording_are_one_row_with_the_label_of_most(hub, store):
    record, published = keep(store, 1), []
    first = next(store.records())
    for name, opinion in {"ben": "happy", "cleo": "happy", "dan": "mixed"}.items():
        store.add_review(first.reviewed(label=opinion, annotator=name), labels=LABELS)
        publish_feedback(store.folder, REPO)
        published += [(row["label"], row["labels"]) for row in rows(hub)]
    votes = ["sad", "happy", "happy", "mixed"]
    assert published == [(None, votes[:2]), ("happy", votes[:3]), ("happy", votes)]
    assert record not in str(rows(hub))


def test_the_card_names_the_licence_that_was_consented_to(hub, store):
    keep(store, 1)
    publish_feedback(store.folder, REPO)
    card = repo_on(hub).files["README.md"].decode()
    assert "\nlicense: cc-by-4.0\n" in card and "in an open data set under CC BY 4.0." in card


def test_what_was_deleted_is_gone_from_history_and_storage(hub, store):
    first, second = keep(store, 1), keep(store, 2)
    publish_feedback(store.folder, REPO)
    old = (store.folder / "audio" / f"{first}.flac").read_bytes()
    kept = (store.folder / "audio" / f"{second}.flac").read_bytes()
    assert old in repo_on(hub).large.values()
    store.delete(first)
    assert publish_feedback(store.folder, REPO).recordings == 1
    assert len(HfApi().list_repo_commits(REPO, repo_type="dataset")) == 1
    assert list(repo_on(hub).large.values()) == [kept]
    assert all(old not in commit.files.values() for commit in repo_on(hub).commits)

    store.delete(second)
    assert publish_feedback(store.folder, REPO).recordings == 0
    assert repo_on(hub).files.keys() == {"README.md"} and repo_on(hub).large == {}


def test_nothing_to_publish_makes_no_data_set(hub, store, capsys, monkeypatch):
    keep(store, 1, publish=False)
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(store.folder.parent))
    with pytest.raises(SystemExit) as left:
        cli.main(["push-feedback", REPO])
    assert left.value.code == 0
    assert capsys.readouterr().out == "No saved recording may be published; nothing was pushed.\n"
    assert hub.repos == {}


def test_the_command_says_where_they_are(hub, store, capsys, monkeypatch):
    keep(store, 1)
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(store.folder.parent))
    with pytest.raises(SystemExit):
        cli.main(["push-feedback", REPO, "--public"])
    assert capsys.readouterr().out == f"1 recording is at {hub.url}/datasets/{REPO}\n"
    assert not repo_on(hub).private


def test_a_public_data_set_is_updated_only_with_the_option_public(hub, store):
    keep(store, 1)
    publish_feedback(store.folder, REPO, public=True)
    keep(store, 2)
    with pytest.raises(HubError, match="is public on the Hub; add --public"):
        publish_feedback(store.folder, REPO)
    assert len(rows(hub)) == 1


@pytest.mark.parametrize("path", ["/super-squash/", "/lfs-files/batch"])
def test_a_history_that_stays_is_said_and_goes_the_next_time(hub, store, path):
    first = keep(store, 1)
    keep(store, 2)
    publish_feedback(store.folder, REPO)
    store.delete(first)
    hub.troubles.append(Trouble("POST", path, status=500))
    with pytest.raises(HubError, match=f"up to date, but deleted .* repeat emotion-hf push-feedback {REPO}"):
        publish_feedback(store.folder, REPO)
    assert len(rows(hub)) == 1 and len(repo_on(hub).large) == 2
    publish_feedback(store.folder, REPO)
    assert len(repo_on(hub).commits) == 1 and len(repo_on(hub).large) == 1


@pytest.mark.parametrize(
    "trouble",
    [Trouble("PUT", "/large/", status=403), Trouble("POST", "/commit/", close=True)],
    ids=lambda one: one.path,
)
def test_a_push_that_breaks_off_leaves_what_was_there(hub, store, trouble):
    keep(store, 1)
    publish_feedback(store.folder, REPO)
    before = dict(repo_on(hub).files)
    keep(store, 2)
    hub.troubles.append(trouble)
    with pytest.raises(HubError):
        publish_feedback(store.folder, REPO)
    assert repo_on(hub).files == before
    assert publish_feedback(store.folder, REPO).recordings == 2


def test_a_recording_deleted_meanwhile_is_left_out(hub, store):
    keep(store, 1)
    (store.folder / next(store.records()).file_name).unlink()
    keep(store, 2)
    assert publish_feedback(store.folder, REPO).recordings == 1
    assert len(rows(hub)) == 1
