"""Kill processes (`kill -9`) at random moments while they save files, and check that all confirmed steps are on disk.

`python -m benchmarks.reliability_kills store SECONDS` and the like run one loop in a separate process, which forks for
each round. The child process works, and confirms each step through a pipe until it is killed. Then the parent process
compares the files with the confirmed steps. A step that was begun but not confirmed may or may not be on disk.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
import soundfile

from emotion_hf.checkpoint import save
from emotion_hf.errors import CheckpointError
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.labels import LABELS
from emotion_hf.versions import Versions, answering_model, seal

ROOT = Path(__file__).resolve().parents[1]
KILL_AFTER_SECONDS = {"store": (0.01, 0.25), "promotion": (0.01, 0.25), "checkpoint": (0.05, 1.0)}
"""Time after which a process is killed; saving a checkpoint takes longest."""
MOST_RECORDS = 12
PATIENCE_SECONDS = {"store": (3.0, 120.0), "promotion": (3.0, 90.0), "checkpoint": (6.0, 150.0)}
"""Duration of each loop, in the short form and in the full one."""

Say = Callable[[str], None]


class Loop(Protocol):
    """Work that saves files in a folder, and the check of the folder after each kill."""

    def work(self, say: Say) -> None:
        """Save files in an endless loop; say "begin STEP" before each step and "done STEP" when it is confirmed."""
        ...

    def check(self, said: list[str]) -> str:
        """Return the state of the folder after these messages: a word that is counted; "wrong…" is a fault."""
        ...


def measure(name: str, *, short: bool = False) -> dict[str, Any]:
    """Run the loop with this name in a separate process."""
    patience = PATIENCE_SECONDS[name][0 if short else 1]
    command = [sys.executable, "-m", "benchmarks.reliability_kills", name, str(patience)]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300 + 3 * patience
    )
    if done.returncode:
        raise RuntimeError(f"The loop {name} failed with status {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def run(loop: Loop, kill_after: tuple[float, float], patience: float) -> dict[str, Any]:
    """Work, kill and check until the time is over; return the counts."""
    chance, found, faults = random.Random(0), Counter(), []
    kills = confirmed = 0
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        said = _killed(loop.work, chance.uniform(*kill_after))
        kills, confirmed = kills + 1, confirmed + sum(line.startswith("done") for line in said)
        state = loop.check(said)
        found[state.partition(":")[0]] += 1
        if state.startswith("wrong"):
            faults.append(f"kill {kills}: {state}")
    return {"kills": kills, "confirmed": confirmed, "found": dict(found), "faults": faults[:20]}


def _killed(work: Callable[[Say], None], seconds: float) -> list[str]:
    """Let a child process work, kill it `seconds` after its first message, and return its messages."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(read)
            work(lambda line: os.write(write, f"{line}\n".encode()) and None)
        except BaseException:  # noqa: BLE001 - the child process ends here
            traceback.print_exc()
        finally:
            os._exit(1)  # without cleaning up resources of the parent process
    os.close(write)
    with os.fdopen(read) as messages:
        first = messages.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        said = [first, *messages]
    if not os.WIFSIGNALED(status):
        raise RuntimeError(f"The work ended before the kill, after {said[-1]!r}.")
    return [line.rstrip("\n") for line in said if line.endswith("\n")]


@dataclass
class Store:
    """Add and delete corrections; afterwards exactly the confirmed ones must be there, with their audio."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder /= "feedback"
        self.there: dict[str, int] = {}  # id → samples

    def work(self, say: Say) -> None:
        """Add records and delete some."""
        store, chance = FeedbackStore(self.folder), random.Random()
        there = dict(self.there)
        while True:
            if len(there) > MOST_RECORDS or (there and chance.random() < 0.3):
                id = chance.choice(list(there))
                say(f"begin delete {id}")
                store.delete(id)
                del there[id]
                say(f"done delete {id}")
            else:
                id, samples = new_id(), chance.randrange(8_000, 48_000)
                scores = {label: 1 / len(LABELS) for label in LABELS}
                correction = Correction(id, "sad", "happy", scores, "fake", Consent(store=True))
                say(f"begin add {id} {samples}")
                store.add(_noise(samples), correction, labels=LABELS)
                there[id] = samples
                say(f"done add {id} {samples}")

    def check(self, said: list[str]) -> str:
        """Compare the records and the files with the confirmed steps."""
        expected, open_step = dict(self.there), None
        for line in said:
            event, step, id, *samples = line.split()
            if event == "begin":
                open_step = (step, id, *map(int, samples))
                continue
            open_step = None
            if step == "add":
                expected[id] = int(samples[0])
            else:
                del expected[id]
        store = FeedbackStore(self.folder)
        found = {record.id: record.file_name for record in store.records()}
        either = {open_step[1]} if open_step else set()
        lost, extra = expected.keys() - found.keys() - either, found.keys() - expected.keys() - either
        if lost or extra:
            return f"wrong: {len(lost)} confirmed records are lost, {len(extra)} others are there"
        sizes = {**expected, **({open_step[1]: open_step[2]} if open_step and open_step[0] == "add" else {})}
        for id, name in found.items():
            wave, _ = soundfile.read(self.folder / name, dtype="float32")
            if len(wave) != sizes[id] or not np.allclose(wave, _noise(sizes[id]), atol=1e-4):
                return f"wrong: the audio of {id} differs"
        self.there = {id: sizes[id] for id in found}
        return "exact"


@dataclass
class Promotion:
    """Promote and roll back versions; afterwards one complete version must be current, the old or the new one."""

    folder: Path

    def __post_init__(self) -> None:
        self.versions = Versions(self.folder / "models")
        for name in ("retrained-1", "retrained-2", "retrained-3"):
            folder = self.versions.folder / name
            folder.mkdir(parents=True)
            (folder / "model.safetensors").write_bytes(random.Random(name).randbytes(200_000))
            seal(folder, parent="default", recipe={}, data={}, gate={"promoted": True, "sentence": "It is better."})

    def work(self, say: Say) -> None:
        """Promote and roll back."""
        versions, chance = Versions(self.versions.folder), random.Random()  # its own lock, not the parent's
        while True:
            current = versions.current()
            if current and chance.random() < 0.5:
                before = versions.before()
                to = before.name if before else "none"
                say(f"begin {current.name} {to}")
                versions.rollback()
            else:
                to = chance.choice([one.name for one in versions.all() if not current or one.name != current.name])
                say(f"begin {current.name if current else 'none'} {to}")
                versions.promote(to)
            say(f"done {to}")

    def check(self, said: list[str]) -> str:
        """Check the current version, and compare it with the last step."""
        try:
            current = Path(answering_model(self.versions.folder, "none")).name
        except CheckpointError as error:
            return f"wrong: {error}"
        possible = said[-1].split()[1:]
        return "whole" if current in possible else f"wrong: {current} is current after {said[-1]!r}"


@dataclass
class Checkpoint:
    """Save checkpoints; afterwards each must be complete or refused, and none may give other predictions."""

    folder: Path

    def __post_init__(self) -> None:
        import torch
        from transformers.utils.logging import disable_progress_bar

        from emotion_hf.recognizer import EmotionRecognizer
        from emotion_hf.testing import synthetic_voice

        torch.set_num_threads(1)
        disable_progress_bar()  # its lock is shared with the child process, which is killed while it holds the lock
        self.load, self.wave, self.rounds = EmotionRecognizer.from_pretrained, synthetic_voice(1.0), 0
        recognizer = self.load(device="cpu")
        self.model, self.extractor = recognizer.model, recognizer.extractor  # loaded once, before the child processes
        self.expected = self._scores(recognizer)

    def work(self, say: Say) -> None:
        """Save into a new folder each time, as a training does."""
        for number in range(1_000_000):
            folder = self._folder(number)
            say(f"begin {number}")
            save(folder, self.model, self.extractor)
            say(f"done {number}")

    def check(self, said: list[str]) -> str:
        """Load the last confirmed checkpoint and the one that was begun."""
        done = [line.split()[1] for line in said if line.startswith("done")][-1:]
        states = [self._state(number) for number in done]
        if states and states != ["whole"]:
            return f"wrong: a confirmed checkpoint is {states[0]}"
        begun = said[-1].split()[1] if said[-1].startswith("begin") else ""
        state = self._state(begun) if begun else "whole"
        self.rounds += 1
        return state

    def _folder(self, number: int | str) -> Path:
        return self.folder / f"round{self.rounds}" / f"checkpoint{number}"

    def _state(self, number: str) -> str:
        if not self._folder(number).exists():
            return "absent"
        try:
            scores = self._scores(self.load(self._folder(number), device="cpu"))
        except CheckpointError:
            return "refused"
        is_same = np.allclose(scores, self.expected, atol=1e-6)
        return "whole" if is_same else f"wrong: the scores differ by {np.abs(scores - self.expected).max():.3f}"

    def _scores(self, recognizer) -> np.ndarray:
        return np.array([*recognizer.predict([self.wave])[0].scores.values()])


def _noise(samples: int) -> np.ndarray:
    """Return noise of this length, the same in each call."""
    return np.random.default_rng(samples).uniform(-0.3, 0.3, samples).astype(np.float32)


LOOPS: dict[str, Callable[[Path], Loop]] = {"store": Store, "promotion": Promotion, "checkpoint": Checkpoint}


if __name__ == "__main__":
    with TemporaryDirectory(prefix="reliability-") as place:
        name, patience = sys.argv[1], float(sys.argv[2])
        print(json.dumps(run(LOOPS[name](Path(place)), KILL_AFTER_SECONDS[name], patience)))
