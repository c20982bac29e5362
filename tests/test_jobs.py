"""Jobs one after the other, each as a process of its own: their order, their end, and what survives which end."""

import os
import signal
import time
from pathlib import Path

import pytest

from emotion_hf import jobs as jobs_module
from emotion_hf.errors import JobError
from emotion_hf.jobs import GONE, Jobs

STAND_IN = """
import sys, time
from pathlib import Path

sys.path.insert(0, {package!r})
from emotion_hf import jobs
from emotion_hf.cli import job


def main(words):
    what, output = words[0], Path(words[1])
    print("begins with", *words)
    output.mkdir(parents=True, exist_ok=True)
    (output / "began").touch()
    while what == "wait" and not (output / "end").exists():
        time.sleep(0.01)
    if what == "fail":
        print("It is Monday.", file=sys.stderr)
        return 1
    if what == "crash":
        raise ValueError("a bug")
    return 0


if __name__ == "__main__":
    jobs.ROOT, jobs.ENTRY = Path(__file__).parent, ("-m", "stand_in")
    job.COMMANDS["train"] = "stand_in"
    sys.exit(job.main())
"""
SECONDS = 30


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    package = str(Path(jobs_module.__file__).parents[1])
    (tmp_path / "stand_in.py").write_text(STAND_IN.format(package=package))
    monkeypatch.setattr(jobs_module, "ROOT", tmp_path)
    monkeypatch.setattr(jobs_module, "ENTRY", ("-m", "stand_in"))
    made = Jobs(tmp_path / "jobs")
    yield made
    for job in made.all():
        if job.state == "waiting":
            made.remove(job.id)
        made.stop(job.id)


def add(jobs, what, name="one"):
    output = jobs.folder.parent / name
    return jobs.add(name, ["train", what, str(output)], output=output)


def wait_for(jobs, *states):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        jobs.wake()
        found = tuple(job.state for job in jobs.all())
        if found == states:
            return jobs.all()
        time.sleep(0.02)
    pytest.fail(f"the jobs are {found} instead of {states}: {[jobs.log(job.id) for job in jobs.all()]}")


def test_jobs_run_one_after_the_other_and_the_last_one_needs_no_page(jobs):
    first, second = add(jobs, "wait"), add(jobs, "done", "two")
    wait_for(jobs, "running", "waiting")
    with pytest.raises(JobError, match="stop it first"):
        jobs.remove(first.id)
    (first.folder / "end").touch()
    deadline = time.monotonic() + SECONDS
    while jobs.find(second.id).state != "done" and time.monotonic() < deadline:
        time.sleep(0.02)  # nobody calls wake: the first job starts the second
    assert [job.state for job in jobs.all()] == ["done", "done"]
    assert jobs.last_words(second.id) == f"begins with done {second.folder}"


def test_one_that_is_stopped_can_go_on_and_one_that_waits_can_be_removed(jobs):
    first, second = add(jobs, "wait"), add(jobs, "done", "two")
    wait_for(jobs, "running", "waiting")
    while not (first.folder / "began").exists():
        time.sleep(0.01)
    with pytest.raises(JobError, match="stopped or has failed"):
        jobs.again(first.id, resume=True)
    jobs.remove(second.id)
    jobs.stop(first.id)
    wait_for(jobs, "stopped")
    (first.folder / "end").touch()
    again = jobs.again(first.id, resume=True)
    assert again.command == (*first.command, "--resume")
    assert wait_for(jobs, "done")[0].id == again.id
    with pytest.raises(JobError, match="no longer in the list"):
        jobs.find(first.id)


def test_the_reason_of_a_failure_is_kept_and_the_queue_goes_on(jobs):
    for what in ("fail", "crash", "done"):
        add(jobs, what)
    failed, crashed, _ = wait_for(jobs, "failed", "failed", "done")
    assert failed.sentence == "It is Monday."
    assert crashed.sentence == "ValueError: a bug"
    assert "Traceback" in jobs.log(crashed.id)


def test_a_killed_job_is_not_taken_for_a_running_one_and_the_next_one_starts(jobs):
    first = add(jobs, "wait")
    add(jobs, "done", "two")
    running, _ = wait_for(jobs, "running", "waiting")
    os.kill(running.pid, signal.SIGKILL)
    dead, _ = wait_for(jobs, "failed", "done")
    assert (dead.id, dead.sentence) == (first.id, GONE)


def test_one_that_cannot_begin_has_failed_and_other_files_are_no_jobs(jobs):
    (jobs.folder.parent / "stand_in.py").write_text("raise SystemExit('Python is broken.')")
    assert Jobs(jobs.folder.parent / "nothing").all() == []
    add(jobs, "done")
    (jobs.folder / "20260101T000000000000-a.json").write_text('{"id": "another"}')
    (jobs.folder / "notes.json").write_text("{}")
    assert wait_for(jobs, "failed")[0].sentence == "Python is broken."
    with pytest.raises(JobError, match="no longer"):
        jobs.find("../../etc/passwd")
