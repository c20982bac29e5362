"""Adapt a model to one speaker, from a few of their recordings.

The encoder and the head do not change. The adaptation estimates a `Voice` (`emotion_hf.voice`): how far the speaker's
logits are shifted. The adapted model stores it and corrects its predictions for it.

Example:
    >>> anna = adapt(EmotionRecognizer.from_pretrained(), waves, ["angry", "sad", "sad"])  # doctest: +SKIP
    >>> anna("clip.wav").label  # doctest: +SKIP
    'angry'
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.errors import AudioTooShortError, CheckpointError, LabelError
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.scorers.network import NetworkScorer
from emotion_hf.speech import windows
from emotion_hf.timeline import WHOLE_SECONDS, WINDOW_SECONDS
from emotion_hf.voice import Voice, no_voice


def adapt(
    recognizer: EmotionRecognizer,
    waves: Sequence[np.ndarray],
    emotions: Sequence[str] | None = None,
    *,
    ordinary: bool = False,
) -> EmotionRecognizer:
    """Return a recognizer for the speaker of some recordings; the given one does not change.

    An earlier adaptation of the given model is forgotten. A recording of more than 8 s counts as several.

    Args:
        recognizer: A recognizer of the encoder family, as trained by the recipe `whisper`.
        waves: Recordings of one speaker, mono float32 at 16 kHz.
        emotions: The emotion of each recording, if known.
        ordinary: Whether the recordings are ordinary speech, neutral or calm.

    Raises:
        CheckpointError: The model cannot be adapted.
        LabelError: There are no recordings, a different number of emotions, or an unknown emotion; or the model was
            loaded with other names for its labels.
        AudioTooShortError: No recording contains speech.
    """
    if recognizer.speakers is None:
        raise CheckpointError(
            f"{recognizer.name} cannot be adapted; use a model of the encoder family, such as the one that ships."
        )
    if recognizer.labels != recognizer.scorer.labels:
        raise LabelError(
            f"{recognizer.name} was loaded with other names for its labels; load it without them to adapt it."
        )
    if not len(waves) or (emotions is not None and len(emotions) != len(waves)):
        raise LabelError(f"There are {len(waves)} recordings and {len(emotions or ())} emotions; give one for each.")
    pieces = [_pieces(wave) for wave in waves]
    clips = [piece for of_wave in pieces for piece in of_wave]
    named = None
    if emotions is not None:
        named = [emotion for emotion, of_wave in zip(emotions, pieces, strict=True) for _ in of_wave]
    unadapted = _with_voice(recognizer, no_voice(len(recognizer.scorer.labels)), recognizer.name)
    voice = unadapted.learn_voice(unadapted.predict(clips), named, ordinary=ordinary)
    if not voice.clips:
        raise AudioTooShortError("No recording contains speech, so the model cannot be adapted; add other recordings.")
    return _with_voice(unadapted, voice, f"{recognizer.name}, adapted")


@torch.no_grad()
def _with_voice(recognizer: EmotionRecognizer, voice: Voice, name: str) -> EmotionRecognizer:
    """Return a recognizer whose model is corrected for a voice."""
    model = copy.deepcopy(recognizer.model)
    model.voice.offset.copy_(torch.from_numpy(voice.offset))
    model.voice.gain.copy_(torch.from_numpy(voice.gain))
    model.voice.clips.fill_(voice.clips)
    return EmotionRecognizer(NetworkScorer(model, recognizer.extractor), name, max_seconds=recognizer.max_seconds)


def _pieces(wave: np.ndarray) -> list[np.ndarray]:
    """Split a recording into clips of the length that the model was trained on."""
    if len(wave) <= WHOLE_SECONDS * SAMPLING_RATE:
        return [wave]
    return [wave[part.samples] for part in windows(wave, WINDOW_SECONDS, WINDOW_SECONDS)]
