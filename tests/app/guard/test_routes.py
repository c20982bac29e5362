"""Every route of the app is on one of two lists, so a new version of Gradio cannot open one unnoticed."""

import re

import pytest
from starlette.routing import Mount

from emotion_hf.app.build import build_page
from emotion_hf.app.guard.routes import API, CLOSED, OPEN, WEBSOCKET, find, is_for_programs, methods_of
from emotion_hf.app.serving import application
from emotion_hf.settings import Settings
from tests.app.conftest import open_services


def templates(routes, prefix=""):
    """Yield the paths of routes, of mounted applications and of included routers too."""
    for route in routes:
        path = prefix + getattr(route, "path", "")
        inner = getattr(getattr(route, "app", None), "routes", None) or getattr(route, "routes", None)
        if inner is None and hasattr(route, "original_router"):
            inner = route.original_router.routes
        if isinstance(route, Mount) or inner:
            yield from templates(inner or (), path.rstrip("/"))
        else:
            yield path


@pytest.fixture(scope="module")
def all_templates(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", "")
        settings = Settings(data_dir=tmp_path_factory.mktemp("data"), review=True, retraining=True)
        page = build_page(open_services(settings))
        application(page, settings)
        return set(templates(page.app.routes)) | set(templates(page.app.router.routes))


def test_every_route_of_gradio_is_open_or_closed_on_purpose(all_templates):
    assert len(all_templates) > 60  # the walk reaches routers below routers
    assert {"/", "/config", f"{API}/queue/join", f"{API}/process_recording"} <= all_templates
    listed = {re.sub(r"\{\w+", "{", route.template) for route in OPEN} | {re.sub(r"\{\w+", "{", one) for one in CLOSED}
    assert {one for one in all_templates if re.sub(r"\{\w+", "{", one) not in listed} == set()


def test_no_route_is_on_both_lists():
    assert {route.template for route in OPEN} & set(CLOSED) == set()


@pytest.mark.parametrize("template", sorted(CLOSED))
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_a_closed_route_is_not_found(template, method):
    found = find(method, re.sub(r"\{\w+(:path)?\}", "x", template))
    if (method, template) == ("GET", f"{API}/call/v2/{{api_name}}"):
        assert found.template == f"{API}/call/{{api_name}}/{{event_id}}"  # the guard knows no call named v2
    else:
        assert found is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/", "none"),
        ("GET", "/assets/a/b.js", "none"),
        ("POST", "/gradio_api/call/predict", "json"),
        ("GET", "/gradio_api/call/predict/0123", "none"),
        ("POST", "/gradio_api/upload", "upload"),
        ("POST", "/live", "sound"),
        ("DELETE", "/live", "none"),
        ("GET", "/gradio_api/file=0123/voice.wav", "none"),
        ("POST", "/v1/classify", "recording"),
        ("GET", "/v1/models", "none"),
        (WEBSOCKET, "/v1/stream", "none"),
        ("POST", "/mcp", "message"),
    ],
)
def test_what_the_page_needs_is_open(method, path, body):
    assert find(method, path).body == body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("DELETE", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload"),
        ("GET", "/live"),
        ("POST", "/live/"),
        ("POST", "/gradio_api/call/predict/0123"),
        ("POST", "/gradio_api/call/v2/predict"),
        ("GET", "/gradio_api/queue/data/more"),
        ("GET", "//gradio_api/info"),
        ("GET", ""),
        ("GET", "/v1/classify"),
        ("GET", "/v1/stream"),
        (WEBSOCKET, "/v1/classify"),
        (WEBSOCKET, "/gradio_api/queue/data"),
        ("GET", "/mcp"),
    ],
)
def test_near_misses_are_closed(method, path):
    assert find(method, path) is None


def test_paths_of_programs_are_known_with_their_methods():
    assert [path for path in ("/healthz", "/v1/x", "/mcp", "/docs", "/", "/v1") if is_for_programs(path)] == [
        "/healthz",
        "/v1/x",
        "/mcp",
    ]
    assert methods_of("/v1/classify") == ("POST",) and methods_of("/live") == ("POST", "DELETE")
    assert methods_of("/v1/nothing") == ()
