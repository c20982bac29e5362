"""A document of sections, tables, pictures and sounds; Markdown is made here and HTML in `page`.

Example:
    >>> table = Table("Recall", ("emotion", "recall"), (("happy", "0.731"),))
    >>> print(to_markdown(Document("demo", "20 clips", sections=(Section("Emotions", tables=(table,)),))))
    # demo
    <BLANKLINE>
    20 clips
    <BLANKLINE>
    ## Emotions
    <BLANKLINE>
    Recall
    <BLANKLINE>
    | emotion | recall |
    | --- | --- |
    | happy | 0.731 |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotion_hf.evaluation.results import Figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


@dataclass(frozen=True)
class Table:
    """A table of text; the first cell of a row names the row.

    Attributes:
        caption: What it shows.
        head: Names of the columns.
        rows: Cells.
        strips: A figure from 0 to 1 for each row, which the page draws; empty for none.
        drawn: What the strips show, if it is not obvious.
        shades: The share from 0 to 1 by which the page shades each cell after the first; empty for none.
        note: Text below the table.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strips: tuple[Figure | None, ...] = ()
    drawn: str = ""
    shades: tuple[tuple[float, ...], ...] = ()
    note: str = ""

    @property
    def is_number(self) -> list[bool]:
        """Whether a column contains only numbers and intervals of numbers."""
        columns = zip(*self.rows, strict=True)
        return [not any(re.search(r"[^\W\d_]", cell.replace(" to ", "")) for cell in column) for column in columns]


@dataclass(frozen=True)
class Drawing:
    """A picture that is drawn on demand.

    Attributes:
        name: Name of its file.
        text: Description for people who cannot see it.
        draw: Draws it.
        in_page: Whether the page shows it; the page replaces some by tables.
    """

    name: str
    text: str
    draw: Callable[[], Picture]
    in_page: bool = True


@dataclass(frozen=True)
class Sound:
    """A recording that the page plays.

    Attributes:
        title: Description of the sound.
        source: `data:` address of the sound.
    """

    title: str
    source: str


@dataclass(frozen=True)
class Section:
    """A heading and what is below it."""

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    sounds: tuple[Sound, ...] = ()


@dataclass(frozen=True)
class Tile:
    """A figure in large type, with its interval below."""

    name: str
    value: str
    detail: str
    strip: Figure


@dataclass(frozen=True)
class Document:
    """The whole document; `warnings` stand out, `lead` states the result in words."""

    title: str
    subtitle: str
    warnings: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    sections: tuple[Section, ...] = ()


def to_markdown(document: Document) -> str:
    """Return the document as Markdown, with pictures as files `NAME.png` beside it and without sounds."""
    parts = [f"# {document.title}", document.subtitle]
    parts += [f"**{warning}**" for warning in document.warnings]
    parts += document.lead
    for section in document.sections:
        parts += [f"## {section.title}", *section.paragraphs]
        for table in section.tables:
            parts += [part for part in (table.caption, _table(table), table.note) if part]
        parts += [f"![{drawing.name}]({drawing.name}.png)" for drawing in section.drawings]
    return "\n\n".join(parts)


def _table(table: Table) -> str:
    lines = [table.head, ("---",) * len(table.head), *table.rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    """Keep a user's name from ending the cell or the row, or from becoming HTML."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def rows(*lines: Sequence[object]) -> tuple[tuple[str, ...], ...]:
    """Return cells as text."""
    return tuple(tuple(map(str, line)) for line in lines)
