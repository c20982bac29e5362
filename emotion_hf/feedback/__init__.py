"""Corrections, stored as a ``datasets`` audiofolder that a training can read directly.

A user sees a prediction, says what is right, and consents to storing the recording. Others may add their opinions.
``record`` is one such opinion, ``store`` the folder, ``layout`` its parts, ``repair`` what puts it in order,
``annotations`` finds disagreement and what to review next, ``ledger`` notes which models were trained on which
records, ``export`` writes copies of the folder, ``legacy`` imports the corrections of the earlier system.

``load_dataset("audiofolder", data_dir="feedback")`` reads the folder if torchcodec and FFmpeg's libraries are
installed; a Parquet export needs neither.

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
