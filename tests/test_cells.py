"""What a spreadsheet would run gets an apostrophe; everything else stays."""

import pytest

from emotion_hf.cells import harmless


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", "  =1+1", "\t1", "\r1", "\n1", "＝1"])
def test_what_looks_like_a_formula_is_no_formula(value):
    assert harmless(value) == f"'{value}"


@pytest.mark.parametrize("value", ["sad", "a=b", "2026-01-01", "", -1, 0.5, None])
def test_everything_else_stays(value):
    assert harmless(value) == value
