"""A document as one self-contained HTML file: style, pictures and sounds are inside.

Example:
    >>> html = to_html(Document("demo <1>", "20 clips"))
    >>> "<h1>demo &lt;1&gt;</h1>" in html, "http://" in html
    (True, False)
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import jinja2
import matplotlib

from emotion_hf.evaluation.document import Document, Drawing
from emotion_hf.evaluation.plots import BLUE, GREEN, GREY, ORANGE

TEMPLATE = Path(__file__).with_name("page.html.j2")
INCHES = 4.6  # width at which text is readable on a phone
INKS = {BLUE: "--blue", ORANGE: "--orange", GREEN: "--green", GREY: "--grey", "#000000": "--ink"}


def to_html(document: Document) -> str:
    """Return the page. All content is escaped: names of files or people cannot become HTML."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["svg"] = _svg
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(document=document)


def _svg(drawing: Drawing) -> str:
    """Return the picture as SVG that uses the page's own colours and font."""
    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": drawing.name}):
        picture = drawing.draw()
        width, height = picture.get_size_inches()
        picture.set_size_inches(INCHES, height / width * INCHES)
        picture.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    for colour, name in INKS.items():
        svg = svg.replace(colour, f"var({name})")
    # Ids must differ from those of other pictures.
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{drawing.name}-", svg)
