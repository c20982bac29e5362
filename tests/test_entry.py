"""How an entry ends: its status, what it says, and that no interruption is lost."""

import contextlib
import io
import itertools
import signal
import threading
import time

import pytest
import soundfile

from emotion_hf.entry import PATIENCE_SECONDS, run
from emotion_hf.errors import CorpusError
from emotion_hf.testing import synthetic_voice


class Interrupting(io.BytesIO):
    """A file that a signal interrupts when it is read, which C does, so that what is raised is lost."""

    def readinto(self, buffer):
        signal.raise_signal(signal.SIGINT)
        return super().readinto(buffer)


@pytest.fixture(autouse=True)
def handlers():
    """As a terminal's program has them, whatever the tests were started by."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_status_says_how_it_ended(capsys):
    def refuse():
        raise CorpusError("There are no clips.")

    assert run(lambda: None) == 0
    assert run(lambda: 3) == 3
    assert run(refuse) == 1
    assert capsys.readouterr().err == "There are no clips.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_whoever_supervises_the_work_stop_it(number, capsys):
    assert run(lambda: signal.raise_signal(number), "Stopped; go on with --resume.") == 130
    assert capsys.readouterr().err == "Stopped; go on with --resume.\n"


@pytest.fixture
def interrupting():
    file = Interrupting()
    soundfile.write(file, synthetic_voice(1.0), 16_000, format="WAV")
    file.seek(0)
    return file


def test_an_interruption_while_a_file_is_read_waits_for_its_end(interrupting, capsys):
    read = []

    def work():
        read.append(len(soundfile.read(interrupting)[0]))
        while True:
            time.sleep(0.01)

    assert run(work) == 130
    assert read == [16_000]
    assert capsys.readouterr().err == "Stopped.\n"


def test_an_interruption_that_was_lost_comes_again(capsys):
    went_on = []

    def work():
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        went_on.append(True)
        while True:
            time.sleep(0.01)

    assert run(work) == 130
    assert went_on and capsys.readouterr().err == "Stopped.\n"


def test_nothing_comes_after_the_end(monkeypatch):
    monkeypatch.setattr("emotion_hf.entry.PATIENCE_SECONDS", 0.001)
    start, number = threading.Timer.start, itertools.count()

    def late(timer):  # every second one, as on a busy machine: it comes before what started it goes on
        start(timer)
        time.sleep(0.002 * (next(number) % 2))

    def work():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            time.sleep(0.003)

    monkeypatch.setattr(threading.Timer, "start", late)
    for _ in range(100):
        assert run(work) == 130
        time.sleep(0.003)


@pytest.mark.parametrize("error", [CorpusError, RuntimeError])
def test_what_an_interruption_breaks_is_not_called_broken(error, capsys):
    def work():
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise error("The file is damaged.") from None

    assert run(work) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_what_nobody_foresaw_is_seen_whole():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)


def test_whoever_tidies_up_is_left_alone(capsys):
    tidy = []

    def work():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            time.sleep(3 * PATIENCE_SECONDS)
            tidy.append(True)

    assert run(work) == 130
    assert tidy and capsys.readouterr().err == "Stopped.\n"


def test_a_background_that_ignores_ctrl_c_goes_on_ignoring_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run(lambda: signal.raise_signal(signal.SIGINT)) == 0
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_another_thread_can_run_an_entry():
    ended = []
    thread = threading.Thread(target=lambda: ended.append(run(lambda: None)))
    thread.start()
    thread.join()
    assert ended == [0]
