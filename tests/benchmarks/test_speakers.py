"""Conversations made of clips, and the figures of who speaks when."""

import json
from itertools import pairwise

import numpy as np
import pytest

from benchmarks import speaker_layer, speakers
from benchmarks.conversations import FRAME_SAMPLES, audible, converse, trimmed
from emotion_hf.corpora import find_corpus
from emotion_hf.speech import Segment
from emotion_hf.testing import synthetic_voice, tiny_corpus

RATE = 16_000


def test_the_page_matches_the_figures():
    figures = json.loads(speakers.FIGURES.read_text(encoding="utf-8"))
    assert speakers.PAGE.read_text(encoding="utf-8") == speakers.document(figures)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("corpus"), speakers=2, clips_per_emotion=4)


@pytest.fixture(scope="module")
def clips(corpus):
    """The clips of two speakers."""
    found = {}
    for clip in find_corpus("ravdess").index(corpus):
        found.setdefault(clip.speaker, []).append(clip.path)
    return found


def test_silence_at_the_ends_of_a_clip_is_cut_off():
    voice = synthetic_voice(2.0)
    wave, spoken = trimmed(np.concatenate([np.zeros(RATE, np.float32), voice, np.zeros(RATE // 2, np.float32)]))
    assert len(wave) == FRAME_SAMPLES * len(spoken) and 1.8 < len(wave) / RATE <= 2.02
    assert spoken[0] and spoken[-1] and spoken.mean() > 0.9


def test_only_a_long_pause_in_a_clip_is_no_speech():
    def with_pause(frames: int) -> np.ndarray:
        tone = np.sin(np.arange(100 * FRAME_SAMPLES))
        return np.concatenate([tone, np.zeros(frames * FRAME_SAMPLES), tone])

    assert audible(with_pause(20)).all() and not audible(with_pause(80))[120:160].any()


def test_a_conversation_alternates_and_knows_who_speaks(clips):
    talk = converse(clips, np.random.default_rng(0))
    assert len(talk.wave) == FRAME_SAMPLES * len(talk.truth) and talk.truth[0] == 1
    changes = np.flatnonzero(np.diff(talk.truth[talk.truth > 0]))
    assert set(talk.truth) == {0, 1, 2} and len(changes) >= 4
    again = converse(clips, np.random.default_rng(0))
    assert (talk.wave == again.wave).all()
    alone = converse({"one": clips[min(clips)]}, np.random.default_rng(0))
    assert set(alone.truth) == {0, 1} and len(alone.wave) / RATE < 60


def test_turns_become_frames_and_windows_are_judged_by_who_speaks_most(clips):
    turns = [Segment(0, 1, speaker="A"), Segment(1.5, 4, speaker="B")]
    frames = speakers.frames_of(turns, 400)
    assert frames.tolist() == [1] * 100 + [0] * 50 + [2] * 250
    talk = converse(clips, np.random.default_rng(1))
    assert speakers.windows_right(_truth(talk.truth), talk) > 0.9


def _truth(frames) -> list[Segment]:
    edges = [0, *(np.flatnonzero(np.diff(frames)) + 1).tolist(), len(frames)]
    pairs = pairwise(edges)
    return [Segment(one / 100, other / 100, speaker="AB"[frames[one] - 1]) for one, other in pairs if frames[one]]


def test_an_embedder_that_knows_pitch_makes_few_errors(clips):
    class Spectrum:
        def embed(self, waves):
            peaks = [np.abs(np.fft.rfft(wave, RATE))[80:320].argmax() for wave in waves]
            return np.log(np.array(peaks)[:, None] + 80.0) * [1.0, 0.01] - [5.0, 0.0]

    figures = speakers.measure(converse(clips, np.random.default_rng(2)), Spectrum())
    assert figures["missed"] < 0.05 and figures["error"] == pytest.approx(
        figures["missed"] + figures["false_alarms"] + figures["confused"]
    )
    assert figures["error_with_collar"] < figures["error"] and 0.5 <= figures["windows_right"] <= 1


def test_rows_have_pairs_of_each_kind_and_every_speaker_alone(corpus):
    rows = speakers.recordings({"ravdess": corpus})
    assert set(rows) == {"ravdess, one speaker"} and len(rows["ravdess, one speaker"]) == 1  # only actor 1 is unseen


def test_the_layer_keeps_what_differs_between_speakers():
    rng = np.random.default_rng(0)
    voices, size = 60, 48
    offsets = np.zeros((voices, size))
    offsets[:, :4] = rng.normal(size=(voices, 4))
    numbers = np.repeat(np.arange(voices), 20)
    noise = rng.normal(size=(len(numbers), size)) * np.r_[np.full(24, 0.5), np.full(24, 5.0)]
    vectors = offsets[numbers] + noise
    names, corpora = np.array([f"x/{number}" for number in numbers]), np.full(len(numbers), "x")
    half = numbers < 40
    projection = speaker_layer.discriminant(vectors[half], names[half], corpora[half])
    assert projection.shape == (size, speaker_layer.SIZE)
    rest = (vectors - offsets[numbers])[half] @ projection
    assert rest.var(axis=0).mean() == pytest.approx(1.0, rel=0.5)
    held_out = vectors[~half], names[~half], corpora[~half]
    before, after = (speaker_layer.told_apart(*held_out, one) for one in (np.eye(size), projection[:, :4]))
    assert after > before + 0.1
