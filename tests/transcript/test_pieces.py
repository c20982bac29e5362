"""Pieces of speech: short enough, without silence, and their times lead back to the recording."""

import numpy as np
import pytest

from emotion_hf.speech import Segment
from emotion_hf.testing import synthetic_voice
from emotion_hf.transcript.pieces import LONGEST_SECONDS, Piece, join, pieces, split

RATE = 16_000


def test_silence_is_left_out():
    gap = np.zeros(60 * RATE, np.float32)
    wave = np.concatenate([gap, synthetic_voice(3.0), gap, synthetic_voice(4.0, seed=1), gap])
    (piece,) = pieces(wave)
    assert 6.0 < piece.seconds < 8.0 and len(piece.cut(wave)) == pytest.approx(piece.seconds * RATE, abs=4)
    assert piece.start_seconds == pytest.approx(60, abs=0.5) and piece.end_seconds == pytest.approx(127, abs=0.6)
    assert pieces(gap) == () == pieces(gap[:0])


def test_a_long_recording_becomes_pieces_that_fit_and_lose_no_speech():
    wave = np.concatenate([synthetic_voice(20.0, seed=seed) for seed in range(4)])
    found = pieces(wave)
    assert len(found) >= 3 and all(piece.seconds <= LONGEST_SECONDS for piece in found)
    assert 74 < sum(piece.seconds for piece in found) <= 80


def test_a_long_stretch_is_cut_at_its_quietest_place():
    wave = np.full(70 * RATE, 0.1, np.float32)
    wave[25 * RATE : round(25.3 * RATE)] = 0
    wave[48 * RATE : round(48.3 * RATE)] = 0
    first, second, third = split(wave, Segment(0.0, 70.0))
    assert 25 < first.end_seconds < 25.3 and first.end_seconds == second.start_seconds
    assert 48 < second.end_seconds < 48.3 and third.end_seconds == 70.0
    assert split(wave, Segment(3.0, 20.0)) == [Segment(3.0, 20.0)]


def test_margins_overlap_neither_each_other_nor_the_ends():
    (piece,) = join([Segment(0.1, 1.0), Segment(1.1, 2.0)], duration_seconds=2.05)
    assert piece.parts == (Segment(0.0, 1.05), Segment(1.05, 2.05))


def test_times_lead_back_to_the_recording():
    piece = Piece((Segment(10.0, 12.0), Segment(50.0, 53.0)))
    assert piece.times(0.5, 1.0) == (10.5, 11.0) and piece.times(3.0, 4.0) == (51.0, 52.0)
    assert piece.times(1.5, 2.2) == (11.5, 12.0)  # most of it is in the first part
    assert piece.times(1.9, 9.0) == (50.0, 53.0) and piece.times(0.0, 0.0) == (10.0, 10.0)
