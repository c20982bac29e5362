"""A cluster of Ray on this machine: the same rows as one process gives, also if a worker is killed midway."""

from __future__ import annotations

import os
import signal
import socket
import time
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import psutil
import pyarrow as pa
import pytest

from emotion_hf.batch.cluster import CLIPS, Cluster, _Actor, _facts
from emotion_hf.batch.rows import Clip
from emotion_hf.batch.scoring import Options, Pretrained, Scoring
from emotion_hf.batch.tables import Table
from emotion_hf.batch.work import Work
from emotion_hf.errors import CheckpointError, CorpusError, SettingsError
from tests.batch.conftest import Here, score, wav
from tests.batch_models import Fake, Slow, load_broken, load_missing

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")  # its import reads variables
MANY = 40


def actors():
    """Return the processes that score."""
    below = psutil.Process().children(recursive=True)
    return [one for one in below if "_Actor" in " ".join(one.cmdline())]


def listens(process):
    """Return the addresses on which a process waits for connections."""
    waiting = [one.laddr.ip for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    return {ip.removeprefix("::ffff:") for ip in waiting}


def test_a_killed_worker_changes_nothing(recordings, tmp_path):
    for number in range(MANY):
        (recordings / f"clip{number}.wav").write_bytes(wav(16_000 + 100 * number))
    score([recordings], tmp_path / "here", Here())
    killed = []

    def kill_one():
        if not killed and (found := actors()):
            killed.append(found[0].pid)
            os.kill(found[0].pid, signal.SIGKILL)

    with Cluster(Slow(), Options(), workers=2, block_bytes=200_000) as engine:
        below = psutil.Process().children(recursive=True)
        assert set().union(*map(listens, below)) == {"127.0.0.1"}
        dashboard = [one for one in below if "dashboard.py" in " ".join(one.cmdline())]
        assert [one.net_connections("inet") for one in dashboard if listens(one)] == []
        with pytest.raises(
            CorpusError, match=r"^nowhere.parquet cannot be read \(.*\); make it again, or leave it out\.$"
        ):
            next(engine.score(Work((Table("t", Path("nowhere.parquet")),), "key")))
        tally = score([recordings], tmp_path / "there", engine, progress=kill_one)
    assert killed and tally.scored == MANY + 3 and tally.copied == 2 and tally.failed == 2
    tables = [pd.read_parquet(tmp_path / name).sort_values("path") for name in ("here", "there")]
    pd.testing.assert_frame_equal(*(one.reset_index(drop=True) for one in tables))


def test_an_address_without_a_cluster_is_refused_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(SettingsError, match=f"No cluster of Ray answers at {address}; check the address"):
            Cluster(Pretrained(), Options(), address=address).__enter__()
    assert time.monotonic() - started < 20


def test_a_model_that_cannot_be_loaded_is_reported_from_the_worker():
    found = _facts(load_missing, Options())
    assert isinstance(found, CheckpointError) and str(found).startswith("There is no model folder")


def test_workers_with_another_model_and_broken_models_report_it():
    facts = Scoring(Fake(), Options()).facts
    table = pa.Table.from_pylist([vars(Clip("s", "a.wav", "k", wav(16_000)))], schema=CLIPS)
    assert _Actor(Fake(), Options(), facts)(table)["label"].to_pylist() == ["neutral"]
    refused = _Actor(Fake("another"), Options(), facts)(table).to_pylist()
    assert [(row["state"], row["path"]) for row in refused] == [("problem", "SettingsError")]
    assert refused[0]["error"].startswith("The model fake is not the same on all machines")
    (broken,) = _Actor(load_broken, Options(), facts)(table).to_pylist()
    assert (broken["path"], broken["error"]) == ("CheckpointError", "The model fake is broken; load another one.")
