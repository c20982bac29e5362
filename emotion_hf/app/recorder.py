"""Get a recording from the visitor: by microphone, from a file, by dropping one anywhere, or a synthesised sample.

Gradio's recorder leaves the browser's noise suppression and gain control on, compresses the sound, and does nothing
visible if the microphone is refused. This one records uncompressed sound as it is, shows the level and the time, and
explains how to allow the microphone. It sends one event, ``upload``, with the tickets of the files (see
`emotion_hf/app/uploads.py`), or ``select`` with the name of a sample.

Example:
    >>> 'class="record"' in recorder_html(most_seconds=60)
    True
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from emotion_hf.app.edge import sent_by, sent_files
from emotion_hf.app.uploads import find
from emotion_hf.app.words import both
from emotion_hf.decoding import DECODABLE_EXTENSIONS
from emotion_hf.errors import AudioError
from emotion_hf.samples import SAMPLES

SENTENCES = (
    "The parcel is on the table by the door.",
    "They are coming back at seven this evening.",
    "I left the keys where you told me to.",
)
SAMPLE_NAMES = {"slow": "Slow", "quick": "Quick", "high": "High"}
MOST_FILES = 20
BYTES_PER_SECOND = 96_000
"""Uncompressed 16-bit sound at 48 kHz, the highest rate that browsers usually record."""


def recorder_html(most_seconds: float) -> str:
    """Return the recorder.

    Args:
        most_seconds: Longest recording by microphone.
    """
    sentences = "".join(f"<li><q>{both(line)}</q></li>" for line in SENTENCES)
    samples = "".join(
        f'<button type="button" data-sample="{sample.name}">{both(SAMPLE_NAMES[sample.name])}</button>'
        for sample in SAMPLES
    )
    accepted = ",".join(["audio/*", "video/*", *DECODABLE_EXTENSIONS])
    return (
        f'<div class="recorder" data-state="idle" data-most-seconds="{most_seconds:.0f}"><div class="controls">'
        f'<button type="button" class="record"><span class="dot"></span><span class="if-idle">{both("Record")}</span>'
        f'<span class="if-recording">{both("Stop")}</span><span class="if-used">{both("Record again")}</span></button>'
        f'<button type="button" class="choose">{both("Choose a file")}</button>'
        f'<input type="file" accept="{accepted}" multiple hidden></div>'
        f'<p class="state"><span class="meter" aria-hidden="true"><i></i></span><output class="time">0:00</output>'
        f'<span class="name" role="status"></span></p>'
        f'<div class="start"><p>{both("Say one of these sentences in a happy, angry, fearful or sad voice:")}</p>'
        f'<ul>{sentences}</ul><p class="samples">{both("Or try a synthesised voice:")} {samples}</p></div>'
        f"{_help()}</div>"
    )


def files_of(event: gr.EventData, folder: Path) -> list[tuple[str, str]]:
    """Return path and name of each recording that an event of the recorder brings.

    Args:
        event: The event ``upload`` or ``select``.
        folder: Folder of the uploads.

    Raises:
        AudioError: There are none, or too many, or one was not uploaded.
    """
    data = sent_by(event)
    if "sample" in data:
        found = [(str(one.path), f"{one.name}.ogg") for one in SAMPLES if one.name == data["sample"]]
    else:
        files = sent_files(event)
        tickets = [(str(one.get("ticket")), str(one.get("name"))[:200]) for one in files]
        found = [(str(find(ticket, folder)), name) for ticket, name in tickets]
    if not 1 <= len(found) <= MOST_FILES:
        raise AudioError(f"There are {len(found)} recordings; choose from 1 to {MOST_FILES} at once.")
    return found


def _help() -> str:
    """Return the cards that explain why there is no recording; one of them is shown when needed."""
    denied = "".join(
        f"<li>{both(line)}</li>"
        for line in (
            "Chrome and Edge: click the icon to the left of the address, and switch on the microphone.",
            "Firefox: click the crossed-out microphone to the left of the address, and remove the block.",
            "Safari: choose Safari, Settings for this website, and allow the microphone.",
            "On a phone, also check that the browser itself may use the microphone, in the phone's settings.",
        )
    )
    missing = both("Connect one, or choose a file instead.")
    dead = "Check the microphone. Firefox also needs a sound output, so connect headphones or speakers."
    insecure = both("Browsers allow it only on https:// pages and on this computer. Choose a file instead.")
    return (
        f'<div class="help" data-help="denied" role="alert" hidden><h3>{both("The microphone is not allowed")}</h3>'
        f"<ul>{denied}</ul><p>{both('Then record again, or choose a file instead.')}</p></div>"
        f'<div class="help" data-help="missing" role="alert" hidden><h3>{both("No microphone was found")}</h3>'
        f"<p>{missing}</p></div>"
        f'<div class="help" data-help="insecure" role="alert" hidden>'
        f"<h3>{both('The microphone cannot be used at this address')}</h3><p>{insecure}</p></div>"
        f'<div class="help" data-help="dead" role="alert" hidden><h3>{both("No sound arrives")}</h3>'
        f"<p>{both(dead)}</p>"
        f"<p>{both('Then record again, or choose a file instead.')}</p></div>"
        f'<div class="help" data-help="short" role="alert" hidden>'
        f"<h3>{both('Nothing was recorded')}</h3><p>{both('Record at least half a second.')}</p></div>"
        f'<div class="help" data-help="refused" role="alert" hidden>'
        f"<h3>{both('The file was not sent')}</h3><p class='why'></p></div>"
        f'<div class="help" data-help="unreachable" role="alert" hidden>'
        f"<h3>{both('The server cannot be reached')}</h3><p>{both('Check your connection, then try again.')}</p></div>"
        f'<div class="drop" hidden><p>{both("Drop the recording to analyse it")}</p></div>'
    )


ON_LOAD = """
const NO_SOUND_MILLISECONDS = 3000;
const root = element.querySelector(".recorder");
const find = (selector) => root.querySelector(selector);
const record = find(".record"), file = find("input"), drop = find(".drop");
const state = (name) => { root.dataset.state = name; };
const help = (name, why) => {
  for (const card of root.querySelectorAll(".help")) card.hidden = card.dataset.help !== name;
  if (why) find("[data-help=refused] .why").textContent = why;
};
const name = (text) => { find(".name").textContent = text; };
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const deliver = (one) => new Promise((resolve, reject) => {
  const form = new FormData(), request = new XMLHttpRequest();
  form.append("files", one, one.name);
  request.open("POST", "gradio_api/upload");
  request.upload.onprogress = ({loaded, total}) => {
    if (loaded < total) name(`${one.name}, ${Math.floor(100 * loaded / total)} %`);
  };
  request.onload = () => {
    if (request.status === 200) resolve(JSON.parse(request.responseText)[0]);
    else reject(new Error(request.responseText));
  };
  request.onerror = () => reject(new Error());
  request.send(form);
});
const send = async (files) => {
  if (!files.length || root.dataset.state === "sending") return;
  help(null);
  state("sending");
  try {
    const sent = [];
    for (const one of files) sent.push({ticket: await deliver(one), name: one.name});
    name(files.length > 1 ? `${files[0].name} + ${files.length - 1}` : files[0].name);
    trigger("upload", {files: sent});
  } catch (error) {
    name("");
    help(error.message ? "refused" : "unreachable", error.message);
  }
  state("used");
};

let microphone = null;  // {stream, context, chunks, samples, begun}
const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([channels]) {
    if (channels[0]) this.port.postMessage(channels[0].slice());
    return true;
  }
});`;
const wav = (chunks, samples, rate) => {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples));
  const text = (at, word) => [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * samples, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, 2 * samples, true);
  let at = 44;
  for (const chunk of chunks) for (const sample of chunk) { view.setInt16(at, sample, true); at += 2; }
  return new File([view], "recording.wav", {type: "audio/wav"});
};
const hear = (samples) => {
  const chunk = new Int16Array(samples.length);
  let power = 0;
  for (let index = 0; index < samples.length; index++) {
    chunk[index] = Math.max(-1, Math.min(samples[index], 1)) * 32767;
    power += samples[index] ** 2;
  }
  microphone.chunks.push(chunk);
  microphone.samples += chunk.length;
  const seconds = microphone.samples / microphone.context.sampleRate;
  microphone.level = Math.max(microphone.level * 0.9, Math.sqrt(power / samples.length));
  const decibels = 20 * Math.log10(microphone.level + 1e-9);
  find(".meter i").style.width = `${Math.max(0, Math.min(100, 100 + decibels / 0.6))}%`;  // from -60 dB
  find(".time").textContent = clock(seconds);
  if (seconds >= Number(root.dataset.mostSeconds)) stop();
};
const start = async () => {
  help(null);
  if (!navigator.mediaDevices?.getUserMedia) return help("insecure");
  state("asking");
  try {
    const asIs = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
    const stream = await navigator.mediaDevices.getUserMedia({audio: asIs});
    const context = new AudioContext();
    microphone = {stream, context, chunks: [], samples: 0, level: 0};
    const code = URL.createObjectURL(new Blob([TAP], {type: "text/javascript"}));
    await context.audioWorklet.addModule(code);
    URL.revokeObjectURL(code);
    const mono = {numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit"};
    const tap = new AudioWorkletNode(context, "tap", mono);
    tap.port.onmessage = ({data}) => { if (microphone) hear(data); };
    context.createMediaStreamSource(stream).connect(tap);
    context.resume();  // Firefox may start it suspended
    setTimeout(() => {
      if (microphone?.context !== context || microphone.samples) return;
      close();
      state("idle");
      help("dead");
    }, NO_SOUND_MILLISECONDS);
    name("");
    state("recording");
  } catch (error) {
    close();
    state("idle");
    help(error.name === "NotFoundError" ? "missing" : "denied");
  }
};
const close = () => {
  const closed = microphone;
  microphone = null;
  closed?.stream.getTracks().forEach((track) => track.stop());
  closed?.context.close();
  return closed;
};
const stop = () => {
  const {chunks, samples, context} = close();
  state("idle");
  if (samples < context.sampleRate / 2) return help("short");
  send([wav(chunks, samples, context.sampleRate)]);
};

record.addEventListener("click", () => {
  if (root.dataset.state === "recording") stop();
  else if (!["asking", "sending"].includes(root.dataset.state)) start();
});
find(".choose").addEventListener("click", () => file.click());
file.addEventListener("change", () => { send([...file.files]); file.value = ""; });
root.addEventListener("click", ({target}) => {
  const sample = target.closest("[data-sample]");
  if (!sample) return;
  help(null);
  name(sample.innerText);
  state("used");
  trigger("select", {sample: sample.dataset.sample});
});

document.addEventListener("click", ({target}) => {  // the name belongs to the recording that was sent last
  if (target.closest("[data-open], #clear") && root.dataset.state === "used") name("");
});

let depth = 0;
const isFile = (event) => event.dataTransfer?.types.includes("Files") && !event.target.closest?.(".your-voice");
const onDrag = (event, change) => {
  if (!isFile(event)) return;
  event.preventDefault();
  depth = Math.max(0, depth + change);
  drop.hidden = depth === 0;
};
document.addEventListener("dragenter", (event) => onDrag(event, 1));
document.addEventListener("dragleave", (event) => onDrag(event, -1));
document.addEventListener("dragover", (event) => onDrag(event, 0));
document.addEventListener("drop", (event) => {
  if (!isFile(event)) return;
  event.preventDefault();
  depth = 0;
  drop.hidden = true;
  document.querySelector("[role=tab]")?.click();
  send([...event.dataTransfer.files]);
});
"""

CSS = """
.recorder { display: grid; gap: .75rem; padding: 1rem; border-radius: var(--radius-lg);
  background: var(--block-background-fill); border: 1px solid var(--border-color-primary); }
.recorder .controls { display: flex; flex-wrap: wrap; gap: .5rem; }
.recorder button { margin: 0; border-radius: var(--radius-lg); padding: .6rem 1rem;
  border: 1px solid var(--border-color-primary);
  background: var(--background-fill-secondary); color: var(--body-text-color); font-weight: 600; }
.recorder button:hover { border-color: currentColor; }
#recorder .record { display: inline-flex; align-items: center; gap: .6rem; flex: 1 1 auto; justify-content: center;
  background: var(--button-primary-background-fill); color: #fff; border-color: transparent; }
#recorder .record * { color: inherit; }
.recorder .dot { width: .9rem; height: .9rem; border-radius: 50%; background: currentColor; }
#recorder [data-state=recording] .record { background: #b91c1c; }
.recorder[data-state=recording] .dot { border-radius: 2px; }
.recorder:not([data-state=idle], [data-state=asking], [data-state=sending]) .if-idle,
.recorder:not([data-state=recording]) .if-recording, .recorder:not([data-state=used]) .if-used { display: none; }
.recorder .state { display: flex; align-items: center; gap: .75rem; margin: 0; min-height: 1.5rem; }
.recorder[data-state=idle] .state { display: none; }
.recorder:not([data-state=recording]) :is(.meter, .time) { display: none; }
.recorder .meter { flex: 1; height: .6rem; border-radius: 999px; overflow: hidden;
  background: var(--background-fill-secondary); box-shadow: inset 0 0 0 1px var(--border-color-primary); }
.recorder .meter i { display: block; width: 0; height: 100%; background: #b91c1c; transition: width 80ms linear; }
.recorder .time { font-variant-numeric: tabular-nums; }
.recorder .name { color: var(--body-text-color-subdued); overflow-wrap: anywhere; }
.recorder .start p { margin: .25rem 0; }
.recorder .start ul { margin: 0; padding-left: 1.25rem; }
.recorder:is([data-state=used], [data-state=sending]) .start > :not(.samples) { display: none; }
.recorder .samples { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .5rem; }
.recorder .samples button { padding: .25rem .75rem; font-weight: 500; }
.recorder .help { padding: .75rem 1rem; border-radius: var(--radius-md); border: 1px solid var(--border-color-primary);
  background: var(--background-fill-secondary); }
.recorder .help h3 { margin: 0 0 .25rem; font-size: 1rem; }
.recorder .help p { margin: .25rem 0 0; } .recorder .help ul { margin: 0; padding-left: 1.25rem; }
.recorder .drop { position: fixed; inset: 0; z-index: 1000; display: grid; place-items: center; pointer-events: none;
  background: color-mix(in srgb, var(--body-background-fill) 80%, transparent); outline: 4px dashed var(--primary-600);
  outline-offset: -1rem; font-size: 1.5rem; font-weight: 600; }
.recorder .drop[hidden] { display: none; }
"""
