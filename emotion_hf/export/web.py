"""Write a model as a page that recognises emotions in the browser, so that no recording leaves the visitor's device.

The page is a folder of files for any web server, and can be installed as an app. It holds the model with weights in
8 bits, the speech gate and onnxruntime-web, and works offline after the first visit. `emotion_hf/export/page/` has its
sources.

Example:
    >>> export_web("runs/mine", Path("page"), picture=face_svg, style=CSS)  # doctest: +SKIP
    WebPage(folder=PosixPath('page'), bytes=17223411)
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotion_hf.disk import write_many, writing
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import SettingsError
from emotion_hf.export.icon import GROUND, icon_png, icon_svg
from emotion_hf.export.plan import Plan
from emotion_hf.export.small import small_model
from emotion_hf.export.web_runtime import CACHE, LICENCE, web_runtime
from emotion_hf.labels import face
from emotion_hf.licences import LICENCES
from emotion_hf.speech import NETWORK

SOURCES = Path(__file__).with_name("page")
SIGNS = ("waiting", "working", "problem", "not sure", "no speech")
ICON_SIDES = (192, 512)
FACTS, STYLE, WORKER, LICENCES_FILE = "model.json", "page.css", "sw.js", "LICENCES.txt"
STATED_LICENCE = re.compile(r"\A---\n.*?^license: *(\S+) *$.*?^---$", re.DOTALL | re.MULTILINE)
"""The licence in the head of a model's card."""


@dataclass(frozen=True)
class WebPage:
    """A page that was written.

    Attributes:
        folder: Its folder.
        bytes: Size of all files, which a visitor downloads once.
    """

    folder: Path
    bytes: int


def export_web(
    model: str | Path, output: Path, *, picture: Callable[[str], str], style: str, runtime: Path = CACHE
) -> WebPage:
    """Write the page for a model.

    Args:
        model: Folder of a Whisper-based model.
        output: New folder for the page.
        picture: Draws an emotion or a sign as SVG: `emotion_hf.app.faces.face_svg`.
        style: CSS of these pictures: `emotion_hf.app.faces.CSS`.
        runtime: Folder that keeps the package of onnxruntime-web.

    Raises:
        SettingsError: `output` exists and is not an empty folder.
        CheckpointError: The model cannot run in a browser.
        DownloadError: onnxruntime-web cannot be fetched.
        WriteError: The file system reports an error.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise SettingsError(f"{output} exists and is not an empty folder; name a new one.")
    small = small_model(model)
    files = {path.name: path.read_bytes() for path in sorted(SOURCES.glob("*.*"))}
    files[STYLE] += style.encode()
    files |= _computing(small.content, runtime) | _icons()
    files[LICENCES_FILE] = _licences(Path(model)).encode()
    size = sum(map(len, files.values()))
    files[FACTS] = _json(_facts(Path(model), small.plan, picture) | {"bytes": size})
    files[WORKER] = _with_files(files)
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
        write_many({output / name: content for name, content in files.items()})
    return WebPage(output, sum(map(len, files.values())))


def _computing(model: bytes, runtime: Path) -> dict[str, bytes]:
    """Return the files that compute; the page unpacks those that end in `.bin`, whatever the server does."""
    web = web_runtime(runtime)
    packed = {"model.bin": model, "speech.bin": NETWORK.read_bytes(), "runtime.bin": web.binary}
    return {name: gzip.compress(content, mtime=0) for name, content in packed.items()} | {"runtime.js": web.script}


def _icons() -> dict[str, bytes]:
    """Return the icons, and the manifest that names them."""
    names = {f"icon-{side}.png": side for side in ICON_SIDES}
    icons = [
        {"src": name, "type": "image/png", "sizes": f"{side}x{side}", "purpose": purpose}
        for name, side in names.items()
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "name": "Speech emotion recognition",
        "short_name": "Emotions",
        "description": "Recognises the emotion that a voice expresses. Recordings never leave the device.",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": [{"src": "icon.svg", "type": "image/svg+xml", "sizes": "any"}, *icons],
    }
    drawn = {name: icon_png(side) for name, side in names.items()}
    return drawn | {"icon.svg": icon_svg().encode(), "manifest.webmanifest": _json(manifest)}


def _facts(folder: Path, plan: Plan, picture: Callable[[str], str]) -> dict[str, Any]:
    """Return what the page needs to know about the model."""
    is_shipped = folder.resolve() == DEFAULT_MODEL_DIR.resolve()
    return {
        "name": "emotion_hf/default" if is_shipped else folder.resolve().name,
        "labels": plan.labels,
        "notSureBelow": plan.not_sure_below,
        "licence": _licence(folder),
        "faces": {label: {"svg": picture(label), "mood": face(label).mood} for label in plan.labels},
        "signs": {name: picture(name) for name in SIGNS},
    }


def _licence(folder: Path) -> dict[str, str] | None:
    """Return title and address of the licence that the model's card states; `None` if it states none."""
    card = folder / "README.md"
    found = STATED_LICENCE.search(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else None
    if found is None:
        return None
    title, url = LICENCES.get(found[1].lower(), (found[1], ""))
    return {"title": title, "url": url}


def _licences(folder: Path) -> str:
    """Return the licences of all parts as one text."""
    parts = {"The model": folder / "LICENSE", "The speech gate": NETWORK.with_suffix(".LICENSE")}
    texts = {
        part: path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else "No licence is stated."
        for part, path in parts.items()
    }
    title, url = LICENCES["apache-2.0"]
    page = f"The page\n\nPart of emotion_hf, licensed under the {title}: {url}"
    return f"\n\n{'-' * 70}\n\n".join([page, *(f"{part}\n\n{text}" for part, text in texts.items()), LICENCE])


def _with_files(files: Mapping[str, bytes]) -> bytes:
    """Return the service worker with the names of the other files, and a version that changes with any of them."""
    together = hashlib.sha256()
    for name, content in sorted(files.items()):
        together.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    names = ["./", *sorted(name for name in files if name != WORKER)]
    head = f"const VERSION = {json.dumps(together.hexdigest()[:16])};\nconst FILES = {json.dumps(names)};\n\n"
    return head.encode() + files[WORKER]


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
