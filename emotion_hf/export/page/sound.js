// Gets recordings in the form that the model takes, mono at 16 kHz, from the microphone or from a file.

import {RATE} from "./windows.js";

export const MAX_SECONDS = 30, MIN_SECONDS = 0.3;
const MAX_BYTES = 200_000_000; // a browser decodes the whole file in memory

/** What went wrong, as a text of words.js with its values. */
export class SoundError extends Error {
  constructor(text, values = {}) {
    super(text);
    this.values = values;
  }
}

/** Return the wave of a file, and whether only its beginning is used. */
export async function read(file) {
  if (file.size > MAX_BYTES) throw new SoundError("This file is larger than 200 MB; choose a shorter recording.");
  let sound;
  try {
    sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new SoundError("The browser cannot read this file as a recording; choose another one, such as WAV, MP3 or M4A.");
  }
  const wave = new Float32Array(Math.min(sound.length, MAX_SECONDS * RATE));
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const samples = sound.getChannelData(channel);
    for (let at = 0; at < wave.length; at++) wave[at] += samples[at] / sound.numberOfChannels;
  }
  return {wave: longEnough(wave), isCut: sound.length > wave.length};
}

/**
 * Record with the microphone.
 * @param onSound is called with the level, from 0 to 1, and the seconds so far.
 * @returns a recorder; its `stop()` returns the wave.
 */
export async function record(onSound) {
  const stream = await microphone();
  const context = new AudioContext(), chunks = [];
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    return context.close();
  };
  try {
    await context.audioWorklet.addModule("capture.js");
    await context.resume();
  } catch (error) {
    await close();
    throw error;
  }
  const capture = new AudioWorkletNode(context, "capture", {numberOfOutputs: 0});
  let count = 0;
  capture.port.onmessage = ({data}) => {
    chunks.push(data);
    count += data.length;
    onSound(level(data), count / context.sampleRate);
  };
  context.createMediaStreamSource(stream).connect(capture);
  return {
    async stop() {
      const rate = context.sampleRate;
      await close();
      return longEnough(await resampled(chunks, count, rate));
    },
  };
}

async function microphone() {
  if (!navigator.mediaDevices) throw new SoundError("Browsers allow the microphone only on pages that are served over HTTPS or from localhost.");
  const asIs = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
  try {
    return await navigator.mediaDevices.getUserMedia({audio: asIs});
  } catch ({name}) {
    if (name === "NotAllowedError") throw new SoundError("The microphone is not allowed. Allow it for this page in the browser's settings, or choose a file.");
    throw new SoundError("No microphone can be used. Connect one, close other programs that use it, or choose a file.");
  }
}

async function resampled(chunks, count, rate) {
  if (!count) throw new SoundError("No sound arrived. Check the microphone, and record again.");
  const context = new OfflineAudioContext(1, Math.ceil(count * RATE / rate), RATE);
  const buffer = context.createBuffer(1, count, rate), samples = buffer.getChannelData(0);
  let at = 0;
  for (const chunk of chunks) {
    samples.set(chunk, at);
    at += chunk.length;
  }
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0).slice(0, MAX_SECONDS * RATE);
}

function longEnough(wave) {
  const seconds = wave.length / RATE;
  if (seconds < MIN_SECONDS) throw new SoundError("The recording is {seconds} s long; record at least {least} s.", {seconds, least: MIN_SECONDS});
  return wave;
}

/** Return the level of samples on a scale of decibels: 0 at -60 dB and below, 1 at full scale. */
function level(samples) {
  const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
  return Math.max(0, Math.min(1, 1 + Math.log10(Math.max(power, 1e-12)) / 6));
}
