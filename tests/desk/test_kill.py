"""A killed process: everything that it had acknowledged is there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from emotion_hf.desk import callers, calls, deletion, listing
from emotion_hf.desk.calls import State

CHILD = """
import sys
from pathlib import Path
from emotion_hf.desk import Desk, alarms, intake
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from tests.desk.conftest import Told, write_voice

desk = Desk.open(Settings(data_dir=Path(sys.argv[1]), desk_database=sys.argv[2]))
for number in range(10_000):
    path = write_voice(Path(sys.argv[1]) / "voice.wav", synthetic_voice(1.0, seed=number))
    call = intake.take(desk, Told("angry"), path, int(sys.argv[3])).call
    if call.line.state == "open":
        alarms.acknowledge(desk, call.line.id, judged="right", note=f"note {number}")
    print(call.line.id, call.audio, call.line.state, flush=True)
"""


def test_everything_acknowledged_is_there_after_kill_9(desk, anna, settings):
    root = Path(__file__).resolve().parents[2]
    run = [sys.executable, "-c", CHILD, settings.data_dir, settings.desk_database, str(anna.id)]
    child = subprocess.Popen(
        run, stdout=subprocess.PIPE, text=True, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}
    )
    said = [child.stdout.readline().split() for _ in range(8)]
    child.send_signal(signal.SIGKILL)
    said += [line.split() for line in child.communicate()[0].splitlines() if line.count(" ") == 2]
    assert child.returncode == -signal.SIGKILL
    assert len(said) >= 8
    for number, audio, state in said:
        call = calls.get(desk, int(number))
        assert calls.sound_path(desk, call).name == f"{audio}.flac"
        assert calls.wave(desk, call).any()
        expected = State.ACKNOWLEDGED if state == "open" else State(state)
        assert call.line.state is expected
    assert [one.note for one in calls.get(desk, int(said[0][0])).acknowledgements] == ["note 0"]
    # Nothing is half there, and the desk goes on.
    assert listing.history(desk).total - len(said) in (0, 1)
    assert deletion.sweep(desk) <= 1
    assert callers.add(desk, "Ben").id == 2
