"""Synthetic instruments and tunes, made with numpy from random draws.

Example:
    >>> TIMBRES["organ"](440.0, 0.5, np.random.default_rng(0)).shape
    (8000,)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emotion_hf.audio import SAMPLING_RATE

Timbre = Callable[[float, float, np.random.Generator], np.ndarray]
"""Turns pitch in Hz, length in seconds and a generator into a note, shape ``(samples,)``."""
Pattern = Callable[[Timbre, float, np.random.Generator], np.ndarray]
"""Turns a timbre, length in seconds and a generator into a tune, shape ``(samples,)``."""

HIGHEST_HZ = 7_500
SCALES = ((0, 2, 4, 5, 7, 9, 11, 12), (0, 2, 3, 5, 7, 8, 10, 12), (0, 2, 4, 7, 9, 12))  # major, minor, pentatonic
CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16), (0, 3, 7), (2, 5, 9))


def clock(seconds: float) -> np.ndarray:
    """Return the time of each sample, in seconds."""
    return np.arange(round(seconds * SAMPLING_RATE)) / SAMPLING_RATE


def tone(hz: np.ndarray | float, seconds: float) -> np.ndarray:
    """Return the phase in radians of a pitch in Hz, constant or one per sample: shape ``(samples,)``."""
    return 2 * np.pi * np.cumsum(np.broadcast_to(hz, round(seconds * SAMPLING_RATE))) / SAMPLING_RATE


def swell(seconds: float, attack: float, release: float) -> np.ndarray:
    """Return an envelope that rises to 1 at the start and falls to 0 at the end; both times are in seconds."""
    time = clock(seconds)
    return np.clip(np.minimum(time / attack, (seconds - time) / release), 0, 1)


def harmonics(phase: np.ndarray, hz: float, levels: np.ndarray) -> np.ndarray:
    """Add up the harmonics below ``HIGHEST_HZ``; ``levels`` has the level of each."""
    audible = levels[: max(1, int(HIGHEST_HZ / hz))]
    return sum(level * np.sin(number * phase) for number, level in enumerate(audible, start=1) if level)


def _vibrato(hz: float, seconds: float, random: np.random.Generator, depth: float) -> np.ndarray:
    rate, time = random.uniform(4.5, 7), clock(seconds)
    return hz * (1 + depth * np.clip(time / 0.3, 0, 1) * np.sin(2 * np.pi * rate * time))


def _sine(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    return np.sin(tone(hz, seconds)) * swell(seconds, 0.01, 0.03)


def _square(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    numbers = np.arange(1, 60)
    return harmonics(tone(hz, seconds), hz, (numbers % 2) / numbers) * swell(seconds, 0.005, 0.02)


def _sawtooth(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    return harmonics(tone(hz, seconds), hz, 1 / np.arange(1, 60)) * swell(seconds, 0.01, 0.03)


def _decaying_harmonics(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return a note like a piano's: higher harmonics decay faster."""
    time, fall = clock(seconds), random.uniform(1.5, 5)
    count = min(8, max(1, int(HIGHEST_HZ / hz)))
    parts = (np.exp(-fall * k**0.5 * time) * np.sin(k * tone(hz, seconds)) / k for k in range(1, count + 1))
    return sum(parts) * swell(seconds, 0.005, 0.02)


def _plucked_string(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return a plucked string (Karplus and Strong 1983): a burst of noise, repeated and low-pass filtered."""
    period = max(2, round(SAMPLING_RATE / hz))
    samples, turn = round(seconds * SAMPLING_RATE), random.uniform(-1, 1, period)
    turns = [turn]
    while len(turns) * period < samples:
        turns.append(0.5 * (turns[-1] + np.roll(turns[-1], 1)))
    return np.concatenate(turns)[:samples] * swell(seconds, 0.001, 0.02)


def _organ(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    drawbars = np.zeros(16)
    drawbars[[0, 1, 2, 3, 5, 7, 11, 15]] = random.uniform(0, 1, 8)
    drawbars[0] += 0.3
    return harmonics(tone(hz, seconds), hz, drawbars) * swell(seconds, 0.02, 0.05)


def _vibrato_tone(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return a tone like singing without formants: a few harmonics with vibrato."""
    levels = 1 / np.arange(1, random.integers(2, 12)) ** random.uniform(0.7, 2)
    phase = tone(_vibrato(hz, seconds, random, random.uniform(0.005, 0.03)), seconds)
    return harmonics(phase, hz, levels) * swell(seconds, 0.05, 0.08)


def _bell(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return a struck bell: frequency modulation with a non-integer ratio (Chowning 1973)."""
    decay = np.exp(-random.uniform(1.5, 4) * clock(seconds))
    phase, ratio = tone(hz, seconds), random.choice([1.4, 2.76, 3.5])
    return decay * np.sin(phase + random.uniform(2, 5) * decay * np.sin(ratio * phase)) * swell(seconds, 0.002, 0.02)


def _electric_piano(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    decay = np.exp(-random.uniform(1, 3) * clock(seconds))
    phase = tone(hz, seconds)
    sound = decay * np.sin(phase + 1.5 * decay * np.sin(phase)) + 0.3 * decay**3 * np.sin(phase * 14 % (2 * np.pi))
    return sound * swell(seconds, 0.004, 0.03)


def _flute(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    hz = 2 * hz if hz < 250 else hz
    phase = tone(_vibrato(hz, seconds, random, 0.006), seconds)
    breath = np.convolve(random.standard_normal(len(phase)), np.hanning(9) / 4, mode="same")
    return (harmonics(phase, hz, np.array([1, 0.4, 0.2, 0.05])) + 0.04 * breath) * swell(seconds, 0.06, 0.06)


def _brass(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return a brass note: brighter where it is louder."""
    loud, phase = swell(seconds, 0.08, 0.06), tone(hz * (1 - 0.02 * np.exp(-30 * clock(seconds))), seconds)
    count = min(20, max(1, int(HIGHEST_HZ / hz)))
    return sum(loud ** (0.5 + 0.25 * k) * np.sin(k * phase) / k**0.8 for k in range(1, count + 1))


def _accordion(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    levels = 1 / np.arange(1, 25) ** 0.9
    reeds = (harmonics(tone(hz * cents, seconds), hz, levels) for cents in (1.0, 1.006, 0.995))
    return sum(reeds) * swell(seconds, 0.04, 0.05)


def _clarinet(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    levels = np.array([1, 0.05, 0.75, 0.07, 0.5, 0.1, 0.2, 0.1, 0.1])
    return harmonics(tone(_vibrato(hz, seconds, random, 0.003), seconds), hz, levels) * swell(seconds, 0.04, 0.05)


def _bowed_string(hz: float, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return a violin's note: all harmonics, vibrato, and the resonances of a body at 280, 460 and 2,800 Hz."""
    numbers = np.arange(1, 40)
    body = sum(
        1 / (1 + ((numbers * hz - centre) / width) ** 2) for centre, width in ((280, 60), (460, 90), (2_800, 900))
    )
    phase = tone(_vibrato(hz, seconds, random, 0.008), seconds)
    return harmonics(phase, hz, (0.3 + body) / numbers) * swell(seconds, 0.07, 0.06)


TIMBRES: dict[str, Timbre] = {
    "sine": _sine,
    "square": _square,
    "sawtooth": _sawtooth,
    "decaying harmonics": _decaying_harmonics,
    "plucked string": _plucked_string,
    "organ": _organ,
    "vibrato": _vibrato_tone,
}
HELD_OUT_TIMBRES: dict[str, Timbre] = {
    "bell": _bell,
    "electric piano": _electric_piano,
    "flute": _flute,
    "brass": _brass,
    "accordion": _accordion,
    "clarinet": _clarinet,
    "bowed string": _bowed_string,
}


def melody(timbre: Timbre, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Play single notes of a scale, with some rests, at 60 to 180 beats per minute."""
    beat, root, scale = 60 / random.uniform(60, 180), random.uniform(90, 500), SCALES[random.integers(len(SCALES))]
    notes, start, step = [], 0.0, int(random.integers(len(scale)))
    while start < seconds:
        length = beat * random.choice([0.5, 0.5, 1, 1, 2])
        if random.random() > 0.1:
            notes.append((start, length * random.uniform(0.7, 1.0), root * 2 ** (scale[step] / 12)))
        step, start = int(np.clip(step + random.integers(-2, 3), 0, len(scale) - 1)), start + length
    return _play(timbre, notes, seconds, random)


def chords(timbre: Timbre, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Play three notes at a time."""
    beat, root = 60 / random.uniform(40, 120), random.uniform(90, 350)
    notes = [
        (start, 0.95 * beat, root * 2 ** (semitones / 12))
        for start in np.arange(0, seconds, beat)
        for semitones in CHORDS[random.integers(len(CHORDS))]
    ]
    return _play(timbre, notes, seconds, random)


def arpeggio(timbre: Timbre, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Play the notes of chords in quick succession, over two octaves."""
    step, root = random.uniform(0.08, 0.25), random.uniform(90, 300)
    notes = []
    for number, start in enumerate(np.arange(0, seconds, step)):
        chord = CHORDS[number // 8 % len(CHORDS)]
        semitones = (*chord, *(12 + one for one in chord))[number % 6]
        notes.append((start, random.uniform(0.8, 1.5) * step, root * 2 ** (semitones / 12)))
    return _play(timbre, notes, seconds, random)


def long_tones(timbre: Timbre, seconds: float, random: np.random.Generator) -> np.ndarray:
    """Hold one tone for 1 to 3 seconds, then another."""
    notes, start = [], 0.0
    while start < seconds:
        length = random.uniform(1, 3)
        notes.append((start, length, random.uniform(90, 900)))
        start += length
    return _play(timbre, notes, seconds, random)


PATTERNS: dict[str, Pattern] = {"melody": melody, "chords": chords, "arpeggio": arpeggio, "long tones": long_tones}


def _play(
    timbre: Timbre, notes: list[tuple[float, float, float]], seconds: float, random: np.random.Generator
) -> np.ndarray:
    """Add up notes given as start in seconds, length in seconds and pitch in Hz."""
    wave = np.zeros(round(seconds * SAMPLING_RATE))
    for start, length, hz in notes:
        first = round(start * SAMPLING_RATE)
        note = timbre(hz, length, random)[: len(wave) - first]
        wave[first : first + len(note)] += random.uniform(0.6, 1) * note
    return wave
