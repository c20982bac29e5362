"""Score clips on many machines, with Ray Data.

One task lists and reads the recordings, on the machine of the command, so that only that one needs them; actors on all
machines decode and score, as the processes of one machine do. Ray starts again what dies: an actor, or a machine. The
task gives the same clips again, so the rows are the same. Without an address, a cluster is started on this machine
alone: it listens on the loopback address, has no dashboard and sends nothing anywhere.

Example:
    >>> with Cluster(Pretrained(), Options(), workers=4) as engine:  # doctest: +SKIP
    ...     rows = [row for _, row in engine.score(work)]
"""

from __future__ import annotations

import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import Any

import pyarrow as pa

from emotion_hf import errors
from emotion_hf.batch.rows import Clip, Row, State, schema
from emotion_hf.batch.scoring import Facts, Loaded, Options, Scoring
from emotion_hf.batch.work import Work, in_blocks
from emotion_hf.device import cores
from emotion_hf.errors import EmotionError, SettingsError

BLOCK_BYTES = 4_000_000
"""Size of what one actor scores at once."""
VARIABLES = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_DATA_LOG_LEVEL": "ERROR"}
"""Without the first one, Ray sends statistics to its makers."""
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""With it, a cluster that Ray starts listens on the loopback address, on all systems."""
KNOCK_SECONDS = 10.0
PROBLEM = "problem"
"""Instead of a state: an error that ends the run, with its type as the path."""
CLIPS = pa.schema(
    [(name, pa.string()) for name in ("source", "path", "key", "error", "state")] + [("data", pa.large_binary())]
)


class Cluster:
    """An engine on a cluster of Ray.

    Attributes:
        facts: What the workers know of their model.
    """

    facts: Facts

    def __init__(
        self,
        load: Callable[[], Loaded],
        options: Options,
        workers: int = 0,
        *,
        address: str = "",
        block_bytes: int = 0,
    ):
        """Prepare an engine.

        Args:
            load: Loads the model, on each machine.
            options: How recordings are decoded.
            workers: Number of actors; by default one for each core of the cluster.
            address: Address of a running cluster; empty starts one on this machine.
            block_bytes: Size of what one actor scores at once; by default `BLOCK_BYTES`.

        Raises:
            SettingsError: Ray is not installed.
        """
        if find_spec("ray") is None:
            raise SettingsError("The engine ray needs the extra: pip install 'emotion-hf[ray]'.")
        self._load, self._options, self._workers = load, options, workers
        self._address, self._block_bytes = address, block_bytes or BLOCK_BYTES

    def __enter__(self) -> Cluster:
        """Start or join the cluster, and load a model there.

        Raises:
            SettingsError: No cluster answers at the address, or it asks for a token.
            EmotionError: The model cannot be loaded.
        """
        for name, value in (VARIABLES if self._address else VARIABLES | LOOPBACK).items():
            os.environ[name] = value
        import ray

        here: dict[str, Any] = {"address": "local", "num_cpus": self._workers or cores(), "include_dashboard": False}
        quietly: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        try:
            if self._address:
                _knock(self._address)
            ray.init(**({"address": self._address} if self._address else here), **quietly)
        except (OSError, ray.exceptions.AuthenticationError) as error:
            remedy = "check the address, and set RAY_AUTH_MODE=token if the cluster asks for a token"
            raise SettingsError(f"No cluster of Ray answers at {self._address}; {remedy}.") from error
        self._workers = self._workers or int(ray.cluster_resources().get("CPU", 1))
        try:
            found = ray.get(ray.remote(_facts).remote(self._load, self._options))
            if isinstance(found, EmotionError):
                raise found
            self.facts = found
        except BaseException:
            ray.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cluster, which ends if it was started here."""
        import ray

        ray.shutdown()

    def score(self, work: Work) -> Iterator[tuple[State, Row]]:
        """Yield what is known of each clip and its row, in the order in which they become ready.

        Raises:
            EmotionError: The model is broken, or the recordings cannot be listed further.
        """
        import ray.data
        from ray.data import ActorPoolStrategy, DataContext

        warnings.filterwarnings("ignore", module="ray")  # advice on settings that this engine chooses on purpose
        context = DataContext.get_current()
        context.enable_progress_bars, context.target_max_block_size = False, self._block_bytes
        clips = ray.data.from_items([{"work": 0}]).map_batches(
            _list,  # type: ignore[arg-type]  # it yields tables, and takes one more argument
            fn_args=(work,),
            batch_size=1,
            num_cpus=0,
            label_selector={"ray.io/node-id": ray.get_runtime_context().get_node_id()},
        )
        rows = clips.map_batches(
            _Actor,
            fn_constructor_args=(self._load, self._options, self.facts),
            batch_size=None,
            batch_format="pyarrow",
            compute=ActorPoolStrategy(size=self._workers),
            num_cpus=1,
        )
        for table in rows.iter_batches(batch_size=None, batch_format="pyarrow"):
            for row in table.to_pylist():  # type: ignore[union-attr]  # the format says that it is a table
                state = row.pop("state")
                if state == PROBLEM:
                    raise getattr(errors, row["path"])(row["error"])
                yield State(state), row


def _knock(address: str) -> None:
    """Connect to an address of the form HOST:PORT, because Ray itself would wait for minutes.

    Raises:
        OSError: Nobody answers.
    """
    host, separator, port = address.rpartition(":")
    if separator and port.isdecimal() and "/" not in address:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS).close()


def _facts(load: Callable[[], Loaded], options: Options) -> Facts | EmotionError:
    """Return what a worker knows of its model, or why it cannot be loaded."""
    try:
        return Scoring(load, options).facts
    except EmotionError as error:
        return error


def _list(batch: Any, work: Work) -> Iterator[pa.Table]:
    """Yield the clips of a work as tables; if they cannot be listed further, the last one says why."""
    try:
        for block in in_blocks(iter(work)):
            yield pa.Table.from_pylist([{**vars(clip), "state": str(clip.state)} for clip in block], schema=CLIPS)
    except EmotionError as error:
        yield pa.Table.from_pylist([_problem(error)], schema=CLIPS)


class _Actor:
    """Scores tables of clips with its own model."""

    def __init__(self, load: Callable[[], Loaded], options: Options, facts: Facts):
        self._score = Scoring(load, options)
        self._facts = facts

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the row of each clip, and its state; or a problem."""
        columns = schema(self._facts.labels).append(pa.field("state", pa.string()))
        return pa.Table.from_pylist(self._rows(table.to_pylist()), schema=columns)

    def _rows(self, given: Sequence[Mapping[str, Any]]) -> list[Row]:
        problems = [dict(row) for row in given if row["state"] == PROBLEM]
        clips = [Clip(**{**row, "state": State(row["state"])}) for row in given if row["state"] != PROBLEM]
        try:
            if self._score.facts != self._facts:
                name = self._facts.name
                raise SettingsError(f"The model {name} is not the same on all machines; give each the same files.")
            return [{**row, "state": str(state)} for state, row in self._score(clips)] + problems
        except EmotionError as error:
            return [_problem(error)]


def _problem(error: EmotionError) -> Row:
    """Return an error as a row, because Ray would wrap it in others, with the traceback in the text."""
    return {"state": PROBLEM, "path": type(error).__name__, "error": str(error)}
