"""The tab Live: the route that hears chunks, its limits, and a real browser with a microphone."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
import threading

import numpy as np
import pytest
import soundfile
import soxr
from playwright.sync_api import expect, sync_playwright

from emotion_hf.app.german import GERMAN
from emotion_hf.app.listening import IDLE_SECONDS, LISTENERS_PER_CORE, Listening, plain
from emotion_hf.app.live_panel import live_html
from emotion_hf.app.microphone import MOST_SECONDS
from emotion_hf.app.services import Services
from emotion_hf.app.words import speaking
from emotion_hf.audio import MAX_SOURCE_RATE
from emotion_hf.hub.mirror import open_store
from emotion_hf.labels import LABELS
from emotion_hf.live import Listener, Moment
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.turns import Turns
from tests import web

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
MILLISECONDS = 120_000
RATE = 16_000
NAMES = re.compile("|".join((*LABELS, "not sure")), re.IGNORECASE)


def chunks(seconds=3.0, rate=RATE, silence_seconds=0.0):
    """Return half seconds of a voice as the browser sends them."""
    wave = np.concatenate([np.zeros(round(silence_seconds * RATE)), synthetic_voice(seconds)])
    samples = np.round(32_767 * soxr.resample(wave, RATE, rate)).astype("<i2")
    return [part.tobytes() for part in np.split(samples, range(rate // 2, len(samples), rate // 2))]


class Client:
    """A listener that talks to a page over HTTP."""

    def __init__(self, url, **headers):
        self.http = web.Client(base_url=url)
        self.headers = {"x-listener": secrets.token_hex(16), "x-sampling-rate": str(RATE)} | headers

    def send(self, body, **headers):
        return self.http.post("/live", content=body, headers=self.headers | headers)

    def stop(self):
        return self.http.delete("/live", headers=self.headers)


@pytest.fixture(scope="module")
def page(open_server, tmp_path_factory):
    with open_server(tmp_path_factory.mktemp("live"), requests_per_minute=0) as server:
        yield server


@pytest.fixture
def client(page):
    one = Client(page.url)
    yield one
    one.stop()
    one.http.close()


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_each_half_second_gets_an_answer_and_no_file_is_written(page, client):
    before = files(page.data_dir)
    answers = []
    for body in chunks(4.0, 48_000):
        response = client.send(body, **{"x-sampling-rate": "48000"})
        assert response.status_code == 200
        assert files(page.data_dir) == before
        answers.append(response.json())
    assert [answer["seconds"] for answer in answers] == [0.5 * number for number in range(1, 9)]
    assert {answer["next_seconds"] for answer in answers[3:]} == {0.5}
    assert (answers[0]["name"], answers[0]["scores"], answers[0]["title"]) == ("no speech", [], "Listening …")
    last = answers[-1]
    assert [score["label"] for score in last["scores"]] == list(LABELS)
    assert sum(score["score"] for score in last["scores"]) == pytest.approx(1, abs=1e-3)
    assert last["title"].lower() == last["word"] == last["name"]
    assert re.fullmatch(r"Confidence: (high|medium|low), \d+ %", last["text"])


def test_a_german_browser_is_answered_in_german(client):
    first = client.send(chunks()[0], **{"accept-language": "de-DE"}).json()
    assert first["text"] == GERMAN["Speak, and the emotion appears here."]


def test_less_than_half_a_second_has_no_answer_yet(client):
    assert client.send(chunks()[0][:8_000]).status_code == 204
    assert client.send(b"").status_code == 204
    assert client.send(chunks()[0][8_000:]).status_code == 200


@pytest.mark.parametrize(
    ("headers", "body", "status", "sentence"),
    [
        ({"x-listener": "me"}, b"", 400, "random token"),
        ({"x-listener": "A" * 32}, b"", 400, "random token"),
        ({"x-sampling-rate": ""}, b"", 400, "sampling rate"),
        ({"x-sampling-rate": "-1"}, b"", 400, "sampling rate"),
        ({"x-sampling-rate": "1" * 99}, b"", 400, "sampling rate"),
        ({"x-sampling-rate": "0"}, b"\0\0", 400, "0 Hz"),
        ({"x-sampling-rate": "9999999"}, b"\0\0", 400, "9999999 Hz"),
        ({}, b"\0", 400, "odd"),
        ({}, bytes(1_000_001), 413, "larger than"),
        ({"origin": "https://elsewhere.example"}, b"", 403, "Other websites"),
    ],
)
def test_a_request_that_cannot_be_used_gets_one_sentence(client, headers, body, status, sentence):
    response = client.send(body, **headers)
    assert response.status_code == status
    assert sentence in response.json()["error"]


def test_the_longest_chunk_of_the_browser_fits(client):
    body = bytes(2 * MOST_SECONDS * 192_000)
    response = client.send(body, **{"x-sampling-rate": "192000"})
    assert response.json()["seconds"] == MOST_SECONDS
    assert MAX_SOURCE_RATE >= 192_000


def test_other_methods_are_closed(page):
    assert web.get(f"{page.url}/live").status_code == 404
    assert web.put(f"{page.url}/live").status_code == 404


# the server itself, without HTTP


@pytest.fixture
def services(tmp_path):
    settings = Settings(data_dir=tmp_path)
    return Services(settings, FakeClassifier(), open_store(settings), Turns(at_once=1))


class FakeRequest:
    """What the route reads of a request."""

    def __init__(self, token, body=b"", client="10.0.0.1"):
        self.headers = {"x-listener": f"{token:032x}", "x-sampling-rate": str(RATE)}
        self.cookies, self.client = {}, type("Client", (), {"host": client})
        self._body = body

    async def body(self):
        return self._body


def post(listening, *requests):
    """Return the status of each request, sent one after the other."""

    async def ask():
        statuses = []
        for request in requests:
            try:
                statuses.append((await listening.hear(request)).status_code)
            except Exception as error:  # noqa: BLE001 - a Refusal is what the guard answers
                statuses.append(error.status)
        return statuses

    return asyncio.run(ask())


def test_listeners_are_limited_and_idle_ones_make_room(services):
    now = [0.0]
    listening = Listening(services, clock=lambda: now[0])
    most, of_one = LISTENERS_PER_CORE, LISTENERS_PER_CORE // 2
    of_first = [FakeRequest(number) for number in range(of_one + 1)]
    assert post(listening, *of_first) == [204] * of_one + [429]
    others = [FakeRequest(100 + number, client=f"10.0.1.{number}") for number in range(most - of_one + 1)]
    assert post(listening, *others) == [204] * (most - of_one) + [503]
    assert len(listening) == most
    now[0] = IDLE_SECONDS
    assert post(listening, of_first[0], others[-1]) == [204, 503]  # none is idle for too long yet
    now[0] = IDLE_SECONDS + 0.1
    assert post(listening, others[-1]) == [204]
    assert len(listening) == 2  # the one that was just used, and the new one


def test_a_listener_that_stops_is_forgotten_at_once(services):
    listening = Listening(services)
    assert post(listening, FakeRequest(1)) == [204]
    assert asyncio.run(listening.forget(FakeRequest(1))).status_code == 204
    assert asyncio.run(listening.forget(FakeRequest(2))).status_code == 204  # was never there
    assert len(listening) == 0


def test_a_timer_forgets_idle_listeners_without_a_request(services, monkeypatch):
    monkeypatch.setattr("emotion_hf.app.listening.IDLE_SECONDS", 0.05)
    listening = Listening(services)

    async def leave():
        await listening.hear(FakeRequest(1))
        assert len(listening) == 1
        await asyncio.sleep(0.3)
        assert len(listening) == 0
        assert listening._sweep_is_due is None  # no timer runs without listeners
        await listening.hear(FakeRequest(2))
        assert listening._sweep_is_due is not None

    asyncio.run(leave())


def test_a_second_chunk_does_not_wait_behind_the_first(services):
    listening = Listening(services)
    body = chunks()[0]

    async def ask():
        with services.turns.take(1.0):  # somebody else's recording is being analysed
            first = asyncio.create_task(listening.hear(FakeRequest(1, body)))
            await asyncio.sleep(0.1)
            with pytest.raises(Exception, match="one after the other") as refused:
                await listening.hear(FakeRequest(1, body))
            assert refused.value.status == 409
        return (await first).status_code

    assert asyncio.run(ask()) == 200


def test_updates_are_skipped_while_too_many_recordings_wait(tmp_path):
    settings = Settings(data_dir=tmp_path)
    turns = Turns(at_once=1, waiting=0)
    listening = Listening(Services(settings, FakeClassifier(), open_store(settings), turns))
    first, second = chunks()[:2]
    with turns.take(1.0):
        assert post(listening, FakeRequest(1, first)) == [204]
    assert post(listening, FakeRequest(1, second)) == [200]
    assert listening._visitors[f"{1:032x}"].listener.seconds == 1.0  # the skipped half second was heard


def test_a_live_update_goes_before_a_long_recording(services, monkeypatch):
    listening, order = Listening(services), []
    monkeypatch.setattr(Listener, "answer", lambda listener: order.append("live"))

    def long():
        with services.turns.take(600.0):
            order.append("long")

    async def ask():
        with services.turns.take(600.0):
            thread = threading.Thread(target=long)
            thread.start()
            while services.turns.queued < 1:
                await asyncio.sleep(0.01)
            task = asyncio.create_task(listening.hear(FakeRequest(1, chunks()[0])))
            while services.turns.queued < 2:
                await asyncio.sleep(0.01)
        await task
        await asyncio.to_thread(thread.join)

    asyncio.run(ask())
    assert order == ["live", "long"]


# what the page shows


def moment(verdict, happy=0.8):
    scores = {} if verdict is Verdict.NO_SPEECH else {"happy": happy, "sad": 1 - happy}
    return Moment(2.0, Prediction(scores, verdict, 1.0, "demo"))


@pytest.mark.parametrize(
    ("verdict", "happy", "title", "text", "confidence"),
    [
        (Verdict.OK, 0.8, "Happy", "Confidence: high, 80 %", "high"),
        (Verdict.OK, 0.6, "Happy", "Confidence: medium, 60 %", "medium"),
        (Verdict.NOT_SURE, 0.52, "Not sure", "No emotion stands out. Closest: happy or sad.", ""),
        (Verdict.NO_SPEECH, 0.0, "Listening …", "Speak, and the emotion appears here.", ""),
    ],
)
def test_a_moment_in_words(verdict, happy, title, text, confidence):
    shown = plain(moment(verdict, happy))
    assert (shown["title"], shown["text"], shown["confidence"]) == (title, text, confidence)


def test_a_label_of_the_users_own_is_escaped_where_it_is_html():
    html = live_html(["<b>odd</b>"])
    assert "<b>odd" not in html
    assert "&lt;b&gt;odd" in html
    odd = plain(Moment(1.0, Prediction({"<b>odd</b>": 0.9, "sad": 0.1}, model="demo")))
    assert odd["scores"][0]["word"] == "<b>odd</b>"  # the browser sets it as text
    assert "<b>" not in odd["face"]


def test_the_panel_speaks_german_and_has_valid_texts():
    with speaking("de"):
        html = live_html(LABELS)
    assert "Zuhören starten" in html
    assert "Start listening" not in html
    raw = re.search(r'data-texts="([^"]*)"', html)[1]
    texts = json.loads(raw.replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&"))
    assert texts["stopped"] == "Gestoppt"


# a real browser


@pytest.fixture(scope="module")
def microphone(tmp_path_factory):
    """Two seconds of silence, then twenty of a voice, as a microphone records them."""
    path = tmp_path_factory.mktemp("microphone") / "microphone.wav"
    wave = np.concatenate([np.zeros(2 * RATE), *(synthetic_voice(5.0, seed=seed) for seed in range(4))])
    soundfile.write(path, soxr.resample(wave, RATE, 48_000), 48_000, subtype="PCM_16")
    return path


WATCH = """() => {
  window.answers = [];
  const real = window.fetch;
  window.fetch = async (...given) => {
    const response = await real(...given);
    if (given[1]?.method === "POST" && String(given[0]).endsWith("/live") && response.status === 200)
      window.answers.push({at: performance.now(), ...(await response.clone().json())});
    return response;
  };
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) => { window.wanted = wanted; return ask(wanted); };
}"""


@pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="chromium is missing; Debian has it as a package")
def test_the_page_answers_while_somebody_speaks(page, microphone):
    options = [
        "--no-sandbox",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
    ]
    before = files(page.data_dir)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        visit = browser.new_context(permissions=["microphone"], viewport={"width": 320, "height": 800}).new_page()
        visit.set_default_timeout(MILLISECONDS)
        visit.goto(page.url)
        visit.get_by_role("tab", name="Live").click()
        visit.evaluate(WATCH)
        visit.get_by_role("button", name="Start listening").click()
        title = visit.locator(".live-card h2")
        expect(title).to_have_text(NAMES, timeout=MILLISECONDS)
        visit.wait_for_timeout(4_000)
        answers = visit.evaluate("window.answers")
        spoken = [answer for answer in answers if answer["scores"]]
        assert visit.evaluate("window.wanted.audio") == dict.fromkeys(
            ("echoCancellation", "noiseSuppression", "autoGainControl"), False
        )
        # the voice starts at most 2 s after the recording, and on a busy machine sounds are late but not lost
        assert spoken[0]["seconds"] <= 2.0 + 1.5 + 1.0
        assert len(spoken) >= 3
        expect(visit.locator(".live-scores .percent").first).to_have_text(re.compile(r"\d+ %"))
        expect(visit.locator(".live-curve path").first).to_be_attached()
        expect(visit.locator(".live-said")).to_have_text(NAMES)
        assert visit.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert files(page.data_dir) == before

        visit.get_by_role("button", name="Stop").click()
        expect(title).to_have_text("Stopped")
        count = len(visit.evaluate("window.answers"))
        visit.get_by_label("Let the browser clean the sound").check()
        visit.get_by_role("button", name="Start listening").click()
        expect(visit.get_by_role("button", name="Stop")).to_be_visible()
        assert visit.evaluate("window.wanted.audio.noiseSuppression") is True
        visit.wait_for_function(f"window.answers.length > {count}")
        visit.get_by_role("tab", name="Recognise").click()  # leaving the tab stops it
        visit.get_by_role("tab", name="Live").click()
        expect(visit.get_by_role("button", name="Start listening")).to_be_visible()

        visit.evaluate(
            "() => { navigator.mediaDevices.getUserMedia = "
            "async () => { throw new DOMException('no', 'NotAllowedError'); }; }"
        )
        visit.get_by_role("button", name="Start listening").click()
        expect(visit.locator(".live-card.problem .words")).to_contain_text("does not allow the microphone")
        expect(visit.get_by_role("button", name="Start listening")).to_be_enabled()
        browser.close()
    assert files(page.data_dir) == before
