"""When is what expressed? A recording as windows with predictions, and as bands of one emotion.

Windows follow the speech: each stretch between two pauses is one window, or several overlapping ones if it is long.
If two speakers are told apart, no window contains both, and the mean of each is their own reference.
`EmotionRecognizer.timeline` makes a timeline; this module cuts, joins and sums up.

Example:
    >>> calm, angry = (Prediction({"calm": 1 - share, "angry": share}) for share in (0.1, 0.9))
    >>> timeline = Timeline((Window(0, 4, calm), Window(4, 8, angry), Window(8, 10, angry)), calm, 12.0)
    >>> [(band.start_seconds, band.end_seconds, band.name) for band in timeline.bands]
    [(0.0, 4.0, 'calm'), (4.0, 10, 'angry'), (10, 12.0, 'no speech')]
    >>> timeline.shares
    {'angry': 0.6, 'calm': 0.4}
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.cleaning import cleaned
from emotion_hf.errors import SettingsError
from emotion_hf.labels import ORDINARY
from emotion_hf.long_waves import forget
from emotion_hf.prediction import Classifier, Prediction, Verdict, flat
from emotion_hf.speakers import SPEAKERS, EmbedsSpeakers, SpeakerEmbedder, find_speakers
from emotion_hf.speech import Segment, speech_segments
from emotion_hf.turns import give_way
from emotion_hf.voice import Voice

if TYPE_CHECKING:
    import pandas as pd

WHOLE_SECONDS = 8.0
"""A recording up to this long is one utterance, and scored in one piece, as in `pipeline()`."""
WINDOW_SECONDS, STEP_SECONDS = 4.0, 2.0
"""Longer ones are scored in windows of the length used in training."""
MAX_TIMELINE_SECONDS = 7200.0
MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS = 1.0, 30.0
PAUSE_SECONDS = 0.5
"""Speech on both sides of a shorter pause belongs to one window."""
MARGIN_SECONDS = 0.3
"""Sound around the speech that its window includes, as in the clips of training."""
BRIDGED_SECONDS = 2.0
"""A shorter pause belongs to the emotions beside it."""
SHORTEST_SECONDS = 1.0
"""A shorter window is made longer on both sides; one word says little."""
LONGER_THAN_WINDOW = 1.5
"""Speech up to this many times the length of a window is one window."""
BATCH_WINDOWS = 16
FINDING_SPEECH = 0.1
"""Share of the work that finding the speech takes."""
FINDING_SPEAKERS = 0.5
"""The same if speakers are told apart."""
NOT_SURE, NO_SPEECH, OTHER_SPEAKER = "not sure", "no speech", "other speaker"


@runtime_checkable
class AdaptsToVoices(Protocol):
    """A classifier that can correct its predictions for a speaker's voice, such as `EmotionRecognizer`."""

    @property
    def can_adapt(self) -> bool:
        """Whether its model knows how speakers differ."""
        ...

    def learn_voice(
        self, predictions: Sequence[Prediction], emotions: Sequence[str] | None = None, *, ordinary: bool = False
    ) -> Voice:
        """Estimate a speaker's voice from predictions."""
        ...

    def correct(self, prediction: Prediction, voice: Voice) -> Prediction:
        """Return a prediction corrected for a voice."""
        ...


@dataclass(frozen=True)
class Window:
    """A part of a recording, in seconds from its start, with its prediction, and its speaker if there are several."""

    start_seconds: float
    end_seconds: float
    prediction: Prediction
    speaker: str | None = None

    @property
    def name(self) -> str:
        """The emotion, ``not sure``, ``no speech``, or ``other speaker`` in the timeline of one speaker."""
        if self.speaker and not self.prediction.scores:
            return OTHER_SPEAKER
        return name_of(self.prediction)

    @property
    def centre(self) -> float:
        """Its middle, in seconds."""
        return (self.start_seconds + self.end_seconds) / 2

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end_seconds - self.start_seconds

    def to_dict(self) -> dict[str, Any]:
        """Return its times, the speaker, if known, and its prediction as plain values."""
        plain = self.prediction.to_dict()
        del plain["duration_seconds"], plain["notes"]
        times = {"start_seconds": self.start_seconds, "end_seconds": self.end_seconds}
        return times | ({"speaker": self.speaker} if self.speaker else {}) | plain


class Band(Window):
    """A stretch of one emotion of one speaker, of uncertainty, or without speech, with the mean of its windows."""


@dataclass(frozen=True)
class Timeline:
    """Predictions over the time of one recording.

    Attributes:
        windows: In the order of time; none without speech.
        overall: The mean of the windows, weighted with their speaking time.
        duration_seconds: Length of the recording.
        is_centred: Whether the speaker's own mean over this recording served as reference.
        others: In the timeline of one speaker, the windows in which the other one speaks; without scores.
    """

    windows: tuple[Window, ...]
    overall: Prediction
    duration_seconds: float
    is_centred: bool = False
    others: tuple[Window, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the recording, as in `Prediction`."""
        return self.overall.notes

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names of the speakers, in the order in which they first speak; empty if they were not told apart."""
        return tuple(dict.fromkeys(window.speaker for window in self.windows if window.speaker))

    def of(self, speaker: str) -> Timeline:
        """Return the timeline of one speaker: windows, bands, shares and moments are the speaker's alone.

        Raises:
            SettingsError: There is no such speaker.
        """
        if speaker not in self.speakers:
            known = " and ".join(self.speakers) or "none, because they were not told apart"
            raise SettingsError(f"There is no speaker {speaker!r} in this recording; the speakers are {known}.")
        silence = Prediction(verdict=Verdict.NO_SPEECH, model=self.overall.model)
        own = tuple(window for window in self.windows if window.speaker == speaker)
        others = tuple(replace(window, prediction=silence) for window in self.windows if window.speaker != speaker)
        like = replace(silence, duration_seconds=self.duration_seconds, notes=self.notes)
        return replace(self, windows=own, overall=_overall(own, like), others=others)

    def corrected(self, classifier: AdaptsToVoices, voice: Voice) -> Timeline:
        """Return the timeline with each window corrected for a voice, and the overall prediction that follows."""
        windows = [replace(one, prediction=classifier.correct(one.prediction, voice)) for one in self.windows]
        model, notes = self.overall.model, self.notes
        silence = Prediction({}, Verdict.NO_SPEECH, self.duration_seconds, model, notes=notes)
        return replace(self, windows=tuple(windows), overall=_overall(windows, silence), is_centred=True)

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """Bands that cover the whole recording: neighbouring stretches of the same name and speaker are one."""
        bands = []
        for _, run in groupby(self.stretches(), key=lambda stretch: (stretch.name, stretch.speaker)):
            stretches = list(run)
            predictions = [stretch.prediction for stretch in stretches]
            mean = _mean(predictions, [1.0] * len(predictions), predictions[0])
            bands.append(Band(stretches[0].start_seconds, stretches[-1].end_seconds, mean, stretches[0].speaker))
        return tuple(bands)

    @property
    def shares(self) -> dict[str, float]:
        """Share of the speaking time of each emotion and of ``not sure``, the largest first."""
        seconds: dict[str, float] = {}
        for band in self.bands:
            if band.prediction.scores:
                seconds[band.name] = seconds.get(band.name, 0.0) + band.seconds
        total = sum(seconds.values())
        return {name: seconds[name] / total for name in sorted(seconds, key=lambda name: -seconds[name])}

    def moments(self, count: int = 3) -> tuple[Window, ...]:
        """Return up to `count` windows with the strongest emotions, strongest first, at most one of each band.

        A window counts by its confidence, and by its intensity if the model predicts it; ordinary speech does not
        count.
        """
        strongest: dict[float, Window] = {}
        for window in self.windows:
            band = self.at(window.centre).start_seconds
            if _strength(window) > _strength(strongest.get(band)):
                strongest[band] = window
        return tuple(sorted(strongest.values(), key=_strength, reverse=True)[:count])

    def at(self, seconds: float) -> Band:
        """Return the band at a time, the last one for a time behind the end."""
        number = bisect([band.end_seconds for band in self.bands], seconds)
        return self.bands[min(number, len(self.bands) - 1)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: the overall prediction, shares, bands and windows."""
        return {
            "duration_seconds": self.duration_seconds,
            "is_centred": self.is_centred,
            "notes": list(self.notes),
            "overall": self.overall.to_dict(),
            "shares": self.shares,
            "bands": [band.to_dict() | {"name": band.name} for band in self.bands],
            "windows": [window.to_dict() for window in self.windows],
        }

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each window: start, end, the prediction, each score in a column."""
        import pandas as pd

        return pd.DataFrame([flat(window.to_dict()) for window in self.windows])

    def stretches(self) -> Iterator[Window]:
        """Yield stretches that cover the recording: one for each window or long pause.

        Two windows that overlap, or that only a short pause separates, meet in the middle.
        """
        silence = Prediction(verdict=Verdict.NO_SPEECH, model=self.overall.model)
        windows = sorted((*self.windows, *self.others), key=lambda window: window.start_seconds)
        reached = 0.0
        for number, window in enumerate(windows):
            if window.start_seconds - reached >= BRIDGED_SECONDS:
                yield Window(reached, window.start_seconds, silence)
                reached = window.start_seconds
            is_last = number + 1 == len(windows)
            following = self.duration_seconds if is_last else windows[number + 1].start_seconds
            end = window.end_seconds
            if following - end < BRIDGED_SECONDS:
                end = following if is_last else (end + following) / 2
            yield replace(window, start_seconds=reached, end_seconds=end)
            reached = end
        if reached < self.duration_seconds:
            yield Window(reached, self.duration_seconds, silence)


def clock(seconds: float) -> str:
    """Return a time as on a clock: ``1:54``, or ``1:02:03`` from an hour on."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def name_of(prediction: Prediction) -> str:
    """Return the emotion of a prediction, ``not sure`` or ``no speech``."""
    if prediction.label is None:
        return NO_SPEECH
    return NOT_SURE if prediction.verdict is Verdict.NOT_SURE else prediction.label


def check_windows(window_seconds: float, step_seconds: float) -> None:
    """Check the length and the step of windows.

    Raises:
        SettingsError: One of them cannot be used.
    """
    if not MIN_WINDOW_SECONDS <= window_seconds <= MAX_WINDOW_SECONDS:
        limits = f"from {MIN_WINDOW_SECONDS:g} to {MAX_WINDOW_SECONDS:g}"
        raise SettingsError(f"A window of {window_seconds:g} s cannot be used; choose {limits} s.")
    if not 0 < step_seconds <= window_seconds:
        raise SettingsError(
            f"A step of {step_seconds:g} s cannot be used; choose one above 0 and at most the window's "
            f"{window_seconds:g} s."
        )


def cut(
    wave: np.ndarray, window_seconds: float = WINDOW_SECONDS, step_seconds: float = STEP_SECONDS
) -> tuple[Segment, ...]:
    """Return the windows of a recording: one for each stretch of speech, several for a long one.

    Args:
        wave: Mono at 16 kHz, shape ``(samples,)``.
        window_seconds: Length of a window in a long stretch.
        step_seconds: Largest distance between the starts of two windows of a stretch.
    """
    check_windows(window_seconds, step_seconds)
    return cut_segments(speech_segments(wave), len(wave) / SAMPLING_RATE, window_seconds, step_seconds)


def cut_segments(
    segments: Sequence[Segment], duration_seconds: float, window_seconds: float, step_seconds: float
) -> tuple[Segment, ...]:
    """Return the windows for segments with speech, as `cut` does; none contains two speakers."""
    stretches: list[Segment] = []
    for segment in segments:
        last = stretches[-1] if stretches else None
        is_near = last is not None and segment.start_seconds - last.end_seconds <= PAUSE_SECONDS
        if last is not None and is_near and segment.speaker == last.speaker:
            stretches[-1] = replace(last, end_seconds=segment.end_seconds)
        else:
            stretches.append(segment)
    windows: list[Segment] = []
    for number, stretch in enumerate(stretches):
        lowest = (stretches[number - 1].end_seconds + stretch.start_seconds) / 2 if number else 0.0
        highest = duration_seconds
        if number + 1 < len(stretches):
            highest = (stretch.end_seconds + stretches[number + 1].start_seconds) / 2
        margin = max(MARGIN_SECONDS, (SHORTEST_SECONDS - stretch.seconds) / 2)
        start = max(lowest, stretch.start_seconds - margin)
        end = min(highest, stretch.end_seconds + margin)
        windows.extend(_parts(replace(stretch, start_seconds=start, end_seconds=end), window_seconds, step_seconds))
    return tuple(windows)


def make_timeline(
    classifier: Classifier,
    wave: np.ndarray,
    progress: Callable[[float], object] | None = None,
    *,
    window_seconds: float = WINDOW_SECONDS,
    step_seconds: float = STEP_SECONDS,
    centre: bool = True,
    speakers: int = 1,
    embedder: SpeakerEmbedder | None = None,
    notes: Sequence[str] = (),
    workers: int = 1,
) -> Timeline:
    """Return the timeline of a wave.

    Args:
        classifier: Predicts the windows, in batches.
        wave: Mono float32 at 16 kHz, shape ``(samples,)``.
        progress: Called with the share that is done, from 0 to 1; an error that it raises ends the work.
        window_seconds: As in `cut`.
        step_seconds: As in `cut`.
        centre: Take the speaker's own mean over this recording as reference, if the model can.
        speakers: 2 tells two speakers apart; 1 treats all speech as that of one.
        embedder: Tells them apart; by default that of the classifier.
        notes: Sentences about the recording, for `Timeline.notes`.
        workers: Number of threads that predict; more than one only if the classifier can be called by several, and
            outside a turn, where the other cores are for other recordings.

    Raises:
        SettingsError: Window, step or the number of speakers cannot be used, or the classifier cannot tell speakers
            apart.
    """
    report = progress or (lambda share: None)
    report(0.0)
    check_windows(window_seconds, step_seconds)
    check_speakers(speakers)
    wave = cleaned(wave)
    seconds = len(wave) / SAMPLING_RATE
    share = FINDING_SPEECH if speakers == 1 else FINDING_SPEAKERS
    if speakers == 1:
        segments = speech_segments(wave)
    else:
        segments = find_speakers(wave, embedder or _embedder_of(classifier), lambda done: report(share * done))
    parts = cut_segments(segments, seconds, window_seconds, step_seconds)
    windows = _predicted(classifier, wave, parts, lambda done: report(share + (1 - share) * done), workers)
    is_centred = False
    if centre and isinstance(classifier, AdaptsToVoices) and classifier.can_adapt:
        is_centred, windows = True, _centred(windows, classifier)
    verdict, model = Verdict.NO_SPEECH, classifier.name
    silence = Prediction(verdict=verdict, duration_seconds=seconds, model=model, notes=tuple(notes))
    report(1.0)
    return Timeline(tuple(windows), _overall(windows, silence), seconds, is_centred)


def check_speakers(count: int) -> None:
    """Check the number of speakers.

    Raises:
        SettingsError: They cannot be told apart.
    """
    if not 1 <= count <= len(SPEAKERS):
        raise SettingsError(f"{count} speakers cannot be told apart; choose 1 or 2.")


def _embedder_of(classifier: Classifier) -> SpeakerEmbedder:
    if not isinstance(classifier, EmbedsSpeakers):
        remedy = "name a speaker-verification model"
        raise SettingsError(f"The model {classifier.name} cannot tell speakers apart by itself; {remedy}.")
    return classifier.speaker_embedder()


def _predicted(
    classifier: Classifier,
    wave: np.ndarray,
    parts: Sequence[Segment],
    report: Callable[[float], object],
    workers: int,
) -> list[Window]:
    """Return the windows with speech, in the order of time; shorter recordings may go first.

    Windows of about the same length are predicted together, because padding takes as long to score as sound.
    """
    order = sorted(range(len(parts)), key=lambda number: parts[number].seconds)
    batches = [order[start : start + BATCH_WINDOWS] for start in range(0, len(order), BATCH_WINDOWS)]

    def predict(batch: Sequence[int]) -> list[Prediction]:
        return classifier.predict([wave[parts[number].samples] for number in batch])

    predictions: dict[int, Prediction] = {}
    with ThreadPoolExecutor(workers) as pool:
        answers = pool.map(predict, batches) if workers > 1 else (predict(batch) for batch in batches)
        with closing(answers):  # type: ignore[type-var] # both are generators; after an error, batches that have not begun are not predicted
            for done, batch in enumerate(batches):
                share = done / len(batches)
                report(share)
                give_way(len(wave) / SAMPLING_RATE * (1 - share))
                predictions.update(zip(batch, next(answers), strict=True))
                forget(wave)
    return [
        Window(part.start_seconds, part.end_seconds, predictions[number], part.speaker)
        for number, part in enumerate(parts)
        if predictions[number].scores
    ]


def _centred(windows: Sequence[Window], classifier: AdaptsToVoices) -> list[Window]:
    """Return the windows, those of each speaker corrected for the speaker's voice."""
    voices = {
        speaker: classifier.learn_voice([one.prediction for one in windows if one.speaker == speaker])
        for speaker in {window.speaker for window in windows}
    }
    return [replace(one, prediction=classifier.correct(one.prediction, voices[one.speaker])) for one in windows]


def _overall(windows: Sequence[Window], silence: Prediction) -> Prediction:
    """Return the mean of the windows, weighted with their length; not sure if most of the time is."""
    if not windows:
        return silence
    lengths = [window.seconds for window in windows]
    unsure = sum(
        length for length, one in zip(lengths, windows, strict=True) if one.prediction.verdict is Verdict.NOT_SURE
    )
    verdict = Verdict.NOT_SURE if unsure > sum(lengths) / 2 else Verdict.OK
    return _mean([window.prediction for window in windows], lengths, replace(silence, verdict=verdict))


def _parts(whole: Segment, window_seconds: float, step_seconds: float) -> list[Segment]:
    if whole.seconds <= window_seconds * LONGER_THAN_WINDOW:
        return [whole]
    count = math.ceil((whole.seconds - window_seconds) / step_seconds) + 1
    starts = np.linspace(whole.start_seconds, whole.end_seconds - window_seconds, count).tolist()
    return [Segment(one, one + window_seconds, speaker=whole.speaker) for one in starts]


def _mean(predictions: Sequence[Prediction], weights: Sequence[float], like: Prediction) -> Prediction:
    """Return the weighted mean of predictions with scores; the other fields are those of `like`."""
    if not predictions[0].scores:
        return like
    shares = np.array(weights) / np.sum(weights)
    table = np.array([[*prediction.scores.values()] for prediction in predictions])
    known = [one.intensity for one in predictions if one.intensity is not None]
    return replace(
        like,
        scores=dict(zip(predictions[0].scores, (shares @ table).tolist(), strict=True)),
        intensity=float(np.mean(known)) if known else None,
    )


def _strength(window: Window | None) -> float:
    if window is None:
        return 0.0
    prediction = window.prediction
    if prediction.verdict is not Verdict.OK or prediction.label in ORDINARY:
        return 0.0
    return prediction.confidence * (1.0 if prediction.intensity is None else prediction.intensity)
