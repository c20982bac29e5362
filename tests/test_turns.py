"""Short recordings never wait for long ones, long ones are never starved, and nobody waits without end."""

import itertools
import threading
import time
from contextlib import contextmanager

import pytest

from emotion_hf.errors import BusyError, EmotionError
from emotion_hf.turns import OLDEST_EVERY, Turns, give_way, together
from emotion_hf.turns.batches import Part, joined
from emotion_hf.turns.jobs import SHORT_SECONDS, Job, batch_of
from emotion_hf.turns.pace import Pace, in_words

PATIENCE_SECONDS = 10


class Seen:
    """A watcher that keeps what it is told."""

    def __init__(self):
        self.waits, self.batches, self.refusals = [], [], 0

    def waited(self, seconds):
        self.waits.append(seconds)

    def scored(self, lengths):
        self.batches.append(lengths)

    def refused(self):
        self.refusals += 1


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
    assert str(bench.errors["c"]) == "2 recordings are already waiting here; try again in 1 s."
    assert bench.errors["c"].retry_seconds == pytest.approx(6.0 * 0.025)  # for the two that go first
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


class Scoring:
    """Recordings whose clips are strings, and whose answers are their upper-case letters."""

    def __init__(self, most=4, **options):
        self.turns, self.most = Turns(at_once=1, **options), most
        self.turns.watcher = self.seen = Seen()
        self.answers, self.errors, self.order = {}, {}, []

    def score(self, clips):
        if len(clips) > 1 and any("!" in clip for clip in clips):
            raise ValueError("one of these clips is damaged")
        if clips[0].startswith("!"):
            raise ValueError("damaged")
        return [clip.upper() for clip in clips]

    def run(self, recordings, live=False):
        """Let recordings arrive while the only place is occupied: tuples of a name and the clips of each step.

        With `live`, those with a name that begins with "live" are live.
        """
        bench = Bench(self.turns)
        with bench.closed():
            for name, *steps in recordings:
                thread = threading.Thread(target=self._work, args=(name, steps, live and name.startswith("live")))
                bench.threads.append(thread)
                before = self.turns.queued
                thread.start()
                bench._until(lambda before=before: self.turns.queued > before)
        bench.finish()
        assert self.turns.queued == self.turns.running == 0

    def _work(self, name, steps, is_live):
        seconds = float(sum(len(clip) for clips in steps for clip in clips))
        try:
            with self.turns.take(seconds, is_live=is_live):
                give_way(seconds)
                for clips in steps:
                    answers = together(self.score, clips, most=self.most, seconds_left=seconds)
                    self.answers.setdefault(name, []).extend(answers)
                self.order.append(name)
        except (ValueError, BusyError) as error:
            self.errors[name] = error


def test_waiting_clips_are_scored_together_and_everybody_gets_the_own_answers():
    scoring = Scoring()
    scoring.run([(name, [name * 5]) for name in "abcdefgh"])
    assert scoring.answers == {name: [name.upper() * 5] for name in "abcdefgh"}
    assert scoring.seen.batches == [[5, 5, 5, 5]] * 2
    assert len(scoring.seen.waits) == 9 and scoring.seen.refusals == 0  # with the one that held the place


def test_without_batching_each_recording_is_scored_alone():
    scoring = Scoring(batching=False)
    scoring.run([(name, [name * 5]) for name in "abcd"])
    assert scoring.answers == {name: [name.upper() * 5] for name in "abcd"}
    assert scoring.seen.batches == [[5]] * 4


def test_who_is_alone_waits_for_nobody():
    scoring = Scoring()
    with scoring.turns.take(5.0):
        assert together(scoring.score, ["abc"], most=4, seconds_left=5.0) == ["ABC"]
    assert together(scoring.score, ["abc"], most=4, seconds_left=5.0) == ["ABC"]  # outside a turn
    assert scoring.seen.batches == [[3]]


def test_clips_of_unlike_length_are_not_scored_together():
    scoring = Scoring()
    scoring.run([("a", ["a" * 4]), ("b", ["b" * 11]), ("c", ["c" * 5]), ("d", ["d" * 12])])
    assert sorted(map(sorted, scoring.seen.batches)) == [[4, 5], [11, 12]]


def test_a_damaged_clip_spoils_no_other_recording():
    scoring = Scoring()
    scoring.run([("a", ["aaaaa"]), ("b", ["!bbbb"]), ("c", ["ccccc"])])
    assert scoring.answers == {"a": ["AAAAA"], "c": ["CCCCC"]}
    assert str(scoring.errors["b"]) == "damaged"


def test_a_long_recording_goes_on_between_batches_and_its_windows_join_them():
    scoring = Scoring()
    long = [["l" * 5, "l" * 5, "l" * 5, "l" * 5]] * 5 + [["l" * 5]]
    scoring.run([("long", *long), *((f"short{number}", ["s" * 5]) for number in range(40))])
    assert scoring.answers["long"] == ["LLLLL"] * 21 and len(scoring.answers) == 41
    assert scoring.order.index("long") < 40  # it did not have to wait for all the short ones
    assert sum(map(len, scoring.seen.batches)) == 61
    assert len(scoring.seen.batches) <= 5 + 41 / 4 + 3


def test_a_recording_that_gives_up_frees_those_whose_clips_it_was_to_score():
    turns = Turns(at_once=1)
    first, second = (turns._enter(5.0, lambda: None) for _ in range(2))
    first.part, second.part = (Part(str.upper, [clip], most=4) for clip in ("aaaaa", "bbbbb"))
    with turns._lock:
        turns._end_turn(first)
        turns._queue.insert(0, first)
        turns._choose()
    assert (first.batch, second.is_taken, second.may_go.is_set()) == ([first, second], True, False)
    turns._leave(first, None)
    assert (second.batch, second.may_go.is_set()) == ([second], True)


def test_live_sound_goes_first_and_does_not_wait_for_a_batch():
    scoring = Scoring()
    short, live = ([(f"{name}{number}", ["aa"]) for number in range(4)] for name in ("short", "live"))
    scoring.run([*short, *live[:3]], live=True)
    assert scoring.order[:3] == ["live0", "live1", "live2"]
    assert scoring.seen.batches == [[2], [2], [2], [2, 2, 2, 2]]


def test_live_sound_is_scored_with_other_live_sound_that_waits():
    jobs = [
        Job(number, 3.0, 0.0, 600.0, is_live=number != 2, part=Part(str.upper, ["a"], most=4)) for number in range(4)
    ]
    assert batch_of(jobs[0], jobs) == [jobs[0], jobs[1], jobs[3]]
    assert batch_of(jobs[2], jobs) == [jobs[2], jobs[0], jobs[1], jobs[3]]
    still, live = (Job(number, 3.0, 0.0, 600.0, is_live=number == 5) for number in (4, 5))
    still.part = Part(str.upper, ["a"], most=4)
    assert batch_of(jobs[2], [still]) == [jobs[2], still]
    assert batch_of(jobs[2], [still, live]) == [jobs[2]]  # it would have to wait for both


def test_recordings_of_about_the_same_length_go_in_order_of_arrival():
    bench = Bench(Turns(at_once=1))
    with bench.closed():
        for name, seconds in (("a", 4.4), ("b", 3.3), ("c", 4.0), ("short", 1.0)):
            bench.add(name, seconds)
    log = bench.finish()
    assert [name for name in log if name != "short"] == ["a", "b", "c"] and log[0] == "short"


def test_who_would_wait_too_long_is_told_when_to_come_back():
    turns = Turns(at_once=1, longest_wait_seconds=10.0)
    turns.watcher = Seen()
    bench = Bench(turns)
    with bench.closed():
        bench.add("long", 1200.0)
        assert turns.wait_seconds(3.0) == 0.0
        assert turns.wait_seconds(1200.0) == pytest.approx(30.0)
        bench.add("longer", 1200.0)
        bench.add("short", 3.0)
    bench.finish()
    assert bench.log.index("short") < bench.log.index("long") and turns.watcher.refusals == 1
    assert str(bench.errors["longer"]) == (
        "This recording would have to wait for 30 s, because many others come first; try again in 20 s, or send a "
        "shorter one."
    )
    assert bench.errors["longer"].retry_seconds == pytest.approx(20.0)


def test_those_who_are_refused_at_the_same_time_come_again_one_after_the_other():
    now = [0.0]
    turns = Turns(at_once=1, waiting=0, longest_wait_seconds=2.0, clock=lambda: now[0])
    with turns.take(40.0):
        told = []
        for _ in range(4):
            with pytest.raises(BusyError) as caught:
                turns._enter(20.0, lambda: None)
            told.append(caught.value.retry_seconds)
        now[0] = 1.8
        with pytest.raises(BusyError) as caught:
            turns._enter(20.0, lambda: None)
    assert told == pytest.approx([1.0, 1.5, 2.0, 2.0])  # one second for the first, then half a second for each
    assert caught.value.retry_seconds == pytest.approx(1.0)


def test_the_time_to_wait_follows_the_measured_pace():
    now = [0.0]
    turns = Turns(at_once=2, clock=lambda: now[0])
    for _ in range(300):
        with turns.take(10.0):
            now[0] += 2.0
    with turns.take(10.0):
        assert turns.wait_seconds(10.0) == pytest.approx(1.0, rel=0.01)  # 2 s of work for one of two places
    failing = Turns(at_once=1, clock=lambda: now[0])
    with pytest.raises(ValueError, match="damaged"), failing.take(1000.0):
        raise ValueError("damaged")  # took no time, but says nothing about others
    assert failing._pace.seconds_for(40.0) == pytest.approx(1.0)


def test_a_very_short_recording_counts_as_a_second():
    pace = Pace()
    for _ in range(500):
        pace.add(audio_seconds=0.0, busy_seconds=0.5)
    assert pace.seconds_for(10.0) == pytest.approx(5.0, rel=0.01)


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "1 s"), (1.2, "2 s"), (90.0, "90 s"), (90.5, "2 min")])
def test_a_time_in_words(seconds, text):
    assert in_words(seconds) == text


def test_a_batch_takes_the_most_similar_clips_of_the_same_work():
    first = Part(str.upper, ["a" * 100], most=3)
    near, nearer, far = (Part(str.upper, ["b" * size], most=3) for size in (115, 98, 130))
    pair, other = Part(str.upper, ["c" * 100] * 2, most=3), Part(str.lower, ["d" * 100], most=3)
    assert joined(first, [near, far, other, nearer]) == [first, nearer, near]
    assert joined(first, [pair, near]) == [first, pair]  # then it is full
    assert joined(near, [nearer, far]) == [near, far]  # not both: 130 is more than 1.25 times 98
