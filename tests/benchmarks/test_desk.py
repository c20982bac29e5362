"""The benchmark of the desk: its page matches its figures, and its rows are those of calls."""

import json

from benchmarks import desk as benchmark
from emotion_hf.desk import Desk, calls, listing
from emotion_hf.settings import Settings


def test_the_page_matches_the_figures_and_keeps_the_limit():
    figures = json.loads(benchmark.FIGURES.read_text(encoding="utf-8"))
    assert benchmark.PAGE.read_text(encoding="utf-8") == benchmark.document(figures)
    assert (figures["calls"], figures["callers"]) == (10_000, 200)
    first_view = next(iter(benchmark.VIEWS))
    assert sorted(figures["seconds"]["SQLite"][first_view])[benchmark.ROUNDS // 2] <= 1.0


def test_a_small_desk_is_filled_and_measured(tmp_path, monkeypatch):
    for name, value in {"CALLERS": 3, "CALLS": 40, "BATCH": 20, "ROUNDS": 1}.items():
        monkeypatch.setattr(benchmark, name, value)
    desk = Desk.open(Settings(data_dir=tmp_path))
    benchmark.fill(desk)
    view = listing.overview(desk)
    assert [row.calls for row in view.rows].count(13) == 2 and len(view.rows) == 3
    assert len(calls.get(desk, 40).as_timeline().windows) == benchmark.WINDOWS
    assert view.alarms == listing.history(desk, listing.Filter(acknowledged=False)).total > 0
    assert {name: len(found) for name, found in benchmark.measure(desk).items()} == dict.fromkeys(benchmark.VIEWS, 1)
    desk.close()
