"""Figures about the load, for monitoring programs, in the text format of Prometheus.

They are counts and times only: no addresses, no names of files, nothing about recordings but how many and how long.

Example:
    >>> metrics = Metrics(recognition, {"api": lambda: 0})  # doctest: +SKIP
    >>> metrics.requested("/v1/classify", "POST", 200, 0.12)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from emotion_hf import __version__
from emotion_hf.api.recognition import Recognition
from emotion_hf.audio import SAMPLING_RATE

PREFIX = "emotion_hf_"
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Borders of the histograms of times: from a cached file to the longest request."""
CLIPS = (1, 2, 3, 4, 8, 16)
TYPICAL_SECONDS = 3.0
"""The expected time to wait is that of a recording of this length."""


class Metrics:
    """Counts what happens, and writes it down. It watches the turns that recordings take.

    Args:
        recognition: The model, and the turns.
        live: Returns the number of open live streams, for each way in.

    Attributes:
        media_type: That of `text`.
    """

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, recognition: Recognition, live: Mapping[str, Callable[[], int]]):
        self._recognition, self._live = recognition, live
        self._registry = CollectorRegistry()
        self._requests = self._counter("http_requests", "Requests.", "route", "method", "status")
        self._latency = self._histogram(
            "http_request_seconds", "Time until a response was complete.", SECONDS, "route"
        )
        self._waited = self._histogram("waiting_seconds", "Time that recordings waited for their first turn.", SECONDS)
        self._batches = self._histogram("batch_clips", "Clips that were scored at once.", CLIPS)
        self._clips = self._counter("clips_scored", "Clips that were scored.")
        self._audio = self._counter("audio_scored_seconds", "Length of the clips that were scored.")
        self._refusals = self._counter("busy_refusals", "Recordings refused because too many others were waiting.")
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        recognition.turns.watcher = self

    def text(self) -> bytes:
        """Return all figures as text."""
        return generate_latest(self._registry)

    def requested(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """Count a request.

        Args:
            route: Its route, with the names of its parameters instead of their values.
            method: Its method, or ``WEBSOCKET``.
            status: The status of its response.
            seconds: Its time; `None` for a stream, whose length is no figure of the server.
        """
        self._requests.labels(route, method, str(status)).inc()
        if seconds is not None:
            self._latency.labels(route).observe(seconds)

    def waited(self, seconds: float) -> None:
        """Take the time that a recording has waited for its first turn."""
        self._waited.observe(seconds)

    def scored(self, lengths: Sequence[int]) -> None:
        """Take the lengths in samples of clips that were scored in one batch."""
        self._batches.observe(len(lengths))
        self._clips.inc(len(lengths))
        self._audio.inc(sum(lengths) / SAMPLING_RATE)

    def refused(self) -> None:
        """Count a recording that was refused because too many others were waiting."""
        self._refusals.inc()

    def collect(self) -> Iterator[Metric]:
        """Yield what is looked up only when somebody asks."""
        turns = self._recognition.turns
        for name, meaning, value in (
            ("recordings_waiting", "Recordings that wait for a turn.", turns.queued),
            ("recordings_waiting_limit", "Recordings that may wait; more are refused.", turns.waiting),
            ("recordings_analysed", "Recordings that are being analysed.", turns.running),
            ("recordings_analysed_limit", "Recordings that may be analysed at once, one thread each.", turns.at_once),
            (
                "expected_waiting_seconds",
                f"Time that a recording of {TYPICAL_SECONDS:g} s would probably wait.",
                turns.wait_seconds(TYPICAL_SECONDS),
            ),
        ):
            yield GaugeMetricFamily(PREFIX + name, meaning, value)
        streams = GaugeMetricFamily(f"{PREFIX}live_streams", "Open live streams.", labels=["way"])
        for way, count in self._live.items():
            streams.add_metric([way], count())
        yield streams
        model = GaugeMetricFamily(f"{PREFIX}model_loaded", "The model that answers.", labels=["model", "version"])
        model.add_metric([self._recognition.active()[0].name, __version__], 1)
        yield model

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str, borders: Sequence[float], *labels: str) -> Histogram:
        return Histogram(PREFIX + name, meaning, labels, registry=self._registry, buckets=borders)
