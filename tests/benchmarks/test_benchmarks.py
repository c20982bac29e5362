"""What the pages of the benchmarks say is what was kept."""

import json
import re
from pathlib import Path

from benchmarks import architectures, architectures_page, corrections, corrections_page, kept, live, startup, web


def test_the_page_of_architectures_matches_the_results():
    assert architectures.TABLES.read_text(encoding="utf-8") == architectures_page.document()


def test_the_page_of_corrections_matches_the_figures():
    figures = json.loads(corrections.FIGURES.read_text(encoding="utf-8"))
    assert corrections.PAGE.read_text(encoding="utf-8") == corrections_page.document(figures)


def test_the_page_of_live_matches_the_figures_and_keeps_the_limits():
    figures = json.loads(live.FIGURES.read_text(encoding="utf-8"))
    assert live.PAGE.read_text(encoding="utf-8") == live.document(figures)
    for one in figures["speed"]["listeners"]:
        assert one["first_answer_seconds"]["longest"] <= 1.5
        assert one["interval_seconds"]["p95"] <= 0.6
        assert one["core_share_of_each"] <= 0.4
        assert one["refused"] == 0
    assert figures["speed"]["listeners"][-1]["listeners"] == 4


def test_the_page_of_starting_matches_the_figures_and_a_prediction_starts_faster_than_torch():
    figures = json.loads(startup.FIGURES.read_text(encoding="utf-8"))
    assert startup.PAGE.read_text(encoding="utf-8") == startup.document(figures)
    now = {what: startup.of_median(of["after"], "cpu_seconds") for what, of in figures["starts"].items()}
    assert now[startup.PREDICT] <= 0.6 * now[startup.TORCH]
    assert now["emotion-hf --help"] <= 0.4 and now["import emotion_hf"] <= 0.1


def test_the_page_about_the_browser_matches_the_figures_and_keeps_the_limits():
    figures = json.loads(web.FIGURES.read_text(encoding="utf-8"))
    assert web.PAGE.read_text(encoding="utf-8") == web.document(figures)
    assert sum(figures["bytes"].values()) <= 25e6
    assert min(figures["speed"][web.IN_PAGE]["wall_seconds"]) <= 0.5
    assert figures["difference"]["largest"] <= 0.02


def test_no_kept_result_names_a_folder_of_a_machine():
    for path in kept.RESULTS.rglob("*.json"):
        assert not [word for word in path.read_text(encoding="utf-8").split() if word.startswith(("/", '"/'))], path


def test_benchmarks_need_no_tests():
    for path in Path(kept.__file__).parent.glob("*.py"):
        assert not re.search(r"^\s*(from|import) tests\b", path.read_text(encoding="utf-8"), re.M), path
