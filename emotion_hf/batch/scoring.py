"""Score clips: what a worker does, in a process of this machine or in an actor of a cluster.

Example:
    >>> from emotion_hf.testing import FakeClassifier
    >>> score = Scoring(lambda: Loaded(FakeClassifier(), "none"), Options())
    >>> score.facts.name, score([Clip("mine", "a.wav", "4f2a", b"")])[0][1]["error"]
    ('fake', 'a.wav is empty (0 bytes); record or export it again.')
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from emotion_hf.audio import SAMPLING_RATE, Audio, read_audio
from emotion_hf.batch.rows import Clip, Row, State, make_row
from emotion_hf.checkpoint import fingerprint
from emotion_hf.errors import AudioError
from emotion_hf.model_source import is_local
from emotion_hf.prediction import Classifier

BATCH_SECONDS = 300.0
"""Sound that is decoded before it is scored; takes 20 MB."""


@dataclass(frozen=True)
class Options:
    """How recordings are decoded, as in `emotion_hf.audio.read_audio`."""

    max_seconds: float = 7200.0
    channel: int | None = None
    track: int | None = None


@dataclass(frozen=True)
class Loaded:
    """A model that is ready, and the SHA-256 of what its predictions depend on."""

    classifier: Classifier
    fingerprint: str


@dataclass(frozen=True)
class Facts:
    """What a worker knows of its model.

    Attributes:
        name: Its name.
        labels: Its labels.
        fingerprint: SHA-256 of what its predictions depend on.
    """

    name: str
    labels: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True)
class Pretrained:
    """Loads a model in any process.

    Attributes:
        model: Folder or Hub id; `None` for the model that ships.
        device: As in `EmotionRecognizer.from_pretrained`.
        backend: As there.
        labels: Meaning of its labels.
        trust_remote_code: Run the code that comes with it.
    """

    model: str | None = None
    device: str = ""
    backend: str = "auto"
    labels: Mapping[str, str] = field(default_factory=dict)
    trust_remote_code: bool = False

    def __call__(self) -> Loaded:
        """Load it.

        Raises:
            CheckpointError, LabelError, SettingsError: As `EmotionRecognizer.from_pretrained`.
        """
        from emotion_hf.recognizer import DEFAULT_CHECKPOINT, EmotionRecognizer

        if self.model and not is_local(self.model):
            from huggingface_hub.utils import disable_progress_bars

            disable_progress_bars()
        recognizer = EmotionRecognizer.from_pretrained(
            self.model,
            device=self.device,
            labels=self.labels or None,
            trust_remote_code=self.trust_remote_code,
            backend=self.backend,
        )
        return Loaded(recognizer, fingerprint(_folder_of(self.model) if self.model else DEFAULT_CHECKPOINT))


class Scoring:
    """Decodes clips, scores them with a model, and makes their rows."""

    def __init__(self, load: Callable[[], Loaded], options: Options):
        """Load the model.

        Raises:
            EmotionError: It cannot be loaded.
        """
        loaded = load()
        self._classifier, self._options = loaded.classifier, options
        self.facts = Facts(loaded.classifier.name, tuple(loaded.classifier.labels), loaded.fingerprint)

    def __call__(self, clips: Sequence[Clip]) -> list[tuple[State, Row]]:
        """Return the row of each clip, in any order; that of one without content has its place alone.

        Raises:
            CheckpointError: The model is broken.
        """
        rows = [(clip.state, make_row(clip)) for clip in clips if clip.data is None]
        for batch in self._decoded(clips, rows):
            predictions = self._classifier.predict([sound.wave for _, sound in batch])
            for (clip, sound), prediction in zip(batch, predictions, strict=True):
                rows.append((clip.state, make_row(clip, replace(prediction, notes=sound.notes))))
        return rows

    def _decoded(self, clips: Sequence[Clip], rows: list[tuple[State, Row]]) -> Iterator[list[tuple[Clip, Audio]]]:
        """Yield the clips that can be used with their sound, some minutes at once; the others get their rows."""
        batch: list[tuple[Clip, Audio]] = []
        samples = 0
        for clip in clips:
            if clip.data is None:
                continue
            try:
                sound = self._decode(clip)
            except AudioError as error:
                rows.append((clip.state, make_row(clip, error=str(error))))
                continue
            batch.append((clip, sound))
            samples += len(sound.wave)
            if samples >= BATCH_SECONDS * SAMPLING_RATE:
                yield batch
                batch, samples = [], 0
        if batch:
            yield batch

    def _decode(self, clip: Clip) -> Audio:
        options = self._options
        row = {"bytes": clip.data, "path": clip.path}
        return read_audio(row, max_seconds=options.max_seconds, channel=options.channel, track=options.track)


def _folder_of(model: str) -> Path:
    """Return the folder of a model, which was fetched from the Hub if it is there."""
    if is_local(model):
        return Path(model)
    from huggingface_hub import try_to_load_from_cache

    files = (try_to_load_from_cache(model, name) for name in ("config.json", "baseline.json"))
    return next(Path(file).parent for file in files if isinstance(file, str))
