"""The vocal tract as an all-pole filter: linear prediction, its poles, and the formants that they stand for.

Linear prediction fits 1/A(z) to a frame (Atal and Hanauer 1971). The logarithm maps a pole z to s = f_s ln z, its
place in the Laplace plane: the imaginary part is the frequency of a resonance, and the real part how fast it fades.

Example:
    >>> formant = Formant(0.98 * np.exp(2j * np.pi * 500 / 16_000))
    >>> round(formant.hertz), round(formant.bandwidth_hertz)
    (500, 103)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emotion_hf.audio import SAMPLING_RATE

ORDER = 2 + SAMPLING_RATE // 1000
"""A resonance for each kHz, as in a vocal tract of 17 cm, and two poles for the source (Markel and Gray 1976)."""
PRE_EMPHASIS = 0.97
NOISE_FLOOR = 1e-9
"""Share of the energy that is added as white noise, so that the equations can be solved for a pure tone, too."""
LEAST_HERTZ, MOST_BANDWIDTH_HERTZ = 90.0, 500.0
"""Poles below this frequency, or with a larger bandwidth, belong to the source and not to a formant."""
EDGE_HERTZ = 50.0


@dataclass(frozen=True)
class Formant:
    """A resonance of the vocal tract: a pole of the prediction filter in the upper half of the plane."""

    pole: complex

    @property
    def s(self) -> complex:
        """Its place in the Laplace plane, s = f_s ln z, in 1/s."""
        return complex(SAMPLING_RATE * np.log(self.pole))

    @property
    def hertz(self) -> float:
        """Its frequency."""
        return self.s.imag / (2 * np.pi)

    @property
    def bandwidth_hertz(self) -> float:
        """Its bandwidth at half power."""
        return -self.s.real / np.pi


@dataclass(frozen=True)
class VocalTract:
    """An all-pole model G/A(z) of a frame.

    Attributes:
        samples: The frame after pre-emphasis, under a Hamming window ``(samples,)``.
        coefficients: A(z) = 1 + a₁z⁻¹ + … + a₁₈z⁻¹⁸, beginning with the 1 ``(19,)``.
        gain: G: the square root of the energy that cannot be predicted.
    """

    samples: np.ndarray
    coefficients: np.ndarray
    gain: float

    @cached_property
    def poles(self) -> np.ndarray:
        """Zeros of A(z), complex ``(18,)``; those of silence are all 0."""
        found = np.roots(self.coefficients)  # without those at 0
        return np.pad(found.astype(complex), (0, ORDER - len(found)))

    @cached_property
    def formants(self) -> tuple[Formant, ...]:
        """The resonances, lowest first."""
        above = (Formant(complex(pole)) for pole in self.poles if pole.imag > 0)
        highest = SAMPLING_RATE / 2 - EDGE_HERTZ
        kept = [
            one for one in above if LEAST_HERTZ < one.hertz < highest and one.bandwidth_hertz < MOST_BANDWIDTH_HERTZ
        ]
        return tuple(sorted(kept, key=lambda one: one.hertz))

    @property
    def spectrum(self) -> np.ndarray:
        """Fourier transform of the samples, complex ``(samples / 2 + 1,)``."""
        return np.fft.rfft(self.samples)

    def response(self, hertz: np.ndarray) -> np.ndarray:
        """Return H(z) = G/A(z) on the unit circle at some frequencies, complex, of the same shape."""
        z = np.exp(2j * np.pi * np.asarray(hertz) / SAMPLING_RATE)
        return self.gain / np.polyval(self.coefficients[::-1], 1 / z)

    def impulse_response(self, count: int) -> np.ndarray:
        """Return the first samples of the answer of 1/A(z) to a single pulse ``(count,)``."""
        response = np.zeros(ORDER + count)  # zeros before the pulse
        for n in range(count):
            before = response[n : n + ORDER][::-1]
            response[n + ORDER] = (n == 0) - self.coefficients[1:] @ before
        return response[ORDER:]


def vocal_tract(samples: np.ndarray) -> VocalTract:
    """Fit the all-pole model to a frame by the autocorrelation method, which keeps all poles in the unit circle.

    Args:
        samples: Mono at 16 kHz ``(samples,)``, longer than the order; the formulas suit 20 to 40 ms.
    """
    emphasised = np.append(samples[0], samples[1:] - PRE_EMPHASIS * samples[:-1])
    windowed = emphasised * np.hamming(len(samples))
    lags = np.array([windowed[lag:] @ windowed[: len(windowed) - lag] for lag in range(ORDER + 1)])
    lags[0] *= 1 + NOISE_FLOOR
    coefficients, error = levinson_durbin(lags)
    return VocalTract(windowed, coefficients, float(np.sqrt(error)))


def levinson_durbin(autocorrelation: np.ndarray) -> tuple[np.ndarray, float]:
    """Solve the normal equations of linear prediction, order by order.

    Args:
        autocorrelation: At lags from 0 to the order ``(order + 1,)``.

    Returns:
        The coefficients of A(z), beginning with 1 ``(order + 1,)``, and the energy of the prediction error.
    """
    coefficients = np.zeros(len(autocorrelation))
    coefficients[0] = 1.0
    error = float(autocorrelation[0])
    for order in range(1, len(autocorrelation)):
        if error <= 0:  # silence: nothing is left to predict
            break
        reflection = -(coefficients[:order] @ autocorrelation[order:0:-1]) / error
        coefficients[: order + 1] += reflection * coefficients[order::-1]
        error *= 1 - reflection**2
    return coefficients, error
