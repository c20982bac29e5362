"""Damaged recordings: each must give a finite wave or an `AudioError`, without a crash, a hang or much memory.

A separate process decodes the recordings, so that crashes can be counted. A mutation is determined by its number:
`python -m benchmarks.reliability_decoder 1234 1235` decodes mutation 1234 again.
"""

from __future__ import annotations

import io
import os
import selectors
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

from benchmarks.reliability_process import peak_megabytes
from emotion_hf.audio import load_audio
from emotion_hf.errors import AudioError
from emotion_hf.testing import synthetic_voice

ROOT = Path(__file__).resolve().parents[1]
RATE, SECONDS = 48_000, 1.0
BY_SOUNDFILE = (  # format, coding
    *(("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("FLAC", "PCM_16")),
    *(("OGG", "VORBIS"), ("OGG", "OPUS"), ("AIFF", "PCM_24"), ("AU", "PCM_16"), ("CAF", "ALAC_16")),
    ("MP3", "MPEG_LAYER_III"),
)
BY_PYAV = (  # format, coding
    *(("mp4", "aac"), ("mp4", "alac"), ("ipod", "aac"), ("mov", "pcm_s16le"), ("3gp", "aac")),
    *(("adts", "aac"), ("webm", "libopus"), ("matroska", "flac"), ("amr", "libopencore_amrnb")),
)
HANG_SECONDS = 20.0
MOST_CHANGED_BYTES = 24
LENGTHS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def measure(*, short: bool = False) -> dict[str, Any]:
    """Decode 10,000 mutations (300 in the short form), or as many as the time allows."""
    count, patience = (300, 15.0) if short else (10_000, 240.0)
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    begun, done, peak = time.monotonic(), 0, 0.0
    while done < count and time.monotonic() - begun < patience:
        for number, outcome, megabytes in decoded(done, count, begun + patience):
            done, peak = number + 1, max(peak, megabytes)
            outcomes[outcome.partition(":")[0]] += 1
            if outcome not in ("wave", "refused"):
                faults.append(f"{number}: {outcome}")
    return {
        "formats": [f"{format} {coding}" for format, coding, _ in seeds()],
        "mutations": done,
        "outcomes": {name: outcomes[name] for name in ("wave", "refused", "error", "crash", "hang")},
        "faults": faults[:20],
        "peak_megabytes": round(peak),
        "hang_limit_seconds": HANG_SECONDS,
    }


def command(first: int, last: int) -> list[str]:
    """Return the command that decodes the mutations from `first` to before `last`."""
    return [sys.executable, "-m", "benchmarks.reliability_decoder", str(first), str(last)]


def decoded(first: int, last: int, deadline: float) -> Iterator[tuple[int, str, float]]:
    """Yield number, outcome and peak memory of each mutation, until the process crashes, hangs or ends."""
    process = subprocess.Popen(
        command(first, last), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
    )
    current, megabytes = None, 0.0
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if not selector.select(HANG_SECONDS if current is not None else HANG_SECONDS * 3):
                    yield current if current is not None else first, "hang", megabytes
                    return
                line = process.stdout.readline()
                if not line:
                    if process.wait() and current is not None:
                        yield current, f"crash: status {process.returncode}", megabytes
                    elif process.returncode:
                        raise RuntimeError(f"The decoding process failed at the start, status {process.returncode}.")
                    return
                if line.startswith("begin"):
                    current = int(line.split()[1])
                else:
                    number, megabytes, outcome = line.rstrip("\n").split(maxsplit=2)
                    current, megabytes = None, float(megabytes)
                    yield int(number), outcome, megabytes
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def seeds() -> list[tuple[str, str, bytes]]:
    """Return a recording of a voice in each format and coding that this machine can write."""
    wave = np.repeat(synthetic_voice(SECONDS), RATE // 16_000)
    made = []
    for format, coding in BY_SOUNDFILE:
        buffer = io.BytesIO()
        soundfile.write(buffer, wave, RATE, format=format, subtype=coding)
        made.append((format, coding, buffer.getvalue()))
    for format, coding in BY_PYAV:
        made.append((format, coding, _encode(wave, format, coding)))
    return made


def _encode(wave: np.ndarray, format: str, coding: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=format) as file:
        rate = 8_000 if format == "amr" else RATE
        stream = file.add_stream(coding, rate=rate, layout="mono")
        fits = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=stream.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        for fitting in (*fits.resample(frame), *fits.resample(None), None):
            for packet in stream.encode(fitting):
                file.mux(packet)
    return buffer.getvalue()


def mutation(number: int, originals: list[tuple[str, str, bytes]]) -> bytes:
    """Return the mutation with this number: the formats take turns, and the changes are random."""
    random = np.random.default_rng(number)
    data = bytearray(originals[number % len(originals)][2])
    for _ in range(random.integers(1, 4)):
        place = int(random.integers(len(data)))
        place = (
            place if random.random() < 0.5 else place % min(len(data), 512)
        )  # half of the changes are in the header
        size = int(random.integers(1, 2_000))
        match random.integers(7):
            case 0:
                for at in random.integers(0, len(data), random.integers(1, MOST_CHANGED_BYTES)):
                    data[at] ^= 1 << int(random.integers(8))
            case 1:
                data[place : place + size] = random.bytes(len(data[place : place + size]))
            case 2:
                del data[max(place, 1) :]
            case 3:
                del data[place : place + size]
            case 4:
                data[place:place] = data[place : place + size]
            case 5:
                order = "little" if random.random() < 0.5 else "big"
                data[place : place + 4] = int(random.choice(LENGTHS)).to_bytes(4, order)
            case _:
                data[place:] = originals[int(random.integers(len(originals)))][2][place:]
        if not data:
            return b""
    return bytes(data)


def decode(data: bytes) -> str:
    """Return the outcome: "wave", "refused", or "error: …" for anything else."""
    try:
        wave = load_audio(data)
    except AudioError as error:
        return "refused" if str(error) and "\n" not in str(error) else f"error: message of several lines {error!r}"
    except Exception as error:  # noqa: BLE001 - to be counted
        return f"error: {type(error).__name__}"
    is_sound = wave.ndim == 1 and wave.dtype == np.float32 and len(wave) >= 0.3 * 16_000 and np.isfinite(wave).all()
    return "wave" if is_sound else f"error: a wave of {wave.dtype}, shape {wave.shape}"


def main(first: int, last: int) -> None:
    """Decode the mutations from `first` to before `last`, and print when each begins and its outcome."""
    originals = seeds()
    output = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # codecs print messages about damaged files
    for number in range(first, last):
        print("begin", number, file=output, flush=True)
        outcome = decode(mutation(number, originals)).replace("\n", " ")
        print(number, f"{peak_megabytes(os.getpid()):.0f}", outcome, file=output, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
