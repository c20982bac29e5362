"""An analysis in a thread: its progress, its result, its error, and how it is stopped."""

import threading
import time

import numpy as np
import pytest
import soundfile

from emotion_hf.app.analysing import Job, StoppedError
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


def test_only_a_long_recording_gets_a_timeline(tmp_path):
    services, shares = open_services(Settings(data_dir=tmp_path / "data")), []
    for seconds in (5.0, 12.0):
        soundfile.write(tmp_path / f"{seconds}.wav", synthetic_voice(seconds), 16_000)
    short, long = (services.analyse(str(tmp_path / f"{seconds}.wav"), shares.append) for seconds in (5.0, 12.0))
    assert short.timeline is None and long.timeline.windows and long.prediction == long.timeline.overall
    assert shares[-1] == 1.0 and np.diff(shares).min() >= 0
