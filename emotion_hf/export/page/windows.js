// Where speech is, how a recording is cut into windows, and what their predictions amount to.
// These are the computations of emotion_hf/speech.py and emotion_hf/timeline/; tests compare the two.

export const RATE = 16_000;
export const WHOLE_SECONDS = 8; // a recording up to this long is scored in one piece
export const FRAME = 512, CONTEXT = 64; // samples: a frame, and the end of the last one before it
const LEVEL = 10 ** (-30 / 20), SILENCE_PEAK = 1e-4;
const WORD_FRAMES = 16, MAX_PAUSE_FRAMES = 10, LAG_FRAMES = 2, FRAME_SECONDS = FRAME / RATE;
const WINDOW_SECONDS = 4, STEP_SECONDS = 2, LONGER_THAN_WINDOW = 1.5;
const PAUSE_SECONDS = 0.5, MARGIN_SECONDS = 0.3, SHORTEST_SECONDS = 1;

/** Return the frames of a wave at the level that the speech gate needs, one row after the other. */
export function frames(wave) {
  const mean = wave.reduce((sum, one) => sum + one, 0) / wave.length;
  const power = wave.reduce((sum, one) => sum + (one - mean) ** 2, 0) / wave.length;
  const gain = LEVEL / Math.max(Math.sqrt(power), 1e-12);
  const count = Math.ceil(wave.length / FRAME), width = CONTEXT + FRAME;
  const padded = new Float32Array(CONTEXT + count * FRAME);
  for (let at = 0; at < wave.length; at++) padded[CONTEXT + at] = Math.max(-1, Math.min(1, (wave[at] - mean) * gain));
  const rows = new Float32Array(count * width);
  for (let row = 0; row < count; row++) rows.set(padded.subarray(row * FRAME, row * FRAME + width), row * width);
  return rows;
}

/** Return whether a wave has only silence, except for a constant offset. */
export function isSilent(wave) {
  const mean = wave.reduce((sum, one) => sum + one, 0) / wave.length;
  return !wave.some((one) => Math.abs(one - mean) >= SILENCE_PEAK);
}

/** Return the segments with speech, [start, end] in seconds, from the gate's evidence for each frame. */
export function segments(evidence, seconds) {
  const size = Math.min(WORD_FRAMES, evidence.length), spoken = new Array(evidence.length).fill(false);
  for (let start = 0; start + size <= evidence.length; start++) {
    const span = evidence.subarray(start, start + size);
    if (span.reduce((sum, one) => sum + one, 0) < 0) continue;
    span.forEach((one, at) => { if (one >= 0) spoken[start + at] = true; });
  }
  const joined = [];
  spoken.forEach((isSpoken, at) => {
    if (!isSpoken) return;
    const last = joined.at(-1);
    if (last && at - last[1] <= MAX_PAUSE_FRAMES) last[1] = at + 1;
    else joined.push([at, at + 1]);
  });
  return joined.map(([start, end]) =>
    [Math.max(0, start - LAG_FRAMES) * FRAME_SECONDS, Math.min(end * FRAME_SECONDS, seconds)]);
}

/** Return the windows, [start, end] in seconds, for segments with speech. */
export function cut(found, seconds) {
  const stretches = [];
  for (const [start, end] of found) {
    const last = stretches.at(-1);
    if (last && start - last[1] <= PAUSE_SECONDS) last[1] = end;
    else stretches.push([start, end]);
  }
  return stretches.flatMap(([start, end], at) => {
    const lowest = at ? (stretches[at - 1][1] + start) / 2 : 0;
    const highest = at + 1 < stretches.length ? (end + stretches[at + 1][0]) / 2 : seconds;
    const margin = Math.max(MARGIN_SECONDS, (SHORTEST_SECONDS - (end - start)) / 2);
    return parts(Math.max(lowest, start - margin), Math.min(highest, end + margin));
  });
}

function parts(start, end) {
  if (end - start <= WINDOW_SECONDS * LONGER_THAN_WINDOW) return [[start, end]];
  const steps = Math.ceil((end - start - WINDOW_SECONDS) / STEP_SECONDS);
  const step = (end - start - WINDOW_SECONDS) / steps;
  return Array.from({length: steps + 1}, (_, at) => [start + at * step, start + at * step + WINDOW_SECONDS]);
}

/** Return the mean of predictions, {scores, intensity, seconds, isUnsure}, weighted with their length. */
export function overall(predictions) {
  const total = predictions.reduce((sum, one) => sum + one.seconds, 0);
  const unsure = predictions.reduce((sum, one) => sum + (one.isUnsure ? one.seconds : 0), 0);
  const scores = predictions[0].scores.map((_, label) =>
    predictions.reduce((sum, one) => sum + one.scores[label] * one.seconds / total, 0));
  const known = predictions.map((one) => one.intensity).filter((one) => one !== null);
  const intensity = known.length ? known.reduce((sum, one) => sum + one, 0) / known.length : null;
  return {scores, intensity, isUnsure: unsure > total / 2};
}
