"""onnxruntime-web is fetched by npm once, and only the expected package is used."""

import stat

import pytest

from emotion_hf.errors import DownloadError
from emotion_hf.export.web_runtime import BINARY, PACKAGE, SCRIPT, web_runtime
from tests.export.fake_runtime import FILES, expect_package, keep_runtime, package


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """The only folder with programs, besides those of a shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/bin")
    monkeypatch.setattr("shutil.which", lambda name: str(folder / name) if (folder / name).exists() else None)
    return folder


def write_npm(folder, source):
    """Write a program npm, which finds its target folder in $4."""
    path = folder / "npm"
    path.write_text(f"#!/bin/sh\n{source}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_kept_package_needs_no_npm(tmp_path, programs, monkeypatch):
    keep_runtime(tmp_path / "kept", monkeypatch)
    runtime = web_runtime(tmp_path / "kept")
    assert (runtime.script, runtime.binary) == (FILES[SCRIPT], FILES[BINARY])


def test_npm_fetches_the_package_once(tmp_path, programs, monkeypatch):
    expect_package(package_bytes := package(), monkeypatch)
    (tmp_path / "remote.tgz").write_bytes(package_bytes)
    write_npm(programs, f'cp {tmp_path}/remote.tgz "$4/{PACKAGE}"')
    assert web_runtime(tmp_path / "kept").binary == FILES[BINARY]
    (programs / "npm").unlink()
    assert web_runtime(tmp_path / "kept").binary == FILES[BINARY]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [PACKAGE]


def test_without_npm_a_sentence_says_how_to_get_the_package(tmp_path, programs):
    with pytest.raises(DownloadError, match=r"npm, which fetches onnxruntime-web, is missing; .* copy .*\.tgz to"):
        web_runtime(tmp_path)


@pytest.mark.parametrize("source", ["exit 1", "exit 0"], ids=["fails", "writes nothing"])
def test_an_npm_that_fetches_nothing_is_reported(source, tmp_path, programs):
    write_npm(programs, source)
    with pytest.raises(
        DownloadError, match=r"npm cannot fetch onnxruntime-web .*; check the network, or run npm pack"
    ):
        web_runtime(tmp_path / "kept")
    assert [*(tmp_path / "kept").iterdir()] == []


def test_another_package_is_never_kept(tmp_path, programs):
    write_npm(programs, f'echo other > "$4/{PACKAGE}"')
    with pytest.raises(DownloadError, match=r"is not onnxruntime-web .* as npm published it"):
        web_runtime(tmp_path / "kept")
    assert [*(tmp_path / "kept").iterdir()] == []


def test_a_changed_package_is_refused(tmp_path, programs):
    (tmp_path / PACKAGE).write_bytes(b"changed")
    with pytest.raises(DownloadError, match="remove the file, and export again"):
        web_runtime(tmp_path)
