"""Make the documents outside of ``docs/`` pages of the site, and let links between them and ``docs/`` work there too.

Links in the repository lead from file to file, as ``[security](../SECURITY.md)`` in a page of ``docs/``. On the site
both files are in one tree, so the hooks take ``../`` or ``docs/`` off such links.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = (
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    *(f"benchmarks/{path.name}" for path in sorted(ROOT.glob("benchmarks/*.md"))),
)
LINK = re.compile(r"\]\(([^)\s#:]+)")


def on_files(files: Files, config: Any) -> Files:
    """Add the documents outside of ``docs/``, each under its own path."""
    for name in OUTSIDE:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite the links that leave ``docs/`` or lead into it."""
    name = page.file.src_uri
    place = Path(name) if name in OUTSIDE else Path("docs", name)
    return LINK.sub(lambda link: f"]({site_target(link[1], place)}", markdown)


def site_target(target: str, place: Path) -> str:
    """Return a link's target, relative to the file at ``place`` in the repository, as it is on the site.

    Args:
        target: Path of a file, relative to the folder of ``place``.
        place: Path of the file with the link, relative to the root of the repository.
    """
    path = ROOT.joinpath(place.parent, target).resolve().relative_to(ROOT).as_posix()
    path = "index.md" if path == "README.md" else path.removeprefix("docs/")
    folder = place.parent.as_posix().removeprefix("docs").strip("./")
    return "../" * len([part for part in folder.split("/") if part]) + path
