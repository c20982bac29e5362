"""Synthetic sounds without speech, by kind: music, signals, animals, machines, weather and noise.

The speech gate (`emotion_hf/speech.py`) was developed on some kinds of sound. The others are held out, so that their
figures show how it handles new kinds.

Example:
    >>> [len(wave) for wave in clips("siren, two tones", 2, seed=0)]
    [69286, 78013]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from zlib import crc32

import numpy as np

from benchmarks.instruments import HELD_OUT_TIMBRES, PATTERNS, TIMBRES, clock, harmonics, swell, tone
from emotion_hf.audio import SAMPLING_RATE

Sound = Callable[[float, np.random.Generator], np.ndarray]
"""Turns a length in seconds and a generator into a wave, shape ``(samples,)``, at any level."""

SECONDS = (2.0, 6.0)
LEVELS_DB = (-50.0, -40.0, -30.0, -20.0, -10.0)  # RMS relative to full scale; clips with higher peaks are scaled down


def clips(kind: str, count: int, seed: int) -> Iterator[np.ndarray]:
    """Yield `count` clips of a kind: mono float32 at 16 kHz, shape ``(samples,)``, 2 to 6 s, at -50 to -10 dBFS."""
    for number in range(count):
        random = np.random.default_rng([seed, crc32(kind.encode()), number])
        wave = KINDS[kind](random.uniform(*SECONDS), random)
        wave = wave * 10 ** (random.choice(LEVELS_DB) / 20) / max(np.sqrt(np.mean(wave**2)), 1e-12)
        yield (wave / max(1.0, np.abs(wave).max())).astype(np.float32)


def coloured(seconds: float, random: np.random.Generator, slope: float) -> np.ndarray:
    """Return noise with an amplitude of 1 / frequency ** ``slope``: 0 for white, 0.5 for pink, 1 for brown noise."""
    samples = round(seconds * SAMPLING_RATE)
    spectrum = np.fft.rfft(random.standard_normal(samples))
    return np.fft.irfft(spectrum / np.maximum(np.fft.rfftfreq(samples, 1 / SAMPLING_RATE), 20) ** slope, samples)


def band(wave: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """Apply a band-pass filter with soft edges."""
    hz = np.fft.rfftfreq(len(wave), 1 / SAMPLING_RATE)
    gain = 1 / np.sqrt((1 + (low_hz / np.maximum(hz, 1)) ** 8) * (1 + (hz / high_hz) ** 8))
    return np.fft.irfft(np.fft.rfft(wave) * gain, len(wave))


def resonance(wave: np.ndarray, centre_hz: float, width_hz: float) -> np.ndarray:
    """Apply a single resonance."""
    hz = np.fft.rfftfreq(len(wave), 1 / SAMPLING_RATE)
    return np.fft.irfft(np.fft.rfft(wave) / (1 + ((hz - centre_hz) / width_hz) ** 2), len(wave))


def wander(seconds: float, random: np.random.Generator, per_second: float) -> np.ndarray:
    """Return a random piecewise linear curve between 0 and 1 with `per_second` knots per second."""
    knots = random.uniform(0, 1, max(3, round(seconds * per_second) + 2))
    return np.interp(clock(seconds), np.linspace(0, seconds, len(knots)), knots)


def events(
    seconds: float, random: np.random.Generator, per_second: float, make: Callable[[], np.ndarray], jitter: float = 1.0
) -> np.ndarray:
    """Place sounds in time: evenly with ``jitter`` 0, at random times with 1."""
    wave, count = np.zeros(round(seconds * SAMPLING_RATE)), max(1, round(seconds * per_second))
    starts = (np.arange(count) + random.uniform(0, jitter, count)) / count * seconds
    for start in starts:
        first, sound = round(start * SAMPLING_RATE), make()
        sound = sound[: max(0, len(wave) - first)]
        wave[first : first + len(sound)] += sound
    return wave


def _silence(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return digital silence, or the hiss of a converter, which is scaled to a level like other sounds."""
    samples = round(seconds * SAMPLING_RATE)
    return np.zeros(samples) if random.random() < 0.3 else np.round(random.standard_normal(samples))


def _hum(seconds: float, random: np.random.Generator) -> np.ndarray:
    hz = random.choice([50.0, 60.0])
    return harmonics(tone(hz, seconds), hz, random.uniform(0, 1, 12) / np.arange(1, 13)) + 0.02 * coloured(
        seconds, random, 0
    )


def _sweep(seconds: float, random: np.random.Generator) -> np.ndarray:
    low, high = random.uniform(50, 300), random.uniform(2_000, 7_000)
    hz = np.geomspace(low, high, round(seconds * SAMPLING_RATE))
    return np.sin(tone(hz[:: random.choice([-1, 1])], seconds))


def _two_tone_siren(seconds: float, random: np.random.Generator) -> np.ndarray:
    low, period = random.uniform(350, 700), random.uniform(0.6, 1.5)
    hz = np.where(clock(seconds) % period < period / 2, low, low * random.choice([1.26, 1.33, 1.5]))
    return harmonics(tone(hz, seconds), low * 1.5, 1 / np.arange(1, 9) ** random.uniform(0.7, 2))


def _wailing_siren(seconds: float, random: np.random.Generator) -> np.ndarray:
    rate, centre = random.choice([0.2, 0.5, 3.0]), random.uniform(700, 1_100)
    hz = centre * 2 ** (0.6 * np.sin(2 * np.pi * rate * clock(seconds) + random.uniform(0, 6)))
    return harmonics(tone(hz, seconds), centre * 1.5, 1 / np.arange(1, 6) ** random.uniform(0.8, 2))


def _fire_alarm(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return repeated groups of three beeps and a pause, or the fast sweep of a sounder."""
    time = clock(seconds)
    if random.random() < 0.5:
        hz = random.uniform(2_800, 3_400)
        return harmonics(tone(hz, seconds), hz, np.array([1, 0.3])) * ((time % 1 < 0.5) & (time % 4 < 3))
    sawtooth = (time * random.uniform(1, 7)) % 1
    return np.sign(np.sin(tone(random.uniform(500, 900) * (1 + 0.8 * sawtooth), seconds)))


def _keypad(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return dialled digits, with two tones for each digit (ITU-T Q.23)."""

    def digit() -> np.ndarray:
        rows, columns = random.choice([697, 770, 852, 941]), random.choice([1_209, 1_336, 1_477])
        length = random.uniform(0.08, 0.2)
        return (np.sin(tone(rows, length)) + np.sin(tone(columns, length))) * swell(length, 0.002, 0.002)

    return events(seconds, random, random.uniform(2, 5), digit, jitter=0.1)


def _line_tone(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return a telephone's dial, ringing or busy tone, from Europe or North America."""
    pair = ((425, 425), (350, 440), (440, 480), (480, 620))[random.integers(4)]
    on, off = ((9, 0), (1, 4), (2, 4), (0.5, 0.5), (0.25, 0.25))[random.integers(5)]
    time = clock(seconds)
    return (np.sin(tone(pair[0], seconds)) + np.sin(tone(pair[1], seconds))) * (time % (on + off) < on)


def _telephone_bell(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return two gongs struck 20 times a second, or the warble of an electronic telephone."""
    time = clock(seconds)
    ringing = time % 3 < random.uniform(1, 2)
    if random.random() < 0.5:
        hz = np.where(
            time * random.uniform(10, 25) % 1 < 0.5, random.uniform(700, 1_300), random.uniform(1_300, 2_200)
        )
        return np.sign(np.sin(tone(hz, seconds))) * ringing
    strokes = np.exp(-25 * (time % 0.05))
    gongs = sum(np.sin(tone(hz, seconds)) for hz in random.uniform(1_000, 3_500, 5))
    return gongs * strokes * ringing


def _drum(random: np.random.Generator, part: str) -> np.ndarray:
    if part == "kick":
        return 2 * np.sin(tone(45 + 120 * np.exp(-40 * clock(0.3)), 0.3)) * np.exp(-12 * clock(0.3))
    if part == "snare":
        noise = 0.8 * random.standard_normal(len(clock(0.2))) * np.exp(-22 * clock(0.2))
        return noise + np.sin(tone(190, 0.2)) * np.exp(-25 * clock(0.2))
    if part == "tom":
        return np.sin(tone(random.uniform(90, 220) * (1 + np.exp(-20 * clock(0.4))), 0.4)) * np.exp(-8 * clock(0.4))
    fall = random.choice([12, 50])
    return 0.4 * np.diff(random.standard_normal(len(clock(0.2)) + 1)) * np.exp(-fall * clock(0.2))


def _drum_loop(
    seconds: float, random: np.random.Generator, parts: tuple[str, ...] = ("kick", "snare", "hat")
) -> np.ndarray:
    """Repeat a bar of 16 steps at 70 to 180 beats a minute."""
    step = 15 / random.uniform(70, 180)
    played = {part: random.random(16) < (0.25 if part != "hat" else 0.6) for part in parts}
    wave = np.zeros(round((seconds + 1) * SAMPLING_RATE))
    for number, start in enumerate(np.arange(0, seconds, step)):
        for part in parts:
            if played[part][number % 16]:
                sound, first = _drum(random, part), round(start * SAMPLING_RATE)
                wave[first : first + len(sound)] += sound
    return wave[: round(seconds * SAMPLING_RATE)] + 1e-3 * coloured(seconds, random, 0)


def _band_playing(seconds: float, random: np.random.Generator, timbres: tuple[str, ...]) -> np.ndarray:
    """Return a melody above chords and drums."""
    lead, rhythm = (({**TIMBRES, **HELD_OUT_TIMBRES})[name] for name in random.choice(timbres, 2))
    parts = (PATTERNS["melody"](lead, seconds, random), PATTERNS["chords"](rhythm, seconds, random))
    return sum(
        random.uniform(0.3, 1) * part / max(np.std(part), 1e-9) for part in (*parts, _drum_loop(seconds, random))
    )


def _birds(seconds: float, random: np.random.Generator) -> np.ndarray:
    def chirp() -> np.ndarray:
        length = random.uniform(0.05, 0.3)
        start, end, trill = random.uniform(2_000, 6_000), random.uniform(2_000, 6_000), random.uniform(0, 600)
        hz = np.linspace(start, end, len(clock(length))) + trill * np.sin(
            2 * np.pi * random.uniform(15, 60) * clock(length)
        )
        return np.sin(tone(hz, length)) * swell(length, 0.3 * length, 0.3 * length)

    return events(seconds, random, random.uniform(2, 8), chirp) + 0.01 * coloured(seconds, random, 0.5)


def _dog(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return barks: short, rough harmonic sounds with a rising and falling pitch and one broad resonance."""
    pitch, centre = random.uniform(180, 700), random.uniform(600, 1_500)

    def bark() -> np.ndarray:
        length = random.uniform(0.1, 0.25)
        arch = np.sin(np.pi * clock(length) / length)
        hz = pitch * (0.7 + 0.5 * arch) * (1 + 0.05 * random.standard_normal(len(arch)))
        sound = harmonics(tone(hz, length), 1.2 * pitch, np.ones(20)) + 1.5 * random.standard_normal(len(arch))
        return resonance(sound, centre, 500) * arch**0.5

    return events(seconds, random, random.uniform(0.7, 3), bark) + 1e-3 * coloured(seconds, random, 0.5)


def _crickets(seconds: float, random: np.random.Generator) -> np.ndarray:
    hz, rate, time = random.uniform(3_500, 5_500), random.uniform(20, 45), clock(seconds)
    pulses = np.clip(np.sin(2 * np.pi * rate * time), 0, 1) * (time % random.uniform(0.3, 1) < 0.25)
    return np.sin(tone(hz, seconds)) * pulses + 0.02 * coloured(seconds, random, 0.5)


def _frogs(seconds: float, random: np.random.Generator) -> np.ndarray:
    centre, rate = random.uniform(400, 2_000), random.uniform(25, 70)

    def croak() -> np.ndarray:
        length = random.uniform(0.2, 0.6)
        pulses = np.exp(-60 * (clock(length) % (1 / rate)))
        return pulses * np.sin(tone(centre, length)) * swell(length, 0.05, 0.1)

    return events(seconds, random, random.uniform(0.8, 2), croak) + 0.01 * coloured(seconds, random, 0.5)


def _cow_or_cat(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return calls: long harmonic sounds with a rising and falling pitch, without formants."""
    pitch = random.choice([random.uniform(90, 200), random.uniform(400, 800)])

    def call() -> np.ndarray:
        length = random.uniform(0.6, 1.5)
        arch = np.sin(np.pi * clock(length) / length)
        levels = 1 / np.arange(1, 25) ** random.uniform(0.6, 1.4)
        return harmonics(tone(pitch * (0.8 + 0.35 * arch), length), 1.2 * pitch, levels) * arch

    return events(seconds, random, 0.6, call) + 1e-3 * coloured(seconds, random, 0.5)


def _engine(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return an engine that fires 20 to 120 times per second at a varying rate, with air noise."""
    rate = random.uniform(20, 120) * (1 + 0.4 * wander(seconds, random, 0.7))
    firing = harmonics(tone(rate, seconds), 120.0, random.uniform(0.2, 1, 30) / np.arange(1, 31) ** 0.6)
    air = coloured(seconds, random, 0.5)
    return firing / np.std(firing) + random.uniform(0.1, 1) * air / np.std(air)


def _propeller(seconds: float, random: np.random.Generator) -> np.ndarray:
    blades = np.clip(np.sin(tone(random.uniform(8, 25), seconds)), 0, 1) ** 3
    return (0.2 + blades) * band(coloured(seconds, random, 0.5), 60, random.uniform(800, 3_000))


def _electric_motor(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return the whine of a drill, mixer or vacuum cleaner that speeds up and is under load."""
    hz = random.uniform(150, 600) * (
        0.6 + 0.4 * np.clip(clock(seconds) / 0.8, 0, 1) - 0.1 * wander(seconds, random, 2)
    )
    whine, air = harmonics(tone(hz, seconds), 600.0, random.uniform(0, 1, 12)), coloured(seconds, random, 0.3)
    return whine / np.std(whine) + random.uniform(0.3, 2) * air / np.std(air)


def _wind(seconds: float, random: np.random.Generator) -> np.ndarray:
    low, high = (band(coloured(seconds, random, 0.8), edge, 3 * edge) for edge in (100.0, random.uniform(300, 700)))
    gusts = wander(seconds, random, 1.5)
    return low * (0.3 + gusts) + 2 * high * gusts**2


def _rain(seconds: float, random: np.random.Generator) -> np.ndarray:
    def drop() -> np.ndarray:
        length = 0.02
        return (
            random.uniform(0.2, 2) * np.sin(tone(random.uniform(1_000, 6_000), length)) * np.exp(-300 * clock(length))
        )

    return coloured(seconds, random, 0.2) + 2 * events(seconds, random, random.uniform(20, 120), drop)


def _dripping_water(seconds: float, random: np.random.Generator) -> np.ndarray:
    def drop() -> np.ndarray:
        length, hz = 0.12, random.uniform(400, 1_800)
        return np.sin(tone(hz * (1 + 0.6 * clock(length) / length), length)) * np.exp(-30 * clock(length))

    return events(seconds, random, random.uniform(1, 12), drop) + 1e-3 * coloured(seconds, random, 0.5)


def _waves(seconds: float, random: np.random.Generator) -> np.ndarray:
    return coloured(seconds, random, 0.5) * (0.1 + wander(seconds, random, 0.6) ** 2)


def _typing(seconds: float, random: np.random.Generator) -> np.ndarray:
    def key() -> np.ndarray:
        length = 0.03
        click = random.standard_normal(len(clock(length))) * np.exp(-random.uniform(150, 500) * clock(length))
        return resonance(click, random.uniform(1_000, 5_000), 1_500)

    return events(seconds, random, random.uniform(3, 12), key) + 1e-3 * coloured(seconds, random, 0.5)


def _clock(seconds: float, random: np.random.Generator) -> np.ndarray:
    def tick() -> np.ndarray:
        length = 0.05
        return np.sin(tone(random.uniform(1_800, 2_500), length)) * np.exp(-150 * clock(length))

    return events(seconds, random, random.choice([1, 2, 4]), tick, jitter=0) + 1e-3 * coloured(seconds, random, 0)


def _knocks(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return footsteps, knocks or hammering: dull blows with a short resonance."""
    hz, fall = random.uniform(80, 500), random.uniform(20, 80)

    def blow() -> np.ndarray:
        length = 0.25
        sound = np.sin(tone(hz, length)) + 0.7 * random.standard_normal(len(clock(length)))
        return resonance(sound * np.exp(-fall * clock(length)), hz, 300)

    return events(seconds, random, random.uniform(1.5, 5), blow, jitter=0.2) + 1e-3 * coloured(seconds, random, 0.5)


def _metal(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return cutlery, keys or church bells: struck and decaying partials without simple ratios."""
    fall = random.choice([1.5, 8.0, 20.0])

    def stroke() -> np.ndarray:
        length, lowest = min(2.0, 6 / fall), random.uniform(200, 2_000)
        partials = lowest * np.sort(random.uniform(1, 6, 7))
        return sum(np.sin(tone(hz, length)) * np.exp(-fall * (hz / lowest) ** 0.5 * clock(length)) for hz in partials)

    return events(seconds, random, random.uniform(1, 5), stroke) + 1e-3 * coloured(seconds, random, 0.5)


def _tunes(timbres: dict) -> dict[str, Sound]:
    return {
        f"{pattern}, {timbre}": lambda seconds, random, play=PATTERNS[pattern], note=timbres[timbre]: play(
            note, seconds, random
        )
        for pattern, timbre in product(PATTERNS, timbres)
    }


DEVELOPMENT: dict[str, Sound] = {
    **_tunes(TIMBRES),
    "band": partial(_band_playing, timbres=tuple(TIMBRES)),
    "drum loop": _drum_loop,
    "siren, two tones": _two_tone_siren,
    "keypad": _keypad,
    "line tone": _line_tone,
    "sweep": _sweep,
    "hum": _hum,
    "birds": _birds,
    "dog": _dog,
    "engine": _engine,
    "rain": _rain,
    "typing": _typing,
    "white noise": partial(coloured, slope=0.0),
    "pink noise": partial(coloured, slope=0.5),
    "silence": _silence,
}
HELD_OUT: dict[str, Sound] = {
    **_tunes(HELD_OUT_TIMBRES),
    "band, other instruments": partial(_band_playing, timbres=tuple(HELD_OUT_TIMBRES)),
    "drums with toms": partial(_drum_loop, parts=("kick", "tom", "snare")),
    "siren, wailing": _wailing_siren,
    "fire alarm": _fire_alarm,
    "telephone bell": _telephone_bell,
    "crickets": _crickets,
    "frogs": _frogs,
    "cow or cat": _cow_or_cat,
    "propeller": _propeller,
    "electric motor": _electric_motor,
    "wind": _wind,
    "waves": _waves,
    "dripping water": _dripping_water,
    "clock": _clock,
    "knocks": _knocks,
    "metal": _metal,
    "brown noise": partial(coloured, slope=1.0),
}
KINDS = DEVELOPMENT | HELD_OUT
