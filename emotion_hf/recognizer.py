"""EmotionRecognizer: a checkpoint becomes a Classifier. The one path of prediction for page, command line and reports.

Networks and baselines differ in how they answer about waves, their `Scorer`; the rest is the same for both.

Example:
    >>> recognizer = EmotionRecognizer.from_pretrained()  # doctest: +SKIP
    >>> recognizer("clip.wav").label  # doctest: +SKIP
    'happy'
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, overload

import httpx2
import numpy as np
import torch
from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled
from transformers import (
    AutoFeatureExtractor,
    AutoModelForAudioClassification,
    WhisperFeatureExtractor,
)

from emotion_hf import soundness
from emotion_hf.audio import SAMPLING_RATE, check_max_seconds, load_audio, refuse_masked
from emotion_hf.doctor import DEFAULT_MODEL_DIR as DEFAULT_CHECKPOINT
from emotion_hf.doctor import MODEL_FILES
from emotion_hf.errors import CheckpointError, LabelError
from emotion_hf.labels import ORDINARY, canonical, check_label
from emotion_hf.models import SpectrogramConfig  # noqa: F401  registers our families
from emotion_hf.prediction import Prediction, Predictions, Verdict
from emotion_hf.speech import has_speech, windows
from emotion_hf.turns import give_way
from emotion_hf.voice import (
    LEAST_PROBABILITY,
    SpeakerStatistics,
    Voice,
    estimate_voice,
    voice_of_emotions,
    voice_of_ordinary_speech,
)
from emotion_hf.weights import LOADING_ERRORS, loading

logger = logging.getLogger(__name__)

WHOLE_SECONDS = 8.0  # a recording up to this long is scored in one piece, as pipeline() does
WINDOW_SECONDS = 4.0  # a longer one in windows of the length the models are trained on
HOP_SECONDS = 2.0
BATCH_SIZE = 16
CPU_BATCH_SIZE = 4  # on a CPU a window takes as long as in a larger batch, and a shorter recording waits less


class Scorer(Protocol):
    """What turns waves into probabilities, and into intensities if it knows them."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Its own labels, in the order of the probabilities."""
        ...

    @property
    def not_sure_below(self) -> float:
        """Confidence under which the answer is "not sure"."""
        ...

    @property
    def batch_size(self) -> int:
        """How many waves it takes at once."""
        ...

    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return what mono float32 waves at 16 kHz express.

        Returns:
            Probabilities `(waves, labels)`, and intensities from 0 to 1 `(waves,)`, if they are known.
        """
        ...


class NetworkScorer:
    """A transformers model with its feature extractor, as a Scorer."""

    def __init__(self, model, extractor):
        self.model, self.extractor = model.eval(), extractor
        self.labels = tuple(model.config.id2label[number] for number in range(model.config.num_labels))
        self.not_sure_below = getattr(model.config, "not_sure_below", 0.0)  # only our own families have it
        self.speakers = _speaker_statistics(model)
        masks = "attention_mask" in extractor.model_input_names and getattr(extractor, "return_attention_mask", True)
        whisper = isinstance(extractor, WhisperFeatureExtractor)
        self._padding = "max_length" if whisper else True  # Whisper hears 30 s, no less
        # An extractor without a mask would let padding to the longest of a batch change the scores of the others.
        at_once = CPU_BATCH_SIZE if model.device.type == "cpu" else BATCH_SIZE
        self.batch_size = at_once if masks or whisper else 1

    @torch.inference_mode()
    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return probabilities `(waves, labels)` of mono float32 waves at 16 kHz, and known intensities `(waves,)`."""
        inputs = self.extractor(list(waves), sampling_rate=SAMPLING_RATE, padding=self._padding, return_tensors="pt")
        return self._read(self.model(**inputs.to(self.model.device)))

    def _read(self, output) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the probabilities and intensities in a model's output."""
        intensities = output.get("intensity")  # only our own families have it
        known = None if intensities is None else intensities.float().cpu().numpy()
        return output.logits.float().softmax(-1).cpu().numpy(), known


class EmotionRecognizer:
    """Answer with the emotion expressed in recordings.

    Attributes:
        name: The model's name, as it stands in every Prediction.
        labels: Labels in the model's order.
        scorer: What answers about waves.
    """

    def __init__(
        self, scorer: Scorer, name: str, *, labels: Mapping[str, str] | None = None, max_seconds: float = 600.0
    ):
        """Wrap a scorer; `from_pretrained` is the usual way in.

        Raises:
            SettingsError: `max_seconds` is no length.
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
    ) -> EmotionRecognizer:
        """Load the model that ships, a folder, or a Hub id with an audio-classification head.

        Args:
            model: Folder of a network or a baseline, or Hub id of a network; `None` for the model that ships.
            device: Where to compute; by default a GPU if there is one.
            labels: What the model's labels mean, `{"ang": "angry", "LABEL_3": "sad"}`; several may mean the same.
            trust_remote_code: Run the code that a model on the Hub brings along.
            max_seconds: Longest recording accepted.

        Raises:
            CheckpointError: It cannot be loaded, changed since it was saved, has weights that are missing, unexpected
                or of another shape, or fails the check of `emotion_hf.soundness`.
            LabelError: `labels` names none of the model's, or the model's own names say nothing.
            SettingsError: `max_seconds` is no length.
        """
        check_max_seconds(max_seconds)
        source = DEFAULT_CHECKPOINT if model is None else model
        scorer: Scorer
        if os.path.isfile(Path(source) / "baseline.json"):  # which takes names that no file can have
            from emotion_hf.baselines.baseline import load_baseline  # scikit-learn takes a second to import

            scorer = load_baseline(Path(source), device=device)
        else:
            scorer = _load_network(source, device, trust_remote_code)
        _check_scorer(source, scorer)
        return cls(scorer, _name(source), labels=labels, max_seconds=max_seconds)

    @property
    def model(self) -> Any:
        """The network; a CheckpointError says that a baseline has none."""
        return self._network.model

    @property
    def extractor(self) -> Any:
        """The network's feature extractor, likewise."""
        return self._network.extractor

    @property
    def speakers(self) -> SpeakerStatistics | None:
        """How speakers differ, if the network knows it, as those of the encoder family do."""
        return self._network.speakers

    @property
    def _network(self) -> NetworkScorer:
        if not isinstance(self.scorer, NetworkScorer):
            raise CheckpointError(f"{self.name} is a baseline, and this needs a network; choose another model.")
        return self.scorer

    @overload
    def __call__(self, source: list, *, channel: int | None = None) -> Predictions: ...
    @overload
    def __call__(self, source: Any, *, channel: int | None = None) -> Prediction: ...

    def __call__(self, source, *, channel=None):
        """Answer about one recording, or a list of them: whatever `emotion_hf.audio.load_audio` takes.

        Raises:
            AudioError: A recording cannot be used.
        """
        sources = source if isinstance(source, list) else [source]
        waves = [load_audio(one, max_seconds=self.max_seconds, channel=channel) for one in sources]
        answers = self.predict(waves)
        return answers if isinstance(source, list) else answers[0]

    def predict(self, waves: Sequence[np.ndarray]) -> Predictions:
        """Answer for each wave: mono float32 at 16 kHz, shape `(samples,)`.

        A wave longer than 8 s is scored in windows of 4 s; those with speech count equally, for the intensity as well.
        """
        pieces = [_pieces(wave) for wave in waves]
        seconds = sum(map(len, waves)) / SAMPLING_RATE
        heard = iter(self._hear([piece for of_wave in pieces for piece in of_wave], seconds))
        return Predictions(
            self._answer([next(heard) for _ in of_wave], len(wave) / SAMPLING_RATE)
            for wave, of_wave in zip(waves, pieces, strict=True)
        )

    def _answer(self, heard: list[tuple[np.ndarray, float | None]], seconds: float) -> Prediction:
        if not heard:
            return Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=seconds, model=self.name)
        mean = np.mean([scores for scores, _ in heard], axis=0)
        intensities = [intensity for _, intensity in heard if intensity is not None]
        by_label = dict(zip(self.labels, mean.tolist(), strict=True))
        return Prediction(
            scores=by_label,
            verdict=self._verdict(mean),
            duration_seconds=seconds,
            model=self.name,
            intensity=float(np.mean(intensities)) if intensities else None,
        )

    def learn_voice(
        self, predictions: Sequence[Prediction], emotions: Sequence[str] | None = None, *, ordinary: bool = False
    ) -> Voice:
        """Return what predictions about one speaker's recordings tell of the voice: the more and the more varied, the
        better.

        Args:
            predictions: Of this model; those without speech do not count.
            emotions: What each recording truly expresses, one of the model's labels, if it is known.
            ordinary: The recordings are ordinary speech, neutral or calm.

        Raises:
            CheckpointError: The model does not know how speakers differ.
            LabelError: There are not as many emotions as predictions, one is unknown, or the model knows no ordinary
                speech.
        """
        known = self.speakers
        if known is None or self.labels != self.scorer.labels:
            raise CheckpointError(
                f"{self.name} cannot learn a voice; use a model of train/recipes/whisper.yaml, with its own labels."
            )
        if emotions is not None and len(emotions) != len(predictions):
            raise LabelError(f"{len(predictions)} recordings and {len(emotions)} emotions; give each recording one.")
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
            raise LabelError(f"{self.name} knows neither {' nor '.join(ORDINARY)}; give each recording's emotion.")
        return voice_of_ordinary_speech(logits, known, usual)

    def correct(self, prediction: Prediction, voice: Voice) -> Prediction:
        """Return a prediction of this model about a speaker's recording, corrected for the speaker's voice."""
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

    def _hear(self, pieces: Sequence[np.ndarray], seconds: float) -> list[tuple[np.ndarray, float | None]]:
        """Return probabilities `(labels,)` and intensity of each piece, computed in batches of similar length.

        Between batches, shorter recordings may go first; `seconds` is the length of what the pieces were cut from.
        """
        order = sorted(range(len(pieces)), key=lambda number: len(pieces[number]))
        heard: dict[int, tuple[np.ndarray, float | None]] = {}
        for start in range(0, len(order), self.scorer.batch_size):
            chosen = order[start : start + self.scorer.batch_size]
            give_way(seconds * (1 - start / len(order)))
            own, known = self.scorer.answers([pieces[number] for number in chosen])
            merged = np.zeros((len(chosen), len(self.labels)))
            np.add.at(merged.T, self._columns, own.T)
            intensities = [None] * len(chosen) if known is None else known.tolist()
            heard.update(zip(chosen, zip(merged, intensities, strict=True), strict=True))
        return [heard[number] for number in range(len(pieces))]


def _speaker_statistics(model) -> SpeakerStatistics | None:
    """Return how speakers differ, if the model knows it."""
    voice = getattr(model, "voice", None)  # only the encoder family has it
    if voice is None or not voice.within.any():
        return None
    return SpeakerStatistics(*(buffer.double().cpu().numpy() for buffer in (voice.means, voice.within)))


def _load_network(source: str | Path, device: str | torch.device | None, trust_remote_code: bool) -> NetworkScorer:
    """Load a transformers model, or say in one sentence why it cannot be."""
    if _is_local(source):
        _check_folder(Path(source))
    else:
        _check_hub_id(str(source))
    options = {"trust_remote_code": trust_remote_code}
    with loading("The model", source):
        extractor = AutoFeatureExtractor.from_pretrained(source, **options)
        network, info = AutoModelForAudioClassification.from_pretrained(
            source,
            dtype=torch.float32,  # which the features have; some models are stored in half precision
            output_loading_info=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            **options,
        )
    _check_weights(source, info)
    if extractor.sampling_rate != SAMPLING_RATE:
        raise CheckpointError(f"The model {source} hears {extractor.sampling_rate} Hz; only 16000 Hz are offered.")
    soundness.check_config(source, network.config, extractor)
    soundness.check_weights(source, network)
    return NetworkScorer(network.to(device or ("cuda" if torch.cuda.is_available() else "cpu")), extractor)


def _check_scorer(source: object, scorer: Scorer) -> None:
    """Let a model answer about two synthetic sounds, and refuse it if it cannot, or if the answers are none."""
    sounds = soundness.synthetic_seconds()
    try:
        answers = [scorer.answers([sound]) for sound in sounds]
        scores = np.concatenate([scores for scores, _ in answers])
    except LOADING_ERRORS as error:
        raise CheckpointError(f"The model {source} cannot answer: {' '.join(str(error).split())}") from error
    intensities = np.array([known for _, known in answers if known is not None])
    soundness.check_answers(source, scores, len(scorer.labels), intensities)
    if isinstance(scorer, NetworkScorer):  # a tree may well answer both alike
        soundness.check_difference(source, scores)


def _name(source: str | Path) -> str:
    """Return what the model is called: its folder's name, or its Hub id."""
    if not os.path.exists(source):
        return str(source)
    folder = Path(source).resolve()
    return "emotion_hf/default" if folder == DEFAULT_CHECKPOINT.resolve() else folder.name


def _pieces(wave: np.ndarray) -> list[np.ndarray]:
    """Return the parts of a wave that are scored: none without speech, the whole, or the windows with speech."""
    refuse_masked(wave)
    if not has_speech(wave):
        return []
    if len(wave) <= WHOLE_SECONDS * SAMPLING_RATE:
        return [wave]
    parts = [
        wave[round(part.start_seconds * SAMPLING_RATE) : round(part.end_seconds * SAMPLING_RATE)]
        for part in windows(wave, WINDOW_SECONDS, HOP_SECONDS)
    ]
    # A voice across a boundary may be too little speech in each window, though it is enough in the whole.
    return [part for part in parts if _is_spoken(part, of=wave)] or parts


def _is_spoken(part: np.ndarray, *, of: np.ndarray) -> bool:
    """Tell whether somebody speaks in a part of a long wave; before that, shorter recordings may go first."""
    give_way(len(of) / SAMPLING_RATE)
    return has_speech(part)


def _is_local(source: str | Path) -> bool:
    """Tell a folder from a Hub id, also a folder that is not there: `runs/mine` is one if there is a folder `runs`."""
    path = Path(source)
    in_known_folder = str(path.parent) != "." and os.path.isdir(path.parent)
    return isinstance(source, Path) or os.path.exists(path) or len(path.parts) > 2 or in_known_folder


def _check_folder(folder: Path) -> None:
    if not os.path.isdir(folder):
        raise CheckpointError(f"There is no model folder {folder}; check the name, or train one.")
    for file in MODEL_FILES:
        if not (folder / file).is_file() and not (folder / f"{file}.index.json").is_file():
            raise CheckpointError(f"The model folder {folder} has no {file}; train one, or run emotion-hf doctor.")


def _check_hub_id(name: str) -> None:
    """Say at once where a name leads nowhere: without a network, transformers would try for a minute."""
    try:
        if isinstance(try_to_load_from_cache(name, "config.json"), str) or HfApi().repo_exists(name):
            return
        reason = "nor a model of this name on the Hub; check it, or log in by `hf auth login` if it is private"
    except HFValidationError:
        reason = "nor can a model on the Hub be called so; check the name"
    except (OfflineModeIsEnabled, httpx2.HTTPError):
        reason = "and the Hub, which may have a model of this name, cannot be reached; check the name"
    raise CheckpointError(f"The model {name} cannot be loaded: there is no such folder, {reason}.")


def _check_weights(source: object, info: Mapping[str, Iterable]) -> None:
    """Refuse a model that would answer with weights nobody trained."""
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        keys = sorted(str(key) for key in info[kind])
        if keys:
            shown = ", ".join(keys[:3]) + (" …" if len(keys) > 3 else "")
            kind = kind.removesuffix("_keys")
            raise CheckpointError(f"The model {source} has {kind} weights ({shown}), so its answers would be made up.")


def _meaning(own: Sequence[str], labels: Mapping[str, str] | None) -> list[str]:
    """Return what each of the model's own labels means: itself, unless `labels` says otherwise."""
    unknown = [name for name in labels or {} if name not in own]
    if unknown:
        raise LabelError(f"The model has no label {unknown[0]!r}; its labels are {', '.join(own)}.")
    named = [canonical(labels[name]) if labels and name in labels else name for name in own]
    nameless = [name for name in named if name.startswith("LABEL_")]
    if nameless:
        raise LabelError(f"The model's labels say nothing ({', '.join(own)}); name them, such as {nameless[0]}=happy.")
    return named
