"""Corrections, kept as a ``datasets`` audiofolder that a training can read as it stands.

Someone hears an answer, says what was right, and consents to keeping the recording. Others may say what they hear in
it. ``record`` is one such opinion, ``store`` the folder, ``layout`` its parts, ``repair`` what brings it in order,
``annotations`` who disagrees and what to listen to next, ``ledger`` what models have learned from which records,
``export`` what leaves the folder, ``legacy`` what comes from the earlier system.

``load_dataset("audiofolder", data_dir="feedback")`` reads the folder where torchcodec and FFmpeg's libraries are; an
export as Parquet is read without them.

Example:
    >>> store = FeedbackStore(folder)  # doctest: +SKIP
    >>> store.add(wave, correction, labels=classifier.labels)  # doctest: +SKIP
"""

from emotion_hf.corpora.votes import MIXED
from emotion_hf.feedback.ledger import note_training
from emotion_hf.feedback.limits import Limits
from emotion_hf.feedback.record import PUBLIC_LICENCE, Consent, Correction, new_id
from emotion_hf.feedback.sound import encode_flac
from emotion_hf.feedback.store import FeedbackStore

__all__ = [
    "MIXED",
    "PUBLIC_LICENCE",
    "Consent",
    "Correction",
    "FeedbackStore",
    "Limits",
    "encode_flac",
    "new_id",
    "note_training",
]
