"""The desk's own routes and its work in the background: who may use them, and what they leave behind."""

import threading
import time
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from emotion_hf.app.desk.background import LOOK_SECONDS, PURGE_SECONDS, Background
from emotion_hf.app.desk.routes import DeskRoutes
from emotion_hf.app.guard.refusals import Refusal
from emotion_hf.app.operators import Operator
from emotion_hf.app.tabs.desk import DeskTab
from emotion_hf.desk import Desk, callers, listing, setup
from emotion_hf.errors import SettingsError
from emotion_hf.settings import Settings

STRANGERS = Settings(host="0.0.0.0", auth="mk:secret", desk=True)


def client(desk, settings=None, wait_seconds=0.0):
    return TestClient(Starlette(routes=DeskRoutes(desk, Operator(settings or Settings()), wait_seconds).routes))


def refused(ask):
    with pytest.raises(Refusal) as caught:
        ask()
    return caught.value.status


def test_a_change_is_told_as_soon_as_it_happens(desk):
    number = desk.change_number()
    assert client(desk).get(f"/desk/changes?after={number}").json() == {"number": number}
    assert client(desk, wait_seconds=60).get("/desk/changes?after=0").json() == {"number": number}
    later = threading.Timer(0.5, callers.add, (desk, "Anna"))
    later.start()
    begun = time.monotonic()
    answer = client(desk, wait_seconds=60).get(f"/desk/changes?after={number}")
    assert answer.json() == {"number": number + 1} and answer.headers["cache-control"] == "no-store"
    assert 0.4 < time.monotonic() - begun < 30
    later.join()
    assert refused(lambda: client(desk).get("/desk/changes?after=x")) == 400


def test_a_recording_is_served_in_parts(desk, add):
    call = add("Anna")
    answer = client(desk).get(f"/desk/recordings/{call.line.id}", headers={"range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, b"fLaC")
    assert answer.headers["content-type"] == "audio/flac" and "no-store" in answer.headers["cache-control"]
    assert refused(lambda: client(desk).get("/desk/recordings/99")) == 404
    desk.sounds.path(call.audio).unlink()
    assert refused(lambda: client(desk).get(f"/desk/recordings/{call.line.id}")) == 404


def test_an_export_is_downloaded_and_leaves_no_file(desk, add):
    call = add("Ánna")
    answer = client(desk).get(f"/desk/exports/{call.line.caller_id}")
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert "caller.json" in archive.namelist() and len(archive.namelist()) == 2
    assert answer.headers["content-disposition"].startswith("attachment")
    assert list((desk.folder / "exports").iterdir()) == []
    assert refused(lambda: client(desk).get("/desk/exports/99")) == 404


@pytest.mark.parametrize("path", ["changes?after=0", "recordings/1", "exports/1"])
def test_nobody_but_an_operator_is_answered(desk, add, path):
    add("Anna")
    assert refused(lambda: client(desk, STRANGERS).get(f"/desk/{path}")) == 403


def test_every_event_of_the_tab_is_for_operators_only(tmp_path, page):
    import gradio as gr

    from tests.app.conftest import open_services

    tab = DeskTab(open_services(Settings(data_dir=tmp_path, host="0.0.0.0", auth="mk:secret", desk=True)), gr.HTML())
    setup.accept(tab.desk, purpose="Crisis line", place="Zurich")
    request = gr.Request(username="stranger", session_hash="x")
    harmless = {"lambda", "<lambda>", "closed", "_stop", "_hide"}
    events = [event for event in page.fns.values() if event.fn.__name__ not in harmless]
    assert len(events) > 25
    for event in events:
        if event.fn.__name__ in ("_take", "_again"):  # they show the refusal in their list
            assert "sign in with an account" in str(list(event.fn(*_nothing(event.fn), request)))
            continue
        with pytest.raises(gr.Error, match="sign in with an account"):
            event.fn(request)
    tab.desk.close()


def _nothing(handler):
    from types import SimpleNamespace

    event = SimpleNamespace(_data={"files": [{"name": "x", "ticket": "y"}], "file": "0"})
    return ("Anna", "", "", event) if handler.__name__ == "_take" else ((), event)


def test_the_page_with_a_desk_needs_accounts_if_it_is_public():
    with pytest.raises(SettingsError, match="EMOTION_HF_DESK is on and others can reach this page"):
        Settings(host="0.0.0.0", desk=True).check_exposure()


def test_the_background_watches_and_deletes_when_it_is_due(desk, services, add, clock, tmp_path):
    add("Anna")
    (tmp_path / "in").mkdir()
    settings = Settings(data_dir=tmp_path / "data", desk_watch=str(tmp_path / "in"), desk_days=1)
    keeping = Desk.open(Settings(data_dir=desk.folder.parent, desk_days=1), desk.feedback, clock=clock)
    background = Background(keeping, settings, lambda: services.model)
    background.step(0.0)
    assert listing.history(desk).total == 1
    clock.at += timedelta(days=2)
    background.step(LOOK_SECONDS)
    assert listing.history(desk).total == 1  # not due yet
    (tmp_path / "in").rmdir()  # a step that finds nothing does not stop the others
    background.step(PURGE_SECONDS)
    assert listing.history(desk).total == 0
    keeping.close()


def test_the_background_waits_until_the_desk_is_set_up(unready, services, tmp_path):
    (tmp_path / "in").mkdir()
    background = Background(unready, Settings(desk_watch=str(tmp_path / "in")), lambda: services.model)
    background.step(0.0)
    with pytest.raises(SettingsError, match="https"):
        Background(unready, Settings(desk_webhook="http://example.org"), lambda: services.model)
    with pytest.raises(SettingsError, match="does not exist"):
        Background(unready, Settings(desk_watch=str(tmp_path / "none")), lambda: services.model)
