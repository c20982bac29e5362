"""The API over real HTTP: what it answers, what it refuses and how, and that nothing is kept."""

import errno
import io
import json
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_hf.api import schemas
from emotion_hf.api.recognition import Recognition, Upload, Wanted
from emotion_hf.errors import BusyError
from emotion_hf.testing import synthetic_voice
from emotion_hf.turns import Turns
from tests import web
from tests.api.conftest import KEY, problem

CLASSIFY = "/v1/classify"
FORM = {"Content-Type": "multipart/form-data; boundary=B"}


def wav(wave, rate=16_000):
    file = io.BytesIO()
    soundfile.write(file, wave, rate, format="WAV")
    return file.getvalue()


def classify(http, content, query="", name="clip.wav", **options):
    return http.post(f"{CLASSIFY}{query}", files={"file": (name, content)}, **options)


# Answers


def test_a_recording_is_classified_in_one_request(http, voice, model):
    answer = classify(http, voice)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    expected = Recognition(lambda: (model, None), Turns(at_once=1)).classify(Upload(io.BytesIO(voice), "clip.wav"))
    assert answer.json() == json.loads(json.dumps(expected))
    assert list(answer.json())[:4] == ["file", "verdict", "label", "confidence"]
    schemas.NamedPrediction.model_validate(answer.json(), strict=True)


def test_silence_has_no_label(http):
    answer = classify(http, wav(np.zeros(16_000))).json()
    assert (answer["verdict"], answer["label"], answer["scores"]) == ("no_speech", None, {})
    schemas.NamedPrediction.model_validate(answer, strict=True)


def test_a_timeline_says_what_is_expressed_when(http):
    sound = wav(np.concatenate([synthetic_voice(10.0), np.zeros(80_000), synthetic_voice(3.0)]))
    answer = classify(http, sound, "?timeline=true", "call.wav").json()
    assert (answer["file"], answer["duration_seconds"], answer["is_centred"]) == ("call.wav", 18.0, True)
    assert [band["name"] for band in answer["bands"]].count("no speech") == 1
    assert answer["bands"][-1]["end_seconds"] == 18.0
    schemas.Timeline.model_validate(answer, strict=True)


def test_channel_and_track_are_chosen(http):
    stereo = wav(np.stack([synthetic_voice(2.0), np.zeros(32_000)], axis=1))
    assert classify(http, stereo, "?channel=0").json()["verdict"] == "ok"
    assert classify(http, stereo, "?channel=1&track=0").json()["verdict"] == "no_speech"
    sentence = problem(classify(http, stereo, "?channel=2"), 422, "unusable-recording")
    assert sentence == "The recording has no channel 2; it has channels 0 to 1."


def test_a_voice_is_learned_and_sent_back(http, voice, model):
    model.learned.clear()
    files = [("files", (f"{number}.wav", voice)) for number in range(2)]
    learned = http.post("/v1/voices", files=files).json()
    schemas.Voice.model_validate(learned, strict=True)
    assert (learned["model"], learned["recordings"], learned["seconds"]) == ("adaptable", 2, 6.0)
    assert model.learned == [(2, None, False)]
    before = classify(http, voice).json()["scores"]
    after = classify(http, voice, f"?voice={learned['voice']}").json()["scores"]
    first = model.labels[0]
    assert after[first] == pytest.approx(before[first] / 4 / (1 - before[first] * 3 / 4), abs=1e-6)
    timeline = classify(http, wav(synthetic_voice(10.0)), f"?timeline=yes&voice={learned['voice']}").json()
    assert not timeline["is_centred"]  # the voice is the reference


def test_a_voice_is_learned_from_known_emotions_or_ordinary_speech(http, voice, model):
    model.learned.clear()
    files = [("files", ("a.wav", voice)), ("files", ("b.wav", wav(synthetic_voice(12.0))))]
    answer = http.post("/v1/voices", files=files, data={"emotions": ["joy", "sad"]})
    assert answer.status_code == 200, answer.text
    count, emotions, _ = model.learned[-1]
    assert emotions == ["happy", *["sad"] * (count - 1)] and count > 2  # a long recording counts as several
    assert http.post("/v1/voices", files=files, data={"ordinary": "true"}).status_code == 200
    assert model.learned[-1] == (count, None, True)


@pytest.mark.parametrize(
    ("fields", "status", "kind", "sentence"),
    [
        ({"emotions": ["sad", "sad"]}, 422, "impossible-request", "There are 1 recordings and 2 emotions;"),
        ({"emotions": "bored"}, 422, "impossible-request", "Unknown label 'bored'; the labels are neutral,"),
        ({"emotions": "sad", "ordinary": "true"}, 422, "impossible-request", "Send either the emotions"),
        ({"ordinary": "perhaps"}, 400, "invalid-request", "The field ordinary must be true or false."),
        ({"ordinary": ["true", "true"]}, 400, "invalid-request", "The field ordinary must be true or false."),
        ({"name": "anna"}, 400, "invalid-request", "The form has an unknown field 'name'; it takes emotions and"),
    ],
)
def test_a_contradiction_about_a_voice_is_refused(http, voice, fields, status, kind, sentence):
    answer = http.post("/v1/voices", files={"files": ("a.wav", voice)}, data=fields)
    assert problem(answer, status, kind).startswith(sentence)


def test_a_voice_needs_speech_and_few_enough_recordings(http, voice):
    silent = http.post("/v1/voices", files={"files": ("a.wav", wav(np.zeros(16_000)))})
    assert problem(silent, 422, "unusable-recording") == "The recordings contain no speech; send others."
    many = http.post("/v1/voices", files=[("files", ("a.wav", b"x"))] * 21)
    assert problem(many, 400, "invalid-request").startswith("The form cannot be read")


def test_the_active_model_is_described(http, model):
    answer = http.get("/v1/models").json()
    schemas.Models.model_validate(answer, strict=True)
    (only,) = answer["models"]
    assert (only["name"], only["labels"], only["adapts_to_voices"]) == ("adaptable", list(model.labels), True)
    assert (only["accuracy"], only["languages"]) == (None, [])


def test_the_health_of_the_server_needs_nothing_and_tells_nothing(http):
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.head("/healthz").status_code == 200


# Refusals


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?timline=true", "There is no parameter 'timline'; the parameters are timeline, voice, channel, track."),
        ("?channel=-1", "The parameter channel is invalid: input should be greater than or equal to 0."),
        ("?timeline=perhaps", "The parameter timeline is invalid: input should be a valid boolean,"),
        ("?voice=%C3%A4", "The parameter voice is invalid: string should match pattern"),
    ],
)
def test_an_invalid_parameter_is_named(http, voice, query, sentence):
    assert problem(classify(http, voice, query), 400, "invalid-request").startswith(sentence)


@pytest.mark.parametrize("text", ["nonsense", "A" * 412, "A"])
def test_a_voice_that_is_none_is_refused(http, voice, text):
    sentence = problem(classify(http, voice, f"?voice={text}"), 422, "impossible-request")
    assert sentence == "The voice is damaged; learn it with POST /v1/voices."


def test_what_is_no_recording_is_refused(http):
    assert "text, not audio" in problem(classify(http, b"hello " * 100), 422, "unusable-recording")
    assert problem(classify(http, b""), 422, "unusable-recording").startswith("The recording is empty")
    assert "0.10 s long" in problem(classify(http, wav(synthetic_voice(0.1))), 422, "unusable-recording")


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        ({"data": {"file": "text"}}, 415, "wrong-media-type"),
        ({"json": {"file": "text"}}, 415, "wrong-media-type"),
        ({"files": {"sound": ("a.wav", b"x")}}, 400, "invalid-request"),
        ({"files": {"file": (None, "text")}}, 400, "invalid-request"),
        ({"files": [("file", ("a.wav", b"x")), ("file", ("b.wav", b"x"))]}, 400, "invalid-request"),
        ({"files": {"file": ("a.wav", b"x")}, "data": {"more": "x"}}, 400, "invalid-request"),
        ({"files": {"file": ("a.wav", b"x")}, "data": {"file": "x" * 2_000}}, 400, "invalid-request"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "invalid-request"),
        (
            {"content": b"--B\r\nx", "headers": {"Content-Type": "multipart/form-data; boundary=B"}},
            400,
            "invalid-request",
        ),
    ],
)
def test_a_form_that_does_not_fit_is_refused(http, request_, status, kind):
    assert problem(http.post(CLASSIFY, **request_), status, kind)


def test_a_recording_that_is_too_large_is_refused(http):
    sentence = problem(classify(http, bytes(2_100_000)), 413, "too-large")
    assert sentence == "The request is larger than 2.01 MB, the most this page accepts; send less."


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_a_wrong_method_is_refused(http, method):
    answer = http.request(method, CLASSIFY)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert problem(answer, 405, "wrong-method") == "This address takes only POST; /docs describes it."


@pytest.mark.parametrize("path", ["/v1/", "/v1/nothing", "/v1/classify/", "/v1/classify/more"])
def test_an_unknown_path_is_refused(http, path):
    assert problem(http.get(path), 404, "not-found") == "There is nothing here; /docs describes the API."


def test_refusals_of_the_guard_are_problems_too_and_in_english(http, open_server, tmp_path):
    german = {"Host": "rebound.example.org", "Accept-Language": "de"}
    assert problem(http.get("/v1/models", headers=german), 421, "wrong-host").startswith("This page does not answer")
    origin = {"Origin": "https://evil.example"}
    assert problem(http.get("/v1/models", headers=origin), 403, "forbidden")
    with open_server(tmp_path, requests_per_minute=1) as server:
        answers = [web.get(f"{server.url}/v1/models") for _ in range(3)]
        assert problem(answers[-1], 429, "too-many-requests") == "You send too many requests; wait a little."
        assert int(answers[-1].headers["retry-after"]) > 0
        assert web.get(f"{server.url}/healthz").status_code == 200  # does not count


def test_a_busy_server_says_when_to_come_back(http, voice, model, served, monkeypatch):
    turns = served.page.recognition.turns

    def busy(*given):
        raise BusyError("64 recordings are already waiting here; try again in 7 s.", 6.1)

    monkeypatch.setattr(turns, "_enter", busy)
    answer = classify(http, voice)
    assert problem(answer, 503, "busy") == "64 recordings are already waiting here; try again in 7 s."
    assert answer.headers["retry-after"] == "7"


def test_one_client_cannot_hold_all_places(http, voice, served):
    turns = served.page.recognition.turns
    with web.Client(base_url=served.url) as other:
        running = [threading.Thread(target=classify, args=(other, voice)) for _ in range(8)]
        with Held(turns):
            for thread in running:
                thread.start()
            wait_until(lambda: turns.queued == 8)
            sentence = problem(classify(http, voice), 429, "too-many-requests")
        for thread in running:
            thread.join()
    assert sentence == "You have too many recordings open; wait until one has ended."


def test_an_unexpected_error_is_no_traceback(http, voice, model, monkeypatch, caplog):
    monkeypatch.setattr(model, "predict", lambda waves: 1 / 0)
    sentence = problem(classify(http, voice), 500, "server-error")
    assert sentence == "Sorry, something went wrong on our side; please try again."
    assert "ZeroDivisionError" in caplog.text


# Nothing is kept


class Held:
    """Holds all turns, so that recordings wait."""

    def __init__(self, turns):
        self.turns, self.done = turns, threading.Event()
        self.threads = [threading.Thread(target=self._hold) for _ in range(turns.at_once)]

    def _hold(self):
        with self.turns.take(0.0):
            self.done.wait(30)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_until(lambda: self.turns._free == 0)

    def __exit__(self, *error):
        self.done.set()
        for thread in self.threads:
            thread.join()


def wait_until(is_so, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def open_uploads():
    """Return how many temporary files this process has on the disk; each has lost its name already."""
    links = [link for link in Path("/proc/self/fd").iterdir() if link.exists() or link.is_symlink()]
    return sum("(deleted)" in str(target) for target in map(_target, links))


def _target(link):
    try:
        return link.readlink()
    except OSError:
        return ""


def test_an_upload_is_deleted_after_the_answer_and_after_a_failure(http, served, tmp_path):
    before, files = open_uploads(), set(served.data_dir.rglob("*"))
    large = wav(synthetic_voice(50.0))  # 1.6 MB: not in memory
    assert classify(http, large).status_code == 200
    assert classify(http, b"x" * 1_900_000).status_code == 422
    assert http.post("/v1/voices", files={"files": ("a.wav", large)}).status_code == 200
    assert open_uploads() == before
    assert set(served.data_dir.rglob("*")) == files


def test_work_for_a_client_that_went_away_stops(served, model):
    turns, before = served.page.recognition.turns, open_uploads()
    large = Path(served.data_dir / "large.wav")
    large.write_bytes(wav(synthetic_voice(50.0)))
    curl = ["curl", "-s", "-F", f"file=@{large}", f"{served.url}{CLASSIFY}"]
    with Held(turns):
        process = subprocess.Popen(curl)
        wait_until(lambda: turns.queued == 1)
        assert open_uploads() == before + 1
        process.kill()
        process.wait()
        wait_until(lambda: turns.queued == 0)  # it no longer waits
        wait_until(lambda: open_uploads() == before)
    large.unlink()


@pytest.mark.parametrize("reset", [True, False])
def test_a_broken_upload_leaves_nothing(served, reset):
    before, (host, port) = open_uploads(), served.url.removeprefix("http://").split(":")
    head = f"POST {CLASSIFY} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM['Content-Type']}"
    part = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"{head}\r\nContent-Length: 1900000\r\n\r\n".encode() + part + bytes(1_500_000))
    wait_until(lambda: open_uploads() == before + 1)
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    wait_until(lambda: open_uploads() == before)


def test_a_full_disk_is_a_problem_and_nothing_stays(http, voice, served, monkeypatch):
    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device", str(served.data_dir))

    before = open_uploads()
    monkeypatch.setattr("starlette.datastructures.UploadFile.write", full)
    answer = classify(http, voice)
    assert problem(answer, 507, "no-room") == "The server has no room for more recordings; try again later."
    assert answer.headers["retry-after"] == "60" and open_uploads() == before


# Keys


@pytest.fixture(scope="module")
def with_keys(open_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    keys = f"{KEY}, another-key-of-a-program"
    with open_server(folder, api_keys=keys, auth="anna:secret", requests_per_minute=0) as server:
        yield server


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {KEY}", 200),
        ("bearer another-key-of-a-program", 200),
        ("Bearer wrong", 401),
        (f"Basic {KEY}", 401),
        (f"Bearer {KEY}x", 401),
        ("Bearer", 401),
        ("", 401),
    ],
)
def test_programs_need_a_key(with_keys, voice, authorization, status):
    headers = {"Authorization": authorization} if authorization else {}
    answer = web.get(f"{with_keys.url}/v1/models", headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert problem(answer, 401, "unauthorised").startswith("The API asks for a key;")
        assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_an_account_is_enough_and_a_key_does_not_open_the_page(with_keys):
    assert web.get(f"{with_keys.url}/v1/models", auth=("anna", "secret")).status_code == 200
    assert web.get(f"{with_keys.url}/v1/models", auth=("anna", "wrong")).status_code == 401
    for path in ("/", "/docs", "/gradio_api/info"):
        assert web.get(with_keys.url + path, headers={"Authorization": f"Bearer {KEY}"}).status_code == 401
        assert web.get(with_keys.url + path, auth=("anna", "secret")).status_code == 200
    assert web.get(f"{with_keys.url}/healthz").status_code == 200


def test_with_keys_alone_the_page_stays_open(open_server, tmp_path):
    with open_server(tmp_path, api_keys=KEY) as server:
        assert web.get(f"{server.url}/config").status_code == 200
        assert web.get(f"{server.url}/docs").status_code == 200
        assert web.get(f"{server.url}/v1/models").status_code == 401


def test_guessing_keys_is_slowed_down(open_server, tmp_path):
    with open_server(tmp_path, api_keys=KEY, requests_per_minute=100) as server:
        guesses = [{"Authorization": f"Bearer guess-number-{number:06}"} for number in range(6)]
        statuses = [web.get(f"{server.url}/v1/models", headers=guess).status_code for guess in guesses]
    assert statuses[:3] == [401] * 3 and 429 in statuses


# Other websites


def test_no_other_website_may_call_unless_it_is_listed(http, open_server, tmp_path):
    desk = {"Origin": "https://desk.example.org"}
    asking = {**desk, "Access-Control-Request-Method": "POST"}
    assert problem(http.options(CLASSIFY, headers=asking), 405, "wrong-method")
    with open_server(tmp_path, api_origins="https://desk.example.org", api_keys=KEY) as server:
        asked = web.options(server.url + CLASSIFY, headers=asking)
        assert asked.status_code == 204
        allowed = {name: value for name, value in asked.headers.items() if name.startswith("access-control")}
        assert allowed == {
            "access-control-allow-origin": "https://desk.example.org",
            "access-control-expose-headers": "Retry-After, WWW-Authenticate",
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": "Authorization, Content-Type, Mcp-Protocol-Version",
            "access-control-max-age": "600",
        }
        answer = web.get(f"{server.url}/v1/models", headers={**desk, "Authorization": f"Bearer {KEY}"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, desk["Origin"])
        refused = web.get(f"{server.url}/v1/models", headers=desk)  # the website can read why
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, desk["Origin"])
        other = web.get(f"{server.url}/v1/models", headers={"Origin": "https://evil.example"})
        assert problem(other, 403, "forbidden") and "access-control-allow-origin" not in other.headers
        assert other.headers["vary"] == "Origin"
        page = web.options(f"{server.url}/gradio_api/call/predict", headers=asking)  # the page itself stays closed
        assert page.status_code == 404 and "access-control-allow-origin" not in page.headers


def test_any_website_may_call_if_the_operator_says_so(open_server, tmp_path):
    with open_server(tmp_path, api_origins="*") as server:
        answer = web.get(f"{server.url}/v1/models", headers={"Origin": "https://any.example"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://any.example")


# Below a path


def test_below_a_path_addresses_have_it(open_server, tmp_path):
    options = {"root_path": "https://example.org/emotions", "allowed_hosts": "example.org"}
    with open_server(tmp_path, **options) as server:
        for answer in (
            web.get(f"{server.url}/emotions/v1/nothing"),
            web.post(f"{server.url}/emotions{CLASSIFY}?x=1", files={"file": ("a.wav", b"x")}),
        ):
            assert answer.json()["type"].startswith("/emotions/docs#")
        document = web.get(f"{server.url}/emotions/openapi.json").json()
        assert document["servers"] == [{"url": "/emotions"}]


def test_a_recording_can_be_classified_without_a_server(voice, model):
    recognition = Recognition(lambda: (model, None), Turns(at_once=1))
    shares = []
    upload = Upload(io.BytesIO(wav(synthetic_voice(10.0))), "long.wav", size=320_044)
    answer = recognition.classify(upload, Wanted(), shares.append)
    assert answer["duration_seconds"] == 10.0 and shares[-1] == 1.0
