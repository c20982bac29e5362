"""The mathematics of one recording: from a frame of samples to the decision, each step as numbers.

`frame` has the Fourier transform, the mel filter bank and the cepstrum of one frame, `vocal_tract` its linear
prediction with poles and formants, and `decision` what the model makes of the recording. The tab "Signal" of the page
shows all of them beside their formulas.

Example:
    >>> from emotion_hf.testing import synthetic_voice
    >>> wave = synthetic_voice(1.0)
    >>> frame = analyse_frame(wave, loudest_voiced_seconds(wave))
    >>> frame.mfcc.shape, abs(frame.energy_in_time - frame.energy_in_frequency) < 1e-9
    ((13,), True)
"""

from emotion_hf.signal_math.decision import Decision, Head, decide
from emotion_hf.signal_math.frame import FrameAnalysis, analyse_frame, delta, loudest_voiced_seconds, mfccs, stft
from emotion_hf.signal_math.vocal_tract import Formant, VocalTract, vocal_tract

__all__ = [
    "Decision",
    "Formant",
    "FrameAnalysis",
    "Head",
    "VocalTract",
    "analyse_frame",
    "decide",
    "delta",
    "loudest_voiced_seconds",
    "mfccs",
    "stft",
    "vocal_tract",
]
