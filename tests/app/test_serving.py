"""The page over real HTTP: what the guard refuses, how it says so, and what it never tells."""

import base64
import dataclasses
import errno
import json
import os
import re
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import gradio_client
import pytest
import soundfile
from gradio_client import handle_file

from emotion_hf.app.serving import OTHER_THREADS, application, mount_options, serve
from emotion_hf.errors import SettingsError
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice
from tests import web

API = "/gradio_api"
UPLOAD_MEGABYTES = 2
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-VERSION:3\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n"


@pytest.fixture(scope="module")
def served(open_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    options = {"review": True, "retraining": True, "max_upload_megabytes": UPLOAD_MEGABYTES, "requests_per_minute": 0}
    with open_server(folder, **options) as server:
        yield server


@pytest.fixture(scope="module")
def http(served):
    with web.Client(base_url=served.url) as client:
        yield client


@pytest.fixture(scope="module")
def voice(voice_wav):
    return voice_wav.read_bytes()


def upload(http, content, name="voice.wav"):
    answer = http.post(f"{API}/upload", files={"files": (name, content)})
    assert answer.status_code == 200, answer.text
    return answer.json()[0]


def call(http, name, data, **options):
    """Call an endpoint without Gradio's client, and return the event's name and its data."""
    posted = http.post(f"{API}/call/{name}", json={"data": data}, **options)
    assert posted.status_code == 200, posted.text
    stream = http.get(f"{API}/call/{name}/{posted.json()['event_id']}", **options)
    event, content = re.fullmatch(r"event: (\w+)\ndata: (.*)\n\n", stream.text, re.DOTALL).groups()
    return event, json.loads(content)


def fn_index(http, name):
    """Return the number of a private event, which everybody can read in the page's configuration."""
    return next(one["id"] for one in http.get("/config").json()["dependencies"] if one["api_name"] == name)


def join(http, index, data, session="s" * 10, event=None, **options):
    """Call an event by its number, as the page does, and return the message that ends it."""
    body = {"data": data, "fn_index": index, "session_hash": session, "event_data": event}
    posted = http.post(f"{API}/queue/join", json=body, **options)
    if posted.status_code != 200:
        return posted.status_code, posted.json()
    with http.stream("GET", f"{API}/queue/data", params={"session_hash": session}, **options) as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line else {}
            if message.get("msg") == "process_completed":
                return 200, message


def refusal(answer, status):
    """Return the sentence of a refusal; Gradio's page shows what an upload is answered, so that one is plain."""
    assert answer.status_code == status, answer.text
    if answer.request.url.path.endswith("/upload"):
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        return answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"] == answer.json()["detail"]
    return answer.json()["error"]


# What is closed


def test_a_playlist_cannot_reach_ffmpeg(http, served, tmp_path):
    secret = tmp_path / "secret.wav"
    soundfile.write(secret, synthetic_voice(1.0), 16_000)
    playlist = HLS.format(f"file://{secret}").encode()
    fields = {"params": json.dumps({"position": {}, "remove_segment_start": 0, "remove_segment_end": 1})}
    before = ffmpegs()
    for path in (f"{API}/process_recording", f"{API}/process%5Frecording", f"{API}/process_recording/"):
        answer = http.post(path, files={"video": ("clip.mp4", playlist, "video/mp4")}, data=fields)
        assert refusal(answer, 404) == "There is nothing here; the API is described at /gradio_api/info."
    assert ffmpegs() == before


def test_a_playlist_as_a_recording_is_not_followed(http, tmp_path):
    secret = tmp_path / "secret.wav"
    soundfile.write(secret, synthetic_voice(1.0), 16_000)
    for name in ("clip.m3u8", "clip.mp4", "clip.wav"):
        event, data = call(http, "predict", [upload(http, HLS.format(f"file://{secret}").encode(), name)])
        assert event == "error"
        assert "recording" in data["error"] and str(tmp_path) not in data["error"]


def ffmpegs():
    return subprocess.run(["pgrep", "-x", "ffmpeg"], capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/proxy=https://someone-page.hf.space/",
        f"{API}/file=https://example.org/voice.wav",
        f"{API}/file=/etc/passwd",
        f"{API}/file=../../etc/passwd",
        f"{API}/file=..%2f..%2fetc%2fpasswd",
        f"{API}/file={Path(__file__).resolve()}",
        f"{API}/file=" + "0" * 32 + "/voice.wav",
        f"{API}/startup-events",
        f"{API}/queue/status",
        f"{API}/openapi.json",
        "/redoc",
        "/monitoring",
        f"{API}/stream/a/b/1/playlist.m3u8",
        f"{API}/deep_link?session_hash=a",
        f"{API}/dev/reload",
    ],
)
def test_a_closed_route_answers_404_with_a_sentence(http, path):
    assert refusal(http.get(path), 404).endswith(".")


@pytest.mark.parametrize("name", ["predict", "correct", "_start", "_promote"])
@pytest.mark.parametrize("prefix", ["run", "api"])
def test_nothing_bypasses_the_queue(http, prefix, name):
    assert refusal(http.post(f"{API}/{prefix}/{name}", json={"data": [None]}), 404)


def test_a_page_that_waits_takes_hardly_any_time(http):
    assert http.get("/config").status_code == 200  # starts the queue
    time.sleep(0.5)
    before = time.process_time()
    time.sleep(4.0)
    assert time.process_time() - before < 0.3  # Gradio's own polling takes 0.4 s


@pytest.mark.parametrize("path", [f"{API}/queue/join", f"{API}/queue/data", "/", "/live", "/v1/classify", "/nowhere"])
def test_a_websocket_is_refused(served, path):
    host, port = served.url.removeprefix("http://").split(":")
    key = base64.b64encode(bytes(16)).decode()
    upgrade = f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n\r\n".encode())
        assert re.match(rb"HTTP/1.1 40[45] ", connection.recv(100))


# Names and origins


def test_a_rebound_name_is_refused(http):
    answer = http.get("/config", headers={"Host": "rebound.example.org"})
    assert refusal(answer, 421).startswith("This page does not answer to rebound.example.org;")
    assert http.get("/config", headers={"Host": "localhost"}).status_code == 200
    person = http.get("/", headers={"Host": "rebound.example.org", "Accept": "text/html,*/*"})
    assert person.text.startswith("This page does not answer to rebound.example.org;")
    german = http.get("/config", headers={"Host": "rebound.example.org", "Accept-Language": "de-AT,de"})
    assert refusal(german, 421).startswith("Diese Seite antwortet nicht ")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", f"{API}/call/delete"), ("POST", f"{API}/upload"), ("GET", f"{API}/queue/data")]
)
def test_another_website_cannot_call_the_page(http, method, path, origin):
    answer = http.request(method, path, headers={"Origin": origin}, json={"data": ["x"]} if method == "POST" else None)
    assert refusal(answer, 403) == "Other websites may not call this page; open the page itself."


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "voices.example.org"])
def test_no_other_origin_gets_permissions(open_server, tmp_path, name):
    with open_server(tmp_path, allowed_hosts="voices.example.org") as server:
        preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Host": name}
        for answer in (
            web.options(f"{server.url}{API}/call/predict", headers=preflight),
            web.get(f"{server.url}/config", headers={"Origin": "https://evil.example", "Host": name}),
            web.get(f"{server.url}/config", headers={"Origin": f"http://{name}", "Host": name}),
        ):
            assert not [header for header in answer.headers if header.startswith("access-control")]
        assert answer.status_code == 200  # the page's own origin


def test_forwarded_headers_of_an_untrusted_client_are_ignored(http):
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "1"}
    own = http.get("/config").json()["root"]
    assert own.startswith("http://127.0.0.1")
    assert http.get("/config", headers=forged).json()["root"] == own


def test_a_page_below_a_path_is_served_with_and_without_it(open_server, tmp_path):
    options = {"root_path": "https://example.org/emotions", "allowed_hosts": "example.org"}
    with open_server(tmp_path, **options) as server:
        for path in ("/config", "/emotions/config"):
            answer = web.get(server.url + path, headers={"Host": "example.org"})
            assert answer.json()["root"] == "https://example.org/emotions"
        assert web.get(f"{server.url}/emotions{API}/process_recording").status_code == 404
        ticket = web.post(f"{server.url}/emotions{API}/upload", files={"files": ("a.wav", b"abc")}).json()[0]
        assert web.get(f"{server.url}/emotions{API}/file={ticket}").content == b"abc"


def test_security_headers_are_on_every_response(http, open_server, tmp_path):
    expected = {
        "x-content-type-options": "nosniff",
        "content-security-policy": "frame-ancestors 'self'",
        "referrer-policy": "same-origin",
    }
    for path in ("/", "/config", f"{API}/info", "/theme.css", "/nowhere"):
        headers = http.get(path).headers
        assert {name: headers.get(name) for name in expected} == expected
        assert "server" not in headers
    space = Settings.from_environment({"SPACE_ID": "someone/page", "SPACE_HOST": "someone-page.hf.space"})
    with open_server(tmp_path, guard_settings=dataclasses.replace(space, data_dir=tmp_path)) as server:
        own = web.get(server.url, headers={"Host": "someone-page.hf.space"})
        allowed = "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
        assert (own.status_code, own.headers["content-security-policy"]) == (200, allowed)
        assert web.get(server.url, headers={"Host": "other-page.hf.space"}).status_code == 421


# Bytes and time


def test_the_bytes_of_all_parts_count_together(http, served):
    before = served.voices()
    parts = [("files", (f"{number}.wav", bytes(900_000))) for number in range(3)]  # each below the limit
    sentence = "The request is larger than 2.01 MB, the most this page accepts; send less."
    assert refusal(http.post(f"{API}/upload", files=parts), 413) == sentence
    assert refusal(http.post(f"{API}/call/predict", content=b"[" * 1_100_000), 413)
    assert served.voices() == before


def exchange(served, head, body, *, pause=0.0):
    """Send raw bytes, and return all that comes back."""
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n")
        for piece in body:
            connection.sendall(piece)
            time.sleep(pause)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    return received


HEAD = f"POST {API}/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B"
PART = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'


def test_a_body_without_a_length_is_counted(served):
    before = served.voices()
    pieces = [b"%x\r\n%s\r\n" % (len(PART), PART)] + [b"40000\r\n" + bytes(0x40000) + b"\r\n"] * 12
    received = exchange(served, f"{HEAD}\r\nTransfer-Encoding: chunked", [*pieces, b"0\r\n\r\n"])
    assert received.startswith(b"HTTP/1.1 413 ")
    assert served.voices() == before


@pytest.mark.parametrize("length", ["-1", "9" * 40, "1e3", "3000000"])
def test_a_forged_length_is_refused(served, length):
    assert re.match(rb"HTTP/1.1 (400|413) ", exchange(served, f"{HEAD}\r\nContent-Length: {length}", []))


def test_a_slow_upload_ends(open_server, tmp_path):
    def change(app):
        app.limits = dataclasses.replace(app.limits, upload_seconds=0.6, idle_seconds=0.3)

    with open_server(tmp_path, change=change) as server:
        start = time.monotonic()
        for pause in (0.1, 1.0):  # a little at a time, and a long pause
            received = exchange(
                server, f"{HEAD}\r\nContent-Length: 1000", [PART, *[b"x"] * (30 if pause < 1 else 1)], pause=pause
            )
            assert received.startswith(b"HTTP/1.1 408 "), received
        assert b"took too long to arrive" in received
        assert time.monotonic() - start < 15
        assert server.voices() == []


@pytest.mark.parametrize("reset", [True, False])
def test_an_aborted_upload_leaves_no_file(served, reset):
    before = set(served.voices())
    host, port = served.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"{HEAD}\r\nContent-Length: 1900000\r\n\r\n".encode() + PART + bytes(1_500_000))
    time.sleep(0.2)
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    time.sleep(0.5)
    assert set(served.voices()) == before


@pytest.mark.parametrize(
    "body",
    [
        PART + b"x" * 50,  # no end
        PART.replace(b"files", b"other") + b"x\r\n--B--\r\n",
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B--\r\n',
        b"--B\r\nnonsense",
        b"",
    ],
)
@pytest.mark.parametrize("query", ["", "?upload_id=a"])
def test_a_form_that_is_none_leaves_no_file(http, served, body, query):
    before = set(served.voices())
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    assert refusal(http.post(f"{API}/upload{query}", content=body, headers=kind), 400)
    assert set(served.voices()) == before


def test_a_disk_that_is_nearly_full_is_507(http, served, monkeypatch):
    monkeypatch.setattr("emotion_hf.app.uploads.SPARE_BYTES", 10**18)
    answer = http.post(f"{API}/upload", files={"files": ("a.wav", b"abc")})
    assert refusal(answer, 507) == "The server has no room for more recordings; try again later."
    assert answer.headers["retry-after"] == "60"


@pytest.mark.parametrize("where", ["starlette.datastructures.UploadFile.write", "shutil.copyfileobj"])
def test_a_disk_that_becomes_full_is_507_and_nothing_stays(http, served, monkeypatch, where):
    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device", str(served.data_dir))

    before = set(served.data_dir.rglob("*"))
    monkeypatch.setattr(where, full)
    answer = http.post(f"{API}/upload", files={"files": ("a.wav", b"abc")})
    assert refusal(answer, 507) == "The server has no room for more recordings; try again later."
    assert set(served.data_dir.rglob("*")) == before


@pytest.mark.parametrize(
    ("limit", "value"),
    [("WAITING_FILES", 1), ("WAITING_BYTES", 0)],
)
def test_too_many_waiting_recordings_are_refused(http, monkeypatch, limit, value):
    upload(http, b"abc")
    monkeypatch.setattr(f"emotion_hf.app.uploads.{limit}", value)
    answer = http.post(f"{API}/upload", files={"files": ("a.wav", b"abc")})
    assert refusal(answer, 503) == "Too many recordings are waiting; try again in a few minutes."
    assert answer.headers["retry-after"] == "60"


def test_the_oldest_recordings_of_one_client_make_room_for_new_ones(http, monkeypatch):
    monkeypatch.setattr("emotion_hf.app.uploads.WAITING_FILES_OF_ONE", 2)
    first, second, third = (upload(http, content) for content in (b"one", b"two", b"three"))
    assert [http.get(f"{API}/file={ticket}").status_code for ticket in (first, second, third)] == [404, 200, 200]
    assert http.get(f"{API}/file={second}").content == b"two"


def test_an_upload_tells_how_much_has_arrived(served):
    host, port = served.url.removeprefix("http://").split(":")
    head = HEAD.replace("upload HTTP", "upload?upload_id=mine HTTP")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"{head}\r\nContent-Length: {len(PART) + 100_013}\r\n\r\n".encode() + PART + bytes(40_000))
        progress = web.stream("GET", f"{served.url}{API}/upload_progress?upload_id=mine")
        with progress as stream:
            events = (json.loads(line[6:]) for line in stream.iter_lines() if line)
            assert next(events) == {"msg": "update", "orig_name": "a.wav", "chunk_size": len(PART) + 40_000}
            connection.sendall(bytes(60_000) + b"\r\n--B--\r\n\r\n\r\n"[:13])
            assert list(events)[-1] == {"msg": "done"}
    assert web.get(f"{served.url}{API}/upload_progress?upload_id=other").status_code == 404


# Requests


def test_one_client_cannot_send_too_many_requests(open_server, tmp_path):
    with open_server(tmp_path, requests_per_minute=20) as server, web.Client(base_url=server.url) as http:
        forged = [{"X-Forwarded-For": f"1.1.1.{number}"} for number in range(30)]  # changes nothing
        statuses = [http.get(f"{API}/info", headers=headers).status_code for headers in forged]
        assert statuses.count(200) in (20, 21)
        answer = http.post(f"{API}/call/predict", json={"data": [None]})
        assert refusal(answer, 429) == "You send too many requests; wait a little."
        assert 1 <= int(answer.headers["retry-after"]) <= 3
        assert http.get("/theme.css").status_code == 200  # the page's own files do not count


def test_behind_a_trusted_proxy_each_client_counts_alone(open_server, tmp_path):
    options = {"requests_per_minute": 5, "trusted_proxies": "127.0.0.0/8"}
    with open_server(tmp_path, **options) as server, web.Client(base_url=server.url) as http:

        def statuses(forwarded, count=8):
            return [http.get(f"{API}/info", headers={"X-Forwarded-For": forwarded}).status_code for _ in range(count)]

        assert statuses("9.9.9.9, 1.1.1.1").count(429) >= 2
        assert statuses("8.8.8.8, 1.1.1.1").count(429) == 8  # what the client itself wrote does not matter
        assert statuses("1.1.1.2", 5) == [200] * 5


def test_all_clients_together_are_limited(open_server, tmp_path):
    options = {"requests_per_minute": 3, "trusted_proxies": "*"}
    with open_server(tmp_path, **options) as server, web.Client(base_url=server.url) as http:
        answers = [http.get(f"{API}/info", headers={"X-Forwarded-For": f"1.1.1.{one}"}) for one in range(40)]
        assert {answer.status_code for answer in answers[:30]} == {200}
        assert refusal(answers[-1], 503) == "This page gets too many requests; try again soon."
        assert int(answers[-1].headers["retry-after"]) >= 1


def test_open_streams_of_one_client_are_limited(open_server, tmp_path):
    def change(app):
        app._requests.each = 3

    with open_server(tmp_path, change=change) as server, web.Client(base_url=server.url) as http:
        streams = [http.stream("GET", f"{API}/heartbeat/s{number}") for number in range(3)]
        for stream in streams:
            stream.__enter__()
        assert refusal(http.get(f"{API}/info"), 429) == "You have too many requests open; wait until one has ended."
        for stream in streams:
            stream.__exit__(None, None, None)
        deadline = time.monotonic() + 10
        while (answer := http.get(f"{API}/info")).status_code == 429 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert answer.status_code == 200


class Waiting(FakeClassifier):
    """Answers once it is allowed to."""

    def __init__(self):
        super().__init__()
        self.may_answer = threading.Event()

    def predict(self, waves):
        assert self.may_answer.wait(30)
        return super().predict(waves)


def test_waiting_calls_of_one_client_are_limited(open_server, tmp_path, voice):
    def change(app):
        app.limits = dataclasses.replace(app.limits, calls_at_once=6, all_calls_at_once=7)

    waiting, options = Waiting(), {"trusted_proxies": "*"}
    with (
        open_server(tmp_path, classifier=waiting, change=change, **options) as server,
        web.Client(base_url=server.url) as http,
    ):
        ticket, one, other = upload(http, voice), {"X-Forwarded-For": "1.1.1.1"}, {"X-Forwarded-For": "1.1.1.2"}
        try:
            calls = [http.post(f"{API}/call/predict", json={"data": [ticket]}, headers=one) for _ in range(7)]
            assert [answer.status_code for answer in calls] == [200] * 6 + [429]
            assert refusal(calls[-1], 429) == "Too many of your calls are waiting; wait for a result first."
            assert http.post(f"{API}/call/predict", json={"data": [ticket]}, headers=other).status_code == 200
            full = http.post(f"{API}/call/predict", json={"data": [ticket]}, headers=other)
            assert refusal(full, 503) == "This page is busy; try again soon."
            assert int(full.headers["retry-after"]) >= 1  # an estimate
        finally:
            waiting.may_answer.set()


def test_an_upload_that_nobody_uses_is_swept(open_server, tmp_path):
    with open_server(tmp_path, history_seconds=1) as server, web.Client(base_url=server.url) as http:
        ticket = upload(http, b"abc")
        assert len(server.voices()) == 1
        deadline = time.monotonic() + 20
        while server.voices() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert server.voices() == []
        assert refusal(http.get(f"{API}/file={ticket}"), 404).startswith("This recording is no longer kept here")


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
def test_a_connection_whose_request_does_not_come_is_closed(served, monkeypatch, head):
    monkeypatch.setattr("emotion_hf.app.connections.HEAD_SECONDS", 0.4)
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        start = time.monotonic()
        for byte in head:  # a little at a time gains nothing
            connection.sendall(bytes([byte]))
            time.sleep(0.01)
        assert connection.recv(1) == b""
        assert 0.3 < time.monotonic() - start < 5


def test_sessions_in_memory_are_limited(open_server, tmp_path):
    with open_server(tmp_path, max_sessions=3) as server, web.Client(base_url=server.url) as http:
        index = fn_index(http, "_clear")
        for number in range(6):
            assert join(http, index, [None, None], session=f"session{number}")[0] == 200
        assert list(server.page.state_holder.session_data) == ["session3", "session4", "session5"]


# Calls


@pytest.mark.parametrize("name", ["nowhere", "_start", "_analyse", "v2"])
def test_only_public_calls_have_names(http, name):
    answer = http.post(f"{API}/call/{name}", json={"data": []})
    assert refusal(answer, 404) == f"There is no call named {name!r}; /gradio_api/info lists them."


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"data": 5}', b'{"fn_index": "x"}', b"\xff"])
def test_a_request_without_the_right_form_gets_a_sentence(http, body):
    answer = http.post(f"{API}/call/predict", content=body, headers={"Content-Type": "application/json"})
    assert refusal(answer, answer.status_code).startswith("The request is malformed;")
    assert answer.status_code in (400, 422)


def test_an_event_that_is_not_there_gets_a_sentence(http):
    body = {"data": [], "fn_index": 999, "session_hash": "s"}
    assert refusal(http.post(f"{API}/queue/join", json=body), 500).startswith("Sorry, something went wrong")


@pytest.mark.parametrize(
    "value",
    [
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": "/etc/passwd"},
        "/etc/passwd",
        "app.py",
        {"path": "../../feedback/metadata.jsonl"},
        {"path": "http://127.0.0.1:1/voice.wav", "meta": {"_type": "gradio.FileData"}},
        {"path": "http://169.254.169.254/", "url": "http://169.254.169.254/"},
        {"path": None},
        {"path": ["/etc/passwd"]},
        {"url": "file:///etc/passwd"},
        {},
        [],
        7,
        True,
    ],
)
def test_a_client_that_names_a_path_gets_a_sentence(http, value):
    for name, more in (("predict", []), ("correct", ["sad", True, False, False])):
        event, data = call(http, name, [value, *more])
        assert event == "error"
        assert data["error"].startswith("Upload the recording first: send the file to /gradio_api/upload,")


@pytest.mark.parametrize("data", [[], [None, None], ["0" * 32 + "/voice.wav"], [None]])
def test_a_call_that_does_not_fit_gets_a_sentence(http, data):
    event, answer = call(http, "predict", data)
    assert event == "error"
    assert re.match(
        r"This call takes 1 value;|This recording is no longer kept|There is no recording;", answer["error"]
    )


def test_plain_http_can_name_an_upload_in_three_ways(http, voice):
    ticket = upload(http, voice)
    for value in (ticket, {"path": ticket}, {"path": ticket, "meta": {"_type": "gradio.FileData"}}):
        event, (answer,) = call(http, "predict", [value])
        assert (event, answer["duration_seconds"]) == ("complete", pytest.approx(3.0))


def test_two_equal_uploads_are_two_files(http, voice):
    first, second = upload(http, voice), upload(http, voice)
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{32}/voice\.wav", first)
    assert http.get(f"{API}/file={first}").content == voice == http.get(f"{API}/file={second}").content


def test_a_recording_is_played_in_pieces_and_a_page_is_not_shown(http, voice):
    ticket = upload(http, voice)
    piece = http.get(f"{API}/file={ticket}", headers={"Range": "bytes=10-19"})
    assert (piece.status_code, piece.content) == (206, voice[10:20])
    assert piece.headers["content-type"] == "audio/x-wav" or piece.headers["content-type"].startswith("audio/")
    script = http.get(f"{API}/file={upload(http, b'<script>alert(1)</script>', 'a.html')}")
    assert script.headers["content-type"] == "application/octet-stream"
    assert script.headers["content-disposition"].startswith("attachment")
    for name in ("../../evil.wav", "..\\..\\evil.wav", ".hidden", "a\x01b.wav", "x" * 500 + ".wav", "名.wav"):
        ticket = upload(http, b"abc", name)
        assert re.fullmatch(r"[0-9a-f]{32}/[\w \-]{1,80}(\.wav)?", ticket), ticket
        assert http.get(f"{API}/file={ticket}").content == b"abc"


def test_nothing_tells_where_the_server_keeps_its_files(http, served, voice):
    ticket = upload(http, voice)
    receipt = call(http, "correct", [ticket, "sad", True, False, False])
    sent = {"files": [{"ticket": ticket, "name": "clip.wav"}]}
    analysed = join(http, fn_index(http, "_analyse"), [None] * 4, event=sent)
    assert analysed[0] == 200 and analysed[1]["success"]
    texts = [
        http.get("/").text,
        http.get("/config").text,
        http.get(f"{API}/info").text,
        ticket,
        json.dumps([receipt, analysed]),
        json.dumps(call(http, "predict", ["/nowhere"])),
        json.dumps(call(http, "delete", ["0" * 32])),
        json.dumps(join(http, fn_index(http, "_start"), [None])),
        http.post(f"{API}/queue/join", content=b"{").text,
        http.post(f"{API}/queue/join", json={"data": [], "fn_index": 999, "session_hash": "s"}).text,
        http.post(f"{API}/call/nowhere", json={"data": []}).text,
        http.get(f"{API}/queue/data?session_hash=nowhere").text,
        str(http.get(f"{API}/file={ticket}").headers),
    ]
    secrets = [str(served.data_dir), str(Path(__file__).resolve().parents[2]), "site-packages", "Traceback"]
    for text in texts:
        assert text
        assert [secret for secret in secrets if secret in text] == []
        assert re.search(rf"voices/|\b{os.getpid()}\b|/home/|{re.escape(str(Path.home()))}/|/tmp/", text) is None


# Accounts

BASIC = {"Authorization": "Basic " + base64.b64encode(b"ada:dear voice").decode()}
ACCOUNTS = {"auth": "ada:dear voice, bob:pass", "review": True, "retraining": True, "training": True}


@pytest.fixture(scope="module")
def with_accounts(open_server, tmp_path_factory):
    with open_server(tmp_path_factory.mktemp("accounts"), requests_per_minute=0, **ACCOUNTS) as server:
        yield server


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", f"{API}/info", f"{API}/heartbeat/a", f"{API}/file=a"])
def test_with_accounts_everything_asks_for_one(with_accounts, path):
    answer = web.get(with_accounts.url + path)
    assert refusal(answer, 401) == "This page asks for a user name and a password."
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "credentials",
    [b"ada:", b"ada:pass", b"bob:dear voice", b":", b"ada", b"eve:dear voice", b"ada:dear voice\n", b"\xff"],
)
def test_a_wrong_password_does_not_open(with_accounts, credentials):
    basic = {"Authorization": "Basic " + base64.b64encode(credentials).decode()}
    assert web.get(f"{with_accounts.url}/config", headers=basic).status_code == 401
    assert web.get(f"{with_accounts.url}/config", headers={"Authorization": "Bearer x"}).status_code == 401
    assert web.get(f"{with_accounts.url}/config", headers={"Authorization": "Basic §".encode()}).status_code == 401


def test_with_an_account_the_page_and_gradios_client_work(with_accounts, voice_wav):
    assert web.get(with_accounts.url, headers=BASIC).status_code == 200
    client = gradio_client.Client(with_accounts.url, headers=BASIC, verbose=False)
    assert client.predict(handle_file(voice_wav), api_name="/predict")["duration_seconds"] == pytest.approx(3.0)


def test_passwords_cannot_be_guessed_quickly(open_server, tmp_path):
    with open_server(tmp_path, requests_per_minute=60, **ACCOUNTS) as server:
        wrong = {"Authorization": "Basic " + base64.b64encode(b"ada:wrong").decode()}
        statuses = [web.get(f"{server.url}/config", headers=wrong).status_code for _ in range(6)]
        assert (statuses[0], statuses[-1]) == (401, 429)


PRIVILEGED = {
    *("_choose", "_undo", "_start"),  # Review
    *("show", "_stop", "_look", "_promote", "_rollback"),  # retraining
    *("_show_one", "_add", "_rename", "_use", "_try"),  # the comparison of models
    *("_add_folder", "_add_hub", "_add_upload", "_keep", "_choose_recipe", "_estimating", "_estimate"),  # Train
    *("_show", "_go_on", "_remove"),
}


def test_privileged_handlers_refuse_visitors_themselves(open_server, tmp_path):
    """The guard of this server asks for no account, as if it had a hole; the handlers still do."""
    with (
        open_server(tmp_path, guard_settings=Settings(data_dir=tmp_path), **ACCOUNTS) as server,
        web.Client(base_url=server.url) as http,
    ):
        config = http.get("/config").json()
        kinds = {component["id"]: component["type"] for component in config["components"]}
        events = [one for one in config["dependencies"] if not one["js"] or one["backend_fn"]]
        mine = [one for one in events if one["api_name"].rstrip("_0123456789") in PRIVILEGED]
        assert {one["api_name"].rstrip("_0123456789") for one in mine} == PRIVILEGED
        for number, event in enumerate(mine):
            given = [[] if kinds[one] == "checkboxgroup" else None for one in event["inputs"]]
            status, message = join(http, event["id"], given, session=f"visitor{number}")
            assert (status, message["success"]) == (200, False), event["api_name"]
            expected = "Only the operator of this page may do this; sign in with an account first."
            assert message["output"]["error"] == expected, event["api_name"]
        open_to_all = [one for one in events if one not in mine]
        assert {one["api_name"] for one in open_to_all} >= {"predict", "correct", "delete", "_analyse", "_clear"}


def test_the_operator_may_use_them(with_accounts):
    with web.Client(base_url=with_accounts.url, headers=BASIC) as http:
        status, message = join(http, fn_index(http, "_rollback"), [None])
        assert (status, message["success"]) == (200, False)
        assert message["output"]["error"] == "No version in models is active, so there is nothing to roll back."


def test_a_public_page_with_an_operators_tab_needs_accounts(open_server, tmp_path):
    for settings in ({"review": True, "host": "0.0.0.0"}, {"retraining": True, "allowed_hosts": "example.org"}):
        with pytest.raises(SettingsError, match="so the page needs accounts: set EMOTION_HF_AUTH=user:password"):
            application(None, Settings(data_dir=tmp_path, **settings))


# The server


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"allowed_hosts": "https://example.org"}, "ALLOWED_HOSTS has 'https://example.org'; write only names"),
        ({"trusted_proxies": "proxy"}, "TRUSTED_PROXIES is 'proxy'; write addresses or networks"),
        ({"root_path": "http://["}, r"ROOT_PATH is 'http://\['; write a path such as /emotions, or an address"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(open_server, tmp_path, settings, sentence):
    with pytest.raises(SettingsError, match=sentence), open_server(tmp_path, **settings):
        pass


def test_gradio_is_told_everything_that_its_environment_could_say(monkeypatch):
    monkeypatch.setenv("GRADIO_ALLOWED_PATHS", "/")
    options = mount_options(Settings(max_upload_megabytes=7))
    closed = {"run_history": False, "show_error": False, "enable_monitoring": False, "mcp_server": False}
    assert options.items() >= (closed | {"allowed_paths": [], "ssr_mode": False, "max_file_size": "7mb"}).items()
    assert options["root_path"] == ""


def test_gradio_runs_as_many_handlers_as_it_is_told(served):
    assert served.page.is_running
    threads = served.page.recognition.turns.waiting + OTHER_THREADS  # waiting recordings do not take the last one
    assert served.page.limiter.total_tokens == served.page._queue.max_thread_count == threads
    assert served.page.max_file_size == UPLOAD_MEGABYTES * 1024**2


def test_a_port_that_cannot_be_used_is_one_sentence(http, served, tmp_path):
    from emotion_hf.app.serving import listen

    port = int(served.url.rpartition(":")[2])
    with pytest.raises(
        SettingsError, match=f"cannot listen on 127.0.0.1, port {port}; choose another with `emotion-hf"
    ):
        listen("127.0.0.1", port)
    with listen("[::1]", 0) as listening:
        assert listening.getsockname()[0] == "::1"


def test_a_page_that_was_stopped_leaves_no_recording(tmp_path, monkeypatch):
    from emotion_hf.app.voices import voices_folder

    settings = Settings(data_dir=tmp_path, port=0)
    folder = voices_folder(settings)

    class Stopped:
        def run(self, sockets):
            folder.mkdir(parents=True)
            (folder / "voice.wav").write_bytes(b"voice")
            raise KeyboardInterrupt

    monkeypatch.setattr("emotion_hf.app.serving.application", lambda page, settings: None)
    monkeypatch.setattr("emotion_hf.app.serving.server_for", lambda app: Stopped())
    monkeypatch.setattr("signal.signal", lambda *given: None)
    serve(None, settings)
    assert not folder.exists()
