"""The examples of docs/api.md work as they stand, against a served page; only the address is another one."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import playwright
import pytest

from emotion_hf.app.programs import PYTHON, SHELL
from emotion_hf.desk import Desk, setup
from emotion_hf.settings import Settings
from tests.api.conftest import KEY, Adaptable

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "127.0.0.1:7860"
NODE = Path(playwright.__file__).parent / "driver" / "node"
RUN = {"python": [sys.executable], "bash": ["bash", "-e"], "javascript": [str(NODE)]}
ENDINGS = {"python": "py", "bash": "sh", "javascript": "mjs"}
EXAMPLES = [
    pytest.param(language, code, section, id=f"{section}-{language}-{number}")
    for section, content in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, flags=re.DOTALL | re.MULTILINE)
    for number, (language, code) in enumerate(re.findall(r"```(\w+)\n(.*?)```", content, flags=re.DOTALL))
    if language != "json"
]


@pytest.fixture(scope="module")
def open_page(open_server, tmp_path_factory):
    options = {"mcp": True, "api_keys": "", "requests_per_minute": 0, "desk": True}
    folder = tmp_path_factory.mktemp("examples")
    desk = Desk.open(Settings(data_dir=folder, desk=True))
    setup.accept(desk, purpose="Crisis line", place="Zurich")
    desk.close()
    with open_server(folder, classifier=Adaptable(), **options) as server:
        yield server


@pytest.fixture(scope="module")
def page_with_key(open_server, tmp_path_factory):
    with open_server(tmp_path_factory.mktemp("key"), classifier=Adaptable(), api_keys=KEY) as server:
        yield server


def run(language, code, server, folder):
    """Run an example in a folder with a recording, and return what it prints."""
    file = folder / f"example.{ENDINGS[language]}"
    file.write_text(code.replace(ADDRESS, server.url.removeprefix("http://")), encoding="utf-8")
    environment = os.environ | {"KEY": KEY, "no_proxy": "127.0.0.1"}
    ended = subprocess.run(
        [*RUN[language], str(file)], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.parametrize(("language", "code", "section"), EXAMPLES)
def test_an_example_works(language, code, section, open_page, page_with_key, voice_wav, tmp_path):
    for name in ("clip.wav", "call.wav"):
        (tmp_path / name).write_bytes(voice_wav.read_bytes())
    output = run(language, code, page_with_key if section == "Keys" else open_page, tmp_path)
    if section == "Live":
        lines = output.splitlines()
        assert len(lines) >= 4 and re.fullmatch(r"[\d.]+ ok \w+", lines[3])
        if language == "javascript":
            assert lines[-1].startswith("1000")
    elif language == "bash":
        answer = json.loads(output)
        if section == "Errors":
            assert answer == json.loads(re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)[1])
        elif "calls" in code:
            assert (answer["caller"], answer["level"], answer["is_new"]) == ("Anna", "calm", True)
        elif "timeline" in code:
            assert answer["bands"][0]["name"] == answer["overall"]["label"]
        else:
            assert (answer["file"], answer["verdict"], answer["duration_seconds"]) == ("clip.wav", "ok", 3.0)
    else:
        assert output.split()[0] in Adaptable().labels


def test_there_are_examples_in_each_language():
    languages = [example.values[0] for example in EXAMPLES]
    assert {language: languages.count(language) for language in RUN} == {"python": 4, "bash": 6, "javascript": 2}
    assert set(re.findall(r"```(\w+)\n", TEXT)) == {*RUN, "json"}


@pytest.mark.parametrize(("language", "code"), [("python", PYTHON), ("bash", SHELL)])
def test_the_examples_that_the_page_shows_work(language, code, open_page, voice_wav, tmp_path):
    (tmp_path / "clip.wav").write_bytes(voice_wav.read_bytes())
    output = run(language, code.replace("ADDRESS", f"http://{ADDRESS}"), open_page, tmp_path)
    assert re.search(r"""["']duration_seconds["']: ?3.0""", output)
