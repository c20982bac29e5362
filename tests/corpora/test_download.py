"""Downloads from a server on this machine that breaks off, changes its mind and gives strange files."""

import hashlib
import io
import json
import zipfile
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from emotion_hf import __version__
from emotion_hf.corpora import CORPORA
from emotion_hf.corpora import new_folder as new_folder_module
from emotion_hf.corpora.corpus import Download
from emotion_hf.corpora.download import download_corpus
from emotion_hf.errors import CorpusError, DownloadError
from emotion_hf.testing import tiny_corpus

NAME = "speech.zip"
CLIPS = 8


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> bytes:
    """A zip file with one actor of a tiny RAVDESS: 8 clips, 257 kB."""
    folder = tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=1)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path in sorted(folder.rglob("*.wav")):
            file.write(path, path.relative_to(folder))
    return buffer.getvalue()


@pytest.fixture
def zenodo(server, content):
    """RAVDESS on the server, with a record as Zenodo has it."""
    publish(server, content)
    return replace(CORPORA["ravdess"], access=Download(f"{server.url}/api/records/1", CLIPS, record_file=NAME))


@pytest.fixture
def plain(server, content):
    """RAVDESS on the server, as a file of which nothing is known beforehand."""
    server.files["/file"] = content
    return replace(CORPORA["ravdess"], access=Download(f"{server.url}/file", CLIPS))


@pytest.fixture
def get(tmp_path):
    """Download into ``tmp_path/out`` and note the pauses, without making them."""

    def get(corpus, **options):
        return download_corpus(corpus, tmp_path / "out", pause=get.pauses.append, **options)

    get.pauses = []
    return get


def publish(server, content: bytes, md5: str | None = None) -> None:
    entry = {
        "key": NAME,
        "size": len(content),
        "checksum": f"md5:{md5 or hashlib.md5(content).hexdigest()}",
        "links": {"self": f"{server.url}/file"},
    }
    server.files |= {"/api/records/1": json.dumps({"files": [{"key": "songs.zip"}, entry]}).encode(), "/file": content}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def ranges(server) -> list[str | None]:
    return [range for path, range in server.asked if path == "/file"]


def test_a_corpus_is_downloaded_verified_and_unpacked(server, zenodo, get, tmp_path, content):
    seen = []
    assert get(zenodo, progress=lambda done, total: seen.append((done, total)))
    assert names(tmp_path) == ["out"]
    assert [clip.emotion for clip in zenodo.index(tmp_path / "out")] == list(zenodo.emotions.values())
    assert seen[0] == (0, len(content)) and seen[-1] == (len(content), len(content))
    assert [path for path, _ in server.asked] == ["/api/records/1", "/file"]


def test_what_is_there_is_not_downloaded_again(server, zenodo, get):
    assert [get(zenodo), get(zenodo)] == [True, False]
    assert len(server.asked) == 2


def test_a_server_is_told_who_asks(server, plain, get):
    assert get(plain)
    assert server.headers["User-Agent"] == f"emotion_hf/{__version__}"
    assert server.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("etag", ['"one"', ""], ids=["ETag", "date"])
def test_a_broken_connection_goes_on_where_it_broke(server, zenodo, get, etag):
    server.etag, server.cuts = etag, [None, 100_000, 50_000]
    seen = []
    assert get(zenodo, progress=lambda done, total: seen.append(done))
    assert ranges(server) == [None, "bytes=100000-", "bytes=150000-"]
    assert get.pauses == [1.0, 1.0]
    assert seen == sorted(seen)


def test_ctrl_c_leaves_what_came_and_the_next_try_goes_on(server, zenodo, get, tmp_path):
    def stop(done, total):
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(zenodo, progress=stop)
    assert names(tmp_path) == ["out.zip.part", "out.zip.part.version"]
    kept = (tmp_path / "out.zip.part").stat().st_size
    assert kept > 100_000
    assert get(zenodo)
    assert ranges(server) == [None, f"bytes={kept}-"]
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("change", [{"ranges": False}, {"etag": '"two"'}], ids=["no Range", "another version"])
def test_it_starts_anew_where_it_cannot_go_on(server, plain, get, tmp_path, content, change):
    server.cuts = [100_000, *[0] * 4]
    server.files["/file"] = bytes(len(content)) if "etag" in change else content
    with pytest.raises(DownloadError, match="The connection broke off"):
        get(plain)
    assert (tmp_path / "out.zip.part").stat().st_size == 100_000
    server.files["/file"] = content
    for name, value in change.items():
        setattr(server, name, value)
    assert get(plain)
    assert ranges(server)[-1] == "bytes=100000-"


def test_a_file_of_unknown_length_that_is_there_already_is_unpacked(server, plain, get, tmp_path, content):
    (tmp_path / "out.zip.part").write_bytes(content)
    (tmp_path / "out.zip.part.version").write_text(server.etag)
    assert get(plain)
    assert ranges(server) == [f"bytes={len(content)}-"]


def test_more_than_there_can_be_is_thrown_away(server, plain, get, tmp_path, content):
    (tmp_path / "out.zip.part").write_bytes(content + b"more")
    (tmp_path / "out.zip.part.version").write_text(server.etag)
    assert get(plain)
    assert ranges(server) == [f"bytes={len(content) + 4}-", None]


def test_a_wrong_checksum_is_an_error_and_the_file_goes(server, zenodo, get, tmp_path, content):
    publish(server, content, md5="0" * 32)
    with pytest.raises(DownloadError, match=r"The download from .*/file does not match the md5 of its record; run"):
        get(zenodo)
    assert names(tmp_path) == []


def test_an_end_without_a_word_is_noticed(server, zenodo, get, tmp_path, content):
    server.states_length, server.cuts = False, [None, 100_000]
    assert get(zenodo)
    assert ranges(server) == [None, "bytes=100000-"]


def test_an_end_without_a_word_of_a_file_of_unknown_length_is_a_damaged_file(server, plain, get, tmp_path):
    server.states_length, server.cuts = False, [100_000]
    with pytest.raises(DownloadError, match="not a zip file, or it is damaged"):
        get(plain)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, r"127\.0\.0\.1 requires a login \(HTTP 401\)"),
        (403, r"127\.0\.0\.1 refuses access \(HTTP 403\)"),
        (404, r"127\.0\.0\.1 has no such file \(HTTP 404\)"),
        (410, r"127\.0\.0\.1 no longer has it \(HTTP 410\)"),
        (418, r"127\.0\.0\.1 cannot respond \(HTTP 418\)"),
    ],
)
def test_a_refusal_is_one_sentence_at_once(server, zenodo, get, tmp_path, status, words):
    server.statuses = [(status, {})]
    sentence = rf"^{words}; see https://zenodo\.org/records/1188976 for how to get the corpus\.$"
    with pytest.raises(DownloadError, match=sentence):
        get(zenodo)
    assert (len(server.asked), get.pauses, names(tmp_path)) == (1, [], [])


def test_a_busy_server_is_asked_again_after_the_time_it_names(server, zenodo, get):
    server.statuses = [(503, {}), (429, {"Retry-After": "7"}), (500, {"Retry-After": "86400"}), (502, {})]
    assert get(zenodo)
    assert get.pauses == [1.0, 7.0, 60.0, 8.0]


def test_a_server_that_stays_busy_is_one_sentence(server, zenodo, get, caplog):
    server.statuses = [(429, {})] * 9
    sentence = r"^127\.0\.0\.1 asks for fewer requests \(HTTP 429\); run the command again later: it continues where"
    with pytest.raises(DownloadError, match=sentence):
        get(zenodo)
    assert (len(server.asked), get.pauses) == (5, [1.0, 2.0, 4.0, 8.0])
    assert caplog.messages[0] == "127.0.0.1 asks for fewer requests (HTTP 429); the next attempt is in 1 s."


def test_no_network_is_one_sentence(get, zenodo):
    nowhere = replace(zenodo, access=Download("http://127.0.0.1:9/record", CLIPS, record_file=NAME))
    with pytest.raises(DownloadError, match=r"^127\.0\.0\.1 cannot be reached \(.*\); check the network, and run"):
        get(nowhere)
    assert get.pauses == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize(
    "record",
    [
        b"<html>Log in to the network</html>",
        b"[]",
        b'{"files": []}',
        b'{"files": [{"key": "speech.zip"}]}',
        b'{"files": [{"key": "speech.zip", "size": 3, "checksum": "magic:0", "links": {"self": "http://a"}}]}',
    ],
)
def test_a_record_that_does_not_tell_is_one_sentence(server, zenodo, get, record):
    server.files["/api/records/1"] = record
    with pytest.raises(DownloadError, match=r"/api/records/1 does not state the address, size and"):
        get(zenodo)


def test_without_room_nothing_is_downloaded(server, zenodo, get, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(new_folder_module.shutil, "disk_usage", lambda _: usage(10**9, 0, 100_000))
    with pytest.raises(DownloadError, match=r"^Cannot write .*part: 0 MB are needed and 0 MB are free\.$"):
        get(zenodo)
    assert get.pauses == []


def test_without_room_for_the_clips_the_file_is_kept(server, zenodo, get, tmp_path, monkeypatch, content):
    free = iter([len(content), 0])
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(new_folder_module.shutil, "disk_usage", lambda _: usage(10**9, 0, next(free)))
    with pytest.raises(CorpusError, match=r"Cannot write .*out: 0 MB are needed and 0 MB are free\."):
        get(zenodo)
    monkeypatch.undo()
    assert get(zenodo)
    assert ranges(server) == [None]


@pytest.mark.parametrize("name", ["emovo", "cremad", "savee"])
def test_a_corpus_without_an_address_says_how_to_get_it(get, name):
    with pytest.raises(DownloadError, match=rf"^{name} cannot be downloaded automatically: .*\.$"):
        get(CORPORA[name])


def test_a_folder_with_something_else_stays(zenodo, get, tmp_path, server):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/diary.txt").write_text("dear")
    with pytest.raises(DownloadError, match="out already exists and contains only 0 of the 8 clips of ravdess"):
        get(zenodo)
    assert (names(tmp_path / "out"), server.asked) == (["diary.txt"], [])


@pytest.mark.parametrize(
    ("clips", "found"), [({"a.wav": b"?"}, 0), ({f"03-01-0{n}-01-01-01-01.wav": b"version 1" for n in range(1, 9)}, 0)]
)
def test_something_else_than_the_corpus_does_not_arrive(server, plain, get, tmp_path, clips, found):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, sound in clips.items():
            file.writestr(name, sound)
    server.files["/file"] = buffer.getvalue()
    with pytest.raises(
        DownloadError, match=rf"The download contains only {found} of the 8 clips of ravdess; see http"
    ):
        get(plain)
    assert names(tmp_path) == []


def test_the_addresses_are_encrypted_and_numbers_of_clips_those_published():
    downloads = {name: corpus.access for name, corpus in CORPORA.items() if isinstance(corpus.access, Download)}
    assert all(download.url.startswith("https://") for download in downloads.values())
    clips = {name: download.clips for name, download in downloads.items()}
    assert clips == {"ravdess": 1440, "nemo": 4481, "tess": 2800, "emodb": 535}
