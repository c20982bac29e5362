// Computes beside the page, so that it stays responsive: loads the model and the speech gate, and answers recordings.

import {env, InferenceSession, Tensor} from "./runtime.js";
import {CONTEXT, cut, FRAME, frames, isSilent, overall, RATE, segments, WHOLE_SECONDS} from "./windows.js";

const STATE = 128; // size of the gate's state
const OPTIONS = {executionProviders: ["wasm"], graphOptimizationLevel: "all"};
const loaded = load();

async function load() {
  const [facts, binary] = await Promise.all([fetch("model.json").then(checked).then((one) => one.json()), unpacked("runtime.bin")]);
  env.wasm.numThreads = 1; // more need headers that a simple server does not send
  env.wasm.wasmBinary = binary;
  const gate = await InferenceSession.create(await unpacked("speech.bin"), OPTIONS);
  const model = await InferenceSession.create(await unpacked("model.bin"), OPTIONS);
  return {facts, gate, model};
}

function checked(response) {
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response;
}

async function unpacked(name) {
  const {body} = checked(await fetch(name));
  return new Uint8Array(await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

async function evidence(wave) {
  const rows = frames(wave), empty = new Float32Array(STATE), shape = [1, 1, STATE];
  const input = new Tensor("float32", rows, [rows.length / (CONTEXT + FRAME), CONTEXT + FRAME]);
  const {gate} = await loaded;
  const answer = await gate.run({input, h: new Tensor("float32", empty, shape), c: new Tensor("float32", empty, shape)});
  return answer.evidence.data;
}

async function spoken(wave) {
  return isSilent(wave) ? [] : segments(await evidence(wave), wave.length / RATE);
}

/** Return the prediction for a wave of up to WHOLE_SECONDS; null without speech. */
async function predict(wave) {
  if (!(await spoken(wave)).length) return null;
  const {facts, model} = await loaded;
  const waves = new Tensor("float32", wave, [1, wave.length]);
  const lengths = new Tensor("int64", BigInt64Array.of(BigInt(wave.length)), [1]);
  const answer = await model.run({waves, lengths});
  const scores = Array.from(answer.probabilities.data);
  const intensity = answer.intensities ? answer.intensities.data[0] : null;
  return {scores, intensity, seconds: wave.length / RATE, isUnsure: Math.max(...scores) < facts.notSureBelow};
}

async function recognise(wave) {
  const seconds = wave.length / RATE;
  if (seconds <= WHOLE_SECONDS) return predict(wave);
  const predictions = [];
  for (const [start, end] of cut(await spoken(wave), seconds)) {
    const one = await predict(wave.slice(Math.round(start * RATE), Math.round(end * RATE)));
    if (one) predictions.push(one);
  }
  return predictions.length ? overall(predictions) : null;
}

onmessage = async ({data: {number, wave}}) => {
  try {
    const start = performance.now(), prediction = await recognise(wave);
    postMessage({number, prediction, milliseconds: performance.now() - start});
  } catch (error) {
    postMessage({number, failure: String(error)});
  }
};

loaded.then(({facts}) => postMessage({facts}), (error) => postMessage({failure: String(error)}));
