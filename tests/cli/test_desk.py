"""``emotion-hf desk``: in this process, with a fake model."""

import json
import os
import zipfile

import pytest
import soundfile

from emotion_hf import cli
from emotion_hf.desk import Desk, callers, listing, setup
from emotion_hf.desk.law import ANNOUNCEMENT, PROHIBITED
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice

SET_UP = ("setup", "--purpose", "Crisis line", "--place", "Zurich")


class Angry(FakeClassifier):
    def _answer(self, wave):
        from dataclasses import replace

        scores = {label: 0.93 if label == "angry" else 0.01 for label in self.labels}
        return replace(super()._answer(wave), scores=scores)


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a command and return status, stdout and stderr."""
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("emotion_hf.cli.desk.load_recognizer", lambda settings: Angry())

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            group = [] if arguments[0] in ("backup", "restore") else ["desk"]
            cli.main([*group, *map(str, arguments)])
        return ended.value.code or 0, *capsys.readouterr()

    return run


@pytest.fixture
def ready(run):
    assert run(*SET_UP, "--accept-terms")[0] == 0
    return run


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, synthetic_voice(2.0), 16_000)
    return path


def test_nothing_works_before_the_terms_are_accepted(run, clip):
    assert run("list") == (1, "", "emotion-hf: The desk is not set up yet: name its purpose and place, and accept its "
                                  "terms first.\n")  # fmt: skip
    status, out, err = run(*SET_UP)
    assert (status, PROHIBITED in out, ANNOUNCEMENT in out) == (1, True, True)
    assert "add --accept-terms" in err
    recorded = ("--caller-channel", 1, "--one-channel", "A")
    status, out, _ = run(*SET_UP, *recorded, "--accept-terms", "--who", "MK")
    assert (status, out.splitlines()[-1]) == (0, "The desk is set up for Crisis line in Zurich.")
    assert run("list")[:2] == (0, "")
    assert setup.recordings(Desk.open(Settings.from_environment())) == setup.Recordings(1, setup.OneChannel.A)


def test_a_call_is_taken_listed_exported_and_deleted(ready, clip, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    status, out, err = ready("take", "Anna", clip, broken)
    assert (status, out) == (1, f"{clip}: Anna, angry; urgent\n")
    assert err.startswith(f"{broken} is text, not audio")
    assert ready("take", "anna", clip)[1] == f"{clip}: Anna, angry; urgent, which is on the desk already\n"
    status, out, err = ready("list")
    assert out.startswith("Anna: angry, 20") and "UTC, calls: 1, ALARM: angry from 0:00 to 0:02 (95 %)" in out
    assert err.startswith("1 callers, 1 open alarms. Not urgent does not mean safe.")
    assert ready("export", "ANNA", "--to", tmp_path / "anna.zip")[1] == f"Wrote {tmp_path / 'anna.zip'}\n"
    with zipfile.ZipFile(tmp_path / "anna.zip") as archive:
        assert json.loads(archive.read("caller.json"))["calls"][0]["label"] == "angry"
    done = "Deleted 1 calls, 1 recordings, 0 corrections and 1 exports.\n"
    assert ready("delete", "Anna", "--yes")[:2] == (0, done)
    assert ready("delete", "Anna", "--yes")[2] == (
        "emotion-hf: There is no caller Anna; `emotion-hf desk list` shows the callers.\n"
    )


def test_a_deletion_asks_first(ready, clip, monkeypatch):
    ready("take", "Anna", clip)
    asked = []
    monkeypatch.setattr("typer.confirm", lambda text, abort: asked.append(text))
    ready("delete", "Anna")
    assert asked == ["Delete Anna and everything about this caller?"]


def test_a_backup_and_its_restore(ready, clip, tmp_path, monkeypatch):
    ready("take", "Anna", clip)
    path = tmp_path / "desk.zip"
    assert ready("backup", path)[:2] == (0, f"Wrote {path}: callers 1, calls 1.\n")
    assert "has callers already" in ready("restore", path)[2]
    monkeypatch.setenv("EMOTION_HF_DATA_DIR", str(tmp_path / "elsewhere"))
    assert ready("restore", path)[:2] == (0, f"Restored {path}: callers 1, calls 1.\n")
    assert ready("list")[1].startswith("Anna: angry")


def test_a_purge(ready, clip):
    ready("take", "Anna", clip)
    nothing = "Deleted 0 calls, 0 recordings, 0 corrections and 0 exports.\n"
    assert ready("purge")[1] == ready("purge", "--days", 30)[1] == nothing


def test_a_folder_is_watched(ready, clip, tmp_path, monkeypatch):
    assert "Name a folder to watch" in ready("watch")[2]
    (tmp_path / "in" / "Ben").mkdir(parents=True)
    path = tmp_path / "in" / "Ben" / "a.wav"
    path.write_bytes(clip.read_bytes())
    os.utime(path, (0, 0))
    monkeypatch.setenv("EMOTION_HF_DESK_WATCH", str(tmp_path / "in"))
    monkeypatch.setattr("emotion_hf.desk.watch.LOOK_SECONDS", 0.01)
    assert ready("watch", "--once")[:2] == (0, f"{path}: Ben, angry; urgent\n")
    desk = Desk.open(Settings.from_environment())
    assert [caller.name for caller in callers.all_callers(desk)] == ["Ben"]
    assert listing.history(desk).calls[0].happened_at.year == 1970


def test_watching_ends_with_ctrl_c(ready, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion_hf.desk.watch.Watcher.run", interrupted)
    status, _, err = ready("watch", tmp_path / "in")
    assert (status, err) == (0, f"Watching {tmp_path / 'in'}; Ctrl-C ends it.\nStopped.\n")
