"""The panels of the desk without a browser: what they do, say, and leave alone."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from emotion_hf.app.desk.about_panel import AboutPanel, folder_html, key_of, webhook_html
from emotion_hf.app.desk.caller_panel import CallerPanel, minutes_until_morning
from emotion_hf.app.desk.first_use import FirstUse, set_up_html, terms_html
from emotion_hf.app.desk.history_panel import HistoryPanel, day_of, filter_of
from emotion_hf.app.desk.rule_panel import RulePanel, figures_html
from emotion_hf.app.german import GERMAN
from emotion_hf.desk import alarms, callers, calls, deletion, law, listing, setup
from emotion_hf.desk.alarms import Measured, Share
from emotion_hf.desk.calls import State
from emotion_hf.desk.rule import Rule
from emotion_hf.desk.setup import OneChannel, Recordings
from emotion_hf.desk.watch import Outcome, Seen
from emotion_hf.desk.webhook import Failure
from emotion_hf.errors import DeskError, SettingsError
from emotion_hf.settings import Settings


def event(**data):
    return SimpleNamespace(_data=data)


@pytest.fixture
def panel(services, desk, page):
    return CallerPanel(services, desk)


def test_the_terms_are_shown_in_both_languages():
    html = terms_html()
    for text in (*law.TERMS, law.ANNOUNCEMENT):
        assert text in html and GERMAN[text] in html


def test_the_desk_opens_after_the_tick_only(unready, page):
    form = FirstUse(unready)
    with pytest.raises(DeskError, match="tick"):
        form.accept("Crisis line", "Zurich", "", False, "unknown", "caller")
    with pytest.raises(DeskError, match="place"):
        form.accept("Crisis line", "", "", True, "unknown", "caller")
    with pytest.raises(DeskError, match="one channel"):
        form.accept("Crisis line", "Zurich", "", True, "unknown", None)
    assert setup.get(unready) is None
    form.accept("Crisis <line>", "Zurich", "MK", True, "1", "A")
    assert setup.recordings(unready) == Recordings(1, OneChannel.A)
    html = set_up_html(setup.get(unready))
    assert "<dd>Crisis &lt;line&gt;</dd>" in html and "(MK)" in html


def test_a_caller_opens_with_the_newest_open_alarm(panel, add):
    alarm, later = add("Anna", "angry"), add("Anna")
    shown = panel.show(alarm.line.caller_id)
    assert shown[panel.chosen] == alarm.line.id and shown[panel.judge].visible and shown[panel.sleep].visible
    assert "2 calls · not asked about training" in shown[panel.head]
    assert f'href="desk/exports/{alarm.line.caller_id}"' in shown[panel.export]
    assert "&lt;call&gt;.wav" in shown[panel.call] and "<call>" not in shown[panel.call]
    chosen = panel._choose(event(caller=alarm.line.caller_id, call=later.line.id))
    assert chosen[panel.chosen] == later.line.id
    assert chosen[panel.missed].visible and not chosen[panel.judge].visible


def test_what_is_typed_survives_the_changes_of_others(panel, add):
    call = add("Anna", "angry")
    followed = panel.follow(call.line.caller_id, call.line.id)
    for field in (panel.text, panel.name, panel.label, panel.may_train):
        assert field not in followed
    deletion.delete_caller(panel.desk, call.line.caller_id)
    assert panel.follow(call.line.caller_id, call.line.id)[panel.opened] is None
    assert panel.follow(None, None)[panel.panel] == {"__type__": "update"}


def test_an_alarm_is_judged_snoozed_and_noted(panel, add, clock):
    id = add("Anna", "angry").line.id
    assert "sleeps until" in panel._snoozer(60.0)(id)[panel.head]
    assert calls.get(panel.desk, id).line.snoozed_until == clock.at + timedelta(hours=1)
    noted = panel._note(id, " <i>Rang back</i> ")
    assert "&lt;i&gt;Rang back&lt;/i&gt;" in noted[panel.call] and noted[panel.text] == ""
    shown = panel._false(id)
    assert "acknowledged: false alarm" in shown[panel.call] and not shown[panel.sleep].visible
    assert calls.get(panel.desk, id).line.state is State.ACKNOWLEDGED
    assert alarms.measured(panel.desk).precision == Share(0, 1)
    panel._right(id)
    assert alarms.measured(panel.desk).precision == Share(1, 1)
    quiet = add("Anna").line.id
    assert "an alarm was missing" in panel._missed(quiet)[panel.call]


@pytest.mark.parametrize(("hour", "minutes"), [(0, 32 * 60), (12, 20 * 60), (23, 9 * 60)])
def test_tomorrow_begins_at_eight(hour, minutes):
    here = datetime(2026, 6, 1, hour).astimezone()
    assert minutes_until_morning(here.astimezone(UTC)) == minutes


def test_an_emotion_is_corrected_and_a_caller_renamed(panel, add):
    call = add("Anna")
    with pytest.raises(DeskError, match="Choose the emotion"):
        panel._correct(call.line.id, None)
    assert "sad <small>corrected</small>" in panel._correct(call.line.id, "sad")[panel.call]
    assert ">Ben<" in panel._rename(call.line.caller_id, call.line.id, "Ben")[panel.head]
    shown = panel._consent(call.line.caller_id, call.line.id, True)
    assert "consents to training, since <time" in shown[panel.head]
    assert next(iter(panel.services.store.records())).label == "sad"


def test_a_removal_says_first_what_it_deletes(panel, add, tmp_path):
    call = add("Anna")
    panel._correct(call.line.id, "sad")
    row, warning = panel._ask(call.line.caller_id)
    assert row.visible and "Remove Anna? This deletes 1 calls with their recordings" in warning
    assert panel._remove(call.line.caller_id)[panel.opened] is None
    assert callers.all_callers(panel.desk) == [] and list(panel.services.store.records()) == []


@pytest.mark.parametrize("data", [{}, {"caller": "1"}, {"caller": True}, {"caller": 77, "call": 1}])
def test_a_forged_choice_is_refused(panel, data):
    with pytest.raises(DeskError, match="no longer on the desk"):
        panel._choose(event(**data))


def test_the_history_is_filtered_and_paged(services, desk, page, add, monkeypatch):
    monkeypatch.setattr("emotion_hf.app.desk.history_panel.PER_PAGE", 2)
    panel = HistoryPanel(services, desk)
    first, *_ = add("Anna", "angry"), add("Ben"), add("Ben")
    everything = (0, "", "all", None, None, "")
    shown = panel.find(1, *everything)
    assert "Page 1 of 2, 3 calls" in shown[panel.table] and shown[panel.table].count("<tr data-call") == 2
    assert shown[panel.older].interactive and not shown[panel.newer].interactive
    shown = panel._older(1, *everything)
    assert shown[panel.page] == 2 and shown[panel.newer].interactive and not shown[panel.older].interactive
    assert panel._newer(2, *everything)[panel.page] == 1
    urgent = panel.find(1, first.line.caller_id, "angry", "urgent", "2026-11-29", "2026-12-01", "")
    assert f'data-call="{first.line.id}"' in urgent[panel.table] and "&lt;call&gt;.wav" in urgent[panel.table]
    for none in (
        (0, "", "all", "2026-12-02", None, ""),
        (0, "", "all", None, None, "x"),
        (0, "sad", "all", *[""] * 3),
    ):
        assert "No calls pass these filters." in panel.find(1, *none)[panel.table]
    opened = panel._open(99, None, None, None, None, None)
    assert opened[panel.caller].value == 0 and ("Anna", first.line.caller_id) in opened[panel.caller].choices
    assert ("ruhig", "calm") not in opened[panel.emotion].choices and ("calm", "calm") in opened[panel.emotion].choices


def test_the_last_day_counts_to_its_end():
    chosen = filter_of(None, None, "others", "2026-11-29", "2026-11-30", None)
    assert chosen.until - chosen.since == timedelta(days=2) and chosen.urgent is False
    assert filter_of(3, None, "open", None, " ", None).acknowledged is False
    with pytest.raises(DeskError, match="such as 2026-11-30"):
        day_of("tomorrow")


def test_the_rule_is_changed_and_put_back(services, desk, page):
    panel = RulePanel(services, desk)
    values = [panel.show()[field] for field in panel.fields]
    assert [values[0].value, *values[1:]] == list(Rule().to_dict().values())
    panel._save(["sad"], 0.5, 2, 3, 0.3, 0.7, 0.0)
    assert setup.rule(desk) == Rule(("sad",), 0.5, 2, 3, 0.3, 0.7, 0.0)
    assert "Since the rule was changed," in panel.measure()[panel.figures]
    with pytest.raises(SettingsError, match="leave confidence"):
        panel._save(["sad"], 0.5, 2, 3, 0.6, 0.7, 0.0)
    panel._reset()
    assert setup.rule(desk) == Rule()


def test_figures_are_shown_with_their_counts():
    html = figures_html(Measured(14, 3, Share(8, 11), 7.0, 2, None))
    assert "<b>73 %</b> · 8 of 11 judged alarms were right" in html
    assert "<b>2.0 per hour</b> · 14 in 7.0 hours of recordings, 3 of them open" in html
    assert "<b>0.4 per hour</b> · 3 in all" in html and "2 calls that somebody reported as urgent" in html
    few = figures_html(Measured(1, 1, Share(0, 0), 0.9, 0, None))
    assert "Nobody has judged an alarm yet." in few and "no rate for less than an hour" in few and law.NOT_SAFE in few


def test_the_usual_channel_is_set(services, desk, page):
    panel = AboutPanel(services, desk)
    assert panel.show()[panel.recorded.channel].value == "unknown"
    panel._save("1", "A")
    assert setup.recordings(desk) == Recordings(1, OneChannel.A)
    assert panel._save("unknown", "check")[panel.recorded.single].value == "check"


def test_the_watched_folder_shows_names_but_no_paths(tmp_path):
    settings = Settings(desk_watch=str(tmp_path / "in"), desk_webhook="https://pager.example.org/secret")
    path = tmp_path / "in" / "Anna" / "a<b.wav"
    failed = Outcome(path, "Anna", error=f"{path} is empty (0 bytes); record or export it again.")
    html = folder_html(settings, [Seen(path, "Ánna", datetime.now(UTC))], [failed])
    assert "a&lt;b.wav is empty" in html and f'data-dismiss="{key_of(path)}"' in html and "Ánna" in html
    assert str(tmp_path) not in html
    failure = Failure(2, "it answered 500", datetime.now(UTC))
    assert "pager.example.org" in webhook_html(settings, None) and "secret" not in webhook_html(settings, failure)
    assert "failed (it answered 500); alarms that were not sent: 2" in webhook_html(settings, failure)


def test_history_and_panel_agree_about_the_newest_call(panel, add):
    add("Anna"), add("Anna")
    newest = listing.history(panel.desk).calls[0]
    assert panel.show(newest.caller_id)[panel.chosen] == newest.id
