"""The OpenAPI document describes what the server does: Schemathesis compares them, and people can read it offline."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from emotion_hf.api.problems import KINDS
from emotion_hf.desk import Desk, setup
from emotion_hf.settings import Settings
from tests import web
from tests.api.conftest import KEY, Adaptable

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 12
"""Time for Schemathesis' requests; its start takes a few seconds more. On a busy machine it gets less far."""


@pytest.fixture(scope="module")
def with_key(open_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi")
    desk = Desk.open(Settings(data_dir=folder, desk=True))
    setup.accept(desk, purpose="Crisis line", place="Zurich")
    desk.close()
    options = {"classifier": Adaptable(), "api_keys": KEY, "requests_per_minute": 0, "desk": True}
    with open_server(folder, **options) as server:
        yield server


def test_schemathesis_finds_no_difference(with_key, tmp_path):
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests/api/schemathesis.toml")),
        *("run", f"{with_key.url}/openapi.json", "--checks", "all", "--header", f"Authorization: Bearer {KEY}"),
        *("--max-time", str(SECONDS), "--max-examples", "20", "--generation-deterministic", "--no-color"),
    ]
    hooks = {
        "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
        "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
    }
    ended = subprocess.run(command, cwd=tmp_path, env=os.environ | hooks, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "No issues found" in ended.stdout, ended.stdout
    generated = re.search(r"(\d+) generated, (\d+) passed", ended.stdout)
    assert int(generated[1]) > 0 and generated[1] == generated[2]


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


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing; Debian has it as a package")
def test_each_route_can_be_tried_in_a_browser(with_key, voice_wav):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        outside = []
        page.on("request", lambda request: outside.append(request.url))
        page.goto(f"{with_key.url}/docs")
        form = page.locator("section").filter(has=page.get_by_role("heading", name="POST /v1/classify"))
        form.get_by_text("Try it").click()
        form.get_by_role("button", name="Send").click()
        expect(form.locator("output")).to_contain_text("401")
        form.get_by_label("API key").fill(KEY)
        form.get_by_label("timeline").select_option("true")
        form.get_by_label("file").set_input_files(voice_wav)
        form.get_by_role("button", name="Send").click()
        expect(form.locator("output")).to_contain_text('"is_centred": true')
        health = page.locator("section").filter(has=page.get_by_role("heading", name="GET /healthz"))
        health.get_by_text("Try it").click()
        health.get_by_role("button", name="Send").click()
        expect(health.locator("output")).to_contain_text('"status": "ok"')
        assert [url for url in outside if not url.startswith(with_key.url)] == []
        browser.close()
