"""The steps from linear prediction to the formants: z-transform, frequency response, impulse response, Laplace.

Example:
    >>> from emotion_hf.signal_math import analyse_frame, vocal_tract
    >>> from emotion_hf.testing import synthetic_voice
    >>> len(tract_steps(vocal_tract(analyse_frame(synthetic_voice(1.0), 0.5).samples)))
    4
"""

from __future__ import annotations

import numpy as np

from emotion_hf.app.signal import pictures
from emotion_hf.app.signal.step import Step, display, fixed, number, table, tex, text
from emotion_hf.app.words import say
from emotion_hf.signal_math import VocalTract
from emotion_hf.signal_math.frame import decibels
from emotion_hf.signal_math.vocal_tract import ORDER, PRE_EMPHASIS

SHOWN = 4
"""This many coefficients and samples stand in a formula; an ellipsis follows."""


def tract_steps(tract: VocalTract) -> list[Step]:
    """Return the steps for the all-pole model of the chosen frame."""
    return [
        Step(_z_transform(tract), pictures.poles_svg(tract)),
        Step(_frequency_response(tract), pictures.response_svg(tract)),
        Step(_impulse_response(tract), pictures.impulse_svg(tract)),
        Step(_laplace(tract), pictures.laplace_svg(tract) + _formant_table(tract)),
    ]


def _z_transform(tract: VocalTract) -> str:
    shown = r",\ ".join(f"a_{{{k}}} = {tex(tract.coefficients[k], 3)}" for k in range(1, SHOWN))
    return text(
        say("5 Z-transform and poles"),
        say(
            "Linear prediction (LPC) estimates each sample from the 18 before it. Its z-transform is a filter with "
            "only poles, as a tube like the throat and mouth has. A pole (×) near the unit circle is a resonance. "
            "All poles lie inside the circle, so the filter is stable. Its zeros (○) lie at the origin."
        ),
        display(
            rf"H(z) = \frac{{G}}{{A(z)}} = \frac{{G}}{{1 + \sum_{{k=1}}^{{{ORDER}}} a_k\,z^{{-k}}}}",
            rf"{shown},\ \dots",
            rf"G = {tex(tract.gain)},\quad \max_k |z_k| = {fixed(np.abs(tract.poles).max(), '.4f')} < 1",
        ),
    )


def _frequency_response(tract: VocalTract) -> str:
    at_formants = decibels(np.abs(tract.response(np.array([one.hertz for one in tract.formants]))) ** 2)
    peak = [rf"20\,\log_{{10}} |H(F_1)| = {fixed(at_formants[0], '.1f')}\ \mathrm{{dB}}"] if len(at_formants) else []
    return text(
        say("Frequency response"),
        say(
            "On the unit circle, z stands for a frequency, and |H| is the envelope of the spectrum: the harmonics of "
            "the pitch are gone, and the resonances remain. High frequencies were lifted before, because the vocal "
            "cords give them less energy."
        ),
        display(
            rf"x_p[n] = x[n] - {tex(PRE_EMPHASIS)}\,x[n-1]",
            r"H(e^{\mathrm{j}\omega/f_s}) = \frac{G}{A(e^{\mathrm{j}\omega/f_s})}",
            *peak,
        ),
        level=3,
    )


def _impulse_response(tract: VocalTract) -> str:
    first = r",\ ".join(tex(value, 3) for value in tract.impulse_response(SHOWN))
    return text(
        say("Impulse response"),
        say(
            "This is what the mouth makes of a single pulse of the vocal cords: a sum of oscillations that fade, one "
            "for each pair of poles."
        ),
        display(
            rf"h[n] = \delta[n] - \sum_{{k=1}}^{{{ORDER}}} a_k\,h[n-k]",
            rf"h = {first},\ \dots",
        ),
        level=3,
    )


def _laplace(tract: VocalTract) -> str:
    first = [
        rf"|z| = {fixed(abs(one.pole), '.4f')},\ \arg z = {fixed(float(np.angle(one.pole)), '.4f')} \Rightarrow "
        rf"F_1 = {one.hertz:.0f}\ \mathrm{{Hz}}"
        for one in tract.formants[:1]
    ]
    found = [] if first else [say("This frame has no formants: it is silent, or has no sharp resonance.")]
    return text(
        say("6 Laplace transform and formants"),
        say(
            "The Laplace transform describes the same resonances in continuous time. The logarithm maps the inside of "
            "the unit circle to the left half of the plane: the imaginary part is the frequency of a formant, and the "
            "real part says how fast it fades, which is its bandwidth."
        ),
        display(
            r"z = e^{s/f_s} \iff s = f_s \ln z = \sigma + \mathrm{j}\omega",
            r"F = \frac{\omega}{2\pi},\qquad B = -\frac{\sigma}{\pi}",
            *first,
        ),
        *found,
        say("A high pitch draws the formants towards its harmonics and makes them less certain."),
    )


def _formant_table(tract: VocalTract) -> str:
    rows = (
        (
            f"F<sub>{order}</sub>",
            number(abs(one.pole), 4),
            number(float(np.angle(one.pole)), 4),
            number(one.s.real, 0),
            number(one.hertz, 0),
            number(one.bandwidth_hertz, 0),
        )
        for order, one in enumerate(tract.formants, start=1)
    )
    return table(say("Formants of this frame"), ("", "|z|", "arg z", "σ · s", "F / Hz", "B / Hz"), rows)
