"""Measure the cost of a prediction: milliseconds per clip, one clip at a time on one thread.

Example:
    >>> measure_cost(recognizer, waves, parameters=1_661_832, megabytes=6.7).ms_per_clip  # doctest: +SKIP
    14.2
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.evaluation.results import Cost
from emotion_hf.prediction import Classifier
from emotion_hf.speech import has_speech

CLIPS = 20


def measure_cost(classifier: Classifier, waves: Sequence[np.ndarray], size: Cost) -> Cost:
    """Return `size` with the median times of a prediction, and of speech detection in it, over the waves."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        answer = _median_ms(lambda wave: classifier.predict([wave]), waves)
        speech = _median_ms(has_speech, waves)
    finally:
        torch.set_num_threads(threads)
    return replace(
        size,
        ms_per_clip=answer,
        ms_for_speech=speech,
        clip_seconds=float(np.median([len(wave) for wave in waves])) / SAMPLING_RATE,
        machine=_machine(),
    )


def _median_ms(work: Callable[[np.ndarray], object], waves: Sequence[np.ndarray]) -> float:
    work(waves[0])  # the first call loads and compiles
    times = []
    for wave in waves:
        started = time.perf_counter()
        work(wave)
        times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times))


def _machine() -> str:
    """Return the name of the processor, and of the GPU if there is one."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    facts = Path("/proc/cpuinfo")  # platform.processor() is empty on Linux
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"one core of {names[0] if names else platform.processor() or platform.machine()}"
