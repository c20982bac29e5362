"""How often noise, silence, music and tones are taken for speech, and speech for none of it.

    python -m benchmarks.speech_gate --noise 'DIR/[c-z]*.wav' --speech ravdess=DIR nemo=DIR tess=DIR --every 6

A crying baby is a voice: leave it out. Silence, tones and music are synthesised here. The figures go to
`benchmarks/speech_gate.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.corpora import parse_data
from emotion_hf.data.loader import load_corpora
from emotion_hf.evaluation.distortions import find_noise
from emotion_hf.speech import has_speech

RESULT = Path(__file__).with_suffix(".json")
SECONDS, EACH = 4.0, 40
SCALE_SEMITONES = (0, 2, 4, 5, 7, 9, 11, 12)
CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16))


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", nargs="+", required=True, help="folders or patterns of noise")
    parser.add_argument("--speech", nargs="+", required=True, metavar="NAME=DIR", help="corpora")
    parser.add_argument("--every", type=int, default=1, help="take each so many-th clip of the corpora")
    options = parser.parse_args(arguments)
    random = np.random.default_rng(0)
    found = {
        "noise": _count(load_audio(file) for where in options.noise for file in find_noise(where)),
        "silence": _count(_silence(random) for _ in range(EACH)),
        "tones": _count(_tones(random) for _ in range(EACH)),
        "music": _count(_music(random) for _ in range(EACH)),
    }
    for name, folder in parse_data(options.speech).items():
        paths = [audio["path"] for audio in load_corpora({name: folder})["audio"]][:: options.every]
        found[name] = _count(load_audio(path) for path in paths)
    for name, (speech, clips) in found.items():
        print(f"{name:<10} {speech} of {clips} clips taken for speech")
    facts = {"every": options.every, "date": date.today().isoformat()}
    RESULT.write_text(json.dumps(facts | {"taken_for_speech": found}, indent=1) + "\n", encoding="utf-8")
    return 0


def _count(waves: Iterator[np.ndarray]) -> tuple[int, int]:
    """Return in how many waves there is speech, and how many there are."""
    heard = [has_speech(wave) for wave in waves]
    return sum(heard), len(heard)


def _time() -> np.ndarray:
    return np.arange(round(SECONDS * SAMPLING_RATE)) / SAMPLING_RATE


def _silence(random: np.random.Generator) -> np.ndarray:
    """Return the hiss of a quiet room at -60 to -100 dB, or digital silence."""
    level_db = random.choice([-np.inf, -100.0, -80.0, -60.0])
    return (10 ** (level_db / 20) * random.standard_normal(len(_time()))).astype(np.float32)


def _tones(random: np.random.Generator) -> np.ndarray:
    """Return a tone, a chord of them, a sweep, or a telephone's beeps."""
    time, kind = _time(), random.integers(4)
    if kind == 0:
        wave = np.sin(2 * np.pi * random.uniform(100, 4_000) * time)
    elif kind == 1:
        wave = sum(np.sin(2 * np.pi * frequency * time) for frequency in random.uniform(100, 3_000, 4))
    elif kind == 2:
        wave = np.sin(2 * np.pi * np.cumsum(np.geomspace(100, 5_000, len(time))) / SAMPLING_RATE)
    else:
        wave = np.sin(2 * np.pi * 425 * time) * (time % 1.0 < random.uniform(0.2, 0.6))
    return (0.3 * wave / np.abs(wave).max()).astype(np.float32)


def _music(random: np.random.Generator) -> np.ndarray:
    """Return a melody of plucked harmonics above chords and a drum, at 80 to 160 beats a minute."""
    time, beat = _time(), 60 / random.uniform(80, 160)
    root, wave = random.uniform(110, 330), np.zeros(len(time))
    for number in range(int(SECONDS / beat)):
        since = time - number * beat
        notes = [12 + random.choice(SCALE_SEMITONES), *CHORDS[number // 4 % len(CHORDS)]]
        for semitones in notes:
            frequency = root * 2 ** (semitones / 12)
            harmonics = sum(np.sin(2 * np.pi * k * frequency * since) / k**1.5 for k in range(1, 6))
            wave += (since >= 0) * np.exp(-3 * np.maximum(since, 0) / beat) * harmonics
        wave += 2 * (since >= 0) * np.exp(-40 * np.maximum(since, 0)) * random.standard_normal(len(time))
    return (0.5 * wave / np.abs(wave).max()).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
