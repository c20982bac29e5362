"""Download a public corpus: continue an interrupted download, verify, unpack.

Received data stays in ``FOLDER.zip.part`` until the corpus is complete, so a broken connection or Ctrl-C loses
nothing: the next attempt requests the rest of the same version (HTTP ``Range`` with ``If-Range``), or starts again if
the server does not support that. Nothing appears in the folder before it is complete.

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

from emotion_hf import __version__
from emotion_hf.audio import load_audio
from emotion_hf.corpora.corpus import Corpus, Download, list_clips
from emotion_hf.corpora.new_folder import check_room, has_content, new_folder
from emotion_hf.corpora.unpack import unpack
from emotion_hf.errors import AudioError, CorpusError, DownloadError, EmotionError

ATTEMPTS = 5
TIMEOUT_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 60.0
# Zenodo asks clients to identify themselves; no compression, so that bytes can be counted and resumed.
HEADERS = {"User-Agent": f"emotion_hf/{__version__}", "Accept-Encoding": "identity"}
_MAY_PASS = (408, 429, 500, 502, 503, 504)

Progress = Callable[[int, int | None], None]
Result = TypeVar("Result")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """Address and known facts of the file.

    Attributes:
        url: Address of the file.
        size: Length in bytes, if known.
        checksum: ``md5:`` or another algorithm with the digits, if known.
    """

    url: str
    size: int | None = None
    checksum: str = ""


@dataclass(frozen=True)
class Part:
    """The beginning of a file, and beside it the server's name (ETag or date) of its version."""

    path: Path

    @property
    def size(self) -> int:
        """Number of bytes received."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The server's name of the version; empty if it gave none."""
        return self._version_path.read_text(encoding="utf-8") if self._version_path.exists() else ""

    def begin(self, version: str) -> None:
        """Discard the received bytes; the following ones belong to ``version``."""
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
        corpus: Corpus to download.
        folder: Target folder of its clips.
        progress: Called with the number of bytes received and, if known, the total.
        pause: Waits for some seconds before the next attempt.

    Returns:
        Whether it was downloaded now; ``False`` if it already existed.

    Raises:
        DownloadError: There is no such address, the server or the network fails, or the file is not the corpus.
        CorpusError: The folder cannot be written, or contains something else.
    """
    download = corpus.access
    if isinstance(download, str):
        how = download[:1].lower() + download[1:]
        raise DownloadError(f"{corpus.name} cannot be downloaded automatically: {how}")
    folder = folder.expanduser()
    if has_content(folder):
        if found := _shortfall(corpus, folder, download.clips):
            raise DownloadError(f"{folder} already exists and contains {found}; remove it, or name another folder.")
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
                raise DownloadError(f"The download contains {found}; see {corpus.homepage} for all of them.")
    except DownloadError:
        part.discard()
        raise
    part.discard()
    return True


def _fetch(corpus: Corpus, download: Download, part: Part, progress: Progress, pause: Callable[[float], None]) -> None:
    """Fetch the whole file, and compare it with its checksum."""
    with httpx2.Client(headers=HEADERS, timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
        attempts = Attempts(corpus.homepage, pause)
        source = attempts.until_done(lambda: _find(client, download))
        attempts.until_done(lambda: _fetch_rest(client, source, part, progress), so_far=lambda: part.size)
    _verify(part, source)


def _find(client: httpx2.Client, download: Download) -> Source:
    """Return the source of the file; Zenodo's record states its address, size and checksum."""
    if not download.record_file:
        return Source(download.url)
    response = client.get(download.url).raise_for_status()
    try:
        (entry,) = (entry for entry in response.json()["files"] if entry["key"] == download.record_file)
        source = Source(entry["links"]["self"], int(entry["size"]), entry["checksum"])
        hashlib.new(source.checksum.partition(":")[0], usedforsecurity=False)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DownloadError(
            f"The record {download.url} does not state the address, size and checksum of {download.record_file}."
        ) from error
    return source


def _fetch_rest(client: httpx2.Client, source: Source, part: Part, progress: Progress) -> None:
    """Append what is missing; replace the file if the server has another version, or sends only whole files."""
    have = part.size
    if have and have == source.size:
        return
    headers = {"Range": f"bytes={have}-", "If-Range": part.version} if have and part.version else {}
    with client.stream("GET", source.url, headers=headers) as response:
        if headers and response.status_code == 416:  # nothing is missing, or this is no beginning of that file
            if response.headers.get("Content-Range") == f"bytes */{have}" and source.size is None:
                return
            part.discard()
            raise httpx2.RemoteProtocolError("the server does not have the rest of the file")
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
    """Return the position of the first byte that arrives."""
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
    """Retry after temporary failures: broken connections and busy servers.

    Attributes:
        homepage: Website of the corpus, for the final error message.
        pause: Waits for some seconds.
    """

    homepage: str
    pause: Callable[[float], None]

    def until_done(self, attempt: Callable[[], Result], so_far: Callable[[], int] = lambda: 0) -> Result:
        """Return the result of ``attempt``; only consecutive failures without progress in ``so_far`` count.

        Raises:
            DownloadError: It cannot succeed, or failed ``ATTEMPTS`` times.
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
            return f"{reason}; check the network, and run the command again: it continues where it stopped."
        if _may_pass(error):
            return f"{reason}; run the command again later: it continues where it stopped."
        return f"{reason}; see {self.homepage} for how to get the corpus."


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
        words = {
            401: "requires a login",
            403: "refuses access",
            404: "has no such file",
            410: "no longer has it",
        }
        words |= {429: "asks for fewer requests"}
        return f"{error.request.url.host} {words.get(status, 'cannot respond')} (HTTP {status})"
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return f"{error.request.url.host} cannot be reached ({error or 'no response'})"
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
            f"The download from {source.url} does not match the {algorithm} of its record; run the command again."
        )


def _shortfall(corpus: Corpus, folder: Path, clips: int) -> str:
    """Return in words how many clips exist, if any of ``clips`` is missing or is no recording."""
    try:
        count = sum(_is_recording(clip.path) for clip in list_clips(corpus, folder).utterances)
    except CorpusError:  # the folder contains none
        count = 0
    return f"only {count:,} of the {clips:,} clips of {corpus.name}" if count < clips else ""


def _is_recording(path: Path) -> bool:
    try:
        load_audio(path)
    except AudioError:
        return False
    return True
