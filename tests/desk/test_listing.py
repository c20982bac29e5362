"""The first view and the history."""

from datetime import timedelta

import pytest

from emotion_hf.desk import alarms, callers, listing
from emotion_hf.desk.calls import State
from emotion_hf.desk.listing import Filter
from emotion_hf.desk.rule import Level
from emotion_hf.errors import DeskError
from tests.desk.conftest import START


def names(view):
    return [row.caller.name for row in view.rows]


def test_callers_are_ordered_by_urgency(desk, clock, take):
    people = {name: callers.add(desk, name) for name in ("Ben", "Cleo", "Dora", "Emil", "Finn")}
    take("happy", caller=people["Ben"])
    take("angry", caller=people["Cleo"])
    take("happy", caller=people["Dora"])
    take("sad", caller=people["Emil"])
    slept = take("fearful", caller=people["Finn"])
    alarms.snooze(desk, slept.line.id, 30)
    view = listing.overview(desk)
    # Emil's alarm is newer than Cleo's; Finn's sleeps, but his call was urgent; Dora called after Ben.
    assert names(view) == ["Emil", "Cleo", "Finn", "Dora", "Ben", "Anna"]
    assert [row.is_asleep for row in view.rows] == [False, False, True, False, False, False]
    assert view.alarms == 2
    clock.move(minutes=31)
    assert (names(listing.overview(desk))[0], listing.overview(desk).alarms) == ("Finn", 3)


def test_a_caller_without_calls_comes_last(desk, anna, take):
    callers.add(desk, "Aaron")
    take("happy")
    last = listing.overview(desk).rows[-1]
    assert (last.caller.name, last.latest, last.trend, last.calls, last.alarm) == ("Aaron", None, (), 0, None)


def test_the_trend_has_the_last_calls_oldest_first(desk, take):
    for day in (3, 1, 2, 4):
        take("sad" if day > 2 else "happy", happened_at=START - timedelta(days=day))
    row = listing.overview(desk, trend=3).rows[0]
    assert row.calls == 4
    assert [line.happened_at for line in row.trend] == [START - timedelta(days=day) for day in (3, 2, 1)]
    assert [round(line.strain, 2) for line in row.trend] == [0.93, 0.04, 0.04]
    assert row.latest == row.trend[-1]


def test_an_old_open_alarm_stays_on_top(desk, clock, take):
    urgent = take("angry")
    clock.move(days=2)
    take("calm")
    row = listing.overview(desk, trend=1).rows[0]
    assert (row.alarm.id, row.latest.level, row.alarms) == (urgent.line.id, Level.CALM, 1)


def test_an_empty_desk_has_an_empty_view(desk):
    view = listing.overview(desk)
    assert (view.rows, view.alarms, listing.history(desk).total, listing.history(desk).pages) == ((), 0, 0, 1)


@pytest.fixture
def several(desk, clock, take):
    """Four calls, the oldest first: happy, angry (acknowledged), sad of Ben (open), happy."""
    ben = callers.add(desk, "Ben")
    found = [take("happy")]
    clock.move(hours=1)
    found.append(take("angry"))
    alarms.acknowledge(desk, found[1].line.id, judged="right", note="Fell off a ladder, 100 % sure")
    clock.move(hours=1)
    found.append(take("sad", caller=ben))
    clock.move(hours=1)
    found.append(take("happy"))
    return [call.line.id for call in found]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(), [3, 2, 1, 0]),
        (Filter(emotion="happy"), [3, 0]),
        (Filter(emotion="no speech"), []),
        (Filter(emotion="not sure"), []),
        (Filter(urgent=True), [2, 1]),
        (Filter(urgent=False), [3, 0]),
        (Filter(acknowledged=True), [1]),
        (Filter(acknowledged=False), [2]),
        (Filter(since=START + timedelta(minutes=90)), [3, 2]),
        (Filter(until=START + timedelta(minutes=90)), [1, 0]),
        (Filter(text="LADDER"), [1]),
        (Filter(text="100 %"), [1]),
        (Filter(text="%"), [1]),
        (Filter(text="_"), []),  # not a wildcard
        (Filter(emotion="happy", urgent=True), []),
        (Filter(caller_id=2), [2]),
    ],
)
def test_filters(desk, anna, several, chosen, expected):
    assert callers.find(desk, "BEN").id == 2
    assert [line.id for line in listing.history(desk, chosen).calls] == [several[number] for number in expected]


def test_pages(desk, several):
    pages = [listing.history(desk, page=number, per_page=3) for number in (1, 2, 9)]
    assert [[line.id for line in page.calls] for page in pages] == [several[:0:-1], several[:1], several[:1]]
    assert [(page.number, page.pages, page.total) for page in pages] == [(1, 2, 4), (2, 2, 4), (2, 2, 4)]
    for number, size in ((0, 10), (1, 0), (1, 501)):
        with pytest.raises(DeskError, match="no such page"):
            listing.history(desk, page=number, per_page=size)


def test_emotions_to_filter_by(desk, several):
    assert listing.emotions(desk) == ["angry", "happy", "sad"]


def test_states_survive_in_the_lists(desk, several):
    assert [line.state for line in listing.history(desk).calls] == [
        *(State.QUIET, State.OPEN, State.ACKNOWLEDGED, State.QUIET)
    ]


def test_callers_have_names_of_their_own(desk, anna):
    with pytest.raises(DeskError, match="A caller named ANNA is already on the desk"):
        callers.add(desk, " ANNA ")
    ben = callers.add(desk, "Ben", may_train=True)
    assert (ben.may_train, ben.consent_at is None, anna.may_train, anna.consent_at) == (True, False, False, None)
    with pytest.raises(DeskError, match="already on the desk"):
        callers.rename(desk, ben.id, "Anna")
    assert callers.rename(desk, anna.id, "ANNA").name == "ANNA"
    assert [one.name for one in callers.all_callers(desk)] == ["ANNA", "Ben"]
    for name in ("", "  ", "a\nb", "a" * 101):
        with pytest.raises(DeskError, match="The caller's name"):
            callers.add(desk, name)
    with pytest.raises(DeskError, match="no longer on the desk"):
        callers.rename(desk, 99, "X")
    assert callers.find(desk, "nobody") is None
