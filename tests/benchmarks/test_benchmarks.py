"""What the pages of the benchmarks say is what was kept."""

import json
import re
from pathlib import Path

from benchmarks import architectures, architectures_page, corrections, corrections_page, kept


def test_the_page_of_architectures_matches_the_results():
    assert architectures.TABLES.read_text(encoding="utf-8") == architectures_page.document()


def test_the_page_of_corrections_matches_the_figures():
    figures = json.loads(corrections.FIGURES.read_text(encoding="utf-8"))
    assert corrections.PAGE.read_text(encoding="utf-8") == corrections_page.document(figures)


def test_no_kept_result_names_a_folder_of_a_machine():
    for path in kept.RESULTS.rglob("*.json"):
        assert not [word for word in path.read_text(encoding="utf-8").split() if word.startswith(("/", '"/'))], path


def test_benchmarks_need_no_tests():
    for path in Path(kept.__file__).parent.glob("*.py"):
        assert not re.search(r"^\s*(from|import) tests\b", path.read_text(encoding="utf-8"), re.M), path
