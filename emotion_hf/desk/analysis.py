"""Analyse the caller's side of a recording, and nobody else's.

A recording of several channels is one of two sides: the caller's channel is used, and the others are not decoded into
anything that is kept. A recording of one channel may be a mix of two speakers. Then somebody must say which of them is
the caller, the first to speak (A) or the second (B); the other one's turns become silence before anything is kept.

Example:
    >>> side = caller_side("call.wav", Recordings(caller_channel=0))  # doctest: +SKIP
    >>> analysed = analyse(classifier, side, rule=Rule())  # doctest: +SKIP
    >>> analysed.timeline.overall.label, analysed.urgency.level  # doctest: +SKIP
    ('angry', <Level.URGENT: 2>)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_hf.audio import SAMPLING_RATE, channels_of, read_audio
from emotion_hf.desk import reference
from emotion_hf.desk.reference import Scores
from emotion_hf.desk.rule import Moment, Rule, Urgency, judge, mean_strain
from emotion_hf.desk.setup import OneChannel, Recordings
from emotion_hf.errors import DeskError, SpeakersUnknownError
from emotion_hf.feedback.sound import content_of
from emotion_hf.prediction import Classifier
from emotion_hf.speakers import SPEAKERS, EmbedsSpeakers, find_speakers
from emotion_hf.speech import Segment
from emotion_hf.timeline import MAX_TIMELINE_SECONDS, AdaptsToVoices, Timeline, make_timeline
from emotion_hf.voice import Voice

ALIKE_POWER = 1e-3
"""Channels whose difference has less than this share of their power hold the same: they are one channel."""
CHECKING_SPEAKERS = 0.4
"""Share of the work that looking for a second speaker takes."""


@dataclass(frozen=True)
class Side:
    """The decoded side of the caller.

    Attributes:
        wave: Mono float32 at 16 kHz, shape ``(samples,)``.
        content: SHA-256 of its samples.
        notes: Sentences about what was left out or chosen.
        channel: The channel that was used, if there are several.
        holds: What it holds.
        name: Name of the recording, for sentences.
    """

    wave: np.ndarray
    content: str
    notes: tuple[str, ...]
    channel: int | None
    holds: OneChannel
    name: str


@dataclass(frozen=True)
class Analysed:
    """The result for a recording.

    Attributes:
        wave: What to keep: the caller's side, silent where another speaker was found.
        timeline: Corrected for the caller's voice, if the model can do that.
        uncorrected: Scores of windows before the correction, for the next reference.
        earlier: Number of the caller's earlier recordings that served as reference.
        voice: The caller's voice with this recording; ``None`` if the model cannot adapt.
        strain: Mean probability of the rule's emotions together.
        urgency: How urgent it is.
        speaker: Who the caller is, if two speakers were told apart.
    """

    wave: np.ndarray
    timeline: Timeline
    uncorrected: list[Scores]
    earlier: int
    voice: Voice | None
    strain: float
    urgency: Urgency
    speaker: str | None


def caller_side(
    source: Path | str | bytes,
    recordings: Recordings,
    *,
    channel: int | None = None,
    speaker: str | None = None,
    max_seconds: float = MAX_TIMELINE_SECONDS,
) -> Side:
    """Decode the caller's side of a recording.

    Args:
        source: Path or bytes of the recording.
        recordings: How the calls of this desk are recorded.
        channel: The caller's channel in this recording, if it is not the usual one.
        speaker: What this recording holds, if it is not the usual: ``A``, ``B`` or ``caller``.
        max_seconds: Longest accepted recording.

    Raises:
        AudioError: The recording cannot be used.
        SpeakersUnknownError: It has several channels, and nobody has said which one is the caller's.
        DeskError: ``speaker`` is none of these.
    """
    name = os.path.basename(source) if isinstance(source, str | Path) else "The recording"
    try:
        holds = recordings.one_channel if speaker is None else OneChannel(speaker)
    except ValueError:
        raise DeskError(f"The caller is not {speaker!r}; choose one of {', '.join(OneChannel)}.") from None
    if channel is None and channels_of(source) > 1 and not _is_one(source, max_seconds):
        channel = recordings.caller_channel
        if channel is None:
            raise SpeakersUnknownError(
                f"{name} has several channels, and the others may hold somebody at work; say which channel is the "
                "caller's, for this recording or for the desk."
            )
    if channel is not None:
        holds = OneChannel.CALLER
    sound = read_audio(source, max_seconds=max_seconds, channel=channel)
    return Side(sound.wave, content_of(sound.wave), sound.notes, channel, holds, name)


def analyse(
    classifier: Classifier,
    side: Side,
    *,
    rule: Rule,
    earlier: Sequence[Sequence[Scores]] = (),
    progress: Callable[[float], object] | None = None,
) -> Analysed:
    """Predict over the time of the caller's side, correct for the caller's voice, and judge the urgency.

    Args:
        classifier: The model.
        side: The caller's side.
        rule: The rule of urgency.
        earlier: Uncorrected scores of the caller's earlier recordings.
        progress: Called with the share that is done, from 0 to 1; an error that it raises ends the work.

    Raises:
        SpeakersUnknownError: Two speakers were found where only the caller was expected, or the other way round.
        LabelError: The model does not know an emotion of the rule.
    """
    rule.check(classifier.labels)
    report = progress or (lambda share: None)
    timeline = _timeline(classifier, side, report)
    own = reference.uncorrected(timeline)
    used = list(earlier) if own else []
    voice = reference.learn(classifier, [*used, own])
    if voice is not None and isinstance(classifier, AdaptsToVoices):
        timeline = timeline.corrected(classifier, voice)
    moments = [Moment(one.start_seconds, one.end_seconds, one.prediction.scores) for one in timeline.windows]
    return Analysed(
        wave=side.wave if side.holds not in SPEAKERS else _silenced(side.wave, timeline),
        timeline=timeline,
        uncorrected=own,
        earlier=len(used) if voice is not None else 0,
        voice=voice,
        strain=mean_strain(moments, rule),
        urgency=judge(moments, rule),
        speaker=str(side.holds) if side.holds in SPEAKERS else None,
    )


def _timeline(classifier: Classifier, side: Side, report: Callable[[float], object]) -> Timeline:
    """Return the timeline of the caller, not corrected for the voice yet."""
    if side.holds in SPEAKERS:
        both = make_timeline(classifier, side.wave, report, centre=False, speakers=2, notes=side.notes)
        if len(both.speakers) < len(SPEAKERS):
            raise SpeakersUnknownError(
                f"Two speakers cannot be told apart in {side.name}; if only the caller speaks in it, say so."
            )
        return both.of(str(side.holds))
    begun = 0.0
    if side.holds is OneChannel.CHECK and isinstance(classifier, EmbedsSpeakers):
        begun = CHECKING_SPEAKERS
        embedder = classifier.speaker_embedder()
        _check_alone(find_speakers(side.wave, embedder, lambda done: report(begun * done)), side.name)
    return make_timeline(
        classifier, side.wave, lambda done: report(begun + (1 - begun) * done), centre=False, notes=side.notes
    )


def _check_alone(turns: Sequence[Segment], name: str) -> None:
    seconds = {speaker: sum(turn.seconds for turn in turns if turn.speaker == speaker) for speaker in SPEAKERS}
    if all(seconds.values()):
        first, second = (f"{seconds[speaker]:.0f} s" for speaker in SPEAKERS)
        raise SpeakersUnknownError(
            f"{name} seems to hold two speakers: A speaks first, for {first}, and B for {second}; say which of them "
            "is the caller, or that only the caller speaks."
        )


def _is_one(source: Path | str | bytes, max_seconds: float) -> bool:
    """Return whether the first two channels hold the same sound."""
    left, right = (read_audio(source, max_seconds=max_seconds, channel=number).wave for number in (0, 1))
    power = np.mean(np.square(left, dtype=float)) + np.mean(np.square(right, dtype=float))
    return bool(np.mean(np.square(left - right, dtype=float)) <= ALIKE_POWER * power)


def _silenced(wave: np.ndarray, timeline: Timeline) -> np.ndarray:
    """Return the wave with silence wherever the timeline has no window of the caller."""
    kept = np.zeros_like(wave)
    for window in timeline.windows:
        part = slice(round(window.start_seconds * SAMPLING_RATE), round(window.end_seconds * SAMPLING_RATE))
        kept[part] = wave[part]
    return kept
