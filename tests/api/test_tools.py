"""The tools of MCP, used with the SDK's own client against the served page."""

import asyncio
import base64
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from emotion_hf.errors import SettingsError
from emotion_hf.testing import synthetic_voice
from tests import web
from tests.api.conftest import KEY, Adaptable, problem
from tests.api.test_http import wav
from tests.web import SECONDS

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["recognise_emotion", "emotions_over_time", "describe_model"]
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def with_tools(open_server, tmp_path_factory):
    options = {"mcp": True, "api_keys": KEY, "max_upload_megabytes": 1, "classifier": Adaptable()}
    with open_server(tmp_path_factory.mktemp("tools"), **options) as server:
        yield server


def talk(server, *calls, key=KEY):
    """Return the names of the tools, and the result of each call."""

    async def talking():
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=SECONDS) as http,
            streamable_http_client(f"{server.url}/mcp", http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            hello = await session.initialize()
            tools = (await session.list_tools()).tools
            return hello, tools, [await session.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(talking())


def encoded(data):
    return {"audio_base64": base64.b64encode(data).decode()}


def test_the_tools_are_exactly_the_harmless_actions(with_tools):
    hello, tools, _ = talk(with_tools)
    assert hello.serverInfo.name == "emotion_hf" and "not what a person feels" in hello.instructions
    assert [tool.name for tool in tools] == NAMES
    for tool in tools:
        assert tool.annotations.readOnlyHint and not tool.annotations.destructiveHint
        assert not {"path", "url", "file"} & set(tool.inputSchema["properties"])


def test_a_client_gets_what_the_api_returns(with_tools, voice):
    authorised = {"Authorization": f"Bearer {KEY}"}
    sound = encoded(voice)
    _, _, results = talk(
        with_tools,
        ("recognise_emotion", {**sound, "name": "clip.wav"}),
        ("emotions_over_time", {**encoded(wav(synthetic_voice(10.0))), "channel": 0, "track": 0}),
        ("describe_model", {}),
    )
    one, timeline, model = (result.structuredContent for result in results)
    assert not any(result.isError for result in results)
    assert json.loads(results[0].content[0].text) == one
    files = {"file": ("clip.wav", voice)}
    assert one == web.post(f"{with_tools.url}/v1/classify", files=files, headers=authorised).json()
    assert (timeline["duration_seconds"], timeline["file"]) == (10.0, "recording") and timeline["bands"]
    assert model == web.get(f"{with_tools.url}/v1/models", headers=authorised).json()


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("recognise_emotion", {}, "The parameter audio_base64 is missing."),
        ("recognise_emotion", {"audio_base64": "/etc/passwd!"}, "The recording is not in base64; send the bytes of"),
        ("recognise_emotion", {"audio_base64": "ä"}, "The recording is not in base64;"),
        ("recognise_emotion", encoded(b"hello " * 50), "The recording is text, not audio;"),
        ("recognise_emotion", {"audio_base64": 7}, "The parameter audio_base64 is invalid: input should be a valid"),
        ("recognise_emotion", {**encoded(b"x"), "channel": "1"}, "The parameter channel is invalid:"),
        ("recognise_emotion", {**encoded(b"x"), "path": "/etc/passwd"}, "There is no parameter 'path'; the"),
        ("emotions_over_time", {**encoded(b"x"), "url": "http://x.example"}, "There is no parameter 'url'; the"),
        ("describe_model", {"model": "x"}, "There is no parameter 'model'; there are none."),
        ("delete", {"id": "x"}, "There is no tool 'delete'; the tools are recognise_emotion,"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(with_tools, name, arguments, sentence):
    (result,) = talk(with_tools, (name, arguments))[2]
    assert result.isError and result.structuredContent is None
    assert result.content[0].text.startswith(sentence)


def test_an_unexpected_error_is_no_traceback(open_server, tmp_path, voice, caplog):
    model = Adaptable()
    model.predict = lambda waves: 1 / 0
    with open_server(tmp_path, mcp=True, classifier=model) as server:
        (result,) = talk(server, ("recognise_emotion", encoded(voice)))[2]
    assert result.content[0].text == "Sorry, something went wrong on our side; please try again."
    assert "ZeroDivisionError" in caplog.text


def test_the_guard_is_in_front_of_the_tools(with_tools):
    address, authorised = f"{with_tools.url}/mcp", {"Authorization": f"Bearer {KEY}", **ACCEPT}
    assert web.post(address, json=PING, headers=authorised).json()["result"] == {}
    assert problem(web.post(address, json=PING), 401, "unauthorised")
    assert problem(web.get(address, headers=authorised), 405, "wrong-method")
    other = {**authorised, "Origin": "https://evil.example"}
    assert problem(web.post(address, json=PING, headers=other), 403, "forbidden")
    assert problem(web.post(address, content=bytes(1_400_000), headers=authorised), 413, "too-large")
    with pytest.raises(BaseExceptionGroup) as caught:
        talk(with_tools, key="wrong-key-of-a-program")
    assert caught.group_contains(httpx.HTTPStatusError)


def test_the_tools_are_off_by_default(http):
    assert problem(http.post("/mcp", json=PING, headers=ACCEPT), 404, "not-found")


def test_without_the_library_the_page_says_what_to_install(tmp_path):
    (tmp_path / "mcp.py").write_text("raise ImportError")
    code = (
        "from emotion_hf.api.recognition import Recognition\nfrom emotion_hf.api.serving import Api\n"
        "from emotion_hf.settings import Settings\nfrom emotion_hf.turns import Turns\n"
        "Api(Recognition(lambda: None, Turns(at_once=1)), Settings(mcp=True))"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert f"{SettingsError.__name__}: EMOTION_HF_MCP is on, but the library of MCP is not installed;" in ended.stderr
