// The page's words. The English text is the key; German is shown if the browser's first language is German.

import {GERMAN} from "./german.js";

const CHOICE = "emotion_hf_language"; // in the browser's storage
let session = null; // the choice, also where the browser stores nothing

/** Return the language: the visitor's choice, else the browser's, `en` or `de`. */
export function language() {
  return chosen() ?? (navigator.language.toLowerCase().startsWith("de") ? "de" : "en");
}

/** Keep the visitor's choice, if the browser allows it. */
export function choose(code) {
  session = code;
  try { localStorage.setItem(CHOICE, code); } catch { /* it holds until the page is closed */ }
}

/** Return a text in the current language, with its {names} replaced by values. */
export function say(text, values = {}) {
  const said = language() === "de" ? GERMAN[text] ?? text : text;
  return said.replace(/{(\w+)}/g, (_, name) => typeof values[name] === "number" ? number(values[name]) : values[name]);
}

/** Return a number as the language writes it. */
export function number(value, digits = undefined) {
  const fixed = digits === undefined ? {maximumFractionDigits: 2} : {minimumFractionDigits: digits, maximumFractionDigits: digits};
  return value.toLocaleString(language(), fixed);
}

/** Return a share as a percentage. */
export const percent = (share, digits = 0) => `${number(100 * share, digits)}\u00a0%`;

function chosen() {
  if (session) return session;
  try { return localStorage.getItem(CHOICE); } catch { return null; }
}
