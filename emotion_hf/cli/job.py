"""Run one job of a queue, then start the next; the page starts it as ``python -m emotion_hf.cli.job FOLDER ID``.

The commands are those of `COMMANDS` and no others, whatever the job's file says.
"""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from emotion_hf.jobs import Jobs

COMMANDS = {"train": "emotion_hf.cli.train", "retrain": "emotion_hf.cli.retrain"}
STOPPED = 130
"""Exit status of a command that was stopped; see `emotion_hf.entry`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job, and return its exit status; 0 if it is not its turn."""
    folder, id = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # before anything slow is imported
    jobs, status = Jobs(Path(folder)), 0
    try:
        with jobs.running(id) as job:
            if job is not None:
                status = _run(job.command)
    except _FailedError:
        status = 1
    jobs.wake()
    return status


class _FailedError(Exception):
    """The command has failed and has said why."""


def _run(command: Sequence[str]) -> int:
    name, *words = command
    try:
        status = importlib.import_module(COMMANDS[name]).main(words)
    except Exception as error:  # the process's edge: the log ends with the reason
        traceback.print_exc()
        raise _FailedError from error
    if status == STOPPED:
        raise KeyboardInterrupt
    if status:
        raise _FailedError
    return status


if __name__ == "__main__":
    sys.exit(main())
