"""A desk on SQLite and, where it is installed, on PostgreSQL: each test that takes ``desk`` runs on both.

The cluster runs as an unprivileged user on a free port of 127.0.0.1, in a temporary folder, once for each process of
the tests. Each test has a database of its own, copied from one with the tables.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.desk import Desk, callers, intake, setup
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice

START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
USER = "postgres"


class Clock:
    """A clock that tests move."""

    def __init__(self):
        self.at = START

    def __call__(self):
        self.at += timedelta(milliseconds=1)
        return self.at

    def move(self, **time):
        self.at += timedelta(**time)


class Told:
    """A classifier that says what a test tells it: the same for each window, or one after the other."""

    name = "told"
    labels = LABELS

    def __init__(self, *labels, confidence=0.9):
        self.told, self.confidence, self.calls = labels or ("neutral",), confidence, 0

    def predict(self, waves):
        return [self._answer(wave) for wave in waves]

    def _answer(self, wave):
        label = self.told[self.calls % len(self.told)]
        self.calls += 1
        rest = (1 - self.confidence) / (len(LABELS) - 1)
        scores = {one: self.confidence if one == label else rest for one in LABELS}
        return Prediction(scores, Verdict.OK, len(wave) / SAMPLING_RATE, self.name)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    return Path(on_path).parent if (on_path := shutil.which("initdb")) else None


def _demoted() -> dict[str, object]:
    """Return the options with which a process runs as an unprivileged user, because root must not run PostgreSQL."""
    if os.getuid() != 0:
        return {}
    entry = pwd.getpwnam(USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="session")
def cluster():
    """The address of a running PostgreSQL with an empty database ``postgres``, without the name of a database."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; apt-get install postgresql")
    try:
        demoted = _demoted()
    except KeyError:
        pytest.skip(f"There is no user {USER}, and root must not run PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="emotion-hf-postgresql-"))
    data, port = folder / "data", _free_port()
    if demoted:
        os.chown(folder, demoted["user"], demoted["group"])
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "check": True, **demoted}
    options = f"-h 127.0.0.1 -p {port} -k '' -F -c full_page_writes=off -c shared_buffers=16MB -c max_connections=50"
    control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    try:
        initdb = [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, **quiet)
        subprocess.run([*control, "-o", options, "start"], **quiet | {"stderr": subprocess.DEVNULL})
        yield f"postgresql://{USER}@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet | {"check": False})
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_database(cluster):
    """Make empty databases, which are dropped at the end of the test, and return their addresses."""
    admin = create_engine(f"{cluster}/postgres".replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
    made = []

    def new_database():
        name = f"desk_{uuid.uuid4().hex}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy"))
        made.append(name)
        return f"{cluster}/{name}"

    yield new_database
    with admin.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request):
    """Return a function that gives the address of a new database: empty for SQLite."""
    if request.param == "sqlite":
        return lambda: ""
    return request.getfixturevalue("new_database")


@pytest.fixture
def settings(tmp_path, address):
    return Settings(data_dir=tmp_path / "data", desk_database=address())


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def unready(settings, clock):
    """A desk that nobody has set up."""
    desk = Desk.open(settings, clock=clock)
    yield desk
    desk.close()


@pytest.fixture
def desk(unready):
    setup.accept(unready, purpose="Crisis line", place="Zurich", who="M. Keller")
    return unready


@pytest.fixture
def anna(desk):
    return callers.add(desk, "Anna")


@pytest.fixture
def take(desk, anna, tmp_path):
    """Take a voice that expresses what is said, as a call of Anna by default, and return the call."""
    taken = iter(range(1_000))

    def take(*labels, caller=None, seconds=2.0, seed=None, confidence=0.9, **options):
        seed = 100 + next(taken) if seed is None else seed
        path = tmp_path / f"voice-{seed}.wav"
        write_voice(path, synthetic_voice(seconds, seed=seed))
        classifier = Told(*labels, confidence=confidence)
        return intake.take(desk, classifier, path, (caller or anna).id, **options).call

    return take


def write_voice(path: Path, *channels: np.ndarray) -> Path:
    import soundfile

    soundfile.write(
        path, np.stack(channels, axis=1) if len(channels) > 1 else channels[0], SAMPLING_RATE, subtype="FLOAT"
    )
    return path
