"""A retraining as a process: what is counted before it, how far it is, how it ends; a stand-in does not train."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emotion_hf import jobs
from emotion_hf.app.retraining import Retraining, since_last_training
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id, note_training
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from emotion_hf.versions import Versions

STAND_IN = """
import json, sys, time
from pathlib import Path

from emotion_hf.cli import job
from emotion_hf.errors import EmotionError, FeedbackError
from emotion_hf.versions import Versions


def main(words):
    output, data = (Path(words[words.index(name) + 1]) for name in ("--output", "--data"))
    line = {"event": "epoch", "step": 30, "steps": 100, "epoch": 3.0, "epochs": 10, "seconds_left": 80}
    try:
        with Versions(output.parent).making(output.name) as attempt:
            attempt.has_begun = True
            attempt.say("Measuring the new model; about 0:40 left.", 0.2)
            output.mkdir(parents=True)
            (output / "progress.jsonl").write_text(json.dumps(line) + chr(10) + '{"event": "en')
            while not (output.parent / "end").exists():
                time.sleep(0.01)
            if (output.parent / "end").read_text() == "1":
                raise FeedbackError(f"Nothing is known of {data}.")
    except EmotionError as error:
        print(error)
        return 1


if __name__ == "__main__":
    job.COMMANDS["retrain"] = "train.stand_in"
    sys.exit(job.main())
"""
A_PAGE = """
import signal, sys, time
from pathlib import Path

from emotion_hf import jobs
from emotion_hf.app.retraining import Retraining
from emotion_hf.settings import Settings

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests without it
jobs.ROOT, jobs.ENTRY = Path(sys.argv[1]), ("-m", "train.stand_in")
settings = Settings(data_dir=jobs.ROOT / "data", retraining_data="ravdess=ravdess")
Retraining(settings, jobs.Jobs(settings.jobs_dir)).start()
time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Settings of a page whose retraining is the stand-in."""
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "__init__.py").touch()
    (tmp_path / "train" / "stand_in.py").write_text(STAND_IN)
    monkeypatch.setattr(jobs, "ROOT", tmp_path)
    monkeypatch.setattr(jobs, "ENTRY", ("-m", "train.stand_in"))
    return Settings(data_dir=tmp_path / "data", retraining_data="ravdess=ravdess")


@pytest.fixture
def started(settings):
    one = Retraining(settings, jobs.Jobs(settings.jobs_dir))
    assert one.progress().state == "idle"
    one.start()
    yield one
    one.stop()


def wait_for(one, state, words):
    deadline = time.monotonic() + 60  # a page imports gradio
    while time.monotonic() < deadline:
        progress = one.progress()
        if progress.state == state and words in progress.sentence:
            return progress
        time.sleep(0.02)
    pytest.fail(f"{progress} is not {state} with {words}")


def test_its_progress_is_read_and_it_ends(started, settings):
    started.start()  # a second one does not begin
    progress = wait_for(started, "running", "Epoch 4 of 10; about 1:20 left, then the evaluation.")
    assert progress.share == 0.3
    assert [path.name for path in settings.models_dir.iterdir() if path.is_dir()] == ["retrained-1"]
    with (settings.models_dir / "retrained-1" / "progress.jsonl").open("a") as file:
        file.write('\n{"event": "end", "step": 100, "steps": 100, "epoch": 10, "epochs": 10, "seconds_left": 0}\n')
    assert wait_for(started, "running", "Measuring the new model; about 0:40 left.").share == 0.2
    (settings.models_dir / "end").write_text("0")
    assert wait_for(started, "done", "retrained-1 is trained and measured.").share == 1.0


def test_it_can_be_stopped(started):
    wait_for(started, "running", "Epoch 4")
    started.stop()
    wait_for(started, "stopped", "Stopped; nothing was saved.")


def test_it_outlives_its_page_and_the_next_page_finds_it(settings, tmp_path):
    page = subprocess.Popen([sys.executable, "-c", A_PAGE, str(tmp_path)], start_new_session=True)
    following = Retraining(settings, jobs.Jobs(settings.jobs_dir))
    wait_for(following, "running", "Epoch 4")
    os.killpg(page.pid, signal.SIGINT)  # as Ctrl-C does
    assert page.wait(20) != 0
    made = Versions(settings.models_dir).last_made()
    following.start()  # a second one does not begin
    assert Versions(settings.models_dir).last_made() == made
    following.stop()
    wait_for(following, "stopped", "Stopped; nothing was saved.")


def test_one_that_was_killed_is_not_taken_for_a_running_one(started, settings):
    wait_for(started, "running", "Epoch 4")
    os.kill(Versions(settings.models_dir).last_made().pid, signal.SIGKILL)
    wait_for(started, "failed", "It stopped unexpectedly")
    assert Retraining(settings, jobs.Jobs(settings.jobs_dir)).progress().state == "failed"


def test_why_it_failed_is_said(started, settings):
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    (settings.models_dir / "end").write_text("1")
    failed = wait_for(started, "failed", "Nothing is known of")
    assert failed.sentence == f"Nothing is known of ravdess={Path('ravdess').resolve()}."


def test_what_it_said_before_it_could_note_anything_is_shown(settings, tmp_path):
    (tmp_path / "train" / "stand_in.py").write_text("raise SystemExit('No such thing')")
    one = Retraining(settings, jobs.Jobs(settings.jobs_dir))
    one.start()
    wait_for(one, "failed", "No such thing")


def test_what_came_since_the_last_training_is_counted_once_for_each_recording(tmp_path):
    store = FeedbackStore(tmp_path / "feedback")
    consent = Consent(store=True, train=True)

    def add(seed, label="sad", consent=consent, minutes=0):
        made = Correction.of(Prediction(), id=new_id(), label=label, consent=consent, annotator=new_id())
        time = datetime.now(UTC) + timedelta(minutes=minutes)
        made = type(made)(**{**vars(made), "time": time.isoformat(timespec="seconds")})
        return store.add(synthetic_voice(0.5, seed=seed), made, labels=LABELS)

    first = add(0, minutes=-5)
    assert since_last_training(store) == [first]
    note_training(store, [first.id], "runs/mine")
    assert since_last_training(store) == []
    later = add(1, minutes=5)
    add(1, minutes=5)  # the same recording again
    add(2, "mixed", minutes=5)
    add(3, consent=Consent(store=True), minutes=5)
    assert [record.content for record in since_last_training(store)] == [later.content]
    note_training(store, (), "runs/gone")  # of a model that is gone
    assert len(since_last_training(store)) == 1


def test_what_came_while_a_training_ran_is_still_new(tmp_path):
    store = FeedbackStore(tmp_path / "feedback")
    made = Correction.of(Prediction(), id=new_id(), label="sad", consent=Consent(store=True, train=True))
    earlier, meanwhile = ((datetime.now(UTC) - timedelta(minutes=ago)).isoformat() for ago in (9, 5))
    first = store.add(synthetic_voice(0.5, seed=0), replace(made, time=earlier), labels=LABELS)
    second = store.add(synthetic_voice(0.5, seed=1), replace(made, id=new_id(), time=meanwhile), labels=LABELS)
    note_training(store, [first.id], "runs/mine", until=first.time)
    assert since_last_training(store) == [second]
