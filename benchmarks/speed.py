"""Measure the time for a clip of three seconds on one core, and compare it with common alternatives.

    python -m benchmarks.speed --json benchmarks/speed.json

Each task has the median of many runs after a warm-up, and the fastest run, which shows the time on an idle core. All
tasks are measured in turn in one process, so that changes of the machine's load affect all of them. Wav2Vec2-base has
random weights, which do not change its time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import librosa
import numpy as np
import torch
from transformers import Wav2Vec2Config, Wav2Vec2ForSequenceClassification

from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.speech import has_speech
from emotion_hf.testing import synthetic_voice

RUNS, WARM_UP = 40, 5
SAMPLING_RATE = 16_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the times, and write them with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="checkpoint folder (default: the one that ships)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    milliseconds = measure(tasks(options.model))
    for name, (median, fastest) in milliseconds.items():
        print(f"{name:<50} {median:8.2f} ms, fastest {fastest:8.2f}")
    if options.json:
        options.json.write_text(json.dumps(milliseconds, indent=1) + "\n", encoding="utf-8")
    return 0


def tasks(model: str | None) -> dict[str, Callable[[], object]]:
    """Return the tasks by name."""
    wave = synthetic_voice(3.0)
    noise = np.random.default_rng(0).normal(0, 0.1, len(wave)).astype(np.float32)
    recognizer = EmotionRecognizer.from_pretrained(model, device="cpu")
    features = recognizer.extractor(wave, sampling_rate=SAMPLING_RATE)
    peer = Wav2Vec2ForSequenceClassification(Wav2Vec2Config(num_labels=8)).eval()
    peer_input = torch.from_numpy(wave)[None]
    return {
        "speech gate (silero-vad, onnxruntime), a voice": lambda: has_speech(wave),
        "speech gate, nothing said": lambda: has_speech(noise),
        "front end (torch)": lambda: recognizer.extractor(wave, sampling_rate=SAMPLING_RATE),
        "network": lambda: recognizer.model(**features),
        "waveform to scores, without the gate": lambda: recognizer.model(
            **recognizer.extractor(wave, sampling_rate=SAMPLING_RATE)
        ).logits.softmax(-1),
        "waveform to Prediction, with the gate": lambda: recognizer.predict([wave]),
        "peer: librosa's log-mel alone": lambda: librosa_log_mel(wave),
        "peer: Wav2Vec2-base (94.6 M parameters), forward": lambda: peer(peer_input),
    }


def librosa_log_mel(wave: np.ndarray) -> np.ndarray:
    """Return librosa's log-mel spectrogram of the same input."""
    mel = librosa.feature.melspectrogram(y=wave, sr=SAMPLING_RATE, n_fft=512, hop_length=200, n_mels=80)
    return librosa.power_to_db(mel)


@torch.inference_mode()
def measure(timed: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Return the median and the least time of each task in ms; the tasks take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for run in range(WARM_UP + RUNS):
        for name, task in timed.items():
            start = time.perf_counter()
            task()
            if run >= WARM_UP:
                seconds[name].append(time.perf_counter() - start)
    return {
        name: (round(1000 * statistics.median(values), 2), round(1000 * min(values), 2))
        for name, values in seconds.items()
    }


if __name__ == "__main__":
    sys.exit(main())
