"""What a spreadsheet would run gets an apostrophe; everything else stays."""

import pytest

from emotion_hf.cells import harmless, printable


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", "  =1+1", "\t1", "\r1", "\n1", "＝1"])
def test_what_looks_like_a_formula_is_no_formula(value):
    assert harmless(value) == f"'{value}"


@pytest.mark.parametrize("value", ["sad", "a=b", "2026-01-01", "", -1, 0.5, None])
def test_everything_else_stays(value):
    assert harmless(value) == value


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb.wav", r"a\nb.wav"),
        ("\x1b[31mred\x1b[0m.wav", r"\x1b[31mred\x1b[0m.wav"),
        ("\x1b]0;title\x07.wav", r"\x1b]0;title\x07.wav"),
        ("\r\x08\x7f\x9b2J", r"\r\x08\x7f\x9b2J"),
        ("gpj.\u202evaw\u2066", r"gpj.\u202evaw\u2066"),
        ("line\u2028end", r"line\u2028end"),
    ],
)
def test_a_terminal_obeys_no_name(name, shown):
    assert printable(name) == shown


@pytest.mark.parametrize(
    "name", ["clip 1.wav", "Ärger – 怒り.flac", "👨\u200d👩\u200d👧.ogg", "C:\\new\\a.wav", "مرحبا.wav"]
)
def test_all_other_names_stay(name):
    assert printable(name) == name
