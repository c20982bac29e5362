"""Write a `Voice` as a short text, so that programs can keep it and send it: the server keeps no voices.

A voice only says how far the scores of one model are shifted for a speaker. The text has the model's fingerprint, the
number of recordings, and the shift as 32-bit floats, in URL-safe base64: 404 characters for eight labels.

Example:
    >>> from emotion_hf.testing import FakeClassifier
    >>> from emotion_hf.voice import no_voice
    >>> model = FakeClassifier(("happy", "sad"))
    >>> text = encode(no_voice(2), model)
    >>> text[:4], decode(text, model).clips
    ('ZWgx', 0)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from typing import Protocol

import numpy as np

from emotion_hf.errors import RequestError
from emotion_hf.prediction import Classifier
from emotion_hf.timeline import AdaptsToVoices
from emotion_hf.voice import Voice

KIND = b"eh1"
FINGERPRINT_BYTES = 8
LARGEST = 1e3
"""Largest shift of a logit that is accepted; those of real voices are below 10."""
MAX_CHARACTERS = 20_000
"""Longest text; that of a model with 60 labels."""
_HEAD = struct.Struct(f"<3s{FINGERPRINT_BYTES}sI")
_FLOAT = np.dtype("<f4")
HOW = "learn it with POST /v1/voices"


class Adaptable(AdaptsToVoices, Classifier, Protocol):
    """A classifier that can correct its predictions for a voice."""


def adaptable(model: Classifier) -> Adaptable:
    """Return the model if its predictions can be corrected for a voice.

    Raises:
        RequestError: They cannot.
    """
    if not isinstance(model, AdaptsToVoices) or not model.can_adapt:
        raise RequestError(f"The active model, {model.name}, cannot be adapted to voices; leave the voice out.")
    return model


def encode(voice: Voice, model: Classifier) -> str:
    """Return a voice of a model as text."""
    head = _HEAD.pack(KIND, _fingerprint(model), voice.clips)
    numbers = np.concatenate([voice.offset, voice.gain.ravel()]).astype(_FLOAT)
    return base64.urlsafe_b64encode(head + numbers.tobytes()).rstrip(b"=").decode()


def decode(text: str, model: Classifier) -> Voice:
    """Return the voice that `encode` wrote.

    Raises:
        RequestError: It is none, is damaged, or belongs to another model.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        kind, fingerprint, clips = _HEAD.unpack_from(data)
        numbers = np.frombuffer(data, _FLOAT, offset=_HEAD.size).astype(float)
    except (binascii.Error, ValueError, struct.error) as error:
        raise RequestError(f"The voice is damaged; {HOW}.") from error
    if kind != KIND or not np.all(np.abs(numbers) <= LARGEST):  # also refuses NaN
        raise RequestError(f"The voice is damaged; {HOW}.")
    count = len(model.labels)
    if fingerprint != _fingerprint(model) or len(numbers) != count * (count + 1):
        raise RequestError(f"The voice belongs to another model than {model.name}; {HOW}.")
    return Voice(numbers[:count], clips, numbers[count:].reshape(count, count))


def _fingerprint(model: Classifier) -> bytes:
    """Return what distinguishes models: a voice shifts the scores of one model only."""
    names = "\n".join((model.name, *model.labels))
    return hashlib.sha256(names.encode()).digest()[:FINGERPRINT_BYTES]
