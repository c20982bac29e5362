from collections import Counter

import numpy as np
import pytest

from emotion_hf.data.drawing import draw_share, draw_speakers, shuffle_by_stratum
from emotion_hf.errors import SplitError

# 10 men and 10 women of one corpus, 5 men and 4 women of another
SPEAKERS = {f"r{number}": ("r", "male" if number % 2 else "female") for number in range(20)}
SPEAKERS |= {f"n{number}": ("n", "male" if number < 5 else "female") for number in range(9)}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def strata(drawn) -> dict:
    return dict(Counter(SPEAKERS[name] for name in drawn))


def test_a_number_is_drawn_in_proportion():
    men_and_women = {name: stratum for name, stratum in SPEAKERS.items() if stratum[0] == "r"}
    for seed in range(5):
        assert strata(draw_speakers(men_and_women, 4, rng(seed))) == {("r", "male"): 2, ("r", "female"): 2}


def test_a_share_is_drawn_in_proportion():
    expected = {("r", "male"): 2, ("r", "female"): 2, ("n", "male"): 1, ("n", "female"): 1}
    assert strata(draw_speakers(SPEAKERS, 0.2, rng())) == expected
    assert strata(draw_speakers(SPEAKERS, "0.2", rng())) == expected


def test_a_draw_depends_on_the_seed_alone():
    backwards = dict(reversed(SPEAKERS.items()))
    assert draw_speakers(SPEAKERS, 6, rng(1)) == draw_speakers(backwards, 6, rng(1))
    assert draw_speakers(SPEAKERS, 6, rng(1)) != draw_speakers(SPEAKERS, 6, rng(2))


def test_names_are_taken_as_they_are():
    assert draw_speakers(SPEAKERS, "r1, n2", rng()) == {"r1", "n2"}
    assert draw_speakers(SPEAKERS, ["r1"], rng()) == {"r1"}


def test_none_and_at_least_one():
    assert draw_speakers(SPEAKERS, 0, rng()) == draw_speakers({}, 0.0, rng()) == set()
    assert len(draw_speakers({"a": ("t", None), "b": ("t", None)}, 0.2, rng())) == 1


@pytest.mark.parametrize(
    ("held_out", "sentence"),
    [
        (29, "29 of 29 known speakers cannot be held out"),
        ("r1,r99", "'r99' is not among the 29 speakers that can be held out: n0, n1, n2, n3, n4 …"),
        (-1, "-1 is neither a number"),
        (1.5, "1.5 is neither a number"),
    ],
)
def test_what_cannot_be_held_out_is_one_sentence(held_out, sentence):
    with pytest.raises(SplitError, match=sentence):
        draw_speakers(SPEAKERS, held_out, rng())


def test_unknown_speakers_are_explained():
    with pytest.raises(SplitError, match=r"1 of 0 known speakers .* name the speakers in a column 'speaker'"):
        draw_speakers({}, 0.2, rng())


def test_a_share_of_clips_is_exact_and_stratified():
    clips = {row: ("c", "happy" if row < 60 else "sad") for row in range(100)}
    drawn = draw_share(clips, "0.25", rng())
    assert Counter(clips[row] for row in drawn) == {("c", "happy"): 15, ("c", "sad"): 10}
    for share in ("2", 4, "happy", 1.0):
        with pytest.raises(SplitError, match=r"needs a share of the clips below 1, such as 0\.25"):
            draw_share(clips, share, rng())


def test_every_kth_of_the_shuffled_speakers_is_alike():
    order = shuffle_by_stratum(SPEAKERS, rng())
    assert sorted(order) == sorted(SPEAKERS)
    for fold in range(5):
        men = sum(stratum[1] == "male" for stratum in map(SPEAKERS.get, order[fold::5]))
        assert 2 <= men <= 4 and 5 <= len(order[fold::5]) <= 6
