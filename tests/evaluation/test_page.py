"""The page is one file that stands alone, reads as HTML, and takes no name for anything but text."""

import re
from html.parser import HTMLParser

import pytest

from emotion_hf.evaluation.document import Document, Drawing, Section, Sound, Table, Tile, rows
from emotion_hf.evaluation.page import to_html
from emotion_hf.evaluation.plots import calibration_picture, curves_picture
from emotion_hf.evaluation.results import Figure

EVIL = "<script>alert(1)</script>\"'&"
HISTORY = [{"epoch": 1.0, "loss": 1.9}, {"epoch": 1.0, "eval_loss": 1.8, "eval_ua": 0.3}, {"epoch": 2.0, "loss": 1.2}]
VOID = {"meta", "br", "img", "input", "link"}


class Reader(HTMLParser):
    """Collect what a browser would find, and refuse what is not closed in order."""

    def __init__(self, html: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if text.strip():
            self.texts.append((self.open[-1] if self.open else "", text.strip()))

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(request):
    figure = Figure(0.6, 0.5, 0.7)
    numbers = Table("Numbers", ("model", "UA"), rows((EVIL, "0.6"), ("b", "0.5")), strips=(figure, None), note="Note.")
    shaded = Table("Shares", ("true", "a", "b"), rows(("a", 9, 1), ("b", 0, 4)), shades=((0.9, 0.1), (0.0, 1.0)))
    drawings = (
        Drawing("curves", "Two curves", lambda: curves_picture(HISTORY)),
        Drawing("again", "The same", lambda: curves_picture(HISTORY)),
        Drawing("hidden", "", lambda: pytest.fail("not for the page"), in_page=False),
    )
    sections = (
        Section("Tables", (EVIL,), (numbers, shaded), drawings),
        Section("Sounds", sounds=(Sound(EVIL, "data:audio/mpeg;base64,AAAA"),)),
    )
    document = Document(
        EVIL, "20 clips", ("Optimistic.",), ("Good.",), (Tile("UA", "0.600", "[…]", figure),), sections
    )
    return to_html(document)


@pytest.fixture(scope="module")
def reader(page):
    return Reader(page)


def test_names_are_text(page, reader):
    assert "<script" not in page
    assert {tag for tag, text in reader.texts if text == EVIL} == {"title", "h1", "p", "th", "span"}


def test_nothing_is_fetched(page, reader):
    for _, attributes in reader.tags:
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert "@import" not in page and not re.search(r"url\((?!#)", page)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in reader.tags}


def test_each_name_of_a_part_is_used_once(reader):
    names = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(names) == len(set(names)) > 20
    used = [attributes.get(name) or "" for _, attributes in reader.tags for name in ("href", "xlink:href")]
    assert {one.removeprefix("#") for one in used if one.startswith("#")} <= set(names)


def test_tables_can_be_listened_to(reader):
    assert [attributes.get("scope") for attributes in reader.attributes("th")].count("row") == 4
    assert [attributes.get("scope") for attributes in reader.attributes("th")].count("col") == 5
    assert [text for tag, text in reader.texts if tag == "caption"] == ["Numbers", "Shares"]
    regions = [one for one in reader.attributes("div") if one.get("role") == "region"]
    assert [one["aria-label"] for one in regions] == ["Numbers", "Shares"]


def test_strips_and_shades_are_the_figures(page):
    assert page.count("--low:0.5000;--high:0.7000;--at:0.6000") == 2  # the tile and the row
    assert re.findall(r'--share:([\d.]+)"( class="\w+")?', page) == [
        *(("0.900", ' class="deep"'), ("0.100", ""), ("0.000", ' class="none"'), ("1.000", ' class="deep"')),
    ]


def test_pictures_have_a_text_and_the_pages_colours(page, reader):
    figures = reader.attributes("figure")
    assert [(one["role"], one["aria-label"]) for one in figures] == [("img", "Two curves"), ("img", "The same")]
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        assert "var(--blue)" in picture and "training loss" in picture and "<metadata" not in picture
        assert not re.search(r"font: |font-family|#3b6ea8|#000000", picture)


def test_it_fits_phones_dark_rooms_and_paper(page, reader):
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in reader.attributes("meta")
    for words in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
        assert words in page
    assert reader.attributes("html") == [{"lang": "en"}]


def test_the_same_document_gives_the_same_page(make_report):
    drawing = Drawing("calibration", "", lambda: calibration_picture(make_report([0, 1], [0, 1])))
    document = Document("a", "b", sections=(Section("c", drawings=(drawing,)),))
    assert to_html(document) == to_html(document)
