import stat
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from emotion_hf.corpora import new_folder as new_folder_module
from emotion_hf.corpora import unpack as unpack_module
from emotion_hf.corpora.new_folder import new_folder
from emotion_hf.corpora.unpack import unpack
from emotion_hf.errors import CorpusError, DownloadError


def pack(path: Path, members: dict[str | zipfile.ZipInfo, bytes], **options) -> Path:
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def member(name: str, *, kind: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    return info


def unpacked(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_recordings_and_texts_are_unpacked_and_nothing_else(tmp_path):
    wanted = {"c/Actor_01/a.wav": b"sound", "c/Actor_01/b.FLAC": b"more", "c/README.md": b"text", "c/db.yaml": b"x: 1"}
    other = {
        "c/run.py": b"import os",
        "c/.hidden.wav": b"",
        "__MACOSX/c/._a.wav": b"",
        "c/lib.so": b"",
        "c/empty/": b"",
    }
    folder = tmp_path / "out"
    folder.mkdir()
    unpack(pack(tmp_path / "a.zip", wanted | other, compression=zipfile.ZIP_DEFLATED), folder)
    assert unpacked(folder) == wanted
    assert sorted(path.name for path in folder.rglob("*") if path.is_dir()) == ["Actor_01", "c"]


@pytest.mark.parametrize(
    "bad",
    [
        member("../out.wav"),
        member("a/../../out.wav"),
        member("/out.wav"),
        member("a\\..\\..\\out.wav"),
        member("C:out.wav"),
        member("link.wav", kind=stat.S_IFLNK),
        member("pipe.wav", kind=stat.S_IFIFO),
        member("../unwanted.py"),
    ],
    ids=lambda info: f"{info.filename} {stat.filemode(info.external_attr >> 16)[0]}",
)
def test_what_leads_elsewhere_makes_the_file_unfit(tmp_path, bad):
    archive = pack(tmp_path / "a.zip", {"good.wav": b"sound", bad: b"/etc/passwd"})
    with (
        pytest.raises(DownloadError, match="The downloaded zip file is not safe to unpack: "),
        new_folder(tmp_path / "deep" / "out") as folder,
    ):
        unpack(archive, folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "deep"]


def test_an_encrypted_member_makes_the_file_unfit(tmp_path):
    archive = pack(tmp_path / "a.zip", {"a.wav": b"sound"})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    with pytest.raises(DownloadError, match=r"not safe to unpack: it contains 'a\.wav'"):
        unpack(archive, tmp_path)


def test_two_members_of_one_name_are_refused(tmp_path):
    archive = pack(tmp_path / "a.zip", {"x/a.wav": b"1", "X/A.wav": b"2"})  # one file where names know no case
    with pytest.raises(DownloadError, match=r"The downloaded zip file contains 'X/A\.wav' twice"):
        unpack(archive, tmp_path)


def test_a_bomb_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack_module, "MAX_GIGABYTES", 0.001)
    folder = tmp_path / "out"
    folder.mkdir()
    archive = pack(tmp_path / "a.zip", {"a.wav": bytes(2_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert archive.stat().st_size < 3_000
    with pytest.raises(DownloadError, match=r"has 1 files, 0\.0 GB; at most 50,000 files and 0\.001 GB are allowed"):
        unpack(archive, folder)
    monkeypatch.setattr(unpack_module, "MAX_FILES", 2)
    with pytest.raises(DownloadError, match=r"has 3 files, 0\.0 GB; at most 2 files and"):
        unpack(pack(tmp_path / "b.zip", {"a.wav": b"", "b.wav": b"", "c.wav": b""}), folder)
    assert unpacked(folder) == {}


def test_a_header_that_lies_about_the_size_gives_no_more_than_it_says(tmp_path):
    archive = pack(tmp_path / "a.zip", {"a.wav": bytes(5_000_000)}, compression=zipfile.ZIP_DEFLATED)
    size = (5_000_000).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(size, (1_000).to_bytes(4, "little")))
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(DownloadError, match="or it is damaged"):
        unpack(archive, folder)
    assert sum(map(len, unpacked(folder).values())) <= 1_000


def test_damage_of_any_kind_is_one_sentence(tmp_path):
    sound = bytes(range(256)) * 4
    whole = pack(tmp_path / "a.zip", {"a.wav": sound, "b.wav": sound}, compression=zipfile.ZIP_DEFLATED).read_bytes()
    archive, target = tmp_path / "damaged.zip", tmp_path / "out"
    damaged = 0
    for position in range(0, len(whole), 13):
        for flipped in (0x01, 0x80):
            content = bytearray(whole)
            content[position] ^= flipped
            archive.write_bytes(content)
            try:
                with new_folder(target) as folder:
                    unpack(archive, folder)
                target.rename(tmp_path / f"fine-{position}-{flipped}")  # a time stamp, say, may be anything
            except (DownloadError, CorpusError) as error:
                damaged += 1
                assert "\n" not in str(error)
            assert not target.exists()
    assert damaged > len(whole) // 26


@pytest.mark.parametrize("content", [b"", b"<html>Log in to the network</html>", b"PK\x03\x04 and then it broke off"])
def test_what_is_no_zip_file_is_one_sentence(tmp_path, content):
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)
    with pytest.raises(DownloadError, match="The downloaded zip file is not a zip file, or it is damaged"):
        unpack(archive, tmp_path)


def test_without_room_nothing_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(new_folder_module.shutil, "disk_usage", lambda _: usage(10**9, 0, 1_000_000))
    archive = pack(tmp_path / "a.zip", {"a.wav": bytes(3_000_000)}, compression=zipfile.ZIP_DEFLATED)
    with (
        pytest.raises(CorpusError, match=r"Cannot write .*out: 3 MB are needed and 1 MB are free\."),
        new_folder(tmp_path / "out") as folder,
    ):
        unpack(archive, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_rare_compression_makes_the_file_unfit(tmp_path, method):
    archive = pack(tmp_path / "a.zip", {"a.wav": b"sound" * 99}, compression=method)
    with pytest.raises(DownloadError, match="not safe to unpack"):
        unpack(archive, tmp_path)
