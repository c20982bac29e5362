"""One frame of a recording: window, Fourier transform, Parseval's identity, mel filter bank, cepstrum and Δ.

A frame has 512 samples, 32 ms at 16 kHz, and the Fourier transform has the same length, so N is one number in all
formulas. The mel scale is that of the HTK book, with triangles of height 1, and the cosine transform is orthonormal:
`librosa.feature.mfcc` gives the same numbers.

Example:
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000)
    >>> frame = analyse_frame(tone, 0.5)
    >>> float(frame.hertz[np.abs(frame.spectrum).argmax()])
    1000.0
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.mel import triangles

FRAME_SAMPLES = 512
HOP_SAMPLES = 160
MELS = 26
CEPSTRA = 13
DELTA_REACH = 2
"""The Δ of a frame looks at this many frames on each side."""
LEAST_POWER = 1e-10
"""Powers below this one count as this one, -100 dB, because 0 has no logarithm."""
LEAST_DEVIATION = 1e-6
"""A smaller deviation is only rounding: the recording is the same everywhere."""
PITCH_HZ = (70.0, 420.0)
VOICED_FROM = 0.5
"""Correlation of the frame with itself, one period later, from which it counts as voiced."""
LEAST_RISE = 0.1
"""A peak of the correlation is at least this much above the lowest value before it."""
NEARLY = 0.85
"""The shortest period whose correlation reaches this share of the highest one is the pitch's."""


@dataclass(frozen=True)
class FrameAnalysis:
    """One frame, and what each step makes of it.

    Attributes:
        start: Number of its first sample in the wave.
        samples: The samples ``(512,)``; zeros follow a shorter wave.
        mfcc: Mel-frequency cepstrum (MFCC) ``(13,)``.
        delta: Change of the cepstrum from frame to frame, in 10 ms ``(13,)``.
        mean: Mean cepstrum of the wave ``(13,)``.
        deviation: Standard deviation of the cepstrum over the wave ``(13,)``.
    """

    start: int
    samples: np.ndarray
    mfcc: np.ndarray
    delta: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    @property
    def middle_seconds(self) -> float:
        """Time of its middle."""
        return (self.start + FRAME_SAMPLES / 2) / SAMPLING_RATE

    @cached_property
    def windowed(self) -> np.ndarray:
        """The samples, faded out at both ends by a Hann window ``(512,)``."""
        return self.samples * window()

    @cached_property
    def spectrum(self) -> np.ndarray:
        """Fourier transform of the windowed samples up to half the sampling rate, complex ``(257,)``."""
        return np.fft.rfft(self.windowed)

    @property
    def hertz(self) -> np.ndarray:
        """Frequency of each bin ``(257,)``."""
        return np.fft.rfftfreq(FRAME_SAMPLES, 1 / SAMPLING_RATE)

    @property
    def spectrum_db(self) -> np.ndarray:
        """The squared magnitude in decibels ``(257,)``."""
        return decibels(np.abs(self.spectrum) ** 2)

    @property
    def energy_in_time(self) -> float:
        """Parseval's left side: the sum of the squared windowed samples."""
        return float((self.windowed**2).sum())

    @property
    def energy_in_frequency(self) -> float:
        """Parseval's right side: the sum of the squared magnitudes of all 512 bins, divided by 512."""
        return float((np.abs(np.fft.fft(self.windowed)) ** 2).sum() / FRAME_SAMPLES)

    @property
    def level_db(self) -> float:
        """Mean square of the samples, in decibels relative to full scale."""
        return float(decibels((self.samples**2).mean()))

    @cached_property
    def mel_db(self) -> np.ndarray:
        """Energy of each mel band in decibels ``(26,)``."""
        return _mel_db(self.spectrum)

    @property
    def smooth_mel_db(self) -> np.ndarray:
        """The mel energies that the 13 coefficients keep, by the inverse cosine transform ``(26,)``."""
        return self.mfcc @ cosines()

    @property
    def standardised(self) -> np.ndarray:
        """The cepstrum minus the mean, divided by the deviation ``(13,)``."""
        return (self.mfcc - self.mean) / np.where(self.deviation > LEAST_DEVIATION, self.deviation, 1.0)

    @cached_property
    def pitch_hz(self) -> float | None:
        """Fundamental frequency; `None` if the frame is not voiced."""
        return pitch_hz(self.samples)


def analyse_frame(wave: np.ndarray, seconds: float) -> FrameAnalysis:
    """Analyse the frame whose middle is nearest to a time.

    Args:
        wave: Mono at 16 kHz ``(samples,)``, of any length.
        seconds: Time from the start of the wave; beyond its ends, the first or last frame is analysed.
    """
    wave = padded(wave)
    last = len(wave) - FRAME_SAMPLES
    start = int(np.clip(round(seconds * SAMPLING_RATE) - FRAME_SAMPLES // 2, 0, last))
    around = np.arange(-DELTA_REACH, DELTA_REACH + 1) * HOP_SAMPLES
    frames = np.stack([wave[at : at + FRAME_SAMPLES] for at in np.clip(start + around, 0, last)])
    cepstra = _cepstra(np.fft.rfft(frames * window()))
    of_wave = mfccs(wave)
    return FrameAnalysis(
        start=start,
        samples=frames[DELTA_REACH],
        mfcc=cepstra[DELTA_REACH],
        delta=delta(cepstra)[DELTA_REACH],
        mean=of_wave.mean(0),
        deviation=of_wave.std(0),
    )


def stft(wave: np.ndarray) -> np.ndarray:
    """Return the short-time Fourier transform of a wave, one frame every 10 ms, complex ``(frames, 257)``."""
    frames = np.lib.stride_tricks.sliding_window_view(padded(wave), FRAME_SAMPLES)[::HOP_SAMPLES]
    return np.fft.rfft(frames * window())


def mfccs(wave: np.ndarray) -> np.ndarray:
    """Return the cepstrum of each frame of a wave ``(frames, 13)``."""
    return _cepstra(stft(wave))


def delta(cepstra: np.ndarray) -> np.ndarray:
    """Return the slope of a straight line through each frame and two on either side ``(frames, coefficients)``.

    The first and the last frame are repeated beyond the edges (Furui 1986; The HTK Book, "Delta coefficients").
    """
    frames = len(cepstra)
    beyond = np.pad(cepstra, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    reach = range(1, DELTA_REACH + 1)
    slope = sum(n * (beyond[DELTA_REACH + n :][:frames] - beyond[DELTA_REACH - n :][:frames]) for n in reach)
    return slope / (2 * sum(n * n for n in reach))


def loudest_voiced_seconds(wave: np.ndarray) -> float:
    """Return the middle of the loudest voiced frame; of the loudest one if none is voiced."""
    wave = padded(wave)
    starts = np.arange(0, len(wave) - FRAME_SAMPLES + 1, HOP_SAMPLES)
    squares = np.concatenate([[0.0], np.cumsum(np.square(wave, dtype=np.float64))])
    loudest_first = starts[np.argsort(squares[starts] - squares[starts + FRAME_SAMPLES], kind="stable")]
    voiced = (start for start in loudest_first if pitch_hz(wave[start : start + FRAME_SAMPLES]) is not None)
    return float((next(voiced, loudest_first[0]) + FRAME_SAMPLES / 2) / SAMPLING_RATE)


def pitch_hz(samples: np.ndarray) -> float | None:
    """Return the fundamental frequency of a frame by autocorrelation; `None` if it is not voiced.

    The autocorrelation of the windowed frame is divided by that of the window (Boersma 1993).
    """
    correlation = _autocorrelation((samples - samples.mean()) * window())
    if correlation[0] <= LEAST_POWER:
        return None
    shape = _autocorrelation(window())
    shortest, longest = (round(SAMPLING_RATE / hertz) for hertz in reversed(PITCH_HZ))
    lags = np.arange(shortest, longest + 1)
    all_lags = correlation / correlation[0] / (shape / shape[0])
    values = all_lags[lags]
    is_peak = (values > all_lags[lags - 1]) & (values >= all_lags[lags + 1])
    is_peak &= values - np.minimum.accumulate(all_lags)[lags] > LEAST_RISE
    highest = values[is_peak].max(initial=0.0)
    if highest < VOICED_FROM:
        return None
    return float(SAMPLING_RATE / lags[is_peak & (values >= NEARLY * highest)][0])


def padded(wave: np.ndarray) -> np.ndarray:
    """Return a wave in double precision, with zeros added up to the length of one frame."""
    wave = np.asarray(wave, dtype=np.float64)
    return np.pad(wave, (0, max(0, FRAME_SAMPLES - len(wave))))


def decibels(power: np.ndarray | float) -> np.ndarray:
    """Return powers in decibels, at least -100."""
    return 10 * np.log10(np.maximum(power, LEAST_POWER))


@cache
def window() -> np.ndarray:
    """Return the periodic Hann window ``(512,)``."""
    return np.hanning(FRAME_SAMPLES + 1)[:-1]


@cache
def mel_filters() -> np.ndarray:
    """Return the triangles of the mel filter bank over the bins of the Fourier transform ``(26, 257)``."""
    mels = np.linspace(0.0, 2595 * np.log10(1 + SAMPLING_RATE / 2 / 700), MELS + 2)
    return triangles(700 * (10 ** (mels / 2595) - 1), FRAME_SAMPLES)


@cache
def cosines() -> np.ndarray:
    """Return the rows of the orthonormal cosine transform (DCT-II) that make the cepstrum ``(13, 26)``."""
    order, band = np.arange(CEPSTRA)[:, None], np.arange(MELS)
    scale = np.asarray(np.where(order == 0, np.sqrt(1 / MELS), np.sqrt(2 / MELS)))
    return scale * np.cos(np.pi * order * (band + 0.5) / MELS)


def _mel_db(spectra: np.ndarray) -> np.ndarray:
    """Return mel energies in decibels ``(…, 26)`` of spectra ``(…, 257)``."""
    return decibels(np.abs(spectra) ** 2 @ mel_filters().T)


def _cepstra(spectra: np.ndarray) -> np.ndarray:
    """Return the cepstra ``(…, 13)`` of spectra ``(…, 257)``."""
    return _mel_db(spectra) @ cosines().T


def _autocorrelation(frame: np.ndarray) -> np.ndarray:
    """Return the autocorrelation of a frame at lags from 0 on, ``(512,)``."""
    return np.fft.irfft(np.abs(np.fft.rfft(frame, 2 * FRAME_SAMPLES)) ** 2)[:FRAME_SAMPLES]
