"""The files in `deploy/`: the page behind nginx, in a real browser, and what the image and compose refer to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml
from playwright.sync_api import expect, sync_playwright
from websockets.sync.client import connect

from emotion_hf.app.serving import listen
from emotion_hf.settings import PREFIX, Settings
from tests import web

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
NAME = "voices.example.org"
PATH = "/emotions"
CHROMIUM = shutil.which("chromium")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.__dataclass_fields__}

behind_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is missing; Debian has it as nginx-light")


@pytest.fixture(scope="module")
def proxied(open_server, tmp_path_factory):
    """The page behind nginx, with `deploy/nginx.conf` without its certificate; yields nginx's port."""
    folder = tmp_path_factory.mktemp("nginx")
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    options = {"root_path": PATH, "allowed_hosts": NAME, "trusted_proxies": "127.0.0.1"}
    with open_server(folder / "data", **options) as server:
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        text = re.sub(r" *ssl_certificate.*\n", "", text).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
        text = text.replace("http://127.0.0.1:7860", server.url)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"pid {folder}/pid;\nerror_log stderr;\ndaemon off;\nmaster_process off;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}\n}}\n"
        )
        running = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            connection = httpx.HTTPTransport(retries=8)  # with growing pauses, 25 s in all, until nginx listens
            with httpx.Client(transport=connection, timeout=web.SECONDS) as client:
                client.get(f"http://127.0.0.1:{port}{PATH}")
            yield port
        finally:
            running.terminate()
            running.wait(10)


@behind_nginx
def test_a_page_below_a_path_behind_nginx(proxied):
    url, headers = f"http://127.0.0.1:{proxied}", {"Host": f"{NAME}:{proxied}"}
    moved = web.get(url + PATH, headers=headers, follow_redirects=False)
    assert (moved.status_code, moved.headers["location"].endswith(f"{PATH}/")) == (301, True)
    root = web.get(f"{url}{PATH}/config", headers=headers).json()["root"]
    assert root == f"http://{NAME}:{proxied}{PATH}"
    assert web.get(f"{url}{PATH}/config", headers={"Host": "rebound.example.org"}).status_code == 421


@behind_nginx
def test_programs_work_behind_nginx(proxied, voice_wav):
    url = f"http://127.0.0.1:{proxied}{PATH}/v1"
    with voice_wav.open("rb") as clip:
        assert web.post(f"{url}/classify", files={"file": clip}).json()["duration_seconds"] == 3.0
    assert web.get(f"http://127.0.0.1:{proxied}{PATH}/metrics").text.startswith("<html>")  # nginx's own refusal
    assert web.get(f"{url}/nothing").json()["type"] == f"{PATH}/docs#not-found"
    address = f"{url}/stream?rate=16000".replace("http", "ws", 1)
    with connect(address, proxy=None, open_timeout=web.SECONDS) as stream:
        stream.send(bytes(16_000))
        assert json.loads(stream.recv(timeout=web.SECONDS))["verdict"] == "no_speech"


@behind_nginx
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing; Debian has it as a package")
def test_a_browser_gets_an_answer_behind_nginx(proxied, voice_wav):
    with sync_playwright() as playwright:
        options = ["--no-sandbox", f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        outside, refused = [], []
        start = f"http://{NAME}:{proxied}{PATH}/"
        page.on("request", lambda request: outside.append(request.url))
        page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
        page.goto(start)
        page.locator("input[type=file]").first.set_input_files(voice_wav)
        expect(page.locator("#answer .confidence, #answer .words").first).to_be_visible(timeout=120_000)
        assert refused == []
        assert [url for url in outside if not url.startswith((start, "data:", "blob:"))] == []
        browser.close()


def test_the_image_copies_what_exists_and_knows_the_settings():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for name in line.split()[:-1]]
    kept = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    for name in copied:
        assert (ROOT / name).exists() and f"!{name}" in kept
    assert {*re.findall(rf"{PREFIX}\w+", text)} <= SETTINGS
    command = json.loads(re.findall(r"^CMD (.+)$", text, re.MULTILINE)[-1])
    assert command == ["emotion-hf", "serve"]
    (port,) = re.findall(r"^EXPOSE (\d+)$", text, re.MULTILINE)
    assert f"{PREFIX}PORT={port}" in text


def test_compose_and_the_service_know_the_settings():
    plain = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    page, database = plain["services"]["page"], plain["services"]["database"]
    assert {*page["environment"]} <= SETTINGS
    assert (DEPLOY / page["build"]["context"] / page["build"]["dockerfile"]).is_file()
    user, name = database["environment"]["POSTGRES_USER"], database["environment"]["POSTGRES_DB"]
    assert f"//{user}:" in page["environment"][f"{PREFIX}DESK_DATABASE"]
    assert page["environment"][f"{PREFIX}DESK_DATABASE"].endswith(f"@database/{name}")
    assert all(volume.split(":")[0] in plain["volumes"] for one in (page, database) for volume in one["volumes"])
    service = (DEPLOY / "emotion-hf.service").read_text(encoding="utf-8")
    assert {*re.findall(rf"{PREFIX}\w+", service)} <= SETTINGS
