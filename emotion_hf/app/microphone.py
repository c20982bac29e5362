"""What the tab "Live" does in the browser: take the microphone's sound, send it, and draw what comes back.

An audio worklet hands over the raw samples. Once there is half a second of sound, or as much as the last answer asked
for, and the last answer has arrived, the sound is sent: at most two seconds of it. Older sound is dropped, so the
answers never lag behind. The curve of the last minute exists only in the browser.

The element that it runs in has its texts as JSON in ``data-texts``, so that they are in the visitor's language.
"""

from __future__ import annotations

import json

from emotion_hf.app.listening import ADDRESS, RATE_HEADER, TOKEN_HEADER
from emotion_hf.live import UPDATE_SECONDS
from emotion_hf.timeline import NO_SPEECH
from emotion_hf.waves import SILENCE_PEAK

CURVE_SECONDS = 60
MOST_SECONDS = 2
"""Longest sound in one request: at the highest rate of a sound card, 192 kHz, it is below the guard's limit."""
SILENT_SECONDS = 3
"""After this long without a single sound, the page says that the microphone may be muted."""
ANNOUNCE_SECONDS = 4
"""Screen readers read a new emotion out at most this often."""
WIDE_SECONDS = 6
"""A band that is at least this long shows its name."""
MOST_LOST = 4
"""Number of requests in a row that fail before the page stops."""

_WORKLET = """
registerProcessor("samples", class extends AudioWorkletProcessor {
  constructor() { super(); this.block = new Float32Array(sampleRate / 20); this.at = 0; }
  process([channels]) {
    if (!channels.length) return true;
    for (let i = 0; i < channels[0].length; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      this.block[this.at++] = sum / channels.length;
      if (this.at === this.block.length) { this.port.postMessage(this.block); this.at = 0; }
    }
    return true;
  }
});
"""

_CONSTANTS = {
    "ADDRESS": ADDRESS,
    "TOKEN": TOKEN_HEADER,
    "RATE": RATE_HEADER,
    "NO_SPEECH": NO_SPEECH,
    "UPDATE_SECONDS": UPDATE_SECONDS,
    "CURVE_SECONDS": CURVE_SECONDS,
    "MOST_SECONDS": MOST_SECONDS,
    "SILENCE_PEAK": SILENCE_PEAK,
    "SILENT_SECONDS": SILENT_SECONDS,
    "ANNOUNCE_SECONDS": ANNOUNCE_SECONDS,
    "WIDE_SECONDS": WIDE_SECONDS,
    "MOST_LOST": MOST_LOST,
    "WORKLET": _WORKLET,
}

ON_LOAD = (
    "".join(f"const {name} = {json.dumps(value)};\n" for name, value in _CONSTANTS.items())
    + """
const one = (name) => element.querySelector(name);
const texts = () => JSON.parse(one(".live").dataset.texts);
const isVisible = () => element.isConnected && element.getClientRects().length > 0 && !document.hidden;
const moves = () => !matchMedia("(prefers-reduced-motion: reduce)").matches;
const address = location.pathname.replace(/\\/?$/, ADDRESS);
const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const newToken = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let session = null;  // what is listening now
let moments = [];
let announced = {word: "", at: 0};

const card = (kind, {face, title, text, confidence}) => {
  const to = one(".live-card");
  to.className = `answer live-card ${kind}`;
  if (to.querySelector(".faces").innerHTML !== face) to.querySelector(".faces").innerHTML = face;
  to.querySelector("h2").textContent = title;
  const word = to.querySelector(".words");
  word.textContent = text;
  word.className = confidence ? `words confidence ${confidence}` : "words";
};
const announce = (word) => {
  if (word === announced.word || performance.now() - announced.at < 1000 * ANNOUNCE_SECONDS) return;
  announced = {word, at: performance.now()};
  one(".live-said").textContent = word;
};
const button = (is, state = "") => {
  const toggle = one(".live-toggle");
  toggle.classList.toggle("is-on", is);
  toggle.setAttribute("aria-disabled", state === "asking");  // `disabled` would take the focus away
  toggle.querySelector("span").textContent = texts()[state || (is ? "stop" : "start")];
};
const meter = (level) => one(".live-meter").style.setProperty("--level", level.toFixed(3));

const draw = () => {
  const now = moments.at(-1).seconds;
  moments = moments.filter((moment) => moment.seconds > now - CURVE_SECONDS);
  const current = moments.at(-1);
  const best = [...current.scores].sort((one, other) => other.score - one.score)[0]?.label;
  const named = moments.findLast((moment) => moment.scores.length)?.scores ?? [];
  const x = (seconds) => CURVE_SECONDS - (now - seconds);
  const lines = named.map(({label, colour}) => {
    let path = "", pen = "M";
    for (const moment of moments) {
      const score = moment.scores.find((one) => one.label === label);
      if (!score) { pen = "M"; continue; }
      path += `${pen}${x(moment.seconds).toFixed(2)} ${(100 - 100 * score.score).toFixed(1)}`;
      if (pen === "M") path += "h0";  // a single moment is a dot
      pen = "L";
    }
    const is = label === best ? ' class="is-current"' : "";
    return `<path${is} d="${path}" style="--of-emotion:${colour}"></path>`;
  });
  const curves = one(".live .curves g");
  curves.innerHTML = lines.join("");
  const bands = [];
  for (const moment of moments) {
    const start = Math.max(x(moment.seconds - moment.elapsed), 0), end = x(moment.seconds), last = bands.at(-1);
    if (last?.name === moment.name && start - last.end < 1) last.end = end;
    else bands.push({name: moment.name, word: moment.word, start, end, scores: moment.scores});
  }
  const strip = one(".live .bands div");
  strip.replaceChildren(...bands.map((band) => {
    const part = document.createElement("span");
    const colour = band.scores.find(({label}) => label === band.name)?.colour;
    part.className = `band ${colour ? "" : band.name.replace(" ", "-")}`;
    if (colour) part.style.setProperty("--of-emotion", colour);
    part.style.left = `${100 * band.start / CURVE_SECONDS}%`;
    part.style.width = `${100 * (band.end - band.start) / CURVE_SECONDS}%`;
    if (band.name !== NO_SPEECH && band.end - band.start >= WIDE_SECONDS) part.textContent = band.word;
    return part;
  }));
  if (moves()) {
    const step = {duration: 1000 * current.elapsed};
    curves.animate([{transform: `translateX(${current.elapsed}px)`}, {transform: "none"}], step);
    const share = 100 * current.elapsed / CURVE_SECONDS;
    strip.animate([{transform: `translateX(${share}%)`}, {transform: "none"}], step);
  }
};
const fill = (scores) => {
  const rows = one(".live-scores tbody");
  const labels = scores.map(({label}) => label).join();
  if (scores.length && rows.dataset.labels !== labels) {
    rows.dataset.labels = labels;
    rows.replaceChildren(...scores.map(({word, colour}) => {
      const row = document.createElement("tr");
      row.innerHTML = '<th scope="row"></th><td><span class="bar" aria-hidden="true"></span>' +
        '<span class="percent"></span></td>';
      row.firstChild.textContent = word;
      row.style.setProperty("--of-emotion", colour);
      return row;
    }));
  }
  [...rows.children].forEach((row, number) => {
    const score = scores[number]?.score;
    row.style.setProperty("--score", score ?? 0);
    row.querySelector(".percent").textContent = score === undefined ? "–" : `${Math.round(100 * score)} %`;
  });
};
const show = (answer) => {
  if (answer.seconds <= moments.at(-1)?.seconds) moments = [];  // the server has forgotten us and starts again
  const before = moments.at(-1)?.seconds ?? answer.seconds - UPDATE_SECONDS;
  session.period = answer.next_seconds;
  moments.push({...answer, elapsed: Math.min(answer.seconds - before, 2 * UPDATE_SECONDS)});
  const isSilent = session.seconds - session.sounded > SILENT_SECONDS;
  card(answer.scores.length ? "sure" : "silent", isSilent ? {...answer, text: texts().silent} : answer);
  if (answer.scores.length) announce(answer.title);
  draw();
  fill(answer.scores);
};

const release = (old) => {
  old.stream?.getTracks().forEach((track) => track.stop());
  old.sound?.close();
};
const stop = (problem) => {
  const old = session;
  if (!old) return;
  session = null;
  release(old);
  fetch(address, {method: "DELETE", headers: {[TOKEN]: old.token}, keepalive: true}).catch(() => {});
  if (!element.isConnected) return;
  const {faces, sorry, stopped, kept} = texts();
  button(false);
  meter(0);
  fill([]);
  card(problem ? "problem" : "waiting", problem
    ? {face: faces.problem, title: sorry, text: problem}
    : {face: faces.stopped, title: stopped, text: kept});
  if (problem) one(".live-said").textContent = problem;
};
const take = (mine) => {
  const samples = new Int16Array(mine.count);
  let at = 0;
  for (const block of mine.blocks)
    for (const sample of block) samples[at++] = Math.round(32767 * Math.max(-1, Math.min(sample, 1)));
  mine.blocks = [];
  mine.count = 0;
  return samples;
};
const send = async (mine) => {
  if (mine.isSending || mine.count < mine.period * mine.rate) return;
  const headers = {[TOKEN]: mine.token, [RATE]: String(mine.rate), "content-type": "application/octet-stream"};
  mine.isSending = true;
  let response = null, answer = null;
  try {
    response = await fetch(address, {method: "POST", headers, body: take(mine)});
    if (response.status !== 204) answer = await response.json();
    mine.lost = 0;
  } catch {
    mine.lost++;
  }
  mine.isSending = false;
  if (mine !== session) return;
  if (mine.lost >= MOST_LOST || response?.ok === false) stop(answer?.error ?? texts().lost);
  else if (answer) show(answer);
};
const hear = (mine, block) => {
  if (mine !== session) return;
  if (!isVisible()) return stop();
  let sum = 0, peak = 0;
  for (const sample of block) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  meter(Math.max(0, 1 + 10 * Math.log10(sum / block.length + 1e-12) / 60));
  mine.seconds += block.length / mine.rate;
  if (peak >= SILENCE_PEAK) mine.sounded = mine.seconds;
  one(".live-time").textContent = clock(mine.seconds);
  mine.blocks.push(block);
  mine.count += block.length;
  while (mine.count > MOST_SECONDS * mine.rate) mine.count -= mine.blocks.shift().length;
  send(mine);
};
const open = async (mine, clean) => {
  mine.stream = await navigator.mediaDevices.getUserMedia({audio: {
    echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean,
  }});
  mine.stream.getTracks()[0].onended = () => mine === session && stop(texts().unplugged);
  mine.sound = new AudioContext();
  mine.rate = mine.sound.sampleRate;
  const code = URL.createObjectURL(new Blob([WORKLET], {type: "text/javascript"}));
  await mine.sound.audioWorklet.addModule(code);
  URL.revokeObjectURL(code);
  const samples = new AudioWorkletNode(mine.sound, "samples", {numberOfOutputs: 0});
  samples.port.onmessage = ({data}) => hear(mine, data);
  mine.sound.createMediaStreamSource(mine.stream).connect(samples);
  mine.sound.resume();  // Firefox may start it suspended
  setTimeout(() => mine === session && !mine.seconds && stop(texts().dead), 1000 * SILENT_SECONDS);
};
const start = async () => {
  const mine = session = {
    token: newToken(), period: UPDATE_SECONDS, isOpen: false, isSending: false, lost: 0,
    blocks: [], count: 0, seconds: 0, sounded: 0,  // seconds of sound, and when it was last not silent
  };
  moments = [];
  announced = {word: "", at: 0};
  if (!navigator.mediaDevices || !window.AudioWorkletNode) return stop(texts().insecure);
  button(false, "asking");
  try {
    await open(mine, one(".live-clean input").checked);
  } catch (error) {
    const known = {NotAllowedError: "blocked", NotFoundError: "missing"};
    if (mine === session) stop(texts()[known[error.name] ?? "unusable"]);
  }
  if (mine !== session) return release(mine);
  mine.isOpen = true;
  button(true);
  const {faces, listening, speak} = texts();
  card("silent", {face: faces.listening, title: listening, text: speak});
};

element.addEventListener("click", ({target}) => {
  const toggle = target.closest(".live-toggle");
  if (toggle && toggle.getAttribute("aria-disabled") !== "true") session ? stop() : start();
});
watch("value", () => {  // the texts of the visitor's language may come late
  if (session) button(session.isOpen, session.isOpen ? "" : "asking");
});
element.addEventListener("change", ({target}) => {
  if (!target.closest(".live-clean") || !session) return;
  stop();
  start();
});
const leave = ({type}) => {
  if (session && (type === "pagehide" || !isVisible())) stop();
  if (!element.isConnected) for (const name of LEAVING) removeEventListener(name, leave, true);
};
const LEAVING = ["pagehide", "visibilitychange"];
for (const name of LEAVING) addEventListener(name, leave, true);
"""
)
