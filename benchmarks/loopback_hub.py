"""A local Hub with the part of the HTTP API that huggingface_hub uses, and with simulated failures.

Repositories, commits and large files are kept in memory. Each of the ``troubles`` happens once, to the first matching
request.

Example:
    with LoopbackHub() as hub:
        hub.troubles.append(Trouble("POST", "/commit/", status=500))
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import yaml

TOKEN = "hf_loopback"
LARGE = (".safetensors", ".flac")
DATE = "2026-01-01T00:00:00.000Z"
ENTRY_NOT_FOUND = {"X-Error-Code": "EntryNotFound"}
FOLDERS = {"model": "", "dataset": "datasets/", "space": "spaces/"}


@dataclass(frozen=True)
class Trouble:
    """A failure of a request: an error status, a closed connection, or a delay."""

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    close: bool = False
    seconds: float = 0.0


@dataclass
class Commit:
    """A state of a repository: path → content."""

    message: str
    files: dict[str, bytes]

    @property
    def id(self) -> str:
        return hashlib.sha1(repr((self.message, sorted(self.files.items()))).encode()).hexdigest()


@dataclass
class Repo:
    """One repository, with its oldest commit first."""

    private: bool
    commits: list[Commit]
    large: dict[str, bytes] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    hardware: str = "cpu-basic"
    sdk: str | None = None

    @property
    def files(self) -> dict[str, bytes]:
        """Files of the newest commit, without those of the Hub itself."""
        return {path: content for path, content in self.commits[-1].files.items() if path != ".gitattributes"}


class LoopbackHub:
    """A Hub at ``url``; ``repos`` has its repositories by kind and name."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.troubles: list[Trouble] = []
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> LoopbackHub:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content of the response; ``path`` may have a query."""
        path = unquote(path)
        for (wanted, pattern), respond in ROUTES.items():
            text = path if r"\?" in pattern else path.partition("?")[0]
            if wanted == method and (found := re.fullmatch(pattern, text)):
                return _packed(respond(self, body, **found.groupdict()))
        return _packed((404, {"error": f"no route {method} {path}"}))

    def find(self, kind: str, name: str) -> Repo:
        """Return a repository.

        Raises:
            KeyError: There is no such repository.
        """
        return self.repos[kind.rstrip("s"), name]


def _packed(answer) -> tuple[int, dict[str, str], bytes]:
    status, content, *headers = answer if isinstance(answer, tuple) else (200, answer)
    if isinstance(content, bytes):
        return status, headers[0] if headers else {}, content
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


def create(hub: LoopbackHub, body: bytes):
    asked = json.loads(body)
    kind, name = asked.get("type") or "model", f"{asked['organization']}/{asked['name']}"
    url = {"url": f"{hub.url}/{FOLDERS[kind]}{name}"}
    if (kind, name) in hub.repos:
        return 409, {**url, "error": "You already created this repo"}
    first = Commit("initial commit", {".gitattributes": b"*.safetensors filter=lfs\n"})
    hub.repos[kind, name] = Repo(asked.get("visibility") == "private", [first], sdk=asked.get("sdk"))
    return url


def info(hub: LoopbackHub, body: bytes, kind: str, name: str, revision: str = "main"):
    repo = hub.find(kind, name)
    commit = _commit(repo, revision)
    siblings = [{"rfilename": path} for path in commit.files]
    facts = {"id": name, "private": repo.private, "sha": commit.id, "siblings": siblings, "tags": [], "downloads": 0}
    return facts | {"cardData": _card(commit.files.get("README.md", b""))}


def tree(hub: LoopbackHub, body: bytes, kind: str, name: str, revision: str, folder: str | None, deep: str | None):
    start, rows = f"{folder}/" if folder else "", {}
    for path, content in _commit(hub.find(kind, name), revision).files.items():
        if path.startswith(start):
            levels = path[len(start) :].split("/")
            for depth in range(1, len(levels) if deep == "true" else min(len(levels), 2)):
                above = start + "/".join(levels[:depth])
                rows[above] = _folder(above)
            if deep == "true" or len(levels) == 1:
                rows[path] = _file(path, content)
    return [*rows.values()] if rows or not start else (404, b"{}", ENTRY_NOT_FOUND)


def paths_info(hub: LoopbackHub, body: bytes, kind: str, name: str, revision: str):
    files, asked = _commit(hub.find(kind, name), revision).files, {*json.loads(body)["paths"]}
    folders = {path for path in asked - files.keys() if any(one.startswith(f"{path}/") for one in files)}
    return [*(_file(path, files[path]) for path in asked & files.keys()), *map(_folder, folders)]


def commits(hub: LoopbackHub, body: bytes, kind: str, name: str, revision: str):
    repo = hub.find(kind, name)
    return [
        {"id": commit.id, "authors": [], "date": DATE, "title": commit.message, "message": ""}
        for commit in reversed(repo.commits)
    ]


def preupload(hub: LoopbackHub, body: bytes, kind: str, name: str, revision: str):
    files = hub.find(kind, name).commits[-1].files
    answers = []
    for one in json.loads(body)["files"]:
        path, large = one["path"], one["path"].endswith(LARGE)
        oid = (_sha256 if large else _blob_id)(files[path]) if path in files else None
        mode = "lfs" if large else "regular"
        answers.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return {"files": answers}


def batch(hub: LoopbackHub, body: bytes, name: str, folder: str | None):
    kind = (folder or "models/")[:-2]
    repo, objects = hub.find(kind, name), []
    for one in json.loads(body)["objects"]:
        row = {"oid": one["oid"], "size": one["size"]}
        if one["oid"] not in repo.large:
            row["actions"] = {"upload": {"href": f"{hub.url}/large/{kind}/{name}/{one['oid']}"}}
        objects.append(row)
    return {"transfer": "basic", "objects": objects}


def upload(hub: LoopbackHub, body: bytes, kind: str, name: str, oid: str):
    if _sha256(body) != oid:
        return 400, {"error": "another content"}
    hub.find(kind, name).large[oid] = body
    return {}


def commit(hub: LoopbackHub, body: bytes, kind: str, name: str, revision: str):
    repo = hub.find(kind, name)
    rows = [json.loads(line) for line in body.splitlines()]
    header = rows[0]["value"]
    if header.get("parentCommit", repo.commits[-1].id) != repo.commits[-1].id:
        return 412, {"error": "A commit has happened since"}
    files = dict(repo.commits[-1].files)
    for row in rows[1:]:
        value = row["value"]
        if row["key"] == "deletedFile":
            del files[value["path"]]
        else:
            content = base64.b64decode(value["content"]) if row["key"] == "file" else repo.large[value["oid"]]
            files[value["path"]] = content
    repo.commits.append(Commit(header["summary"], files))
    oid = repo.commits[-1].id
    return {"success": True, "commitOid": oid, "commitUrl": f"{hub.url}/{name}/commit/{oid}"}


def squash(hub: LoopbackHub, body: bytes, kind: str, name: str, revision: str):
    repo = hub.find(kind, name)
    repo.commits = [Commit(json.loads(body)["message"], repo.commits[-1].files)]
    return {}


def large_files(hub: LoopbackHub, body: bytes, kind: str, name: str):
    repo = hub.find(kind, name)
    return [
        {"fileOid": _blob_id(oid.encode()), "filename": oid, "oid": oid, "pushedAt": DATE, "size": len(content)}
        for oid, content in repo.large.items()
    ]


def delete_large(hub: LoopbackHub, body: bytes, kind: str, name: str):
    repo, gone = hub.find(kind, name), json.loads(body)["deletions"]["sha"]
    repo.large = {oid: content for oid, content in repo.large.items() if _blob_id(oid.encode()) not in gone}
    return {}


def set_variable(hub: LoopbackHub, body: bytes, name: str):
    asked, repo = json.loads(body), hub.find("space", name)
    repo.variables[asked["key"]] = asked["value"]
    return {key: {"value": value} for key, value in repo.variables.items()}


def list_variables(hub: LoopbackHub, body: bytes, name: str):
    return {key: {"value": value} for key, value in hub.find("space", name).variables.items()}


def delete_variable(hub: LoopbackHub, body: bytes, name: str):
    del hub.find("space", name).variables[json.loads(body)["key"]]
    return list_variables(hub, b"", name)


def set_hardware(hub: LoopbackHub, body: bytes, name: str):
    hub.find("space", name).hardware = json.loads(body)["flavor"]
    return {"stage": "BUILDING"}


def resolve(hub: LoopbackHub, body: bytes, name: str, folder: str | None, revision: str, path: str):
    commit = _commit(hub.find((folder or "models/")[:-2], name), revision)
    if path not in commit.files:
        return 404, b"", {**ENTRY_NOT_FOUND, "X-Repo-Commit": commit.id}
    content = commit.files[path]
    etag = _sha256(content) if path.endswith(LARGE) else _blob_id(content)
    return 200, content, {"X-Repo-Commit": commit.id, "ETag": f'"{etag}"'}


NAME = r"(?P<name>[\w.-]+/[\w.-]+)"
API = rf"/api/(?P<kind>models|datasets|spaces)/{NAME}"
REVISION = r"(?P<revision>[\w.-]+)"
ROUTES = {
    ("POST", "/api/repos/create"): create,
    ("POST", "/api/validate-yaml"): lambda hub, body: {"errors": [], "warnings": []},
    ("GET", API): info,
    ("GET", rf"{API}/revision/{REVISION}"): info,
    ("GET", rf"{API}/tree/{REVISION}(/(?P<folder>[^?]+))?(\?(.*recursive=(?P<deep>\w+).*|.*))?"): tree,
    ("POST", rf"{API}/paths-info/{REVISION}"): paths_info,
    ("GET", rf"{API}/commits/{REVISION}"): commits,
    ("POST", rf"{API}/preupload/{REVISION}"): preupload,
    ("POST", rf"/(?P<folder>datasets/|spaces/)?{NAME}\.git/info/lfs/objects/batch"): batch,
    ("PUT", rf"/large/(?P<kind>\w+)/{NAME}/(?P<oid>\w+)"): upload,
    ("POST", rf"{API}/commit/{REVISION}"): commit,
    ("POST", rf"{API}/super-squash/{REVISION}"): squash,
    ("GET", rf"{API}/lfs-files"): large_files,
    ("POST", rf"{API}/lfs-files/batch"): delete_large,
    ("GET", rf"/api/spaces/{NAME}/variables"): list_variables,
    ("POST", rf"/api/spaces/{NAME}/variables"): set_variable,
    ("DELETE", rf"/api/spaces/{NAME}/variables"): delete_variable,
    ("POST", rf"/api/spaces/{NAME}/hardware"): set_hardware,
    ("GET", rf"/(?P<folder>datasets/|spaces/)?{NAME}/resolve/{REVISION}/(?P<path>.+)"): resolve,
}


def _card(readme: bytes) -> dict[str, object]:
    """Return the fields at the head of a card."""
    head = re.match(rb"---\n(.*?)\n---\n", readme, re.DOTALL)
    return yaml.safe_load(head[1]) if head else {}


def _file(path: str, content: bytes) -> dict[str, object]:
    row: dict[str, object] = {"type": "file", "path": path, "size": len(content), "oid": _blob_id(content)}
    if path.endswith(LARGE):
        row["lfs"] = {"oid": _sha256(content), "size": len(content), "pointerSize": 130}
    return row


def _folder(path: str) -> dict[str, object]:
    return {"type": "directory", "path": path, "oid": _blob_id(path.encode())}


def _commit(repo: Repo, revision: str) -> Commit:
    if revision == "main":
        return repo.commits[-1]
    return {commit.id: commit for commit in repo.commits}[revision]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # as git names it


def _handler(hub: LoopbackHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            path = urlsplit(self.path).path
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.asked.append(f"{self.command} {path}")
            trouble = self._trouble(path)
            if trouble and trouble.close:
                self.close_connection = True
                return
            if trouble and trouble.seconds:
                time.sleep(trouble.seconds)
            if trouble and trouble.status:
                self._send(trouble.status, trouble.headers, b'{"error": "trouble"}')
            elif not path.startswith("/large/") and self.headers["Authorization"] != f"Bearer {TOKEN}":
                self._send(401, {"X-Error-Message": "Invalid credentials in Authorization header"}, b"{}")
            else:
                method = "GET" if self.command == "HEAD" else self.command
                try:
                    self._send(*self._part(*hub.answer(method, self.path, body)))
                except KeyError as error:
                    self._send(404, {"X-Error-Code": "RepoNotFound"}, json.dumps({"error": str(error)}).encode())

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _handle

        def _part(self, status: int, headers: dict[str, str], content: bytes) -> tuple[int, dict[str, str], bytes]:
            """Return the part of a response that the client asked for, as streams do."""
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if status != 200 or not asked:
                return status, headers, content
            start, end = int(asked[1]), int(asked[2] or len(content) - 1)
            span = f"bytes {start}-{end}/{len(content)}"
            return 206, {**headers, "Content-Range": span}, content[start : end + 1]

        def _trouble(self, path: str) -> Trouble | None:
            for trouble in hub.troubles:
                if trouble.method == self.command and trouble.path in path:
                    hub.troubles.remove(trouble)
                    return trouble
            return None

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
