"""What an epoch draws and what is held out: bounded shares, and the same voices today and later."""

import pytest

from emotion_hf.feedback import Consent, Correction, new_id
from emotion_hf.feedback.ledger import one_way
from emotion_hf.training.replay import correction_share, epoch_shares, hold_out


def correction(session="", content="", speaker=""):
    return Correction(
        *(new_id(), "sad", None, {}, "", Consent(store=True, train=True)),
        session=session,
        speaker=speaker,
        content=content,
    )


def corrections(count, sessions):
    return {row: (correction(f"s{row % sessions}", f"content {row}"),) for row in range(count)}


def test_the_share_of_corrections_grows_with_their_number_up_to_a_third():
    shares = [correction_share(count) for count in (5, 23, 100, 1000)]
    assert shares == [pytest.approx(5 / 205), pytest.approx(23 / 223), 1 / 3, 1 / 3]


@pytest.mark.parametrize("count", [5, 23, 100, 400, 5000])
def test_an_epoch_has_the_stated_share_of_corrections_and_no_clip_twice(count):
    originals, own = {"ravdess": 1200, "nemo": 4000}, {"nemo": 0.5}
    shares = epoch_shares(originals, own, corrections=count)
    drawn = {name: number * shares.get(name, 1.0) for name, number in {**originals, "feedback": count}.items()}
    assert drawn["feedback"] / sum(drawn.values()) == pytest.approx(correction_share(count))
    assert drawn["nemo"] / drawn["ravdess"] == pytest.approx(2000 / 1200)  # as the base had it
    assert all(0 < share <= 1 for share in shares.values())


def test_without_original_recordings_all_corrections_are_drawn():
    assert epoch_shares({}, {}, corrections=5) == {}


def test_a_voice_is_on_one_side_and_stays_there(tmp_path):
    few, many = corrections(200, 40), corrections(400, 80)
    (held, by_voice), (later, _) = (hold_out(one, [], tmp_path) for one in (few, many))
    sides = {few[row][0].session: row in held for row in few}
    assert by_voice and all(sides[few[row][0].session] == (row in held) for row in few)
    assert sides == {session: session in {many[row][0].session for row in later} for session in sides}
    assert 0.2 < len({many[row][0].session for row in later}) / 80 < 0.4


def test_with_one_voice_recordings_are_held_out(tmp_path):
    one = corrections(100, 1)
    held, by_voice = hold_out(one, [], tmp_path)
    assert not by_voice and 15 < len(held) < 45
    assert held == hold_out(one, [], tmp_path)[0]


def test_training_corrections_of_the_base_are_never_held_out(tmp_path):
    clips = corrections(100, 20)
    held, _ = hold_out(clips, [], tmp_path / "base")
    records = one_way(clips[row][0].id for row in held[:7])
    event = {"event": "training", "model": str(tmp_path / "base"), "records": records}
    assert hold_out(clips, [event], tmp_path / "base")[0] == held[7:]
    assert hold_out(clips, [event], tmp_path / "another")[0] == held
