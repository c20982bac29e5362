"""A document reads the same as Markdown, whatever names are in it."""

import pytest

from emotion_hf.evaluation.document import Document, Drawing, Section, Table, rows, to_markdown


def table_lines(table: Table) -> list[str]:
    markdown = to_markdown(Document("title", "subtitle", sections=(Section("tables", tables=(table,)),)))
    return [line for line in markdown.splitlines() if line.startswith("|")]


def test_sections_follow_each_other():
    tables = (Table("First", ("a", "b"), rows(("x", 1)), note="Small."), Table("", ("c",), rows(("y",))))
    drawing = Drawing("curves", "Curves", lambda: pytest.fail("Markdown draws nothing"))
    section = Section("Figures", ("It is so.",), tables, (drawing,))
    assert to_markdown(Document("Title", "20 clips.", ("Careful.",), ("Good.",), sections=(section,))).split(
        "\n\n"
    ) == [
        *("# Title", "20 clips.", "**Careful.**", "Good.", "## Figures", "It is so."),
        *("First", "| a | b |\n| --- | --- |\n| x | 1 |", "Small.", "| c |\n| --- |\n| y |"),
        "![curves](curves.png)",
    ]


@pytest.mark.parametrize(
    ("name", "shown"), [("a|b", "a\\|b"), ("a\nb", "a b"), ("<script>", "&lt;script>"), ("悲しい", "悲しい")]
)
def test_names_stay_in_their_cell(name, shown):
    assert table_lines(Table("", (name,), rows((name,)))) == [f"| {shown} |", "| --- |", f"| {shown} |"]


def test_columns_of_numbers_are_known():
    table = Table("", tuple("abcd"), rows(("x", "0.12 to 0.34", "−1.2", ""), ("y", "12%", "6 of 9", "3")))
    assert table.is_number == [False, True, False, True]
