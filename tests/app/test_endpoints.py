"""The page as programs see it: named endpoints, the same checks, no file of the server within reach."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import av
import gradio_client
import numpy as np
import pytest
import soundfile
from gradio_client import handle_file
from gradio_client.exceptions import AppError

from emotion_hf.labels import LABELS
from emotion_hf.testing import synthetic_voice
from tests import web

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def client(server):
    return gradio_client.Client(server.url, verbose=False)


@pytest.fixture
def silent_wav(tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    return tmp_path / "silent.wav"


def m4a(wave):
    """Return ``wave`` as an M4A file, which only FFmpeg's library can read."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ipod") as file:
        stream = file.add_stream("aac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray((wave * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate = 16_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return buffer.getvalue()


def rows(server):
    metadata = server.feedback / "metadata.jsonl"
    return [json.loads(line) for line in metadata.read_text().splitlines()] if metadata.exists() else []


def test_only_the_documented_endpoints_are_named(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert {name: [part["parameter_name"] for part in api["parameters"]] for name, api in named.items()} == {
        "/predict": ["recording"],
        "/correct": ["recording", "label", "store", "train", "publish"],
        "/delete": ["id"],
    }


def test_predict_answers_as_the_command_line_does(client, voice_wav, silent_wav):
    answer = client.predict(handle_file(voice_wav), api_name="/predict")
    assert list(answer) == [
        "verdict",
        "label",
        "confidence",
        "scores",
        "duration_seconds",
        "model",
        "intensity",
        "notes",
    ]
    assert list(answer["scores"]) == list(LABELS)
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=1e-4)
    assert answer["confidence"] == answer["scores"][answer["label"]] == max(answer["scores"].values())
    assert answer["duration_seconds"] == pytest.approx(3.0)
    silent = client.predict(handle_file(silent_wav), api_name="/predict")
    assert (silent["verdict"], silent["label"], silent["scores"]) == ("no_speech", None, {})


def test_audio_command_line_and_page_without_ffmpeg(client, tmp_path):
    path, nothing = tmp_path / "phone.m4a", tmp_path / "empty"
    path.write_bytes(m4a(synthetic_voice(2.0)))
    nothing.mkdir()
    hidden = {"PATH": str(nothing), "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}  # the server's is as empty

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments], env=hidden, cwd=ROOT, capture_output=True, text=True, check=True
        )

    load = f"from emotion_hf import load_audio; print(len(load_audio({str(path)!r})))"
    assert int(run("-c", load).stdout) == pytest.approx(32_000, abs=2_000)
    answer = client.predict(handle_file(path), api_name="/predict")
    assert answer["duration_seconds"] == pytest.approx(2.0, abs=0.15)
    said = json.loads(run("-m", "emotion_hf.cli", "predict", "--json", str(path)).stdout)
    assert said["label"] == answer["label"] and said["scores"] == pytest.approx(answer["scores"], abs=1e-4)


def test_correct_keeps_and_delete_removes(client, server, voice_wav):
    before = rows(server)
    receipt = client.predict(handle_file(voice_wav), "sadness", True, False, True, api_name="/correct")
    (row,) = [row for row in rows(server) if row not in before]
    answer = client.predict(handle_file(voice_wav), api_name="/predict")
    assert receipt == {"id": row["id"], "label": "sad", "prediction": answer["label"]}
    assert row["scores"] == pytest.approx(answer["scores"], abs=1e-4)
    assert row["consent"] == {"store": True, "train": False, "publish": True}
    assert row["session"] == hashlib.sha256(client.session_hash.encode()).hexdigest()[:32] == row["annotator"]
    assert soundfile.info(server.feedback / row["file_name"]).duration == pytest.approx(3.0)
    assert client.predict(receipt["id"], api_name="/delete") == {"deleted": receipt["id"]}
    assert rows(server) == before
    assert not (server.feedback / row["file_name"]).exists()


@pytest.mark.parametrize(
    ("label", "consent", "sentence"),
    [
        ("bored<script>", True, "Unknown label 'bored&lt;script&gt;'; the labels are neutral"),
        ("sad", False, "Consent to store is needed"),
    ],
)
def test_correct_refuses_what_the_page_would(client, server, voice_wav, label, consent, sentence):
    before = rows(server)
    with pytest.raises(AppError, match=sentence):
        client.predict(handle_file(voice_wav), label, consent, api_name="/correct")
    assert rows(server) == before


@pytest.mark.parametrize("use", [0, 1, 2])
@pytest.mark.parametrize("value", ["false", "true", 1, 2.5, [], [True], {"train": True}, None])
def test_consent_that_is_not_exactly_true_is_none(client, server, voice_wav, use, value):
    before = rows(server)
    consents = [True, False, False]
    consents[use] = value
    with pytest.raises(AppError, match=r"exactly true or false|[Cc]onsent to store"):
        client.predict(handle_file(voice_wav), "sad", *consents, api_name="/correct")
    assert rows(server) == before


@pytest.mark.parametrize("id", ["../metadata", "0" * 32, ""])
def test_delete_refuses_other_numbers(client, id):
    with pytest.raises(AppError, match="number"):
        client.predict(id, api_name="/delete")


def test_an_error_is_one_sentence_without_a_path(client, tmp_path):
    (tmp_path / "notes.wav").write_text("this is not sound")
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(tmp_path / "notes.wav"), api_name="/predict")
    assert str(caught.value).startswith("The recording is text, not audio")
    assert "/" not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["predict", "correct"])
@pytest.mark.parametrize("path", ["/etc/passwd", "app.py", "data/feedback.lock"])
@pytest.mark.parametrize("as_file", [True, False])
def test_files_of_the_server_cannot_be_named(server, endpoint, path, as_file):
    recording = {"path": path, "meta": {"_type": "gradio.FileData"}} if as_file else path
    data = [recording, *(["sad", True, False, False] if endpoint == "correct" else [])]
    before = rows(server)
    posted = web.post(f"{server.url}/gradio_api/call/{endpoint}", json={"data": data})
    stream = web.get(f"{server.url}/gradio_api/call/{endpoint}/{posted.json()['event_id']}")
    assert stream.text.startswith("event: error")
    assert "The recording is" not in stream.text  # it was not even opened
    assert rows(server) == before


WITHOUT_META = {
    "a file that was not uploaded": ({"path": "/etc/passwd"}, "Upload the recording first"),
    "the name of a file": ({"path": "clip.wav"}, "Upload the recording first"),
    "no name": ({"url": "http://localhost/clip.wav"}, "Upload the recording first"),
    "nothing in it": ({}, "Upload the recording first"),
    "a number": (3, "Upload the recording first"),
    "nothing": (None, "There is no recording; send an audio file."),
}


@pytest.mark.parametrize("kind", WITHOUT_META)
def test_plain_http_without_gradios_meta_gets_a_sentence(server, kind):
    recording, words = WITHOUT_META[kind]
    events = called(server, {"data": [recording]})
    assert events.startswith("event: error")
    assert words in events


def test_plain_http_may_send_the_ticket_with_or_without_gradios_meta(server, voice_wav):
    with voice_wav.open("rb") as file:
        (ticket,) = web.post(f"{server.url}/gradio_api/upload", files={"files": ("a.wav", file.read())}).json()
    meta = {"_type": "gradio.FileData"}
    for recording in (ticket, {"path": ticket}, {"path": ticket, "meta": meta}, {"path": ticket, "meta": None}):
        events = called(server, {"data": [recording]})
        assert events.startswith("event: complete")
        assert json.loads(events.split("data: ")[1])[0]["verdict"] == "ok"


@pytest.mark.parametrize("body", [{"data": []}, {"data": {"path": "a"}}, {"data": "a"}, {"data": [1, 2]}, {}])
def test_data_of_another_form_gets_a_sentence(server, body):
    assert "/gradio_api/info describes" in called(server, body)


def called(server, body) -> str:
    """Return the events, or the refusal, of a call with a body."""
    posted = web.post(f"{server.url}/gradio_api/call/predict", json=body)
    if "event_id" not in posted.json():
        return posted.text
    return web.get(f"{server.url}/gradio_api/call/predict/{posted.json()['event_id']}").text


def test_uploads_have_a_limit(server):
    posted = web.post(f"{server.url}/gradio_api/upload", files={"files": ("big.wav", bytes(6_000_000))})
    assert posted.status_code == 413
