"""The page as it is configured: privacy, limits, and what can be switched off."""

import pytest

from emotion_hf.app.build import build_page
from emotion_hf.settings import Settings
from tests.app.conftest import open_services


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # undone after the test: building the page sets it

    def build(**settings):
        settings = Settings(data_dir=tmp_path, **settings)
        return build_page(open_services(settings))

    return build


def configuration(page):
    """Return all that a browser is told of the page."""
    return str(page.get_config_file())


def test_the_page_deletes_uploads_sends_no_statistics_and_answers_several_at_once(build):
    page = build(history_seconds=600)
    assert page.delete_cache == (30, 570)
    assert page.analytics_enabled is False
    limits = {event.api_name: event.concurrency_limit for event in page.fns.values()}
    assert limits["predict"] is limits["correct"] is limits["_analyse"] is None  # `Turns` is the limit, not the queue
    public = {event.api_name for event in page.fns.values() if event.api_visibility == "public"}
    assert public == {"predict", "correct", "delete"}


def test_the_footer_says_what_it_is_and_what_it_is_not_for(build):
    shown = configuration(build()).replace("\\n", " ")
    for words in ("<i>fake</i>", "acted speech", "<b>expressed</b> emotion", "simulation and education only"):
        assert words in shown
    for words in ("No medical use, no hiring, no lie detection", "Art. 5(1)(f)", "Art. 50(3)", "Not affiliated"):
        assert words in shown


def test_saving_can_be_switched_off(build):
    page = build(allow_saving=False)
    names = {event.api_name for event in page.fns.values()}
    assert {"_analyse", "predict", "_clear"} <= names and not {"correct", "delete", "_save", "_delete"} & names
    assert "Keep this recording" not in configuration(page)
    assert "Keep this recording" in configuration(build())


def test_review_is_there_only_where_it_is_switched_on(build):
    assert "review-start" not in configuration(build())
    page = build(review=True)
    assert "review-start" in configuration(page)
    events = {event.api_name: event.api_visibility for event in page.fns.values()}
    assert {name: events[name] for name in ("_choose", "_undo")} == {"_choose": "private", "_undo": "private"}


def test_models_is_there_only_where_it_is_switched_on(build):
    assert "models-start" not in configuration(build(review=True))
    page = build(retraining=True)
    assert "models-start" in configuration(page) and "review-start" not in configuration(page)
    events = {event.api_name: event.api_visibility for event in page.fns.values()}
    names = ("_start", "_stop", "show", "_look", "_promote", "_rollback", "_add", "_rename", "_use", "_try")
    assert {events[name] for name in names} == {"private"}
    foot = next(event for event in page.fns.values() if event.api_name == "_name_model")
    assert len(foot.targets) == 3  # it is looked at again when another model answers
