// Shows a prediction: the emotion, how sure the model is, and the probability of each emotion.
// The limits are those of emotion_hf/prediction.py and emotion_hf/app/answer.py.

import {percent, say} from "./words.js";
import {WHOLE_SECONDS} from "./windows.js";

const HIGH_PERCENT = 70, MEDIUM_PERCENT = 50, CLOSE_MARGIN = 0.15;
const STRONG_INTENSITY = 2 / 3, MODERATE_INTENSITY = 1 / 3, WITHOUT_INTENSITY = "neutral", SHORT_SECONDS = 1;

/** Return an element with a class, texts and other elements. */
export function element(tag, kind = "", ...content) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...content);
  return made;
}

/** Return a picture, which the export wrote into model.json. */
function picture(svg) {
  const template = document.createElement("template");
  template.innerHTML = svg;
  return template.content;
}

/** Return the content of a card: pictures, a heading, and paragraphs, each a text or an element. */
export function card(pictures, heading, ...paragraphs) {
  const faces = element("p", "faces", ...pictures.flatMap((svg) => [picture(svg), " "]));
  const shown = paragraphs.filter(Boolean).map((one) => typeof one === "string" ? element("p", "", one) : one);
  return [faces, ...(heading ? [element("h2", "", heading)] : []), ...shown];
}

/** Return the content of the card for an answer, {prediction, seconds, milliseconds, isCut}. */
export function answerCard(facts, {prediction, seconds, milliseconds, isCut}) {
  const cutNote = isCut && say("Only the first 30 seconds of this recording were used.");
  if (!prediction) {
    const advice = say("This recording contains no voice. Speak closer to the microphone, or choose another recording.");
    return card([facts.signs["no speech"]], say("No speech detected"), advice, cutNote);
  }
  const time = Math.round(milliseconds / 10) / 100;
  const end = [
    cutNote,
    seconds > WHOLE_SECONDS && say("The answer is the mean over the recording; emotions may change within it."),
    seconds < SHORT_SECONDS && say("This recording is very short. Two to five seconds of speech say more."),
    say("{seconds} seconds of audio, analysed in {time} s; model: {model}", {seconds: Math.round(10 * seconds) / 10, time, model: facts.name}),
  ];
  const best = candidates(facts, prediction);
  if (prediction.isUnsure) {
    const closest = best.map(({label, score}) => `${say(label)} ${percent(score)}`).join(say(" or "));
    return card([facts.signs["not sure"]], say("Not sure"), `${say("No emotion stands out. Closest:")} ${closest}`, ...end);
  }
  const heading = capital(best.map(({label}) => say(label)).join(say(" or ")));
  return card(best.map(({label}) => facts.faces[label].svg), heading, meaning(facts, prediction, best[0].label), confidence(best[0].score), ...end);
}

/** Return the table of all probabilities, the most probable first. */
export function scoresTable(facts, prediction) {
  const head = element("thead", "", element("tr", "", element("th", "", say("Emotion")), element("th", "", say("Probability"))));
  const rows = ranked(facts, prediction).map(({label, score}) => {
    const name = element("th", "", picture(facts.faces[label].svg), ` ${say(label)}`), bar = element("span", "bar");
    name.scope = "row";
    bar.style.setProperty("--score", score);
    bar.setAttribute("aria-hidden", "true");
    const row = element("tr", "", name, element("td", "", bar, element("span", "percent", percent(score, 1))));
    Object.assign(row.dataset, {label, score});
    return row;
  });
  return element("table", "", element("caption", "", say("Probability of each emotion")), head, element("tbody", "", ...rows));
}

function ranked(facts, {scores}) {
  return facts.labels.map((label, at) => ({label, score: scores[at]})).sort((one, other) => other.score - one.score);
}

function candidates(facts, prediction) {
  const best = ranked(facts, prediction).slice(0, 2);
  return best.length === 2 && best[0].score - best[1].score > CLOSE_MARGIN ? best.slice(0, 1) : best;
}

function confidence(score) {
  const shown = Math.round(100 * score);
  const word = shown >= HIGH_PERCENT ? "high" : shown >= MEDIUM_PERCENT ? "medium" : "low";
  return element("p", `confidence ${word}`, `${say("Confidence:")} `, element("b", "", say(word)), `, ${percent(score)}`);
}

function meaning(facts, {intensity}, label) {
  const words = [facts.faces[label].mood].filter(Boolean).map((mood) => say(mood));
  if (intensity !== null && label !== WITHOUT_INTENSITY) {
    const strength = intensity >= STRONG_INTENSITY ? "strongly" : intensity >= MODERATE_INTENSITY ? "moderately" : "mildly";
    words.push(say(`expressed ${strength}`));
  }
  return capital(words.join(", "));
}

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
