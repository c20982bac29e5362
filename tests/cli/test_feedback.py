"""``emotion-hf feedback``: in this process, with a fake model."""

import json

import numpy as np
import pytest
import soundfile

from emotion_hf import cli
from emotion_hf.feedback import FeedbackStore, note_training
from emotion_hf.testing import FakeClassifier, synthetic_voice


@pytest.fixture
def loaded(monkeypatch):
    """Which models were asked for, instead of loading one."""
    asked = []

    def load(settings):
        asked.append(settings.model)
        return FakeClassifier()

    monkeypatch.setattr("emotion_hf.cli.feedback.load_recognizer", load)
    return asked


@pytest.fixture
def run(capsys, tmp_path, monkeypatch, loaded):
    """Run a sub-command on the folder of ``store`` and return status, stdout and stderr."""
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(["feedback", *map(str, arguments)])
        return ended.value.code or 0, *capsys.readouterr()

    return run


@pytest.fixture
def store(tmp_path):
    return FeedbackStore(tmp_path / "data" / "feedback")


@pytest.fixture
def clips(tmp_path):
    paths = [tmp_path / f"{name}.wav" for name in "abc"]
    for seed, path in enumerate(paths):
        soundfile.write(path, synthetic_voice(0.5, seed=seed), 16_000)
    return paths


def test_add_asks_the_model_first_and_keeps_the_three_consents_apart(run, store, clips, loaded):
    options = ["--label", "anger", "--consent-publish", "--by", "anna", "--speaker", "s1", "--model", "my/model"]
    status, out, err = run("add", *clips[:2], *options)
    first, second = store.records()
    assert (status, err, loaded) == (0, "", ["my/model"])
    assert out.splitlines() == [
        f"{clips[0]}: saved as angry; the model predicted neutral; number {first.id}",
        f"{clips[1]}: saved as angry; the model predicted neutral; number {second.id}",
    ]
    assert (first.consent.store, first.consent.train, first.consent.publish) == (True, False, True)
    assert (first.annotator, first.speaker, first.session, first.model) == ("anna", "s1", "", "fake")
    assert first.scores["neutral"] == 0.8


def test_add_without_a_model_and_what_cannot_be_kept(run, store, clips, loaded):
    run("add", clips[0], "--label", "sad", "--no-model", "--consent-train")
    (first,) = store.records()
    assert (first.prediction, first.scores, first.model, loaded) == (None, {}, "", [])
    soundfile.write(clips[2].with_name("silent.wav"), np.zeros(8_000), 16_000)
    some = [clips[0], "gone.wav", clips[2].with_name("silent.wav"), clips[1]]
    status, out, err = run("add", *some, "--label", "calm", "--no-model")
    assert status == 1
    assert err.splitlines() == [
        f"{clips[0]}: It is already saved as sad; to relabel it, delete {first.id} first.",
        "There is no file gone.wav; check the name.",
        f"{some[2]}: The recording is silent, so it is not saved; record it again.",
    ]
    assert out.startswith(f"{clips[1]}: saved as calm; number ")
    assert run("add", clips[0], "--label", "calm", "--no-model", "--by", "ben")[0] == 0  # a second opinion
    assert len(store) == 3
    status, out, err = run("add", clips[2], "--label", "bored", "--no-model")
    assert (status, out, len(store)) == (1, "", 3)
    assert err.startswith("emotion-hf: Unknown label 'bored'; the labels are neutral, calm")


def test_list_chooses_and_prints_lines_or_json(run, clips):
    run("add", clips[0], "--label", "sad", "--by", "anna", "--no-model", "--consent-train")
    run("add", *clips[:2], "--label", "calm", "--by", "ben")
    assert len(run("list")[1].splitlines()) == 3
    for options, count in (
        (["--label", "calm"], 2),
        (["--model", "fake"], 2),
        (["--annotator", "anna"], 1),
        (["--consent", "train"], 1),
        (["--consent", "publish"], 0),
        (["--disagree"], 2),
        (["--after", "2026-01-01"], 3),
        (["--before", "2026-01-01T12:00:00"], 0),
    ):
        found = [json.loads(line) for line in run("list", "--json", *options)[1].splitlines()]
        assert len(found) == count, options
    assert "  sad        no model                  train  anna\n" in run("list", "--label", "sad")[1]
    assert len(run("list", "--label", "sadness")[1].splitlines()) == 1
    assert run("list", "--label", "bored")[2] == "Nothing to show: none of the 3 corrections matches.\n"
    assert run("list", "--before", "yesterday")[0] == 2
    assert "… disputed    1" in run("stats")[1]


def test_delete_says_which_models_must_forget(run, store, clips):
    run("add", *clips, "--label", "sad", "--no-model", "--consent-train")
    first, second, third = store.records()
    for model in ("runs/x", "runs/y"):
        note_training(store, [first.id], model)
    status, out, _ = run("delete", first.id, second.id)
    assert status == 0
    assert out.splitlines() == [
        f"Deleted {first.id}. The models runs/x and runs/y were trained on it; "
        "they forget it when they are retrained.",
        f"Deleted {second.id}.",
    ]
    assert list(store.records()) == [third]
    status, out, err = run("delete", first.id, third.id)
    assert (status, out) == (1, f"Deleted {third.id}.\n")  # one that is not there does not keep the others
    assert err == f"{first.id}: No saved recording has this number.\n"


def test_export_and_import_on_a_folder_of_ones_own(run, clips, tmp_path):
    old, folder = tmp_path / "old", tmp_path / "elsewhere"
    (old / "feedback_audios").mkdir(parents=True)
    clips[0].rename(old / "feedback_audios" / "a.wav")
    (old / "feedback_data.csv").write_text("filename,prediction,label\na.wav,sad,calm\n")
    status, _, err = run("import", old, "--folder", folder)
    assert (status, folder.exists()) == (1, False)
    assert err == "emotion-hf: Consent to store is needed; add --consent-store if the people gave it.\n"
    assert run("import", old, "--folder", folder, "--consent-store")[1] == "Recordings imported: 1.\n"
    out = tmp_path / "out"
    status, _, err = run("export", out, "--publishable", "--folder", folder)
    assert (status, out.exists()) == (1, False)
    assert "with consent to publish" in err
    for form, name in (("audiofolder", "metadata.jsonl"), ("csv", "metadata.csv"), ("parquet", "data.parquet")):
        said = run("export", out / form, "--format", form, "--folder", folder)[1]
        assert said == f"Wrote 1 annotations to {out / form}\n"
        assert (out / form / name).is_file()


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_commands_that_only_read_change_nothing_and_say_what_needs_attention(run, store, clips, tmp_path):
    run("add", *clips, "--label", "sad", "--no-model", "--consent-train")
    table = store.folder / "metadata.jsonl"
    table.write_bytes(b'{"label": ["sad"]}\n' + table.read_bytes())
    before = content(store.folder)
    told = (
        "Damaged lines left out: 1 (line 1: The line is not a correction); emotion-hf feedback repair --folder "
        f"{store.folder} sets them aside.\n"
    )
    status, out, err = run("list")
    assert (status, len(out.splitlines()), err) == (0, 3, told)
    status, out, err = run("stats")
    assert (status, out.startswith("Annotations   3\n"), err) == (0, True, told)
    status, out, err = run("export", tmp_path / "out")
    assert (status, out, err) == (0, f"Wrote 3 annotations to {tmp_path / 'out'}\n", told)
    table.unlink()
    assert run("list")[0] == 0
    assert "Recordings without an entry: 3; emotion-hf feedback repair --folder" in run("stats")[2]
    assert content(store.folder).keys() == before.keys() - {table}


def test_repair_restores_and_says_so(run, store, clips):
    run("add", *clips, "--label", "sad", "--no-model", "--consent-train")
    records = list(store.records())
    (store.folder / "metadata.jsonl").write_bytes(b"garbage\n")
    status, out, err = run("repair")
    assert (status, out) == (0, "Corrections restored: 3.\nDamaged lines set aside: 1.\n")
    assert err.startswith("Lines and recordings set aside: 1, in ")
    assert sorted(store.records(), key=records.index) == records
    assert run("repair")[1] == "There was nothing to repair.\n"


@pytest.mark.parametrize("command", ["list", "stats", "repair", "export", "delete"])
def test_somebody_elses_folder_is_refused_and_not_changed(run, tmp_path, command):
    folder = tmp_path / "recordings"
    (folder / "audio").mkdir(parents=True)
    (folder / "audio" / "mine.wav").write_bytes(b"mine")
    arguments = {"export": [tmp_path / "out"], "delete": ["0" * 32]}.get(command, [])
    status, out, err = run(command, *arguments, "--folder", folder)
    assert (status, out) == (1, "")
    assert "The folder recordings is not a folder of corrections" in err and err.count("\n") == 1
    assert content(folder) == {folder / "audio" / "mine.wav": b"mine"}
