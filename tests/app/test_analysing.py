"""An analysis in a thread: its progress, its result, its error, and how it is stopped."""

import threading
import time

import numpy as np
import pytest
import soundfile

from emotion_hf.app.analysing import Job, Jobs, StoppedError
from emotion_hf.errors import AudioError
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from tests.app.conftest import open_services


def test_progress_comes_before_the_result():
    job = Job(lambda progress: [progress(share) for share in (0.25, 1.0)] and "done")
    assert list(job.progress()) == [0.25, 1.0] and job.result() == "done"


def test_an_error_is_raised_where_the_result_is_read():
    def fail(progress):
        raise AudioError("no sound")

    job = Job(fail)
    assert list(job.progress()) == []
    with pytest.raises(AudioError, match="no sound"):
        job.result()


def test_a_stopped_job_ends_at_its_next_step():
    begun = threading.Event()

    def work(progress):
        while True:
            begun.set()
            progress(0.5)
            time.sleep(0.001)

    job = Job(work)
    begun.wait()
    job.stop()
    assert set(job.progress()) <= {0.5}
    with pytest.raises(StoppedError):
        job.result()


def test_the_time_left_follows_from_the_share():
    job = Job(lambda progress: None)
    job.begun -= 10
    assert job.seconds_left(0) is None and job.seconds_left(0.25) == pytest.approx(30, abs=1)


def endless(progress):
    while True:
        progress(time.monotonic())
        time.sleep(0.001)


def test_the_work_of_a_session_is_shown_and_its_result_returned():
    jobs, shown = Jobs(), []

    def handler():
        shown.append((yield from jobs.run("one", lambda progress: progress(0.5) or "done", lambda *now: now)))

    (share, left), *more = handler()
    assert share == 0.5 and left >= 0 and more == [] and shown == ["done"] and jobs.seconds("one") == 0


def test_a_visitor_stops_only_the_own_work():
    jobs = Jobs()
    steps = jobs.run("one", endless, lambda *now: now)
    next(steps)
    jobs.stop("somebody else")
    next(steps)
    assert jobs.seconds("one") > 0
    jobs.stop("one")
    assert jobs.seconds("one") == 0
    with pytest.raises(StoppedError):
        list(steps)


def test_new_work_ends_the_one_before():
    jobs = Jobs()
    first, second = (jobs.run("one", endless, lambda *now: now) for _ in range(2))
    next(first)
    next(second)
    with pytest.raises(StoppedError):
        list(first)
    next(second)
    jobs.stop("one")
    with pytest.raises(StoppedError):
        list(second)


def test_a_visitor_who_leaves_ends_the_work():
    stopped = threading.Event()

    def work(progress):
        try:
            endless(progress)
        except StoppedError:
            stopped.set()

    steps = Jobs().run("one", work, lambda *now: now)
    next(steps)
    steps.close()
    assert stopped.wait(10)


def test_only_a_long_recording_gets_a_timeline(tmp_path):
    services, shares = open_services(Settings(data_dir=tmp_path / "data")), []
    for seconds in (5.0, 12.0):
        soundfile.write(tmp_path / f"{seconds}.wav", synthetic_voice(seconds), 16_000)
    short, long = (services.analyse(str(tmp_path / f"{seconds}.wav"), shares.append) for seconds in (5.0, 12.0))
    assert short.timeline is None and long.timeline.windows and long.prediction == long.timeline.overall
    assert shares[-1] == 1.0 and np.diff(shares).min() >= 0
