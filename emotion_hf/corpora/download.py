"""Download a corpus that is open to everybody: go on where an earlier try stopped, verify, unpack.

What has arrived is kept in ``FOLDER.zip.part`` until the corpus is complete, so a broken connection or Ctrl-C costs
nothing: the next try asks the server for the rest of the same version (HTTP ``Range`` with ``If-Range``), or starts
anew where the server does not know that. Nothing appears in the folder before all of it is there.

Example:
    >>> download_corpus(CORPORA["ravdess"], Path("data/corpora/ravdess"))  # doctest: +SKIP
    True
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx2
import soundfile

from emotion_hf import __version__
from emotion_hf.corpora.corpus import Corpus, Download, list_clips
from emotion_hf.corpora.new_folder import check_room, has_content, new_folder
from emotion_hf.corpora.unpack import unpack
from emotion_hf.errors import CorpusError, DownloadError, EmotionError

ATTEMPTS = 5
TIMEOUT_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 60.0
# Zenodo asks clients to say who they are; bytes as they are stored, so that they can be counted and resumed.
HEADERS = {"User-Agent": f"emotion_hf/{__version__}", "Accept-Encoding": "identity"}
_MAY_PASS = (408, 429, 500, 502, 503, 504)

Progress = Callable[[int, int | None], None]
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """Where the file is, and what is known about it beforehand.

    Attributes:
        url: Address of the file.
        size: Its length in bytes, where known.
        checksum: ``md5:`` or another algorithm with the digits, where known.
    """

    url: str
    size: int | None = None
    checksum: str = ""


@dataclass(frozen=True)
class Part:
    """The beginning of a file, and beside it the server's name (ETag or date) for the version it belongs to."""

    path: Path

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The server's name of the version; empty when it gave none."""
        return self._version_path.read_text(encoding="utf-8") if self._version_path.exists() else ""

    def begin(self, version: str) -> None:
        """Forget what is there; what comes now belongs to ``version``."""
        self.discard()
        self._version_path.write_text(version, encoding="utf-8")

    def discard(self) -> None:
        """Remove all of it."""
        self.path.unlink(missing_ok=True)
        self._version_path.unlink(missing_ok=True)

    @property
    def _version_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.version")


def download_corpus(
    corpus: Corpus,
    folder: Path,
    *,
    progress: Progress = lambda done, total: None,
    pause: Callable[[float], None] = time.sleep,
) -> bool:
    """Download ``corpus`` into the new folder ``folder``.

    Args:
        corpus: What to download.
        folder: Where its clips go.
        progress: Called with the bytes that are there and, where known, the bytes in all.
        pause: Waits some seconds before the next attempt.

    Returns:
        Whether it was downloaded now; ``False`` when it was there already.

    Raises:
        DownloadError: There is no such address, the server or the network refuses, or what came is not the corpus.
        CorpusError: The folder cannot be written, or holds something else.
    """
    download = corpus.access
    if isinstance(download, str):
        how = download[:1].lower() + download[1:]
        raise DownloadError(f"There is no address from which {corpus.name} could be downloaded: {how}")
    folder = folder.expanduser()
    if has_content(folder):
        if found := _shortfall(corpus, folder, download.clips):
            raise DownloadError(f"{folder} is there already and holds {found}; remove it, or name another folder.")
        return False
    place = Path(os.path.abspath(folder))
    part = Part(place.with_name(f"{place.name}.zip.part"))
    try:
        part.path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(corpus, download, part, progress, pause)
    except EmotionError:
        raise
    except OSError as error:
        raise DownloadError(f"Cannot write {part.path}: {error.strerror}.") from error
    try:
        with new_folder(folder) as fresh:
            unpack(part.path, fresh)
            if found := _shortfall(corpus, fresh, download.clips):
                raise DownloadError(f"What was downloaded holds {found}; {corpus.homepage} may have all of them.")
    except DownloadError:
        part.discard()
        raise
    part.discard()
    return True


def _fetch(corpus: Corpus, download: Download, part: Part, progress: Progress, pause: Callable[[float], None]) -> None:
    """Bring the whole file, and compare it with its checksum."""
    with httpx2.Client(headers=HEADERS, timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
        attempts = Attempts(corpus.homepage, pause)
        source = attempts.until_done(lambda: _find(client, download))
        attempts.until_done(lambda: _fetch_rest(client, source, part, progress), so_far=lambda: part.size)
    _verify(part, source)


def _find(client: httpx2.Client, download: Download) -> Source:
    """Return where the file is; Zenodo's record tells, and states size and checksum too."""
    if not download.record_file:
        return Source(download.url)
    response = client.get(download.url).raise_for_status()
    try:
        (entry,) = (entry for entry in response.json()["files"] if entry["key"] == download.record_file)
        source = Source(entry["links"]["self"], int(entry["size"]), entry["checksum"])
        hashlib.new(source.checksum.partition(":")[0], usedforsecurity=False)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DownloadError(
            f"The record {download.url} does not state where {download.record_file} is, its size and its checksum."
        ) from error
    return source


def _fetch_rest(client: httpx2.Client, source: Source, part: Part, progress: Progress) -> None:
    """Append what is missing; replace what is there if the server has another version, or gives wholes only."""
    have = part.size
    if have and have == source.size:
        return
    headers = {"Range": f"bytes={have}-", "If-Range": part.version} if have and part.version else {}
    with client.stream("GET", source.url, headers=headers) as response:
        if headers and response.status_code == 416:  # nothing is missing, or this is not the beginning of that file
            if response.headers.get("Content-Range") == f"bytes */{have}" and source.size is None:
                return
            part.discard()
            raise httpx2.RemoteProtocolError("the server has no such rest of the file")
        response.raise_for_status()
        start = _start(response)
        if start == 0:
            part.begin(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
        elif start != have:
            part.discard()
            raise httpx2.RemoteProtocolError("the server sent another part of the file")
        length = response.headers.get("Content-Length", "")
        total = source.size or (start + int(length) if length.isdecimal() else None)
        if total is not None:
            check_room(part.path.parent, total - start)
        _append(response, part, start, total, progress)
    if total is not None and part.size < total:
        raise httpx2.RemoteProtocolError("the file was cut short")


def _start(response: httpx2.Response) -> int:
    """Return the position of the first byte that comes."""
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if response.status_code == 206 and match else 0


def _append(response: httpx2.Response, part: Part, start: int, total: int | None, progress: Progress) -> None:
    progress(start, total)
    with part.path.open("ab") as file:
        for block in response.iter_raw():
            file.write(block)
            start += len(block)
            progress(start, total)


@dataclass(frozen=True)
class Attempts:
    """Try again what may pass: broken connections and servers that are busy.

    Attributes:
        homepage: Where a person finds the corpus, for the last word.
        pause: Waits some seconds.
    """

    homepage: str
    pause: Callable[[float], None]

    def until_done(self, attempt: Callable[[], Result], so_far: Callable[[], int] = lambda: 0) -> Result:
        """Return what ``attempt`` returns; only failures in a row with nothing more ``so_far`` count.

        Raises:
            DownloadError: It cannot succeed, or did not ``ATTEMPTS`` times.
        """
        failures = 0
        while True:
            before = so_far()
            try:
                return attempt()
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                failures = 1 if so_far() > before else failures + 1
                if failures == ATTEMPTS or not _may_pass(error):
                    raise DownloadError(self._last_word(error)) from error
                seconds = _pause_seconds(error, failures)
                logger.warning("%s; the next attempt is in %g s.", _reason(error), seconds)
            self.pause(seconds)

    def _last_word(self, error: Exception) -> str:
        reason = _reason(error)
        if not isinstance(error, httpx2.HTTPStatusError):
            return f"{reason}; check the network, and run the command again: it goes on where it stopped."
        if _may_pass(error):
            return f"{reason}; run the command again later: it goes on where it stopped."
        return f"{reason}; {self.homepage} may tell how to get the corpus now."


def _may_pass(error: Exception) -> bool:
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code in _MAY_PASS
    return isinstance(error, httpx2.TransportError)


def _pause_seconds(error: Exception, failures: int) -> float:
    """Return 1, 2, 4 … seconds, or more if the server asks for it."""
    asked = error.response.headers.get("Retry-After", "") if isinstance(error, httpx2.HTTPStatusError) else ""
    return min(max(2.0 ** (failures - 1), float(asked) if asked.isdecimal() else 0.0), LONGEST_PAUSE_SECONDS)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx2.HTTPStatusError):
        status = error.response.status_code
        words = {401: "wants a login", 403: "refuses", 404: "has no such file", 410: "has no such file any more"}
        words |= {429: "asks for fewer requests"}
        return f"{error.request.url.host} {words.get(status, 'cannot answer')} (HTTP {status})"
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return f"{error.request.url.host} cannot be reached ({error or 'no answer'})"
    return f"The connection broke off ({error or type(error).__name__})"


def _verify(part: Part, source: Source) -> None:
    """Compare the file with its checksum.

    Raises:
        DownloadError: They differ; the file is removed.
    """
    if not source.checksum:
        return
    algorithm, _, expected = source.checksum.partition(":")
    with part.path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
    if found != expected:
        part.discard()
        raise DownloadError(
            f"What came from {source.url} has another {algorithm} than its record states; run the command again."
        )


def _shortfall(corpus: Corpus, folder: Path, clips: int) -> str:
    """Return in words how many clips are there, if any of ``clips`` is missing or is no recording."""
    try:
        count = sum(_is_recording(clip.path) for clip in list_clips(corpus, folder).utterances)
    except CorpusError:  # the folder holds none
        count = 0
    return f"only {count:,} of the {clips:,} clips of {corpus.name}" if count < clips else ""


def _is_recording(path: Path) -> bool:
    try:
        return soundfile.info(path).frames > 0
    except soundfile.LibsndfileError:
        return False
