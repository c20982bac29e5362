// The page: its buttons, its states, and its words in the visitor's language.

import {answerCard, card, element, scoresTable} from "./answer.js";
import {MAX_SECONDS, read, record, SoundError} from "./sound.js";
import {choose, language, say} from "./words.js";
import {RATE} from "./windows.js";

const at = (id) => document.getElementById(id);
const view = {
  facts: null, // model.json
  isReady: false,
  isOffline: false, // works without a network
  recorder: null, // while it records
  hasRecorded: false,
  show: () => [], // returns the content of the card
  answer: null,
  next: null, // file that waits
  focused: null, // what had the focus before the buttons were disabled
};
const waiting = new Map(); // number of a question → what its answer is given to
let worker = null, asked = 0;

/** Write every text again, in the current language. */
function write() {
  document.documentElement.lang = language();
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.text ??= one.textContent);
  for (const one of document.querySelectorAll("[data-language]")) one.setAttribute("aria-pressed", one.dataset.language === language());
  document.title = say("Speech emotion recognition");
  at("record").firstElementChild.textContent = say(view.recorder ? "Stop" : view.hasRecorded ? "Record again" : "Record");
  at("state").textContent = view.isReady ? say(view.isOffline ? "Ready, also without a network." : "Ready.") : "";
  if (view.facts) at("licence").replaceChildren(...licence(view.facts.licence));
  at("answer").replaceChildren(...view.show());
  at("details").replaceChildren(...(view.answer?.prediction ? [scoresTable(view.facts, view.answer.prediction)] : []));
}

/** Show something in the card; `show` is called again when the language changes. */
function present(kind, show, answer = null) {
  at("answer").className = `card ${kind}`;
  Object.assign(view, {show, answer});
  write();
}

const sign = (name) => view.facts ? [view.facts.signs[name]] : [];
const problem = (text, values) => present("problem", () => card(sign("problem"), "", say(text, values)));
const working = () => present("working", () => card(sign("working"), say("Analysing")));

function licence(stated) {
  if (!stated) return [say("The model's folder states no licence of its weights.")];
  const [before, after] = say("The weights of the model are licensed under {licence}.", {licence: "\n"}).split("\n");
  const link = element(stated.url ? "a" : "span", "", stated.title);
  if (stated.url) Object.assign(link, {href: stated.url, rel: "noopener noreferrer"});
  return [before, link, after];
}

/** Return the answer to a wave, {prediction, milliseconds}. */
function ask(wave) {
  const number = ++asked;
  return new Promise((resolve, reject) => {
    waiting.set(number, {resolve, reject});
    worker.postMessage({number, wave});
  });
}

/** Analyse what `get` returns, {wave, isCut}, and show the answer or what went wrong. */
async function analyse(get) {
  enable(false);
  working();
  try {
    const {wave, isCut} = await get(), {prediction, milliseconds} = await ask(wave);
    const answer = {prediction, milliseconds, isCut, seconds: wave.length / RATE};
    present(prediction ? "sure" : "silent", () => answerCard(view.facts, answer), answer);
  } catch (error) {
    fail(error);
  }
  enable(true);
  takeNext();
}

function fail(error) {
  if (error instanceof SoundError) return problem(error.message, error.values);
  console.error(error);
  problem("The recording cannot be analysed. Load the page again, and try once more.");
}

/** Enable or disable the buttons; a button that had the focus gets it again. */
function enable(canRecord, canChoose = canRecord) {
  if (!canRecord) view.focused = document.activeElement;
  at("record").disabled = !canRecord;
  at("file").disabled = !canChoose;
  if (canRecord && document.activeElement === document.body) view.focused?.focus();
}

async function start() {
  enable(false);
  try {
    view.recorder = await record(onSound);
  } catch (error) {
    fail(error);
    enable(true);
    return;
  }
  onSound(0, 0);
  at("recording").hidden = false;
  at("record").dataset.recording = "";
  enable(true, false);
  present("working", () => card(sign("waiting"), say("Recording")));
}

function onSound(level, seconds) {
  at("level").style.setProperty("--share", level);
  at("clock").textContent = `0:${String(Math.floor(seconds)).padStart(2, "0")}`;
  if (seconds >= MAX_SECONDS) stop();
}

function stop() {
  const recorder = view.recorder;
  if (!recorder) return;
  Object.assign(view, {recorder: null, hasRecorded: true});
  at("recording").hidden = true;
  delete at("record").dataset.recording;
  analyse(async () => ({wave: await recorder.stop(), isCut: false}));
}

/** Analyse the first file; one that comes while the model is loaded or a recording is analysed has to wait. */
function take([file]) {
  if (!file || view.recorder) return;
  if (at("file").disabled) view.next = file;
  else analyse(() => read(file));
}

function takeNext() {
  const file = view.next;
  view.next = null;
  take([file]);
}

/** Let the service worker keep all files; without it, as in some private windows, the page needs the network. */
async function keep() {
  try {
    const {installing} = await navigator.serviceWorker.register("sw.js");
    if (!installing) return;
    await new Promise((done) => {
      const look = () => { if (["activated", "redundant"].includes(installing.state)) done(); };
      installing.addEventListener("statechange", look);
      look();
    });
  } catch (error) {
    console.warn(error);
  }
}

function listen({data: {number, failure, facts, prediction, milliseconds}}) {
  if (number) {
    const {resolve, reject} = waiting.get(number);
    waiting.delete(number);
    if (failure) reject(new Error(failure));
    else resolve({prediction, milliseconds});
  } else if (failure) {
    console.error(failure);
    problem("The model cannot be loaded. Load the page again; if that does not help, try another browser or free some memory.");
  } else {
    Object.assign(view, {facts, isReady: true, isOffline: Boolean(navigator.serviceWorker?.controller)});
    enable(true);
    present("waiting", () => card(sign("waiting"), say("Speak to see a prediction"), say("Record about three seconds, choose a file, or drop one anywhere on this page.")));
    takeNext();
  }
}

async function begin() {
  const isKept = Boolean(navigator.serviceWorker?.controller);
  view.facts = await fetch("model.json").then((one) => one.json()).catch(() => null);
  const size = Math.round((view.facts?.bytes ?? 0) / 1e6);
  present("working", () => card(sign("working"), say("Loading the model"), !isKept && size && say("{size} MB, only the first time", {size})));
  await keep();
  worker = new Worker("worker.js", {type: "module"});
  worker.onmessage = listen;
  worker.onerror = (event) => listen({data: {failure: event.message || "worker.js cannot be loaded"}});
}

at("record").addEventListener("click", () => view.recorder ? stop() : start());
at("file").addEventListener("change", ({target}) => {
  take([...target.files]);
  target.value = ""; // so that the same file can be chosen again
});
for (const one of document.querySelectorAll("[data-language]")) {
  one.addEventListener("click", () => { choose(one.dataset.language); write(); });
}
for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    document.body.toggleAttribute("data-dropping", type === "dragenter" || type === "dragover");
    if (type === "drop") take([...event.dataTransfer.files]);
  });
}
begin();
