"""The callers as HTML: their order, what a card says, and what it never contains."""

import re
from datetime import timedelta

import pytest

from emotion_hf.app.desk import board
from emotion_hf.app.desk.board import bell_html, board_html
from emotion_hf.app.desk.sparkline import sparkline_svg
from emotion_hf.app.words import speaking
from emotion_hf.desk import alarms, callers, listing
from emotion_hf.desk.rule import Rule


def shown(desk, **options):
    return board_html(listing.overview(desk), Rule(), **options)


def names(html):
    return re.findall(r'data-open="\d+"[^>]*>([^<]*)<', html)


def test_the_most_urgent_is_the_first_and_a_card_says_why(desk, add):
    add("Ben"), add("Anna", "angry"), add("Carla")
    callers.add(desk, "Dora")
    html = shown(desk)
    assert names(html) == ["Anna", "Carla", "Ben", "Dora"]
    assert "<b>1 open alarm</b> · 4 callers" in html
    card = html.split("<li ")[1]
    assert "desk-caller alarm" in card and '<span class="desk-level urgent">Urgent</span>' in card
    assert "<b>Why urgent:</b> angry from 0:00 to 0:02, 95 %" in card
    assert 'data-play="2" data-start="0.00" data-end="2.00"' in card
    assert "angry <small>93 %</small>" in card and "reference: none yet" in card
    assert "No calls yet" in html.split("<li ")[4]
    assert str(desk.folder) not in html


def test_an_alarm_that_sleeps_says_until_when(desk, add, clock):
    call = add("Anna", "sad")
    alarms.snooze(desk, call.line.id, 15)
    html = shown(desk)
    assert "desk-caller alarm asleep" in html and "No open alarm" in html
    assert 'sleeps until <time datetime="2026-11-30T12:25:00+00:00">2026-11-30 12:25 UTC</time>' in html
    clock.at += timedelta(minutes=15)
    assert "sleeps until" not in shown(desk) and "1 open alarm" in shown(desk)


def test_the_bell_counts_alarms_that_do_not_sleep(desk, add):
    first, _ = add("Anna", "sad"), add("Ben", "sad")
    assert 'data-alarms="2"' in bell_html(listing.overview(desk))
    alarms.snooze(desk, first.line.id, 15)
    view = listing.overview(desk)
    assert bell_html(view) == f'<span hidden data-change="{view.change}" data-alarms="1"></span>'


def test_names_are_text_and_are_found(desk, add):
    add("<b>Ánna"), add("Ben")
    assert "<b>Á" not in shown(desk) and names(shown(desk, find=" áN ")) == ["&lt;b&gt;Ánna"]
    assert "No caller’s name contains “&lt;i&gt;”." in shown(desk, find="<i>")
    assert "No callers yet" not in shown(desk)


def test_more_callers_than_fit_are_found_by_name(desk, monkeypatch):
    monkeypatch.setattr(board, "MOST_CARDS", 2)
    for name in ("Anna", "Ben", "Carla"):
        callers.add(desk, name)
    assert len(names(shown(desk))) == 2 and "The 2 most urgent of 3" in shown(desk)
    assert names(shown(desk, find="carla")) == ["Carla"] or names(shown(desk, find="anna")) == ["Anna"]


def test_an_empty_desk_says_what_to_do(desk):
    assert "No callers yet. Add one" in shown(desk) and "<b>No open alarm</b> · 0 callers" in shown(desk)


def test_a_board_in_german(desk, add):
    add("Anna", "angry")
    with speaking("de"):
        html = shown(desk)
    assert "<b>1 offener Alarm</b> · 1 anrufende Person" in html and "Warum dringend:" in html


@pytest.mark.parametrize(
    ("strains", "words", "points"),
    [
        ([], "No calls yet", ""),
        ([0.5], "Strain of the only call: 50 %", "116.0,15.0"),
        ([0.0, 1.0], "Strain of the last 2 calls: from 0 % to 100 %", "4.0,26.0 116.0,4.0"),
    ],
)
def test_the_trend_is_a_line_with_words(strains, words, points):
    svg = sparkline_svg(strains, 0.6)
    assert f'aria-label="{words}"' in svg and f'<polyline points="{points}"/>' in svg
    assert '<line x1="0" x2="120" y1="12.8" y2="12.8"/>' in svg and svg.count("<circle") == min(1, len(strains))
