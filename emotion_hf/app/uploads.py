"""Upload and download recordings over HTTP, each by a ticket instead of a path of this machine.

An upload is kept under a random name. Its ticket, ``<random>/<file name>``, is what a client sends to get a prediction
and what a player requests. Gradio's own routes answer with absolute paths, keep equal uploads of different people as
one file, and leave a file behind when a connection breaks. Here a file appears only when it is complete.

Phones and browsers record into WebM, MP4 and MOV, which a browser calls video even if they hold only audio. Gradio's
component refuses these before anything is sent; the script at the end makes it accept them.
"""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import re
import secrets
import shutil
import threading
from pathlib import Path, PurePath
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from emotion_hf.app.guard.refusals import Refusal
from emotion_hf.app.progress import Progress
from emotion_hf.decoding import DECODABLE_EXTENSIONS
from emotion_hf.errors import AudioError, AudioNotFoundError

logger = logging.getLogger(__name__)

FILES_AT_ONCE = 10
SPARE_BYTES = 200_000_000
"""Free disk space that uploads must leave, for corrections and for deleting them."""
WAITING_BYTES = 40
"""Uploads waiting on the disk may take this many times the size of the largest allowed upload."""
WAITING_FILES, WAITING_FILES_OF_ONE = 5_000, 500
"""Largest number of uploads kept, of all clients and of one; the oldest of that client make room for its new ones."""
TICKET = re.compile(r"[0-9a-f]{32}(?:\.flac|/[^/\\\0.][^/\\\0]{0,170})")
"""A ticket of a replay, which the page wrote itself, or of an upload."""

NOT_UPLOADED = (
    "Upload the recording first: send the file to /gradio_api/upload, and use the name that this returns. "
    "The page reads no files of this server and no addresses of other sites."
)
GONE = "This recording is no longer kept here; record or choose it again."


class Uploads:
    """Stores uploads below ``folder`` and serves them.

    Args:
        folder: Folder of the recordings; its creator also empties it.
        max_bytes: Largest upload.
    """

    def __init__(self, folder: Path, max_bytes: int):
        self.folder, self.max_bytes, self.progress = folder, max_bytes, Progress()
        self._waiting: dict[str, tuple[str, int]] = {}  # ticket → client and bytes
        self._lock = threading.Lock()

    @property
    def routes(self) -> list[Route]:
        """The routes that replace Gradio's."""
        return [
            Route("/gradio_api/upload", self.upload, methods=["POST"]),
            Route("/gradio_api/upload_progress", self.progress.tell, methods=["GET"]),
            Route("/gradio_api/file={ticket:path}", self.download, methods=["GET"]),
        ]

    async def upload(self, request: Request) -> Response:
        """Keep the files of a form and return their tickets.

        Raises:
            Refusal: 400 if the request is not such a form, 429, 503 or 507 if there is no room.
        """
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise Refusal(400, "Send the recording as multipart/form-data, in a field named files.")
        try:
            with self.progress.counting(request) as counted:
                async with counted.form(max_files=FILES_AT_ONCE, max_fields=FILES_AT_ONCE) as form:
                    files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
                    client = request.client.host if request.client else ""
                    tickets = await asyncio.to_thread(self._keep_all, files, client)
        except OSError as error:
            logger.error("An upload cannot be saved: %s", error)
            raise _no_room() from error
        except MultiPartException as error:
            raise Refusal(400, "The form cannot be read; send the recording in a field named files.") from error
        if not tickets:
            raise Refusal(400, "There is no recording; send it in a field named files.")
        return JSONResponse(tickets)

    async def download(self, request: Request) -> Response:
        """Return a recording for its player.

        Raises:
            Refusal: 404 if there is none with this ticket.
        """
        try:
            path = find(request.path_params["ticket"], self.folder)
        except AudioError as error:
            raise Refusal(404, GONE) from error
        kind = mimetypes.guess_type(path.name)[0] or ""
        plays = kind.startswith(("audio/", "video/"))  # a page or picture could run a script
        return FileResponse(
            path,
            media_type=kind if plays else "application/octet-stream",
            content_disposition_type="inline" if plays else "attachment",
            filename=path.name,
            headers={"cache-control": "private, no-store"},
        )

    def _keep_all(self, files: list[UploadFile], client: str) -> list[str]:
        with self._lock:
            self._check_room(client, len(files), sum(file.size or 0 for file in files))
            tickets = []
            for file in files:
                tickets.append(self._keep(file))
                self._waiting[tickets[-1]] = (client, file.size or 0)
            return tickets

    def _check_room(self, client: str, count: int, size: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._waiting = {ticket: one for ticket, one in self._waiting.items() if (self.folder / ticket).exists()}
        if shutil.disk_usage(self.folder).free - size < SPARE_BYTES:
            raise _no_room()
        own = [ticket for ticket, one in self._waiting.items() if one[0] == client]
        for ticket in own[: max(0, len(own) + count - WAITING_FILES_OF_ONE)]:
            shutil.rmtree((self.folder / ticket).parent, ignore_errors=True)
            del self._waiting[ticket]
        sizes = [one[1] for one in self._waiting.values()]
        if len(sizes) + count > WAITING_FILES or sum(sizes) + size > WAITING_BYTES * self.max_bytes:
            raise Refusal(503, "Too many recordings are waiting; try again in a few minutes.", retry_after=60)

    def _keep(self, file: UploadFile) -> str:
        ticket = f"{secrets.token_hex(16)}/{_safe_name(file.filename or '')}"
        path = self.folder / ticket
        path.parent.mkdir()
        try:
            with path.open("xb") as kept:
                shutil.copyfileobj(file.file, kept)
        except OSError:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        return ticket


def _no_room() -> Refusal:
    return Refusal(507, "The server has no room for more recordings; try again later.", retry_after=60)


def find(ticket: str, folder: Path) -> Path:
    """Return the file behind a ticket.

    Raises:
        AudioError: It is not a valid ticket.
        AudioNotFoundError: The file does not exist, or no longer.
    """
    if not TICKET.fullmatch(ticket):
        raise AudioError(NOT_UPLOADED)
    path = folder / ticket
    if not path.is_file() or path.resolve() != folder.resolve() / ticket:  # links are not followed
        raise AudioNotFoundError(GONE)
    return path


def address(path: Path, folder: Path) -> str:
    """Return the relative URL of a recording in ``folder``; it also works if the page is served below a path."""
    return f"gradio_api/file={quote(path.relative_to(folder).as_posix())}"


def _safe_name(name: str) -> str:
    """Return the name of a file without anything that could lead to another folder; its extension stays."""
    path = PurePath(name.replace("\\", "/"))
    stem, suffix = (re.sub(r"[^\w\- ]", "", part)[:80] for part in (path.stem, path.suffix))
    return f"{stem or 'recording'}.{suffix}" if suffix else stem or "recording"


_ENDINGS = "|".join(one.removeprefix(".") for one in DECODABLE_EXTENSIONS)
TAKE_RECORDINGS = f"""() => {{
  const type = Object.getOwnPropertyDescriptor(Blob.prototype, "type").get;
  const isRecording = (file) => /\\.({_ENDINGS})$/i.test(file.name);
  Object.defineProperty(File.prototype, "type", {{
    configurable: true,
    get() {{
      const named = type.call(this);
      return isRecording(this) && !named.startsWith("audio/") ? "audio/x-recording" : named;
    }},
  }});
  document.addEventListener("click", ({{target}}) => {{  // what the file dialog lists
    if (target.matches?.("input[type=file][accept*='audio/']:not([accept*='video/'])")) target.accept += ",video/*";
  }}, true);
}}"""
"""Runs once when the page is loaded."""
