"""Corrections of a Space, whose disk is forgotten: a Hub on this machine keeps them, and forgets what was deleted."""

import shutil
from dataclasses import replace

import pytest

from benchmarks.loopback_hub import Trouble
from emotion_hf.app.build import build_page
from emotion_hf.app.services import Services
from emotion_hf.errors import FeedbackError, HubError
from emotion_hf.feedback import Consent, Correction, FeedbackStore, Limits, new_id
from emotion_hf.hub.feedback import publish_feedback
from emotion_hf.hub.mirror import MirroredStore, open_store
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice

REPO = "me/kept"
LABELS = ("happy", "sad")
NOTHING_KEPT = "cannot be saved now; nothing was saved"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "feedback"


def keep(store, seed):
    correction = Correction(new_id(), "sad", "happy", {"happy": 0.75, "sad": 0.25}, "demo", Consent(store=True))
    return store.add(synthetic_voice(1.0, seed=seed), correction, labels=LABELS).id


def repo_on(hub):
    return hub.repos["dataset", REPO]


def on_disk(folder):
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    own = ("ledger.jsonl", ".records/", ".reserve")  # copies of lines, and room, are made anew
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(own)}


def test_a_space_that_starts_again_has_what_it_had(hub, folder):
    store = MirroredStore.open(folder, REPO)
    first, second = keep(store, 1), keep(store, 2)
    store.add_review(next(store.records()).reviewed(label="happy", annotator="ben"), labels=LABELS)
    before = on_disk(folder)
    assert repo_on(hub).private and repo_on(hub).files == before
    shutil.rmtree(folder)
    again = MirroredStore.open(folder, REPO)
    assert on_disk(folder) == before
    assert [record.review_of or record.id for record in again.records()] == [first, second, first]


def test_what_is_deleted_leaves_history_and_storage(hub, folder):
    store = MirroredStore.open(folder, REPO)
    first, second = keep(store, 1), keep(store, 2)
    voice = (folder / "audio" / f"{first}.flac").read_bytes()
    store.delete(first)
    assert [record.id for record in store.records()] == [second]
    assert {f"audio/{second}.flac", "metadata.jsonl"} <= repo_on(hub).files.keys()
    assert len(repo_on(hub).commits) == 1 and voice not in repo_on(hub).large.values()
    assert first.encode() not in repo_on(hub).files["metadata.jsonl"]
    store.delete(second)
    shutil.rmtree(folder)
    assert list(MirroredStore.open(folder, REPO).records()) == []
    with pytest.raises(FeedbackError, match="No saved recording has this number"):
        store.delete(first)


@pytest.mark.parametrize("trouble", [Trouble("PUT", "/large/", status=403), Trouble("POST", "/commit/", status=500)])
def test_what_the_hub_does_not_take_is_not_kept_here_either(hub, folder, trouble):
    store = MirroredStore.open(folder, REPO)
    keep(store, 1)
    hub.troubles.append(trouble)
    with pytest.raises(FeedbackError, match=NOTHING_KEPT):
        keep(store, 2)
    assert len(store) == 1 and len(on_disk(folder)) == 3
    keep(store, 2)
    assert repo_on(hub).files.keys() - {"ledger.jsonl"} == on_disk(folder).keys()


@pytest.mark.parametrize("path", ["/commit/", "/super-squash/"])
def test_what_the_hub_does_not_delete_is_still_here(hub, folder, path):
    store = MirroredStore.open(folder, REPO)
    first = keep(store, 1)
    hub.troubles.append(Trouble("POST", path, status=500))
    with pytest.raises(FeedbackError, match="not deleted yet because the Hub did not respond; try again"):
        store.delete(first)
    assert len(store) == 1
    store.delete(first)
    assert len(store) == 0 and repo_on(hub).large == {}


def test_what_is_set_aside_is_kept_too_and_what_is_lost_here_comes_back(hub, folder):
    store = MirroredStore.open(folder, REPO)
    first, second = keep(store, 1), keep(store, 2)
    with (folder / "metadata.jsonl").open("ab") as file:
        file.write(b"not a record " + first.encode() + b"\n")
    voice = (folder / "audio" / f"{second}.flac").read_bytes()
    (folder / "audio" / f"{second}.flac").unlink()
    third = keep(store, 3)  # one bad line and one lost recording do not keep others out
    assert [record.id for record in store.records()] == [first, second, third]
    assert (folder / "audio" / f"{second}.flac").read_bytes() == voice
    assert repo_on(hub).files[".quarantine/lines.jsonl"] == b"not a record " + first.encode() + b"\n"
    shutil.rmtree(folder)
    again = MirroredStore.open(folder, REPO)
    assert again.problems().aside == 1
    again.delete(first)
    assert again.problems().aside == 0 and ".quarantine/lines.jsonl" not in repo_on(hub).files
    assert [record.id for record in again.records()] == [second, third]


def test_a_table_that_is_lost_here_is_not_lost_there(hub, folder):
    store = MirroredStore.open(folder, REPO)
    first, second = keep(store, 1), keep(store, 2)
    table = folder / "metadata.jsonl"
    for damaged in (b"", table.read_bytes().splitlines(keepends=True)[1]):
        table.write_bytes(damaged)
        third = keep(store, 3)
        assert sorted(record.id for record in store.records()) == sorted([first, second, third])
        assert {f"audio/{id}.flac" for id in (first, second, third)} < repo_on(hub).files.keys()
        store.delete(third)


def test_somebody_elses_folder_is_not_written_into(hub, folder):
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(FeedbackError, match="folder feedback is not a folder of corrections"):
        MirroredStore.open(folder, REPO)
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_it_never_keeps_them_in_public(hub, folder, tmp_path):
    publish_store = FeedbackStore(tmp_path / "open")
    consent = Consent(store=True, publish=True)
    publish_store.add(synthetic_voice(1.0), Correction(new_id(), "sad", None, {}, "", consent), labels=LABELS)
    publish_feedback(publish_store.folder, REPO, public=True)
    with pytest.raises(HubError, match="is public on the Hub"):
        MirroredStore.open(folder, REPO)


def test_a_space_without_a_place_says_that_nothing_is_saved(tmp_path):
    settings = Settings.from_environment({"SPACE_ID": "me/page", "EMOTION_HF_DATA_DIR": str(tmp_path)})
    page = str(build_page(Services.open(settings, open_store(settings), FakeClassifier())).get_config_file())
    assert "Corrections cannot be saved" in page and "Save my answer" not in page
    settings = Settings(data_dir=tmp_path)
    page = str(build_page(Services.open(settings, open_store(settings), FakeClassifier())).get_config_file())
    assert "Corrections cannot be saved" not in page and "elem_id': 'save'" in page


def test_a_page_keeps_corrections_where_its_settings_say(hub, tmp_path):
    settings = Settings(data_dir=tmp_path, max_corrections=3, max_corrections_per_client=2)
    alone, mirrored = open_store(settings), open_store(replace(settings, feedback_repo=REPO))
    assert (type(alone), type(mirrored)) == (FeedbackStore, MirroredStore)
    assert alone.folder == mirrored.folder == tmp_path / "feedback"
    assert alone.limits == mirrored.limits == Limits(total=3, daily=2)
