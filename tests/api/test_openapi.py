"""The OpenAPI document describes what the server does: Schemathesis compares them, and people can read it offline."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from emotion_hf.api.problems import KINDS
from tests import web
from tests.api.conftest import KEY, Adaptable

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 8
"""Time for Schemathesis' requests; its start takes a few seconds more."""


@pytest.fixture(scope="module")
def with_key(open_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi")
    with open_server(folder, classifier=Adaptable(), api_keys=KEY, requests_per_minute=0) as server:
        yield server


def test_schemathesis_finds_no_difference(with_key, tmp_path):
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests/api/schemathesis.toml")),
        *("run", f"{with_key.url}/openapi.json", "--checks", "all", "--header", f"Authorization: Bearer {KEY}"),
        *("--max-time", str(SECONDS), "--max-examples", "20", "--generation-database", "none", "--no-color"),
    ]
    hooks = {
        "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
        "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
    }
    ended = subprocess.run(command, cwd=tmp_path, env=os.environ | hooks, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Tested: 4\n" in ended.stdout and "No issues found" in ended.stdout, ended.stdout
    generated = re.search(r"(\d+) generated, (\d+) passed", ended.stdout)
    assert generated[1] == generated[2]


class Page(HTMLParser):
    """Collects the addresses that a page loads or links, its ids, and its unclosed elements."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.ids, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.addresses += [given[name] for name in ("src", "href", "action") if name in given]
        self.ids += [given["id"]] if "id" in given else []
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_documentation_works_offline_and_is_complete(with_key):
    answer = web.get(f"{with_key.url}/docs")
    assert answer.headers["content-type"].startswith("text/html")
    page = Page(answer.text)
    assert page.open == []
    outside = [address for address in page.addresses if not address.startswith("#")]
    assert outside == ["openapi.json"] and "url(" not in answer.text and "@import" not in answer.text
    document = web.get(f"{with_key.url}/openapi.json").json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert f"<code>{method.upper()} {path}</code>" in answer.text
            for parameter in operation.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in answer.text
    assert set(page.ids) >= {kind.name for kind in KINDS}
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
