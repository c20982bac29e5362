"""Acknowledging, snoozing, notes, and the figures that come from them."""

import pytest

from emotion_hf.desk import alarms, callers
from emotion_hf.desk.alarms import Share
from emotion_hf.desk.calls import Judged, State
from emotion_hf.errors import DeskError


def test_acknowledging_closes_an_alarm_and_notes_who_and_why(desk, clock, take):
    call = take("angry")
    done = alarms.acknowledge(desk, call.line.id, judged="false_alarm", who="MK", note=" laughing\nloudly\x00 ")
    only = done.acknowledgements[0]
    assert (done.line.state, only.kind, only.who) == (State.ACKNOWLEDGED, "acknowledge", "MK")
    assert (only.judged, only.note, only.snooze_until) == (Judged.FALSE_ALARM, "laughing\nloudly", None)
    assert not done.line.is_alarm(clock())


def test_a_snoozed_alarm_wakes_up_again(desk, clock, take):
    call = alarms.snooze(desk, take("sad").line.id, 10, who="MK")
    assert not call.line.is_alarm(clock())
    clock.move(minutes=11)
    assert call.line.is_alarm(clock())
    assert call.acknowledgements[0].snooze_until == call.line.snoozed_until
    assert alarms.acknowledge(desk, call.line.id).line.snoozed_until is None


def test_notes_can_be_added_to_any_call(desk, take):
    quiet = take("happy")
    noted = alarms.add_note(desk, quiet.line.id, "Called about the heating.")
    assert [(one.kind, one.note) for one in noted.acknowledgements] == [("note", "Called about the heating.")]
    assert noted.line.state is State.QUIET


@pytest.mark.parametrize(
    ("label", "act", "sentence"),
    [
        ("happy", lambda desk, id: alarms.acknowledge(desk, id, judged="right"), "raised no alarm"),
        ("happy", lambda desk, id: alarms.acknowledge(desk, id), "raised no alarm"),
        ("angry", lambda desk, id: alarms.acknowledge(desk, id, judged="missed"), "so none was missed"),
        ("angry", lambda desk, id: alarms.acknowledge(desk, id, judged="maybe"), "choose one of right, false_alarm"),
        ("angry", lambda desk, id: alarms.acknowledge(desk, id, note="a" * 2001), "2,001 characters"),
        ("angry", lambda desk, id: alarms.acknowledge(desk, id, who="a\nb"), "one line"),
        ("angry", lambda desk, id: alarms.snooze(desk, id, 0), "above 0"),
        ("angry", lambda desk, id: alarms.snooze(desk, id, float("nan")), "above 0"),
        ("happy", lambda desk, id: alarms.snooze(desk, id, 5), "no open alarm"),
        ("angry", lambda desk, id: alarms.add_note(desk, id, " "), "note is empty"),
        ("angry", lambda desk, id: alarms.add_note(desk, 999, "x"), "no longer on the desk"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(desk, take, label, act, sentence):
    call, before = take(label), desk.change_number()
    with pytest.raises(DeskError, match=sentence):
        act(desk, call.line.id)
    assert desk.change_number() == before


def test_a_call_in_the_cool_down_belongs_to_the_earlier_alarm(desk, take):
    take("angry")
    cooling = take("angry")
    with pytest.raises(DeskError, match="part of an earlier alarm"):
        alarms.acknowledge(desk, cooling.line.id, judged="missed")


def test_the_figures_come_from_the_last_judgements(desk, take):
    people = [callers.add(desk, name) for name in ("Ben", "Cleo", "Dora", "Emil")]
    calls = [take("angry", caller=one).line.id for one in people]
    alarms.acknowledge(desk, calls[0], judged="right")
    alarms.acknowledge(desk, calls[1], judged="right")
    alarms.acknowledge(desk, calls[1], judged="false_alarm")  # on second thoughts
    alarms.acknowledge(desk, calls[2])
    alarms.acknowledge(desk, take("calm").line.id, judged="missed")
    found = alarms.measured(desk)
    assert (found.alarms, found.open, found.missed) == (4, 1, 1)
    assert (found.precision, found.precision.value) == (Share(1, 2), 0.5)
    assert found.hours == pytest.approx(5 * 2 / 3600)
    assert (found.alarms_per_hour, found.false_alarms_per_hour) == (None, None)  # less than an hour was heard


def test_there_is_no_figure_without_cases(desk, clock, take):
    take("angry")
    clock.move(days=1)
    found = alarms.measured(desk, since=clock())
    assert (found.alarms, found.hours, found.precision.value) == (0, 0, None)


def test_alarms_per_hour_of_recordings(desk, take, monkeypatch):
    from sqlalchemy import update

    from emotion_hf.desk.schema import calls

    alarms.acknowledge(desk, take("angry").line.id, judged="false_alarm")
    with desk.writing() as connection:
        connection.execute(update(calls).values(duration_seconds=7200.0))
    found = alarms.measured(desk)
    assert (found.hours, found.alarms_per_hour, found.false_alarms_per_hour) == (2.0, 0.5, 0.5)
