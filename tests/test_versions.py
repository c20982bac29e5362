"""Versions: one answers, the switch is whole, the way back is one step, and what is damaged or refused stays out."""

import hashlib
import json
import os
import shutil
import threading

import pytest

from emotion_hf.checkpoint import seal as seal_checkpoint
from emotion_hf.errors import CheckpointError, VersionError
from emotion_hf.versions import GONE, STOPPED, Making, Versions, answering_model, seal


@pytest.fixture
def versions(tmp_path):
    return Versions(tmp_path / "models")


@pytest.fixture
def make(versions):
    """Make a version by its name; the gate says yes unless told otherwise."""

    def make(name, promoted=True):
        folder = versions.folder / name
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(name.encode())
        gate = {"promoted": promoted, "sentence": f"The gate on {name}."}
        return seal(folder, parent="default", recipe={"name": "tiny"}, data={"corrections": []}, gate=gate)

    return make


def test_without_a_version_it_is_the_model_from_before(versions):
    assert (versions.all(), versions.current(), versions.state()) == ([], None, None)
    assert answering_model(versions.folder, "runs/mine") == "runs/mine"
    with pytest.raises(VersionError, match="so there is nothing to roll back"):
        versions.rollback()
    assert not versions.folder.exists()


def test_promote_and_roll_back_step_by_step(versions, make):
    make("retrained-1"), make("retrained-2")
    states = [versions.state()]
    for name in ("retrained-1", "retrained-2"):
        assert versions.promote(name).name == versions.current().name == name
        states.append(versions.state())
    assert answering_model(versions.folder, "") == str(versions.folder / "retrained-2")
    assert versions.before().name == versions.rollback().name == "retrained-1"
    assert versions.rollback() is None and versions.current() is None
    assert len({*states, versions.state()}) == 4
    assert [version.name for version in versions.all()] == ["retrained-1", "retrained-2"]
    assert versions.next_folder().name == "retrained-3"


def test_the_manifest_says_where_it_comes_from(versions, make):
    made = make("retrained-1")
    read = versions.find("retrained-1").manifest
    assert read == made.manifest
    assert read["weights"] == {"model.safetensors": hashlib.sha256(b"retrained-1").hexdigest()}
    assert (read["parent"], read["recipe"], read["created"][:2]) == ("default", {"name": "tiny"}, "20")


def test_what_the_gate_refused_answers_only_with_a_reason_that_is_kept(versions, make):
    make("retrained-1", promoted=False)
    for reason in ("", "  "):
        with pytest.raises(VersionError, match=r"retrained-1 must not be promoted\. The gate on retrained-1\."):
            versions.promote("retrained-1", force=reason)
    assert versions.current() is None
    assert versions.promote("retrained-1", force="a demonstration").manifest["forced"]["reason"] == "a demonstration"
    assert versions.current().manifest["forced"]["reason"] == "a demonstration"


def test_a_damaged_version_is_refused_in_one_sentence(versions, make):
    make("retrained-1"), make("retrained-2")
    versions.promote("retrained-1"), versions.promote("retrained-2")
    (versions.folder / "retrained-1" / "model.safetensors").write_bytes(b"others")
    with pytest.raises(CheckpointError, match=r"retrained-1 is damaged: its model\.safetensors changed") as caught:
        versions.promote("retrained-1")
    assert "\n" not in str(caught.value)
    assert versions.current().name == "retrained-2"
    (versions.folder / "retrained-2" / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"retrained-2 is damaged.* emotion-hf models rollback$") as caught:
        answering_model(versions.folder, "")
    assert "\n" not in str(caught.value)


def test_a_rollback_passes_over_damaged_versions_and_names_them(versions, make, caplog):
    for number in range(1, 5):
        make(f"retrained-{number}")
        versions.promote(f"retrained-{number}")
    (versions.folder / "retrained-4" / "model.safetensors").write_bytes(b"others")  # the one that answers
    (versions.folder / "retrained-3" / "model.safetensors").write_bytes(b"others")
    shutil.rmtree(versions.folder / "retrained-2")
    assert versions.before().name == versions.rollback().name == "retrained-1"
    assert [record.args[0] for record in caplog.records[-2:]] == ["retrained-3", "retrained-2"]
    assert answering_model(versions.folder, "") == str(versions.folder / "retrained-1")
    (versions.folder / "retrained-1" / "manifest.json").write_text("{}")
    assert versions.before() is None and versions.rollback() is None
    assert answering_model(versions.folder, "runs/mine") == "runs/mine"


MANIFEST = {"created": "2026", "weights": {}, "gate": {"promoted": True, "sentence": "Yes."}}
DEEP = b'{"gate":' + b"[" * 100_000


@pytest.mark.parametrize(
    "content",
    [
        *(b"{}", b"[]", b"\xff\xfe{", DEEP),
        json.dumps(MANIFEST | {"gate": {"promoted": "false", "sentence": "No."}}).encode(),
        json.dumps(MANIFEST | {"gate": {"promoted": 1, "sentence": "No."}}).encode(),
        json.dumps(MANIFEST | {"weights": {"../model.safetensors": "0"}}).encode(),
        json.dumps(MANIFEST | {"created": None}).encode(),
    ],
)
def test_one_damaged_manifest_is_named_and_the_others_stay(versions, make, caplog, content):
    make("retrained-1"), make("retrained-2")
    (versions.folder / "retrained-2" / "manifest.json").write_bytes(content)
    with pytest.raises(CheckpointError, match="The manifest of the version retrained-2 is damaged; remove"):
        versions.promote("retrained-2")
    assert [version.name for version in versions.all()] == ["retrained-1"] and "retrained-2" in caplog.text


@pytest.mark.parametrize("content", [b"\xff\xfe", b"../elsewhere\n", b"..\n", b"a/b\n", b"a\x00\n", b"\n"])
def test_a_damaged_name_of_the_one_that_answers_is_one_sentence(versions, make, content):
    make("retrained-1")
    (versions.folder / "current").write_bytes(content)
    for ask in (versions.current, versions.before, versions.rollback, lambda: answering_model(versions.folder, "")):
        with pytest.raises(VersionError, match="is damaged; remove this file, then choose one with") as caught:
            ask()
        assert "\n" not in str(caught.value)
    (versions.folder / "current").unlink()
    assert versions.promote("retrained-1").name == versions.current().name


def test_a_changed_configuration_is_found_as_well_as_weights(versions, make):
    made = make("retrained-1")
    (made.folder / "config.json").write_text("{}")
    seal_checkpoint(made.folder)
    versions.promote("retrained-1")
    (made.folder / "config.json").write_text('{"hop_length": 80}')
    with pytest.raises(CheckpointError, match=r"config\.json has changed since the model was saved"):
        answering_model(versions.folder, "")


@pytest.mark.parametrize("name", ["../precious", "/precious", "", 7, None])
def test_a_note_about_a_folder_elsewhere_is_none(versions, name):
    versions.folder.mkdir()
    note = {"name": name, "pid": 1, "state": "running"}
    (versions.folder / "retraining.json").write_text(json.dumps(note))
    with versions.making("retrained-1") as attempt:
        assert attempt.half_done is None  # what it names would be removed


@pytest.mark.parametrize("name", ["no", "../retrained-1", "..", ".", "", "a\0b", 300 * "a"])
def test_an_unknown_name_is_refused_with_those_there(versions, make, name):
    make("retrained-1")
    with pytest.raises(VersionError, match="the existing ones are retrained-1"):
        versions.promote(name)


def test_what_answers_already_is_not_promoted_twice(versions, make):
    make("retrained-1")
    versions.promote("retrained-1")
    with pytest.raises(VersionError, match="is already active"):
        versions.promote("retrained-1")


def test_a_reader_finds_the_one_or_the_other_at_any_time(versions, make):
    make("retrained-1"), make("retrained-2")
    versions.promote("retrained-1")
    found, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            found.add(versions.current().name)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(50):
            versions.promote("retrained-2"), versions.rollback()
    finally:
        stop.set()
        reader.join()
    assert found == {"retrained-1", "retrained-2"}
    assert sorted(path.name for path in versions.folder.iterdir() if path.is_file()) == ["current", "current.lock"]


def test_a_write_that_fails_changes_nothing(versions, make, monkeypatch):
    make("retrained-1"), make("retrained-2")
    versions.promote("retrained-1")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(VersionError, match=r"cannot be written \(No space left on device\); nothing has changed"):
        versions.promote("retrained-2")
    assert versions.current().name == "retrained-1"
    assert json.loads((versions.folder / "retrained-1" / "manifest.json").read_text())["parent"] == "default"


def test_one_version_is_made_at_a_time_and_how_it_ended_is_noted(versions):
    assert versions.last_made() is None
    with versions.making("retrained-1") as attempt:
        assert attempt.half_done is None
        assert versions.last_made() == Making("retrained-1", os.getpid(), "running")
        with pytest.raises(VersionError, match="retrained-1 is already being made"), versions.making("retrained-2"):
            pytest.fail("two at a time")
        attempt.say("Measuring.", 0.5)
        assert versions.last_made() == Making("retrained-1", os.getpid(), "running", "Measuring.", 0.5)
    assert versions.last_made().state == "done"
    with pytest.raises(CheckpointError), versions.making("retrained-2") as attempt:
        attempt.has_begun = True
        raise CheckpointError("It is damaged.")
    assert versions.last_made() == Making("retrained-2", os.getpid(), "failed", "It is damaged.")
    with pytest.raises(KeyboardInterrupt), versions.making("retrained-2"):
        raise KeyboardInterrupt
    assert (versions.last_made().state, versions.last_made().sentence) == ("stopped", STOPPED)


def test_a_try_that_never_began_leaves_what_was_noted_before(versions):
    for earlier in (None, "retrained-1"):
        if earlier:
            with versions.making(earlier):
                pass
        before = versions.last_made()
        with pytest.raises(CheckpointError), versions.making("retrained-2"):
            assert versions.last_made().state == "running"
            raise CheckpointError("There is no such base.")
        assert versions.last_made() == before


def test_what_a_killed_retraining_left_half_done_is_named_to_the_next(versions, make):
    half_done = versions.folder / "retrained-1"
    half_done.mkdir(parents=True)
    note = Making("retrained-1", 1, "running")
    (versions.folder / "retraining.json").write_text(json.dumps(vars(note)))
    assert versions.last_made() == Making("retrained-1", 1, "failed", GONE)  # nobody holds the lock
    with versions.making("retrained-2") as attempt:
        assert attempt.half_done == half_done
    shutil.rmtree(half_done)
    make("retrained-1")
    (versions.folder / "retraining.json").write_text(json.dumps(vars(note)))
    with versions.making("retrained-2") as attempt:
        assert attempt.half_done is None  # it was done but for the note


def test_a_model_that_is_no_version_can_be_active_between_versions(tmp_path):
    versions = Versions(tmp_path / "models")
    (tmp_path / "run").mkdir()
    chosen = versions.use(str(tmp_path / "run"), {"a\u2028b": "angry"})
    assert (chosen.name, versions.current()) == ("run", chosen)
    assert answering_model(versions.folder, "other") == str(tmp_path / "run")
    with pytest.raises(VersionError, match="run is already active"):
        versions.use(str(tmp_path / "run"), {"a\u2028b": "angry"})
    assert versions.use("owner/name").name == "owner/name"
    assert versions.use("").name == "default" and answering_model(versions.folder, "other") == ""
    assert versions.rollback().name == "owner/name"
    (tmp_path / "run").rmdir()
    assert versions.before() is None  # its folder is gone
    assert versions.rollback() is None
    versions.use("owner/name")
    (versions.folder / "current").write_text('{"source": 1, "labels": {}}\n')
    with pytest.raises(VersionError, match="is damaged"):
        versions.current()


def test_a_chosen_folder_that_is_gone_is_named_with_the_way_back(tmp_path):
    versions = Versions(tmp_path / "models")
    (tmp_path / "run").mkdir()
    versions.use(str(tmp_path / "run"))
    (tmp_path / "run").rmdir()
    with pytest.raises(CheckpointError, match=r"is missing; choose another model\. To go back"):
        answering_model(versions.folder, "")
