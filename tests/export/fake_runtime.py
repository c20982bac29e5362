"""A package like that of onnxruntime-web, small enough for tests that compute nothing with it."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from emotion_hf.export import web_runtime

FILES = {web_runtime.SCRIPT: b"export {};", web_runtime.BINARY: b"\0asm"}


def package() -> bytes:
    """Return the package as npm packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def expect_package(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make these bytes the expected ones."""
    sha512 = base64.b64encode(hashlib.sha512(content).digest()).decode()
    monkeypatch.setattr(web_runtime, "SHA512", sha512)


def keep_runtime(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the package into a folder, and expect it there."""
    folder.mkdir()
    content = package()
    (folder / web_runtime.PACKAGE).write_bytes(content)
    expect_package(content, monkeypatch)
