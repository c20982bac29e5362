"""What the desk does in the browser: follow changes, warn, switch the view, take dropped recordings, and play.

`WARN` belongs to an element that is there whatever tab is open. It waits for the next change at the route
``desk/changes`` with one long request after the other, because a browser slows down the timers of a page in the
background, and then asks for the callers again by the event ``input``. The number of open alarms stands in the title
of the browser's tab and beside the name of the page's tab. `SHOW` belongs to the callers, `TAKE` sends recordings,
and `PLAY` plays calls in one player, which no change of the page interrupts.
"""

WARN = """
const AFTER_ERROR_MILLISECONDS = 3000, MARK_MILLISECONDS = 1000;
const state = () => element.querySelector("[data-change]")?.dataset ?? {change: 0, alarms: 0};
const title = document.title.replace(/^\\(\\d+\\) /, "");
let alarms = null, sound = null;
const beep = () => {
  if (!sound) return;
  for (const [at, hertz] of [[0, 660], [0.18, 880]]) {
    const tone = sound.createOscillator(), volume = sound.createGain(), start = sound.currentTime + at;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
    tone.connect(volume).connect(sound.destination);
    tone.start(start);
    tone.stop(start + 0.17);
  }
};
const badge = (node, count) => count ? node?.setAttribute("data-alarms", count) : node?.removeAttribute("data-alarms");
const mark = () => {
  const count = Number(state().alarms), tab = document.getElementById("desk-tab-button");
  badge(tab, count);
  badge(document.querySelector(".overflow-menu > button"), tab ? 0 : count);  // it hides the tab on a narrow screen
};
const warn = () => {
  const count = Number(state().alarms);
  document.title = count ? `(${count}) ${title}` : title;
  mark();
  if (alarms !== null && count > alarms) beep();
  alarms = count;
};
warn();
watch("value", warn);
setInterval(mark, MARK_MILLISECONDS);  // Gradio moves the tab into its menu and back in its own time
document.addEventListener("change", ({target}) => {
  if (!target.matches?.(".desk-sound")) return;
  sound?.close();
  sound = target.checked ? new AudioContext() : null;
  beep();
});
const follow = async () => {
  let after = Number(state().change);
  while (element.isConnected) {
    try {
      const answer = await fetch(`desk/changes?after=${after}`, {cache: "no-store"});
      if (!answer.ok) throw new Error(answer.status);
      const {number} = await answer.json();
      if (number !== after) trigger("input", {number});
      after = number;
      delete document.body.dataset.lost;
    } catch {
      document.body.dataset.lost = "";
      await new Promise((resolve) => setTimeout(resolve, AFTER_ERROR_MILLISECONDS));
      after = 0;  // whatever changed meanwhile is shown
    }
  }
};
follow();
"""

_LAND = """
const land = (caller, looks = 30) => {  // the panel appears beside the callers, or above them on a phone
  const who = document.querySelector(`.desk-who[data-who="${caller}"]`);
  if (who?.getClientRects().length) who.focus();
  else if (looks) setTimeout(land, 100, caller, looks - 1);
};
"""

SHOW = (
    _LAND
    + """
const local = () => {
  const today = new Date().toDateString();
  for (const time of document.querySelectorAll("#desk time")) {
    const at = new Date(time.dateTime);
    const day = at.toDateString() === today ? {} : {day: "numeric", month: "short"};
    const shown = {hour: "2-digit", minute: "2-digit", ...day};
    const text = at.toLocaleString(document.documentElement.lang, shown);
    if (time.textContent !== text) time.textContent = text;
  }
};
local();
new MutationObserver(local).observe(document.getElementById("desk"), {childList: true, subtree: true,
  characterData: true});

const VIEW = "emotion-hf-desk-view", tools = document.getElementById("desk-tools");
const view = (name) => {
  element.dataset.view = name;
  for (const button of tools.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", button.dataset.view === name);
  }
  try { localStorage.setItem(VIEW, name); } catch {}
};
let chosen = "cards";
try { chosen = localStorage.getItem(VIEW) ?? chosen; } catch {}
view(chosen === "list" ? "list" : "cards");
tools.addEventListener("click", ({target}) => {
  const button = target.closest("[data-view]");
  if (button) view(button.dataset.view);
});
element.addEventListener("click", ({target}) => {
  const card = target.closest("[data-open]");
  if (!card) return;
  trigger("select", {caller: Number(card.dataset.open)});
  land(card.dataset.open);
});
"""
)

PLAY = """
const audio = element.querySelector("audio"), name = element.querySelector(".desk-playing");
let until = Infinity, id = "";
const play = async ({play, start, end, name: caller}) => {
  if (id !== play) {
    id = play;
    audio.src = `desk/recordings/${play}`;
  }
  name.textContent = caller;
  element.firstElementChild.hidden = false;
  until = Number(end ?? Infinity);
  const from = Number(start);
  if (audio.readyState) audio.currentTime = from;
  else audio.addEventListener("loadedmetadata", () => { audio.currentTime = from; }, {once: true});
  await audio.play().catch(() => {});  // another choice came before the sound
};
document.getElementById("desk").addEventListener("click", ({target}) => {
  const button = target.closest("[data-play]"), band = target.closest(".band");
  const line = band?.closest("[data-of]");
  if (button) play(button.dataset);
  else if (line) play({...band.dataset, play: line.dataset.of, name: line.dataset.name});
});
audio.addEventListener("timeupdate", () => {
  if (audio.currentTime < until) return;
  audio.pause();
  until = Infinity;
});
audio.addEventListener("seeking", () => { if (audio.currentTime >= until) until = Infinity; });
element.addEventListener("click", ({target}) => {
  if (!target.closest(".desk-close")) return;
  audio.pause();
  element.firstElementChild.hidden = true;
});
"""

TAKE = """
const file = element.querySelector("input"), state = element.querySelector("output");
const desk = document.getElementById("desk");
const waiting = [];
let isSending = false;
const deliver = (one, place) => new Promise((resolve, reject) => {
  const form = new FormData(), request = new XMLHttpRequest();
  form.append("files", one, one.name);
  request.open("POST", "gradio_api/upload");
  request.upload.onprogress = ({loaded, total}) => {
    state.textContent = `${place} ${one.name}, ${Math.floor(100 * loaded / total)} %`;
  };
  request.onload = () => {
    if (request.status === 200) resolve(JSON.parse(request.responseText)[0]);
    else reject(new Error(request.responseText));
  };
  request.onerror = () => reject(new Error());
  request.send(form);
});
const isBusy = () => isSending || Boolean(document.querySelector("#desk-taking [data-busy]"));
const next = async () => {
  if (!waiting.length || isBusy()) return;
  isSending = true;
  const {files, caller} = waiting.shift();
  const sent = [];
  for (const [index, one] of files.entries()) {
    try {
      sent.push({name: one.name, at: one.lastModified, ticket: await deliver(one, `${index + 1} / ${files.length}:`)});
    } catch (error) {
      sent.push({name: one.name, problem: error.message});
    }
  }
  state.textContent = "";
  trigger("upload", {files: sent, caller});
  setTimeout(() => { isSending = false; }, 1000);  // by then the first progress is shown
};
setInterval(next, 300);
const add = (files, caller = null) => {
  if (files.length) waiting.push({files, caller});
  if (isBusy()) state.textContent = "…";
  next();
};
file.addEventListener("change", () => {
  add([...file.files]);
  file.value = "";
});
desk.addEventListener("click", ({target}) => { if (target.closest(".desk-drop button")) file.click(); });
for (const name of ["dragover", "dragleave", "drop"]) desk.addEventListener(name, (event) => {
  const zone = event.target.closest?.(".desk-drop, [data-caller]:is(li.desk-caller)");
  if (!zone || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.stopPropagation();
  zone.classList.toggle("is-target", name === "dragover");
  if (name === "drop") add([...event.dataTransfer.files], zone.dataset.caller ? Number(zone.dataset.caller) : null);
});
"""
"""Recordings are dropped on the place for them or on a caller, or chosen with a button."""

COPY = """
element.addEventListener("click", async ({target}) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const text = [...element.querySelectorAll("blockquote > span")].find((one) => one.getClientRects().length);
  await navigator.clipboard.writeText((text ?? element.querySelector("blockquote")).textContent);
  button.dataset.copy = "done";
});
"""

OPEN_CALLS = (
    _LAND
    + """
element.addEventListener("click", ({target}) => {
  const row = target.closest("[data-call]");
  if (!row || target.closest("[data-play]")) return;
  trigger("select", {call: Number(row.dataset.call), caller: Number(row.dataset.caller)});
  if (!row.closest("#desk-panel")) land(row.dataset.caller);
});
"""
)
"""Rows of calls: a click opens the call in its caller's panel."""
