"""Settings come from the environment, each of its own type, and a wrong one is refused by name."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from emotion_hf.errors import SettingsError
from emotion_hf.settings import Settings, check_hub_address, words


def test_an_empty_environment_gives_the_defaults():
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.max_seconds, settings.host, settings.port) == (7200.0, "127.0.0.1", 7860)
    assert settings.feedback_dir == Path("data/feedback")


def test_every_setting_can_be_set():
    environ = {
        "EMOTION_HF_MODEL": "someone/model",
        "EMOTION_HF_TRUST_REMOTE_CODE": "yes",
        "EMOTION_HF_DEVICE": "auto",
        "EMOTION_HF_BACKEND": "torch",
        "EMOTION_HF_DATA_DIR": "/srv/voices",
        "EMOTION_HF_MAX_SECONDS": "7.5",
        "EMOTION_HF_MAX_UPLOAD_MEGABYTES": "20",
        "EMOTION_HF_HISTORY_SECONDS": "60",
        "EMOTION_HF_ANALYSES_AT_ONCE": "2",
        "EMOTION_HF_BATCHING": "no",
        "EMOTION_HF_MAX_WAITING": "10",
        "EMOTION_HF_MAX_WAIT_SECONDS": "30",
        "EMOTION_HF_METRICS": "yes",
        "EMOTION_HF_HOST": "0.0.0.0",
        "EMOTION_HF_PORT": "0",
        "EMOTION_HF_ROOT_PATH": "/emotions",
        "EMOTION_HF_ALLOWED_HOSTS": "example.org *.example.com",
        "EMOTION_HF_ALLOWED_FRAMES": "https://example.org",
        "EMOTION_HF_TRUSTED_PROXIES": "10.0.0.0/8",
        "EMOTION_HF_AUTH": "ada:secret",
        "EMOTION_HF_API_KEYS": "correct-horse-battery",
        "EMOTION_HF_API_ORIGINS": "https://desk.example.org",
        "EMOTION_HF_MCP": "on",
        "EMOTION_HF_REQUESTS_PER_MINUTE": "60",
        "EMOTION_HF_MAX_SESSIONS": "50",
        "EMOTION_HF_ALLOW_SAVING": "false",
        "EMOTION_HF_REVIEW": "true",
        "EMOTION_HF_FEEDBACK_REPO": "someone/kept",
        "EMOTION_HF_MODELS": "/srv/models",
        "EMOTION_HF_RETRAINING": "on",
        "EMOTION_HF_RETRAINING_DATA": "ravdess=/srv/ravdess",
        "EMOTION_HF_TRAINING": "on",
        "EMOTION_HF_TRAINING_FOLDERS": "/srv/corpora '/srv/own voices'",
        "EMOTION_HF_TRANSCRIBER": "openai/whisper-base",
        "EMOTION_HF_TEXT_EMOTION": "someone/text",
        "EMOTION_HF_DESK_DATABASE": "postgresql://desk:secret@db/desk",
        "EMOTION_HF_DESK_DAYS": "90",
        "EMOTION_HF_DESK_WATCH": "/srv/incoming",
        "EMOTION_HF_DESK": "yes",
        "EMOTION_HF_DESK_WEBHOOK": "https://pager.example.org/secret",
        "EMOTION_HF_MAX_CORRECTIONS": "1000",
        "EMOTION_HF_MAX_CORRECTIONS_PER_CLIENT": "0",
    }
    settings = Settings.from_environment(environ | {"PATH": "/bin", "EMOTION": "sad"})
    assert settings == Settings(
        model="someone/model",
        trust_remote_code=True,
        device="auto",
        backend="torch",
        data_dir=Path("/srv/voices"),
        max_seconds=7.5,
        max_upload_megabytes=20,
        history_seconds=60,
        analyses_at_once=2,
        batching=False,
        max_waiting=10,
        max_wait_seconds=30.0,
        metrics=True,
        host="0.0.0.0",
        port=0,
        root_path="/emotions",
        allowed_hosts="example.org *.example.com",
        allowed_frames="https://example.org",
        trusted_proxies="10.0.0.0/8",
        auth="ada:secret",
        api_keys="correct-horse-battery",
        api_origins="https://desk.example.org",
        mcp=True,
        requests_per_minute=60,
        max_sessions=50,
        allow_saving=False,
        review=True,
        feedback_repo="someone/kept",
        models="/srv/models",
        retraining=True,
        retraining_data="ravdess=/srv/ravdess",
        training=True,
        training_folders="/srv/corpora '/srv/own voices'",
        transcriber="openai/whisper-base",
        text_emotion="someone/text",
        desk=True,
        desk_database="postgresql://desk:secret@db/desk",
        desk_days=90,
        desk_watch="/srv/incoming",
        desk_webhook="https://pager.example.org/secret",
        max_corrections=1000,
        max_corrections_per_client=0,
    )
    kinds = [type(getattr(settings, field.name)) for field in fields(Settings)[:6]]
    assert kinds == [str, bool, str, str, type(Path()), float]
    assert settings.feedback_dir == Path("/srv/voices/feedback")
    assert settings.desk_dir == Path("/srv/voices/desk")
    assert "secret" not in repr(settings)
    assert (settings.models_dir, Settings().models_dir) == (Path("/srv/models"), Path("data/models"))
    assert len(environ) == len(fields(Settings))


def test_a_space_saves_nothing_unless_there_is_a_place_that_lasts():
    space = {"SPACE_ID": "someone/page"}
    assert not Settings.from_environment(space).allow_saving
    assert Settings.from_environment(space | {"EMOTION_HF_FEEDBACK_REPO": "someone/kept"}).allow_saving
    assert Settings.from_environment(space | {"EMOTION_HF_ALLOW_SAVING": "1"}).allow_saving


def test_a_space_is_reached_through_the_hubs_proxy_and_shown_in_its_frame():
    space = {"SPACE_ID": "someone/page", "SPACE_HOST": "someone-page.hf.space", "GRADIO_SERVER_NAME": "0.0.0.0"}
    settings = Settings.from_environment(space)
    assert (settings.host, settings.allowed_hosts, settings.trusted_proxies) == (
        "0.0.0.0",
        "someone-page.hf.space",
        "*",
    )
    assert settings.allowed_frames == "https://huggingface.co https://*.hf.space"
    assert Settings.from_environment({"SPACE_ID": "someone/page"}).host == "0.0.0.0"
    assert (
        Settings.from_environment(space | {"EMOTION_HF_ALLOWED_HOSTS": "example.org"}).allowed_hosts == "example.org"
    )


def test_gradios_variables_count_where_ours_are_not_set():
    gradio = {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "8000", "GRADIO_ROOT_PATH": "/emotions"}
    settings = Settings.from_environment(gradio)
    assert (settings.host, settings.port, settings.root_path) == ("0.0.0.0", 8000, "/emotions")
    settings = Settings.from_environment(gradio | {"EMOTION_HF_HOST": "::1", "EMOTION_HF_PORT": "1"})
    assert (settings.host, settings.port) == ("::1", 1)
    with pytest.raises(SettingsError, match="GRADIO_SERVER_PORT is '70000'; it must be at most 65535"):
        Settings.from_environment({"GRADIO_SERVER_PORT": "70000"})


def test_a_given_address_replaces_that_of_the_environment_before_it_is_checked():
    environ = {"EMOTION_HF_HOST": "0.0.0.0", "EMOTION_HF_PORT": "1", "EMOTION_HF_REVIEW": "1"}
    settings = Settings.from_environment(environ, host="127.0.0.1", port=0)
    assert (settings.host, settings.port) == ("127.0.0.1", 0)
    with pytest.raises(SettingsError, match="EMOTION_HF_REVIEW is on"):
        Settings.from_environment(environ, port=0)


@pytest.mark.parametrize(
    ("name", "value"), [("GRADIO_ALLOWED_PATHS", "/"), ("GRADIO_SHARE", "True"), ("GRADIO_VIBE_MODE", "1")]
)
def test_gradios_variables_that_would_open_the_page_are_refused(name, value):
    with pytest.raises(SettingsError, match=f"^{name} must not be set, because it would .*; remove it.$"):
        Settings.from_environment({name: value})
    assert Settings.from_environment({name: ""}) == Settings()


@pytest.mark.parametrize("tab", ["REVIEW", "RETRAINING"])
@pytest.mark.parametrize(
    "exposure",
    [
        {"EMOTION_HF_HOST": "0.0.0.0"},
        {"EMOTION_HF_HOST": "192.168.1.5"},
        {"EMOTION_HF_HOST": "::"},
        {"EMOTION_HF_HOST": "voices.example.org"},
        {"GRADIO_SERVER_NAME": "0.0.0.0"},
        {"SPACE_ID": "someone/page"},
        {"EMOTION_HF_ALLOWED_HOSTS": "voices.example.org"},
        {"EMOTION_HF_TRUSTED_PROXIES": "127.0.0.1"},
    ],
)
def test_an_operators_tab_on_a_public_page_needs_accounts(tab, exposure):
    environ = exposure | {f"EMOTION_HF_{tab}": "yes"}
    with pytest.raises(SettingsError, match=f"^EMOTION_HF_{tab} is on and others can reach this page .*HF_AUTH=user"):
        Settings.from_environment(environ)
    assert Settings.from_environment(environ | {"EMOTION_HF_AUTH": "ada:secret"}).is_public


def test_figures_of_a_public_page_need_a_key_or_an_account():
    environ = {"EMOTION_HF_HOST": "0.0.0.0", "EMOTION_HF_METRICS": "yes"}
    with pytest.raises(SettingsError, match=r"^EMOTION_HF_METRICS is on and .*, so the figures need a key: set"):
        Settings.from_environment(environ)
    for name, value in (("EMOTION_HF_API_KEYS", "correct-horse-battery"), ("EMOTION_HF_AUTH", "ada:secret")):
        assert Settings.from_environment(environ | {name: value}).metrics
    assert Settings.from_environment({"EMOTION_HF_METRICS": "yes"}).metrics  # on this machine


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]"])
def test_an_operators_tab_on_this_machine_needs_none(host):
    settings = Settings.from_environment({"EMOTION_HF_HOST": host, "EMOTION_HF_REVIEW": "yes"})
    assert settings.review and not settings.is_public


def test_accounts_are_read_and_never_shown():
    settings = Settings(auth="ada:dear:voice, bob:pass")
    assert settings.accounts == {"ada": "dear:voice", "bob": "pass"}
    assert "dear" not in repr(settings)
    for wrong in ("ada", "ada:", ":secret", "ada:secret,", "ada:secret,bob"):
        with pytest.raises(SettingsError, match=r"^EMOTION_HF_AUTH must be user:password") as caught:
            Settings.from_environment({"EMOTION_HF_AUTH": wrong})
        assert "secret" not in str(caught.value)


def test_the_environment_of_the_process_is_the_default(monkeypatch):
    monkeypatch.setenv("EMOTION_HF_PORT", "1234")
    assert Settings.from_environment().port == 1234


def test_the_largest_values_are_accepted():
    settings = Settings.from_environment({"EMOTION_HF_PORT": "65535", "EMOTION_HF_HISTORY_SECONDS": "3600"})
    assert (settings.port, settings.history_seconds) == (65_535, 3_600)


@pytest.mark.parametrize("text", ["1", "true", "Yes", "ON"])
def test_yes_in_all_its_spellings(text):
    assert Settings.from_environment({"EMOTION_HF_TRUST_REMOTE_CODE": text}).trust_remote_code is True


@pytest.mark.parametrize("text", ["0", "False", "no", "off"])
def test_no_in_all_its_spellings(text):
    assert Settings.from_environment({"EMOTION_HF_ALLOW_SAVING": text}).allow_saving is False


def test_an_unknown_variable_names_the_known_ones():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"EMOTION_HF_PORTS": "1"})
    known = sorted(f"EMOTION_HF_{field.name.upper()}" for field in fields(Settings))
    assert str(caught.value) == f"Unknown variable EMOTION_HF_PORTS; the known variables are {', '.join(known)}."


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("PORT", "http", "it must be a whole number."),
        ("PORT", "78.60", "it must be a whole number."),
        ("PORT", "-1", "it must be 0 or more."),
        ("PORT", "70000", "it must be at most 65535."),
        ("HISTORY_SECONDS", "3601", "it must be at most 3600."),
        ("MAX_SECONDS", "long", "it must be a number."),
        ("MAX_SECONDS", "", "it must be a number."),
        ("MAX_SECONDS", "-5", "it must be 0 or more."),
        ("MAX_SECONDS", "nan", "it must be 0 or more."),
        ("ALLOW_SAVING", "maybe", "use one of 1, true, yes, on, 0, false, no, off."),
    ],
)
def test_a_value_that_cannot_be_used_is_one_sentence(name, value, complaint):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({f"EMOTION_HF_{name}": value})
    assert str(caught.value) == f"EMOTION_HF_{name} is {value!r}; {complaint}"


def test_settings_do_not_change():
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1


def test_keys_of_the_api_are_read_and_never_shown():
    settings = Settings(api_keys="correct-horse-battery, A1.b2~c3_d4-e5/+ ")
    assert settings.keys == ("correct-horse-battery", "A1.b2~c3_d4-e5/+")
    assert "horse" not in repr(settings) and Settings().keys == ()
    for keys in ("too-short", "correct-horse-battery short", "schlüssel-mit-umlauten"):
        with pytest.raises(SettingsError, match="A key in EMOTION_HF_API_KEYS cannot be used; give each at") as caught:
            _ = Settings(api_keys=keys).keys
        assert keys not in str(caught.value)


def test_websites_that_may_call_the_api_are_origins():
    origins = "https://desk.example.org http://localhost:3000, http://[::1]:80"
    assert Settings(api_origins=origins).origins == tuple(words(origins)) and len(words(origins)) == 3
    assert (Settings(api_origins="*").origins, Settings().origins) == (("*",), ())
    for origin in ("desk.example.org", "https://desk.example.org/", "https://*.example.org", "null", "file://x"):
        with pytest.raises(SettingsError, match="EMOTION_HF_API_ORIGINS has "):
            _ = Settings(api_origins=origin).origins


def test_processes_get_absolute_folders_and_the_rest_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMOTION_HF_DEVICE", "cpu")
    given = Settings(models="versions").for_processes()
    assert Settings.from_environment(given) == Settings(
        data_dir=tmp_path / "data", models=str(tmp_path / "versions"), device="cpu"
    )


@pytest.mark.parametrize(
    "address", ["nonsense", "ftp://hub", "https://", "http://[", "http://hub:port", "http://a b", "http://hub?x", ""]
)
def test_a_malformed_address_of_the_hub_is_one_sentence(address):
    with pytest.raises(
        SettingsError, match=r"HF_ENDPOINT is '.*'; write the address of a Hub such as https://"
    ) as found:
        Settings.from_environment({"HF_ENDPOINT": address})
    assert repr(address) in str(found.value)


@pytest.mark.parametrize("address", ["https://hub.example.org", "http://127.0.0.1:8000/", "http://[::1]:80/mirror"])
def test_another_hub_can_be_used(address):
    check_hub_address({"HF_ENDPOINT": address})
    assert Settings.from_environment({"HF_ENDPOINT": address}) == Settings()
