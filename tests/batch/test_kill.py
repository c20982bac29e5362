"""A run that is killed: what it wrote is used, and the same command finishes the work."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from tests.batch.conftest import Here, score, wav

ROOT = Path(__file__).resolve().parents[2]
CLIPS = 60
RUN = """
import sys
from pathlib import Path
from emotion_hf.batch import store, work
from emotion_hf.batch.processes import Processes
from emotion_hf.batch.scoring import Options
from tests.batch.conftest import score
from tests.batch_models import Slow
store.PART_ROWS = 5
work.BLOCK_CLIPS = 5
if __name__ == "__main__":
    with Processes(Slow(), Options(), workers=1) as engine:
        score([sys.argv[1]], Path(sys.argv[2]), engine)
"""


def test_a_killed_run_continues(tmp_path):
    folder, output = tmp_path / "recordings", tmp_path / "out"
    folder.mkdir()
    for number in range(CLIPS):
        (folder / f"{number}.wav").write_bytes(wav(16_000 + number))
    (tmp_path / "run.py").write_text(RUN)
    command = [sys.executable, str(tmp_path / "run.py"), str(folder), str(output)]
    running = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""})
    try:
        end = time.monotonic() + 60
        while len([*output.glob("model=*/part-*.parquet")]) < 2 and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        running.kill()
        running.wait()
    killed = pd.read_parquet(output)
    assert 10 <= len(killed) < CLIPS
    engine = Here()
    tally = score([folder], output, engine)
    assert tally.known == len(killed) and tally.scored == engine.scored == CLIPS - len(killed)
    assert sorted(pd.read_parquet(output)["path"]) == sorted(map(str, folder.iterdir()))
