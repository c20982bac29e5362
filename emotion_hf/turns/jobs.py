"""A job of `emotion_hf.turns`: one recording that waits for a turn or has one.

Example:
    >>> job = Job(number=1, seconds_left=30.0, arrived=0.0, deadline=600.0)
    >>> rank(job), is_long(job)
    (2, False)
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from emotion_hf.turns.batches import Part, joined

SHORT_SECONDS = 60.0
"""A recording up to this long counts as short: it takes so little memory that any number may be started."""
CLASS_SECONDS, CLASS_RATIO = 3.0, 4.0
"""Recordings up to 3 s, 12 s, 48 s and so on are of one class."""
LIVE = -1


@dataclass(eq=False)
class Job:
    """One request: how much audio it has left, its deadline, and whether it may run now."""

    number: int  # in order of arrival
    seconds_left: float
    arrived: float
    deadline: float
    while_waiting: Callable[[], object] = lambda: None
    is_live: bool = False  # somebody is speaking, and the answer is of no use later
    is_new: bool = True  # has had no turn yet
    is_begun: bool = False  # a long recording that is in memory
    may_go: threading.Event = field(default_factory=threading.Event)
    since: float = 0.0  # when its current turn began
    busy_seconds: float = 0.0  # length of its earlier turns
    is_unscored: bool = True  # has had no clips to score yet
    part: Part | None = None  # clips that wait to be scored
    let_pass: int = 0  # how often another one went first, so that its clips can join
    is_taken: bool = False  # another job is scoring them
    batch: list[Job] = field(default_factory=list)  # the jobs whose clips this one is to score


def is_long(job: Job) -> bool:
    """Return whether a job takes so much memory that only a few like it may be started."""
    return job.seconds_left > SHORT_SECONDS


def rank(job: Job) -> int:
    """Return the rank of a job, the lowest first: -1 if it is live, else the class of what it has left."""
    return LIVE if job.is_live else length_class(job.seconds_left)


def length_class(seconds: float) -> int:
    """Return the class of a length: 0 up to 3 s, 1 up to 12 s, and so on."""
    return math.ceil(math.log(max(seconds, CLASS_SECONDS) / CLASS_SECONDS, CLASS_RATIO))


def batch_of(job: Job, queue: Sequence[Job]) -> list[Job]:
    """Return the jobs whose clips make one batch with those of this job, which is the first.

    While live sound waits, only live jobs join, because a larger batch would delay them.
    """
    if job.part is None:
        return []
    waiting = {one.part: one for one in queue if one.part and not one.is_taken and one is not job}
    if job.is_live or any(one.is_live for one in queue):
        waiting = {part: one for part, one in waiting.items() if one.is_live}
    return [job, *(waiting[part] for part in joined(job.part, waiting)[1:])]
