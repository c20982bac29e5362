"""What Schemathesis sends as recordings and voices: real sound beside arbitrary bytes."""

import io

import schemathesis
import soundfile
from hypothesis import strategies as st

from emotion_hf.testing import synthetic_voice


def _wav(seconds):
    file = io.BytesIO()
    soundfile.write(file, synthetic_voice(seconds), 16_000, format="WAV")
    return file.getvalue()


RECORDINGS = st.sampled_from([_wav(seconds) for seconds in (0.5, 2.0, 9.0)])
schemathesis.openapi.format("binary", st.one_of(RECORDINGS, st.binary(max_size=100)))
