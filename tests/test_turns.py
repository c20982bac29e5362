"""Short recordings never wait for long ones, long ones are never starved, and nobody waits without end."""

import itertools
import threading
import time
from contextlib import contextmanager

import pytest

from emotion_hf.errors import BusyError, EmotionError
from emotion_hf.turns import OLDEST_EVERY, SHORT_SECONDS, Turns, give_way

PATIENCE_SECONDS = 10


class Bench:
    """Jobs of a `Turns`, each in a thread of its own; `log` holds the name of a job for each step that it made."""

    def __init__(self, turns):
        self.turns, self.log, self.errors, self.threads = turns, [], {}, []
        self.working = self.most_working = 0
        self.lock = threading.Lock()

    def add(self, name, seconds, steps=1, *, actual=None):
        """Start a job of equal steps, and return when it waits or works."""
        before = self.turns.queued
        thread = threading.Thread(target=self._work, args=(name, seconds, steps, actual or seconds))
        self.threads.append(thread)
        thread.start()
        self._until(lambda: self.turns.queued > before or name in self.log or not thread.is_alive())

    @contextmanager
    def closed(self, count=1):
        """Keep the places of `count` jobs occupied, so that what is added meanwhile waits."""
        go_on, begun = threading.Event(), threading.Semaphore(0)

        def hold():
            with self.turns.take(0.0):
                begun.release()
                assert go_on.wait(PATIENCE_SECONDS)

        holders = [threading.Thread(target=hold) for _ in range(count)]
        for holder in holders:
            holder.start()
            assert begun.acquire(timeout=PATIENCE_SECONDS)
        try:
            yield
        finally:
            go_on.set()
            for holder in holders:
                holder.join(PATIENCE_SECONDS)

    def finish(self):
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)
        assert not any(thread.is_alive() for thread in self.threads)
        return self.log

    def _work(self, name, seconds, steps, actual):
        try:
            with self.turns.take(seconds):
                for step in range(steps):
                    give_way(actual * (1 - step / steps))
                    with self.lock:
                        self.working += 1
                        self.most_working = max(self.most_working, self.working)
                    self.log.append(name)
                    with self.lock:
                        self.working -= 1
        except EmotionError as error:
            self.errors[name] = error

    def _until(self, is_true):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_true():
            assert time.monotonic() < deadline
            time.sleep(0.001)


def test_the_shortest_goes_first_and_equals_in_order_of_arrival():
    bench = Bench(Turns(at_once=1))
    with bench.closed():
        for name, seconds in (("long", 540), ("a", 3), ("longer", 600), ("b", 3)):
            bench.add(name, seconds)
    log = bench.finish()
    assert log.index("a") < log.index("b") < log.index("long") < log.index("longer")
    assert bench.turns.queued == 0


def test_a_long_recording_gives_way_to_a_short_one_after_its_step():
    turns, log, is_waiting = Turns(at_once=1), [], threading.Event()

    def short():
        is_waiting.set()
        with turns.take(3.0):
            log.append("short")

    with turns.take(540.0):
        thread = threading.Thread(target=short)
        thread.start()
        while not turns.queued:
            time.sleep(0.001)
        for step in range(4):
            log.append(step)
            give_way(540.0 - step)
    thread.join(PATIENCE_SECONDS)
    assert log in ([0, "short", 1, 2, 3], [0, 1, "short", 2, 3])  # once in four choices the oldest goes on


def test_short_recordings_that_never_end_do_not_starve_a_long_one():
    bench = Bench(Turns(at_once=1))
    with bench.closed():
        bench.add("long", 540, steps=5)
        for number in range(40):
            bench.add(f"short{number}", 3)
    log = bench.finish()
    places = [place for place, name in enumerate(log) if name == "long"]
    assert len(places) == 5
    assert max(after - before for before, after in itertools.pairwise(places)) <= OLDEST_EVERY
    assert places[0] <= OLDEST_EVERY


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_never_more_work_at_once_than_allowed(at_once):
    bench = Bench(Turns(at_once=at_once))
    with bench.closed(at_once):
        for number in range(12):
            bench.add(number, 3.0 + number, steps=10)
    bench.finish()
    assert sorted(set(bench.log)) == list(range(12)) and len(bench.log) == 120
    assert 1 <= bench.most_working <= at_once


def test_few_long_recordings_are_in_memory_however_they_arrive():
    turns, begun, log = Turns(at_once=1, begun=2), [], []

    def long(name, seconds, likely):
        with turns.take(likely):
            give_way(seconds)  # its header is read
            begun.append(name)
            log.append(len(begun))
            for step in range(10):
                give_way(seconds * (1 - step / 10))
            begun.remove(name)

    bench, threads = Bench(turns), []
    with bench.closed():
        for number in range(8):  # each shorter than the one before, and half of them seem short at first
            arguments = (number, 600.0 - 50 * number, 1.0 if number % 2 else 600.0)
            threads.append(threading.Thread(target=long, args=arguments))
            threads[-1].start()
            while turns.queued < len(threads):
                time.sleep(0.001)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert len(log) == 8 and max(log) <= 2
    assert turns.queued == 0


def test_who_comes_when_too_many_wait_is_refused_at_once():
    bench = Bench(Turns(at_once=1, waiting=2))
    with bench.closed():
        for name in ("a", "b", "c"):
            bench.add(name, 3.0)
    assert sorted(bench.finish()) == ["a", "b"]
    assert str(bench.errors["c"]) == "2 recordings are already waiting here; try again in a minute."
    with bench.turns.take(3.0):  # and the next one is welcome
        pass


def test_who_waits_too_long_is_told_so_and_leaves_its_place():
    turns = Turns(at_once=1, limit_seconds=0.05)
    bench = Bench(turns)
    with bench.closed():
        bench.add("late", 3.0)
        bench.finish()
    assert bench.log == []
    assert str(bench.errors["late"]).startswith("This recording could not be analysed within 0.05 s, because many")
    assert turns.queued == 0
    with turns.take(3.0):
        pass


def test_a_recording_that_takes_too_long_is_stopped_between_two_steps():
    now = [0.0]
    turns = Turns(at_once=1, limit_seconds=300.0, clock=lambda: now[0])
    done = []
    with pytest.raises(BusyError, match="within 300 s"), turns.take(540.0):
        for step in range(10):
            give_way(540.0)
            done.append(step)
            now[0] += 100.0
    assert done == [0, 1, 2, 3]
    with turns.take(3.0):
        give_way(1.0)


def test_an_error_frees_the_place():
    turns = Turns(at_once=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="damaged"), turns.take(3.0):
            raise ValueError("damaged")
    with turns.take(3.0), turns.take(600.0):  # inside a turn another one is none
        give_way(SHORT_SECONDS)


def test_outside_a_turn_nothing_waits():
    give_way(600.0)


def test_a_waiting_job_can_be_ended():
    turns, called = Turns(at_once=1), threading.Event()

    def stop():
        called.set()
        raise KeyError("stopped")

    def wait():
        with pytest.raises(KeyError), turns.take(3.0, stop):
            raise AssertionError("it had no turn")

    with turns.take(3.0):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(5)
        assert called.is_set() and not thread.is_alive() and turns.queued == 0
