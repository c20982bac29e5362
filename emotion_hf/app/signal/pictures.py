"""The pictures of the tab "Signal", one for each step from the waveform to the decision.

Labels of axes are quantity and unit, such as "t / s"; descriptions for screen readers are in the visitor's language.

Example:
    >>> from emotion_hf.signal_math import analyse_frame
    >>> from emotion_hf.testing import synthetic_voice
    >>> "Spectrum" in spectrum_svg(analyse_frame(synthetic_voice(1.0), 0.5))
    True
"""

from __future__ import annotations

import base64
import io

import numpy as np
from matplotlib import image

from emotion_hf.app.pictures import envelope
from emotion_hf.app.plot import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Plot
from emotion_hf.app.words import say
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.signal_math import FrameAnalysis, Head, VocalTract, stft
from emotion_hf.signal_math.frame import FRAME_SAMPLES, HOP_SAMPLES, MELS, decibels, mel_filters, window

COLUMNS = 400
RANGE_DB = 80.0
NYQUIST_KHZ = SAMPLING_RATE / 2000
FRAME_MS = 1000 * FRAME_SAMPLES / SAMPLING_RATE
QUIETEST = 1e-4
"""Lowest peak that fills the axes: silence stays flat."""
RESPONSE_MS = 16
LARGEST_DEVIATION = 5.0
TALL = 270
SQUARE, OUTSIDE = 1.3, 1.17
"""Half the height of the z plane, and where the formants' names stand; the unit circle needs 1."""


def waveform_svg(wave: np.ndarray, start_seconds: float, frame: FrameAnalysis) -> str:
    """Return a stretch of the recording, beginning at a time, with the chosen frame marked."""
    low, high = envelope(wave, COLUMNS) * np.abs(wave).max()
    peak = _peak(wave)
    end = start_seconds + len(wave) / SAMPLING_RATE
    plot = Plot((start_seconds, end), (-peak, peak), "t / s", "x")
    times = np.linspace(start_seconds, end, len(low))
    return plot.svg(
        say("Waveform with the chosen frame"),
        plot.band(times, low, high),
        _marked(plot, start_seconds, frame),
        attributes=_clickable(plot),
    )


def frame_svg(frame: FrameAnalysis) -> str:
    """Return the samples of the frame, before and after the window."""
    peak = _peak(frame.samples)
    plot = Plot((0, FRAME_MS), (-peak, peak), "t / ms", "x")
    times = np.arange(FRAME_SAMPLES) * 1000 / SAMPLING_RATE
    return plot.svg(
        say("The frame, the window, and their product"),
        plot.line(times, frame.samples, "faint"),
        plot.line(times, peak * window(), "second"),
        plot.line(times, frame.windowed),
        legend=[("faint", "x[n]"), ("second", "w[n]"), ("main", "x[n] w[n]")],
    )


def spectrum_svg(frame: FrameAnalysis) -> str:
    """Return the spectrum of the frame in decibels."""
    plot = Plot((0, NYQUIST_KHZ), _range_db(frame.spectrum_db), "f / kHz", "10 log₁₀ |X|² / dB")
    return plot.svg(say("Spectrum of the frame"), plot.line(frame.hertz / 1000, frame.spectrum_db))


def spectrogram_svg(wave: np.ndarray, start_seconds: float, frame: FrameAnalysis) -> str:
    """Return the short-time Fourier transform of a stretch of the recording, with the chosen frame marked."""
    power = decibels(np.abs(stft(wave)[:: max(1, len(wave) // HOP_SAMPLES // COLUMNS)]) ** 2).T
    loudest = max(float(power.max()), -RANGE_DB)
    file = io.BytesIO()
    image.imsave(file, power, vmin=loudest - RANGE_DB, vmax=loudest, cmap="magma", origin="lower", format="png")
    end = start_seconds + max(len(wave), FRAME_SAMPLES) / SAMPLING_RATE
    plot = Plot((start_seconds, end), (0, NYQUIST_KHZ), "t / s", "f / kHz")
    return plot.svg(
        say("Spectrogram with the chosen frame: brighter is louder"),
        plot.image(base64.b64encode(file.getvalue()).decode()),
        _marked(plot, start_seconds, frame),
        attributes=_clickable(plot),
    )


def filters_svg(frame: FrameAnalysis) -> str:
    """Return the triangles of the mel filter bank over the power spectrum."""
    plot = Plot((0, NYQUIST_KHZ), (0, 1), "f / kHz", "H[k]")
    power = np.abs(frame.spectrum) ** 2
    kilohertz = frame.hertz / 1000
    triangles = [row.nonzero()[0] for row in mel_filters()]
    return plot.svg(
        say("The mel filters over the power spectrum"),
        *(
            plot.line(kilohertz[at[0] - 1 : at[-1] + 2], row[at[0] - 1 : at[-1] + 2], "faint")
            for at, row in zip(triangles, mel_filters(), strict=True)
        ),
        plot.line(kilohertz, power / max(power.max(), QUIETEST**2)),
        legend=[("faint", "H[k]"), ("main", "|X[k]|² / max")],
    )


def mel_svg(frame: FrameAnalysis) -> str:
    """Return the mel energies, and the smooth curve that the MFCCs keep of them."""
    values = np.concatenate([frame.mel_db, frame.smooth_mel_db])
    low, high = float(min(values.min(), 0.0)), float(max(values.max(), 0.0))
    plot = Plot((0, MELS + 1), (low - 5, high + 5), "m", "E / dB")
    bands = np.arange(1, MELS + 1)
    return plot.svg(
        say("Energy of each mel band, and the curve of the MFCCs"),
        plot.bars(bands, frame.mel_db, 0.7),
        plot.line(bands, frame.smooth_mel_db, "second"),
        legend=[("main", "E[m]"), ("second", "c₀ … c₁₂")],
    )


def poles_svg(tract: VocalTract) -> str:
    """Return the poles in the z plane, with the unit circle and the zero at the origin."""
    half = SQUARE * (WIDTH - LEFT - RIGHT) / (TALL - TOP - BOTTOM)  # so that the circle is round
    plot = Plot((-half, half), (-SQUARE, SQUARE), "Re z", "Im z", TALL)
    circle = np.exp(1j * np.linspace(0, 2 * np.pi, 181))
    outside = (OUTSIDE * one.pole / abs(one.pole) for one in tract.formants)
    named = (plot.name(at.real, at.imag, f"F{number}") for number, at in enumerate(outside, start=1))
    return plot.svg(
        say("Poles and zeros in the z plane"),
        plot.line(circle.real, circle.imag, "faint"),
        plot.ring(0, 0),
        plot.crosses(tract.poles),
        *named,
        legend=[("faint", "|z| = 1")],
    )


def response_svg(tract: VocalTract) -> str:
    """Return |H| over the spectrum of the frame, with the formants marked."""
    spectrum = decibels(np.abs(tract.spectrum) ** 2)
    hertz = np.linspace(0, SAMPLING_RATE / 2, len(spectrum))
    response = decibels(np.abs(tract.response(hertz)) ** 2)
    plot = Plot((0, NYQUIST_KHZ), _range_db(np.concatenate([spectrum, response + 6])), "f / kHz", "dB")
    marks = (
        plot.upright(one.hertz / 1000, f"F{number}", (number - 1) % 2)
        for number, one in enumerate(tract.formants, start=1)
    )
    return plot.svg(
        say("Magnitude of the filter over the spectrum"),
        *marks,
        plot.line(hertz / 1000, spectrum, "faint"),
        plot.line(hertz / 1000, response),
        legend=[("faint", "|X|²"), ("main", "|H|²")],
    )


def impulse_svg(tract: VocalTract) -> str:
    """Return the impulse response of 1/A(z)."""
    response = tract.impulse_response(RESPONSE_MS * SAMPLING_RATE // 1000)
    peak = 1.05 * float(np.abs(response).max())
    plot = Plot((0, RESPONSE_MS), (-peak, peak), "t / ms", "h[n]")
    times = np.arange(len(response)) * 1000 / SAMPLING_RATE
    return plot.svg(say("Impulse response of the filter"), plot.line(times, response))


def laplace_svg(tract: VocalTract) -> str:
    """Return the formants in the Laplace plane: how fast they fade, and their frequency."""
    points = np.array([complex(one.s.real, one.hertz / 1000) for one in tract.formants])
    left = 1.1 * float(min(points.real, default=-1000.0))
    plot = Plot((left, -0.15 * left), (0, NYQUIST_KHZ), "σ · s", "ω / 2π / kHz", TALL)
    named = (plot.name(one.real, one.imag, f"F{number}", 18) for number, one in enumerate(points, start=1))
    return plot.svg(say("Formants in the Laplace plane"), plot.crosses(points), *named)


def standardised_svg(head: Head) -> str:
    """Return how often each standardised value occurs, beside the bell curve of the standard normal distribution."""
    edges = np.linspace(-LARGEST_DEVIATION, LARGEST_DEVIATION, 41)
    inside = np.clip(head.standardised, -LARGEST_DEVIATION, LARGEST_DEVIATION)
    counts, _ = np.histogram(inside, edges)
    middles, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    bell = len(inside) * width * np.exp(-(middles**2) / 2) / np.sqrt(2 * np.pi)
    top = 1.1 * float(max(counts.max(), bell.max()))
    plot = Plot((-LARGEST_DEVIATION, LARGEST_DEVIATION), (0, top), "x̂", "#")
    return plot.svg(
        say("How often each standardised value occurs"),
        plot.bars(middles, counts, 0.9 * width),
        plot.line(middles, bell, "second"),
        legend=[("main", "x̂"), ("second", "N(0, 1)")],
    )


def _marked(plot: Plot, start_seconds: float, frame: FrameAnalysis) -> str:
    begin = start_seconds + frame.start / SAMPLING_RATE
    return plot.stretch(begin, begin + FRAME_SAMPLES / SAMPLING_RATE)


def _clickable(plot: Plot) -> str:
    return f' data-from="{plot.x[0]:.3f}" data-to="{plot.x[1]:.3f}"'


def _peak(samples: np.ndarray) -> float:
    return 1.05 * max(float(np.abs(samples).max()), QUIETEST)


def _range_db(values: np.ndarray) -> tuple[float, float]:
    """Return the range of an axis for powers in decibels: the upper 80, or fewer."""
    high = max(float(values.max()), -RANGE_DB) + 3
    return max(float(values.min()), high - RANGE_DB) - 2, high
