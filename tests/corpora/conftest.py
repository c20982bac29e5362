"""A server on this machine that gives files, and fails on request: cut connections, errors, no Range."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class FileServer:
    """What is served, how it goes wrong, and what was asked for.

    Attributes:
        files: Path → content.
        ranges: Whether parts of a file are given.
        etag: The name of the version of every file; without one there is a date instead.
        states_length: Whether the length is told beforehand; if not, the end of the connection is the end of the file.
        cuts: For the next requests, after how many bytes the connection breaks; ``None`` lets one through.
        statuses: For the next requests, an error instead of the file, with headers.
        asked: Path and ``Range`` header of each request.
        headers: All headers of the last request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    etag: str = '"one"'
    states_length: bool = True
    cuts: list[int | None] = field(default_factory=list)
    statuses: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> FileServer:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    with FileServer() as running:
        yield running


def _handler(server: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, self.headers["Range"]))
            server.headers = dict(self.headers)
            if server.statuses:
                status, headers = server.statuses.pop(0)
                self._begin(status, headers)
            elif self.path in server.files:
                self._give(server.files[self.path])
            else:
                self._begin(404, {})

        def _give(self, content: bytes) -> None:
            version = {"ETag": server.etag} if server.etag else {"Last-Modified": "Thu, 05 Nov 2026 00:00:00 GMT"}
            is_same = self.headers["If-Range"] in (None, *version.values())
            start = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
            if start is None or not server.ranges or not is_same:
                status, rest = 200, content
            elif int(start[1]) >= len(content):
                return self._begin(416, {"Content-Range": f"bytes */{len(content)}"})
            else:
                status, rest = 206, content[int(start[1]) :]
                version["Content-Range"] = f"bytes {start[1]}-{len(content) - 1}/{len(content)}"
            length = {"Content-Length": str(len(rest))} if server.states_length else {}
            self._begin(status, version | length)
            self.wfile.write(rest[: server.cuts.pop(0) if server.cuts else None])

        def _begin(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
