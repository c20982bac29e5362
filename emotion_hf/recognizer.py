"""EmotionRecognizer turns a checkpoint into a Classifier, the only prediction path of page, command line and reports.

Networks and baselines differ only in their `Scorer`, which scores waves; the rest is the same for both.

Example:
    >>> recognizer = EmotionRecognizer.from_pretrained()  # doctest: +SKIP
    >>> recognizer("clip.wav").label  # doctest: +SKIP
    'happy'
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from emotion_hf import soundness
from emotion_hf.audio import SAMPLING_RATE, as_wave, check_max_seconds, load_audio, read_audio
from emotion_hf.cleaning import cleaned
from emotion_hf.device import BACKENDS, choose_device, cores, is_cpu
from emotion_hf.doctor import DEFAULT_MODEL_DIR as DEFAULT_CHECKPOINT
from emotion_hf.doctor import TWIN
from emotion_hf.errors import (
    AudioFormatError,
    CheckpointError,
    LabelError,
    SettingsError,
    naming_missing_packages,
)
from emotion_hf.labels import ORDINARY, canonical, check_label
from emotion_hf.model_source import check_hub_id, is_local
from emotion_hf.prediction import Prediction, Predictions, Verdict
from emotion_hf.scorers import OfNetwork, Scorer
from emotion_hf.scorers.onnx import INT8_TWIN, OnnxScorer, has_twin, load_onnx
from emotion_hf.sources import Source
from emotion_hf.speakers import SpeakerEmbedder
from emotion_hf.speakers.embedders import EncoderEmbedder, fits
from emotion_hf.speech import has_speech, windows
from emotion_hf.timeline import MAX_TIMELINE_SECONDS, WHOLE_SECONDS, Timeline, make_timeline
from emotion_hf.turns import together
from emotion_hf.voice import (
    LEAST_PROBABILITY,
    SpeakerStatistics,
    Voice,
    estimate_voice,
    voice_of_emotions,
    voice_of_ordinary_speech,
)

if TYPE_CHECKING:
    import torch

    from emotion_hf.scorers.network import NetworkScorer

logger = logging.getLogger(__name__)

MOST_WORKERS = 8
"""Each needs some 20 MB."""
SCORING_ERRORS = (
    *(OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError, ImportError),
    *(ArithmeticError, AssertionError, MemoryError),
)
"""What a damaged model raises when it scores."""


class EmotionRecognizer:
    """Predict the emotion expressed in recordings.

    Attributes:
        name: The model's name, as each `Prediction` has it.
        labels: Labels in the model's order.
        scorer: Scores the waves.
    """

    def __init__(
        self, scorer: Scorer, name: str, *, labels: Mapping[str, str] | None = None, max_seconds: float = 600.0
    ):
        """Wrap a scorer; normally use `from_pretrained`.

        Raises:
            SettingsError: `max_seconds` is not a valid length.
        """
        self.name = name
        self.scorer = scorer
        self.max_seconds = check_max_seconds(max_seconds)
        meaning = _meaning(scorer.labels, labels)
        self.labels = tuple(dict.fromkeys(meaning))
        self._columns = [self.labels.index(label) for label in meaning]

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        *,
        device: str | torch.device | None = None,
        labels: Mapping[str, str] | None = None,
        trust_remote_code: bool = False,
        max_seconds: float = 600.0,
        backend: str = "auto",
    ) -> EmotionRecognizer:
        """Load the model that ships, a folder, or a Hub id of a model with an audio-classification head.

        Args:
            model: Folder or Hub id of a network or a baseline; `None` for the model that ships.
            device: `cpu`, `cuda`, `mps`, or `auto` for the best available; by default CUDA if available, otherwise
                the CPU.
            labels: Meaning of the model's labels, `{"ang": "angry", "LABEL_3": "sad"}`; several may have the same
                meaning.
            trust_remote_code: Run the code that comes with a model on the Hub.
            max_seconds: Longest accepted recording.
            backend: `torch` runs the network; `onnx` and `onnx-int8` run its twin on the CPU, without torch;
                `auto` runs the twin of a model that has one, `model.onnx` in its folder, if the device is the CPU. The
                network is then loaded when it is first needed, for example by `embeddings`.

        Raises:
            CheckpointError: It cannot be loaded, changed since it was saved, has missing, unexpected or mismatched
                weights, or fails the check of `emotion_hf.soundness`.
            LabelError: `labels` names none of the model's labels, or the model's own names have no meaning.
            SettingsError: `max_seconds` is not a valid length, the machine does not have the device, or the backend
                is unknown or cannot use the device.
            MissingPackageError: The model needs more packages than are installed, such as torch.
        """
        check_max_seconds(max_seconds)
        source = DEFAULT_CHECKPOINT if model is None else model
        with naming_missing_packages():
            scorer = load_scorer(source, device=device, trust_remote_code=trust_remote_code, backend=backend)
        return cls(scorer, model_name(source), labels=labels, max_seconds=max_seconds)

    @property
    def network(self) -> NetworkScorer | None:
        """The scorer with the whole network; `None` for a baseline.

        It is loaded on first use and makes the predictions from then on, so that changes to it have an effect.
        """
        return self._network if isinstance(self.scorer, OfNetwork) else None

    @property
    def model(self) -> Any:
        """The network; raises a CheckpointError for a baseline, which has none."""
        return self._network.model

    @property
    def extractor(self) -> Any:
        """The network's feature extractor, in the same way."""
        return self._network.extractor

    @property
    def speakers(self) -> SpeakerStatistics | None:
        """Statistics of how speakers differ, if the network has them, as those of the encoder family do."""
        return self._scorer_of_network.speakers

    @property
    def can_adapt(self) -> bool:
        """Whether `learn_voice` works: the model has statistics of how speakers differ, and its own labels."""
        is_network = isinstance(self.scorer, OfNetwork)
        return is_network and self.speakers is not None and self.labels == self.scorer.labels

    @property
    def _scorer_of_network(self) -> OfNetwork:
        if not isinstance(self.scorer, OfNetwork):
            raise CheckpointError(f"{self.name} is a baseline, but this needs a network; choose another model.")
        return self.scorer

    @property
    def _network(self) -> NetworkScorer:
        with naming_missing_packages():
            self.scorer = network = self._scorer_of_network.whole()
        return network

    @overload
    def __call__(self, source: list, *, channel: int | None = None, track: int | None = None) -> Predictions: ...
    @overload
    def __call__(self, source: Any, *, channel: int | None = None, track: int | None = None) -> Prediction: ...

    def __call__(self, source, *, channel=None, track=None):
        """Predict one recording, or a list of them: anything that `emotion_hf.audio.load_audio` accepts.

        `channel` and `track` are counted from 0, as there.

        Raises:
            AudioError: A recording cannot be used.
        """
        sources = source if isinstance(source, list) else [source]
        sounds = [read_audio(one, max_seconds=self.max_seconds, channel=channel, track=track) for one in sources]
        predictions = self.predict([sound.wave for sound in sounds])
        noted = zip(predictions, sounds, strict=True)
        answers = Predictions(replace(prediction, notes=sound.notes) for prediction, sound in noted)
        return answers if isinstance(source, list) else answers[0]

    def predict(self, waves: Sequence[np.ndarray]) -> Predictions:
        """Predict the emotion of each wave: mono float32 at 16 kHz, shape `(samples,)`.

        The prediction for a wave longer than 8 s is that for the whole of its timeline, without the speaker's own mean
        as reference: each wave is predicted alone.
        """
        waves = [as_wave(wave) for wave in waves]
        waves = [wave if _is_long(wave) else cleaned(wave) for wave in waves]  # a timeline cleans its recording
        spoken = [number for number, wave in enumerate(waves) if not _is_long(wave) and has_speech(wave)]
        seconds = sum(map(len, waves)) / SAMPLING_RATE
        scored = dict(zip(spoken, self._score([waves[number] for number in spoken], seconds), strict=True))
        return Predictions(
            make_timeline(self, wave, centre=False).overall  # its windows have at most 6 s, so this comes here once
            if _is_long(wave)
            else self._answer(scored.get(number), len(wave) / SAMPLING_RATE)
            for number, wave in enumerate(waves)
        )

    def timeline(
        self,
        source: Source,
        *,
        channel: int | None = None,
        track: int | None = None,
        max_seconds: float = MAX_TIMELINE_SECONDS,
        progress: Callable[[float], object] | None = None,
        **options: Any,
    ) -> Timeline:
        """Predict over the time of a recording.

        Args:
            source: Anything that `emotion_hf.audio.load_audio` accepts.
            channel: Channel to use, counted from 0; chosen as in `emotion_hf.audio.read_audio` by default.
            track: Audio track to use, in the same way.
            max_seconds: Longest accepted recording; two hours by default.
            progress: Called with the share that is done, from 0 to 1; an error that it raises ends the work.
            options: As in `emotion_hf.timeline.make_timeline`; `speakers=2` tells two speakers apart. By default, a
                twin predicts on as many threads, `workers`, as there are cores, and a network on one, because torch
                computes on several threads itself.

        Raises:
            AudioError: The recording cannot be used.
            SettingsError: Window, step or the number of speakers cannot be used.
        """
        sound = read_audio(source, max_seconds=max_seconds, channel=channel, track=track)
        workers = min(cores(), MOST_WORKERS) if isinstance(self.scorer, OnnxScorer) else 1
        return make_timeline(self, sound.wave, progress, notes=sound.notes, **{"workers": workers} | options)

    def embeddings(self, clips: Sequence[Source], *, channel: int | None = None) -> np.ndarray:
        """Return the embedding of each clip: the pooled states of the encoder, from which the head predicts emotions.

        They can be clustered, plotted, or used as features of another classifier. The embedding of a clip longer than
        8 s is the mean of those of its parts. Clips without speech have one as well.

        Args:
            clips: Each is anything that `emotion_hf.audio.load_audio` accepts.
            channel: Channel to use, counted from 0; the mean of all by default.

        Returns:
            Shape `(clips, features)`, float32.

        Raises:
            AudioError: A clip cannot be used.
            CheckpointError: The model is not one of the encoder family.
        """
        if isinstance(clips, str | bytes | os.PathLike | Mapping):
            raise AudioFormatError("Give a list of clips, such as [clip].")
        network = self._network
        size, at_once = network.embedding_size, network.batch_size
        rows = []
        for clip in clips:
            wave = cleaned(load_audio(clip, max_seconds=self.max_seconds, channel=channel))
            parts = [wave[part.samples] for part in windows(wave, WHOLE_SECONDS, WHOLE_SECONDS)]
            batches = [network.embeddings(parts[start : start + at_once]) for start in range(0, len(parts), at_once)]
            rows.append(np.concatenate(batches).mean(axis=0))
        return np.array(rows, dtype=np.float32).reshape(-1, size)

    def speaker_embedder(self) -> SpeakerEmbedder:
        """Return the embedder that tells speakers apart: the encoder of this model or of the one that ships."""
        if self.network is not None and fits(self.model):
            return EncoderEmbedder(self.model, self.extractor)
        return _shipped_embedder()

    def _answer(self, scored: tuple[np.ndarray, float | None] | None, seconds: float) -> Prediction:
        if scored is None:
            return Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=seconds, model=self.name)
        scores, intensity = scored
        return Prediction(
            scores=dict(zip(self.labels, scores.tolist(), strict=True)),
            verdict=self._verdict(scores),
            duration_seconds=seconds,
            model=self.name,
            intensity=intensity,
        )

    def learn_voice(
        self, predictions: Sequence[Prediction], emotions: Sequence[str] | None = None, *, ordinary: bool = False
    ) -> Voice:
        """Estimate a speaker's voice from predictions for their recordings, better from many and varied ones.

        Args:
            predictions: Predictions of this model; those without speech do not count.
            emotions: The true emotion of each recording, one of the model's labels, if known.
            ordinary: Whether the recordings are ordinary speech, neutral or calm.

        Raises:
            CheckpointError: The model has no statistics of how speakers differ.
            LabelError: There is a different number of emotions than predictions, one is unknown, or the model has no
                label for ordinary speech.
        """
        known = self.speakers
        if known is None or not self.can_adapt:
            raise CheckpointError(
                f"{self.name} cannot be adapted to a speaker; use a model of the recipe whisper, with its own labels."
            )
        if emotions is not None and len(emotions) != len(predictions):
            counts = f"{len(predictions)} recordings and {len(emotions)} emotions"
            raise LabelError(f"There are {counts}; give one for each.")
        spoken = [number for number, prediction in enumerate(predictions) if prediction.scores]
        scores = np.array([[*predictions[number].scores.values()] for number in spoken]).reshape(-1, len(self.labels))
        logits = np.log(np.maximum(scores, LEAST_PROBABILITY))
        if emotions is not None:
            truth = [self.labels.index(check_label(emotions[number], self.labels)) for number in spoken]
            return voice_of_emotions(logits, known, np.array(truth, dtype=int))
        if not ordinary:
            return estimate_voice(logits, known)
        usual = [number for number, label in enumerate(self.labels) if label in ORDINARY]
        if not usual:
            raise LabelError(f"{self.name} has no label {' or '.join(ORDINARY)}; give the emotion of each recording.")
        return voice_of_ordinary_speech(logits, known, usual)

    def correct(self, prediction: Prediction, voice: Voice) -> Prediction:
        """Return a prediction of this model for a speaker's recording, corrected for the speaker's voice."""
        if not prediction.scores:
            return prediction
        scores = voice.correct(np.array([*prediction.scores.values()]))
        return replace(
            prediction,
            scores=dict(zip(prediction.scores, scores.tolist(), strict=True)),
            verdict=self._verdict(scores),
        )

    def _verdict(self, scores: np.ndarray) -> Verdict:
        return Verdict.NOT_SURE if scores.max() < self.scorer.not_sure_below else Verdict.OK

    def _score(self, waves: Sequence[np.ndarray], seconds: float) -> list[tuple[np.ndarray, float | None]]:
        """Return probabilities `(labels,)` and intensity of each wave, computed in batches of similar length.

        Between batches, shorter recordings may go first; `seconds` is the total length of the recordings. A batch may
        contain waves of other recordings that are waiting to be scored.
        """
        order = sorted(range(len(waves)), key=lambda number: len(waves[number]))
        most = self.scorer.batch_size
        scored: dict[int, tuple[np.ndarray, float | None]] = {}
        for start in range(0, len(order), most):
            chosen = order[start : start + most]
            batch = [waves[number] for number in chosen]
            left = seconds * (1 - start / len(order))
            scored.update(zip(chosen, together(self._score_batch, batch, most=most, seconds_left=left), strict=True))
        return [scored[number] for number in range(len(waves))]

    def _score_batch(self, waves: Sequence[np.ndarray]) -> list[tuple[np.ndarray, float | None]]:
        own, known = self.scorer.answers(waves)
        merged = np.zeros((len(waves), len(self.labels)))
        np.add.at(merged.T, self._columns, own.T)
        intensities = [None] * len(waves) if known is None else known.tolist()
        return list(zip(merged, intensities, strict=True))


@cache
def _shipped_embedder() -> SpeakerEmbedder:
    shipped = EmotionRecognizer.from_pretrained()
    return EncoderEmbedder(shipped.model, shipped.extractor)


def _baseline_folder(source: str | Path) -> Path | None:
    """Return the folder of the baseline called `source`, fetched from the Hub if it is there; `None` for a network."""
    if not is_local(source):
        from emotion_hf.weights import fetched_baseline  # loads transformers

        check_hub_id(str(source))
        return fetched_baseline(str(source))
    return Path(source) if os.path.isfile(Path(source) / "baseline.json") else None  # isfile accepts any name


def _load_network(
    source: str | Path, device: str | torch.device | None, trust_remote_code: bool, backend: str
) -> OfNetwork:
    """Load a network or its twin; torch is imported only if a network needs it."""
    if backend != "torch" and is_cpu(device):
        twin = INT8_TWIN if backend == "onnx-int8" else TWIN
        hub_id = "" if is_local(source) else str(source)
        folder = _fetched_twin(hub_id, twin) if hub_id else Path(source)
        if folder is not None and (backend != "auto" or has_twin(folder)):
            return load_onnx(folder, int8=twin == INT8_TWIN, hub_id=hub_id)
        if backend != "auto":
            raise CheckpointError(f"The model {source} has no ONNX twin {twin} on the Hub; use the backend torch.")
    elif backend not in ("torch", "auto"):
        raise SettingsError(f"The backend {backend} computes on the CPU; use device='cpu', or the backend torch.")
    from emotion_hf.scorers.network import load_network

    return load_network(source, choose_device(device), trust_remote_code)


def _fetched_twin(name: str, twin: str) -> Path | None:
    from emotion_hf.weights import fetched_twin  # loads transformers

    return fetched_twin(name, twin)


def _check_scorer(source: object, scorer: Scorer) -> None:
    """Score two synthetic sounds, and refuse a model if that fails or if the scores are invalid."""
    sounds = soundness.synthetic_seconds()
    try:
        answers = [scorer.answers([sound]) for sound in sounds]
        scores = np.concatenate([scores for scores, _ in answers])
    except SCORING_ERRORS as error:
        raise CheckpointError(f"The model {source} cannot make predictions: {' '.join(str(error).split())}") from error
    intensities = np.array([known for _, known in answers if known is not None])
    soundness.check_answers(source, scores, len(scorer.labels), intensities)
    if isinstance(scorer, OfNetwork):  # a tree may well give both the same scores
        soundness.check_difference(source, scores)


def model_name(source: str | Path) -> str:
    """Return the model's name: the name of its folder, or its Hub id."""
    if not os.path.exists(source):
        return str(source)
    folder = Path(source).resolve()
    return "emotion_hf/default" if folder == DEFAULT_CHECKPOINT.resolve() else folder.name


def load_scorer(
    source: str | Path,
    *,
    device: str | torch.device | None = None,
    trust_remote_code: bool = False,
    backend: str = "auto",
) -> Scorer:
    """Return the network, its twin, or the baseline in a folder or on the Hub, with its own labels.

    Raises:
        CheckpointError, SettingsError: As `EmotionRecognizer.from_pretrained`.
    """
    if backend not in BACKENDS:
        raise SettingsError(f"Unknown backend {backend!r}; choose one of {', '.join(BACKENDS)}.")
    scorer: Scorer
    if (folder := _baseline_folder(source)) is not None:
        if backend.startswith("onnx"):
            raise CheckpointError(f"The model {source} is a baseline, which has no ONNX twin; leave the backend out.")
        from emotion_hf.baselines.baseline import load_baseline  # scikit-learn takes a second to import

        scorer = load_baseline(folder, device=choose_device(device))
    else:
        scorer = _load_network(source, device, trust_remote_code, backend)
    _check_scorer(source, scorer)
    return scorer


def _is_long(wave: np.ndarray) -> bool:
    """Return whether a wave has more than one utterance, so that it is scored in windows."""
    return len(wave) > WHOLE_SECONDS * SAMPLING_RATE


def _meaning(own: Sequence[str], labels: Mapping[str, str] | None) -> list[str]:
    """Return the meaning of each of the model's own labels: itself, unless `labels` renames it."""
    unknown = [name for name in labels or {} if name not in own]
    if unknown:
        raise LabelError(f"The model has no label {unknown[0]!r}; its labels are {', '.join(own)}.")
    named = [canonical(labels[name]) if labels and name in labels else name for name in own]
    nameless = [name for name in named if name.startswith("LABEL_")]
    if nameless:
        remedy = f"rename them, such as {nameless[0]}=happy"
        raise LabelError(f"The model's labels have no meaning ({', '.join(own)}); {remedy}.")
    return named
