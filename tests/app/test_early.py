"""The script at the start of a page's head."""

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from emotion_hf.app.early import EarlyScript

PAGE = "<!doctype html><head><title>é</title></head><p>Has a <head> too</p>"


@pytest.fixture
def client():
    async def page(request):
        return HTMLResponse(PAGE)

    async def pieces(request):
        return StreamingResponse(iter([PAGE[:25], PAGE[25:]]), media_type="text/html")

    async def plain(request):
        return JSONResponse({"head": "<head>"})

    routes = [Route("/", page), Route("/pieces", pieces), Route("/plain", plain)]
    return TestClient(EarlyScript(Starlette(routes=routes), "<script>1</script>"))


@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_a_page_begins_its_head_with_the_script(client, path):
    answer = client.get(path)
    assert answer.text == PAGE.replace("<head>", "<head><script>1</script>", 1)
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_everything_else_stays_the_same(client):
    assert client.get("/plain").json() == {"head": "<head>"}
    assert client.head("/").headers["content-length"] == str(len(PAGE.encode()))
