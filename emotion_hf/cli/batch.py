"""The command ``emotion-hf batch``: score very many recordings into Parquet files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_hf.cells import printable
from emotion_hf.cli.loading import labels_of_active, with_active_model
from emotion_hf.cli.options import Backend, Channel, Device, Label, MaxSeconds, Model, Track, TrustRemoteCode
from emotion_hf.errors import AudioNotFoundError, SettingsError
from emotion_hf.labels import parse_renaming
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    from emotion_hf.batch.places import Places
    from emotion_hf.batch.run import Engine, Tally
    from emotion_hf.batch.scoring import Options, Pretrained
    from emotion_hf.batch.work import Shard


def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="Folders, files, patterns, Parquet files, saved data sets, or data sets of the Hub as OWNER/NAME.",
        ),
    ],
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the results; an interrupted run continues.")],
    model: Model = "",
    engine: Annotated[
        Literal["local", "ray"], typer.Option(metavar="local|ray", help="Compute here, or on a cluster of Ray.")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processes; by default one for each core.")
    ] = None,
    ray_address: Annotated[
        str, typer.Option(metavar="A", help="Address of a running cluster; by default one starts on this machine.")
    ] = "",
    shard: Annotated[str, typer.Option(metavar="K/N", help="Score only part K of N, one on each machine.")] = "",
    column: Annotated[str, typer.Option(metavar="C", help="Column of the recordings in tables.")] = "",
    channel: Channel = None,
    track: Track = None,
    max_seconds: MaxSeconds = None,
    label: Label = None,
    trust_remote_code: TrustRemoteCode = False,
    device: Device = "",
    backend: Backend = "",
) -> None:
    """Score very many recordings into Parquet files. The same command continues after an interruption.

    \b
    Example:
      emotion-hf batch recordings/ --output results
    """
    if ray_address and engine != "ray":
        raise SettingsError("--ray-address needs --engine ray.")
    settings = Settings.from_environment()

    from emotion_hf import __version__
    from emotion_hf.batch.places import find_places
    from emotion_hf.batch.run import run
    from emotion_hf.batch.scoring import Options, Pretrained
    from emotion_hf.batch.store import locked
    from emotion_hf.batch.work import parse_shard

    settings = with_active_model(settings, model)
    settings = replace(
        settings,
        device=device or settings.device,
        backend=backend or settings.backend,
        trust_remote_code=trust_remote_code or settings.trust_remote_code,
    )
    labels = parse_renaming(label or ()) or labels_of_active(settings)
    options = Options(max_seconds or settings.max_seconds, channel, track)
    load = Pretrained(settings.model or None, settings.device, settings.backend, labels, settings.trust_remote_code)
    part = parse_shard(shard) if shard else None
    places = find_places(sources, column)
    with locked(output):
        total = _total(places, part)
        bits = 8 if settings.backend == "onnx-int8" else 32  # other backends differ by rounding only
        depends = {"renamed": labels, "bits": bits, "version": __version__, **vars(options)}
        with _start(engine, load, options, workers or 0, ray_address) as started, _Bar(total) as bar:
            tally = run(places, output, started, depends, shard=part, progress=bar.update)
    typer.echo(_report(tally, bar.seconds), err=True)
    raise typer.Exit(int(tally.usable == 0 and tally.unusable > 0))


def _start(
    engine: str, load: Pretrained, options: Options, workers: int, address: str
) -> AbstractContextManager[Engine]:
    if engine == "ray":
        from emotion_hf.batch.cluster import Cluster

        return Cluster(load, options, workers, address=address)
    from emotion_hf.batch.processes import Processes

    return Processes(load, options, workers)


def _total(places: Sequence[Places], shard: Shard | None) -> int | None:
    """Return the number of recordings, of a shard about that; `None` if it is unknown.

    Raises:
        AudioNotFoundError: There are none.
    """
    from emotion_hf.search import USUAL_FILES

    counts = [place.count() for place in places]
    if not any(count is None or count for count in counts):
        raise AudioNotFoundError(f"There are no recordings in the sources; name a folder with {USUAL_FILES}.")
    if None in counts:
        return None
    return round(sum(count or 0 for count in counts) / (shard.count if shard else 1))


class _Bar:
    """A progress bar with the time left, and a clock."""

    def __init__(self, total: int | None):
        from tqdm import tqdm

        self._bar = tqdm(desc="Scoring", total=total, unit=" recordings", disable=None, smoothing=0.1)
        self._start, self.seconds = time.monotonic(), 0.0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()
        self.seconds = time.monotonic() - self._start

    def update(self) -> None:
        """Count a recording."""
        self._bar.update()


def _report(tally: Tally, seconds: float) -> str:
    """Return what a run has done, in a few sentences."""
    rate = f" in {seconds:.0f} s, {tally.scored / max(seconds, 0.1):.1f} per second" if tally.scored else ""
    sentences = [f"Scored {_counted(tally.scored)}{rate}."]
    if tally.copied:
        sentences.append(f"Copied results to {_counted(tally.copied)} with the content of another one.")
    if known := tally.known + tally.known_failed:
        sentences.append(f"Skipped {_counted(known)} that already had a row.")
    if tally.unusable:
        sentences.append(f"{_counted(tally.unusable)} cannot be used; the column error says why.")
    return f"{' '.join(sentences)}\nThe results are in {printable(tally.folder)}"


def _counted(number: int) -> str:
    return f"{number:,} {'recording' if number == 1 else 'recordings'}"
