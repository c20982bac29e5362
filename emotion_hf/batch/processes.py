"""Score clips on all cores of this machine, each in a process of its own with its own model.

A process decodes and scores, so that nothing waits for anything else. Threads would share one interpreter and the
libraries' pools. If a process dies, for example because a damaged recording crashes a decoder, another takes its
place: its clips are scored one by one, and the one that ends a process again gets an error.

Example:
    >>> with Processes(Pretrained(), Options(), workers=2) as engine:  # doctest: +SKIP
    ...     rows = [row for _, row in engine.score(work)]
"""

from __future__ import annotations

import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any

from emotion_hf.batch.rows import Clip, Row, State, make_row
from emotion_hf.batch.scoring import Facts, Loaded, Options, Scoring
from emotion_hf.batch.work import Work, in_blocks
from emotion_hf.device import cores
from emotion_hf.errors import CheckpointError

PATIENCE_SECONDS = 5.0
CRASHED = "This recording ended the program that decodes and scores it; export it again, or leave it out."


@dataclass(eq=False)
class _Worker:
    """A process and its connection.

    Attributes:
        block: The clips that it scores now; none while it loads its model, `None` if it is free.
        is_last_try: Whether these clips have ended a process before.
    """

    process: SpawnProcess
    connection: Connection
    block: Sequence[Clip] | None = ()
    is_last_try: bool = False


class Processes:
    """An engine on this machine.

    Attributes:
        facts: What the workers know of their model.
    """

    facts: Facts

    def __init__(self, load: Callable[[], Loaded], options: Options, workers: int = 0):
        """Prepare `workers` processes, by default one for each core; they start with the context."""
        self._load, self._options = load, options
        self._count = workers or cores()
        self._workers: list[_Worker] = []
        self._again: deque[Clip] = deque()

    def __enter__(self) -> Processes:
        """Start the processes, and wait for the first model.

        Raises:
            EmotionError: The model cannot be loaded.
        """
        try:
            self._workers += [self._start() for _ in range(self._count)]
            while all(worker.block is not None for worker in self._workers):
                [*self._answers()]
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes: at once if they are at work."""
        for worker in self._workers:
            worker.connection.close()
            if worker.block is not None:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(PATIENCE_SECONDS)
            worker.process.kill()
        self._workers.clear()

    def score(self, work: Work) -> Iterator[tuple[State, Row]]:
        """Yield what is known of each clip and its row, in the order in which they become ready.

        Raises:
            EmotionError: The model is broken, or the recordings cannot be listed further.
        """
        blocks = in_blocks(iter(work))
        upcoming = next(blocks, None)
        while upcoming or self._again or any(worker.block for worker in self._workers):
            if upcoming and all(clip.data is None for clip in upcoming):
                yield from ((clip.state, make_row(clip)) for clip in upcoming)
                upcoming = next(blocks, None)
                continue
            free = [worker for worker in self._workers if worker.block is None]
            for worker in free:
                if self._again:
                    self._send(worker, [self._again.popleft()], is_last_try=True)
            if upcoming and (idle := next((one for one in free if one.block is None), None)):
                self._send(idle, upcoming)
                upcoming = next(blocks, None)  # while the workers work
            else:
                yield from self._answers()

    def _start(self) -> _Worker:
        ours, theirs = _CONTEXT.Pipe()
        threads = max(1, cores() // self._count)
        process = _CONTEXT.Process(target=_work, args=(theirs, self._load, self._options, threads), daemon=True)
        process.start()
        theirs.close()  # the process has it; when that ends, ours says so
        return _Worker(process, ours)

    def _send(self, worker: _Worker, block: Sequence[Clip], *, is_last_try: bool = False) -> None:
        worker.block, worker.is_last_try = block, is_last_try
        with suppress(OSError):  # it is dead, which its missing answer tells
            worker.connection.send(block)

    def _answers(self) -> Iterator[tuple[State, Row]]:
        """Wait for an answer of the busy workers, and yield the rows in it."""
        busy = {worker.connection: worker for worker in self._workers if worker.block is not None}
        for connection in wait([*busy]):
            worker = busy[connection]  # type: ignore[index]
            try:
                answer = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._replace(worker)
                continue
            if isinstance(answer, Exception):
                raise answer
            worker.block = None
            if isinstance(answer, Facts):
                self.facts = answer
            else:
                yield from answer

    def _replace(self, dead: _Worker) -> Iterator[tuple[State, Row]]:
        """Start a worker in the place of a dead one, and have its clips scored again."""
        if not dead.block:
            raise CheckpointError(
                "A worker ended while it loaded the model, perhaps because the memory was full; use fewer --workers."
            )
        dead.connection.close()
        self._workers[self._workers.index(dead)] = self._start()
        if dead.is_last_try:
            yield from ((clip.state, make_row(replace(clip, key=None), error=CRASHED)) for clip in dead.block)
        else:
            self._again.extend(dead.block)


def _work(connection: Connection, load: Callable[[], Loaded], options: Options, threads: int) -> None:
    """Score what comes, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches all processes; the first one ends us
    score = _attempt(lambda: Scoring(load, options))
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
    with suppress(EOFError, ConnectionError):
        connection.send(score.facts if isinstance(score, Scoring) else score)
        while isinstance(score, Scoring):
            connection.send(_attempt(partial(score, connection.recv())))


def _attempt(work: Callable[[], Any]) -> Any:
    """Return what `work` returns or raises."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the other end raises it
        return error


_CONTEXT = get_context("spawn")  # a forked copy of a process with threads may hang
