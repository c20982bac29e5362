"""The steps from the waveform to the cepstrum: window, Fourier transform, spectrogram, mel filter bank, MFCC, Δ.

Example:
    >>> from emotion_hf.signal_math import analyse_frame
    >>> from emotion_hf.testing import synthetic_voice
    >>> wave = synthetic_voice(1.0)
    >>> len(frame_steps(wave, 0.0, analyse_frame(wave, 0.5)))
    7
"""

from __future__ import annotations

import numpy as np

from emotion_hf.app.signal import pictures
from emotion_hf.app.signal.step import Step, display, fixed, minus, number, table, tex, text
from emotion_hf.app.words import say
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.signal_math import FrameAnalysis
from emotion_hf.signal_math.frame import DELTA_REACH, FRAME_SAMPLES, HOP_SAMPLES, MELS, stft


def frame_steps(wave: np.ndarray, start_seconds: float, frame: FrameAnalysis) -> list[Step]:
    """Return the steps.

    Args:
        wave: The stretch of the recording that is shown, mono at 16 kHz ``(samples,)``.
        start_seconds: Where it begins in the recording.
        frame: The chosen frame of it.
    """
    return [
        Step(_waveform(start_seconds, frame), pictures.waveform_svg(wave, start_seconds, frame)),
        Step(_window(), pictures.frame_svg(frame)),
        Step(_fourier(frame), pictures.spectrum_svg(frame)),
        Step(_short_time(wave), pictures.spectrogram_svg(wave, start_seconds, frame)),
        Step(_mel(frame), pictures.filters_svg(frame)),
        Step(_cosine(frame), pictures.mel_svg(frame)),
        Step(_cepstrum(frame), _cepstrum_table(frame)),
    ]


def _waveform(start_seconds: float, frame: FrameAnalysis) -> str:
    begin = start_seconds + frame.start / SAMPLING_RATE
    pitch = (
        rf"f_0 \approx {frame.pitch_hz:.0f}\ \mathrm{{Hz}}"
        if frame.pitch_hz
        else rf"f_0:\ \text{{{say('none, this frame is not voiced')}}}"
    )
    return text(
        say("1 Waveform and frame"),
        say(
            "A recording is a list of numbers, one for each moment at which the sound was sampled. The mark is the "
            "chosen frame. In so short a time a voice hardly changes, so a few numbers describe it."
        ),
        display(
            rf"f_s = {SAMPLING_RATE}\ \mathrm{{Hz}},\quad N = {FRAME_SAMPLES},\quad "
            rf"\frac{{N}}{{f_s}} = {1000 * FRAME_SAMPLES / SAMPLING_RATE:.0f}\ \mathrm{{ms}}",
            rf"t_0 = {fixed(begin, '.3f')}\ \mathrm{{s}},\quad {pitch}",
            rf"10\log_{{10}} \frac1N \sum_n x[n]^2 = {fixed(frame.level_db, '.1f')}\ \mathrm{{dB}}",
        ),
    )


def _window() -> str:
    return text(
        say("Window"),
        say(
            "Cutting a frame out leaves two hard edges, which would add frequencies that are not in the voice. The "
            "Hann window fades both ends out before the Fourier transform."
        ),
        display(r"w[n] = \tfrac12\Bigl(1 - \cos\frac{2\pi n}{N}\Bigr)", r"x_w[n] = x[n]\,w[n]"),
        level=3,
    )


def _fourier(frame: FrameAnalysis) -> str:
    peak = int(np.abs(frame.spectrum).argmax())
    return text(
        say("2 Fourier transform and Parseval's identity"),
        say(
            "The discrete Fourier transform writes the frame as a sum of sine waves, and the FFT computes it quickly. "
            "In a voiced frame, the peaks at equal distances are the harmonics of the pitch. This is the highest one:"
        ),
        display(
            r"X[k] = \sum_{n=0}^{N-1} x_w[n]\,e^{-2\pi\mathrm{j}\,kn/N},\quad f_k = k\,\frac{f_s}{N}",
            rf"k = {peak},\quad f_k = {frame.hertz[peak]:.0f}\ \mathrm{{Hz}},\quad "
            rf"|X[k]| = {tex(abs(frame.spectrum[peak]))}",
        ),
        say("Parseval: the energy is the same, whether it is summed over time or over frequency."),
        display(
            rf"\underbrace{{\sum_{{n}} |x_w[n]|^2}}_{{{tex(frame.energy_in_time, 10)}}} = "
            rf"\underbrace{{\frac1N \sum_{{k}} |X[k]|^2}}_{{{tex(frame.energy_in_frequency, 10)}}}"
        ),
    )


def _short_time(wave: np.ndarray) -> str:
    frames, bins = stft(wave).shape
    return text(
        say("3 Spectrogram"),
        say(
            "The short-time Fourier transform (STFT) takes a frame every 10 ms. Its squared magnitude, one column for "
            "each frame, is the spectrogram. Click it, or the waveform, to choose another frame."
        ),
        display(
            r"X[m,k] = \sum_{n=0}^{N-1} x[n + mH]\,w[n]\,e^{-2\pi\mathrm{j}\,kn/N}",
            rf"H = {HOP_SAMPLES},\quad 0 \le m < {frames},\quad 0 \le k < {bins}",
        ),
    )


def _mel(frame: FrameAnalysis) -> str:
    loudest = int(frame.mel_db.argmax())
    return text(
        say("4 From mel bands to MFCCs"),
        say(
            "People distinguish low tones better than high ones. The mel scale follows this: 26 triangular filters, "
            "narrow at the bottom and wide at the top, add up the energy of neighbouring frequencies. This is the "
            "band with the most energy:"
        ),
        display(
            r"\mathrm{mel}(f) = 2595\,\log_{10}\Bigl(1 + \frac{f}{700\ \mathrm{Hz}}\Bigr)",
            r"E[m] = 10\,\log_{10} \sum_k H_m[k]\,|X[k]|^2",
            rf"E[{loudest + 1}] = {fixed(frame.mel_db[loudest], '.1f')}\ \mathrm{{dB}}",
        ),
    )


def _cosine(frame: FrameAnalysis) -> str:
    return text(
        say("Logarithm and cosine transform"),
        say(
            "The logarithm turns products into sums, so the sound of the vocal cords and the filter of the mouth add "
            "up. The cosine transform (DCT) separates the coarse shape, which the mouth makes, from the fine one. The "
            "first 13 numbers are the MFCCs. The dashed curve shows what they keep."
        ),
        display(
            rf"c_i = a_i \sum_{{m=1}}^{{{MELS}}} E[m]\,\cos\frac{{\pi i\,(m - \frac12)}}{{{MELS}}}",
            rf"a_0 = \sqrt{{\tfrac1{{{MELS}}}}},\quad a_i = \sqrt{{\tfrac2{{{MELS}}}}}",
            rf"c_0 = {tex(frame.mfcc[0])},\quad c_1 = {tex(frame.mfcc[1])}",
        ),
        level=3,
    )


def _cepstrum(frame: FrameAnalysis) -> str:
    return text(
        say("MFCCs, Δ and standardisation"),
        say(
            "Δ says how fast an MFCC changes: the slope of a straight line through five frames. Standardisation "
            "subtracts the mean over the part that is shown and divides by the standard deviation, so all numbers "
            "have the same scale."
        ),
        display(
            rf"\Delta c_i[t] = \frac{{\sum_{{n=1}}^{{{DELTA_REACH}}} n\,(c_i[t+n] - c_i[t-n])}}"
            rf"{{2\sum_{{n=1}}^{{{DELTA_REACH}}} n^2}}",
            rf"\hat c_i = \frac{{c_i - \mu_i}}{{\sigma_i}},\quad \hat c_1 = "
            rf"\frac{{{tex(frame.mfcc[1])} {minus(frame.mean[1])}}}{{{tex(frame.deviation[1])}}} = "
            rf"{tex(frame.standardised[1])}",
        ),
        level=3,
    )


def _cepstrum_table(frame: FrameAnalysis) -> str:
    columns = (frame.mfcc, frame.delta, frame.mean, frame.deviation, frame.standardised)
    rows = ((f"c<sub>{i}</sub>", *(number(column[i], 2) for column in columns)) for i in range(len(frame.mfcc)))
    return table(say("MFCCs of this frame"), ("", "c", "Δc", "μ", "σ", "ĉ"), rows)
