"""What the sound panel does in the browser: seek, follow the playback, choose a band, by pointer or keyboard.

The panel triggers the event ``select`` with the number of the chosen band.
"""

ON_LOAD = """
const audio = () => element.querySelector("audio");
const panel = () => element.querySelector(".sound");
const bands = () => [...element.querySelectorAll(".band")];
const LOOKS = 10;
let until = Infinity;  // where to pause
const play = ({start, end}) => {
  seek(Number(start));
  until = Number(end);
  audio()?.play().catch(() => {});  // another choice came before the sound
};
const seek = (seconds) => {
  until = Infinity;
  const player = audio();
  if (player) player.currentTime = seconds;
};
const choose = (band) => {
  for (const other of bands()) {
    other.setAttribute("aria-selected", other === band);
    other.tabIndex = other === band ? 0 : -1;
  }
  play(band.dataset);
  trigger("select", {number: Number(band.dataset.number)});
  offerQuestion(LOOKS);
};
const question = () => document.querySelector("#truth .choices");
const offerQuestion = (looks) => {  // the question may be far below, or appear a moment later
  const isBelow = question()?.getBoundingClientRect().top > innerHeight;
  element.querySelector(".to-question").hidden = !isBelow;
  if (!isBelow && looks) setTimeout(offerQuestion, 200, looks - 1);
};
element.addEventListener("click", (event) => {
  const band = event.target.closest(".band");
  const scrub = event.target.closest(".scrub");
  const part = event.target.closest("[data-band]");
  if (band) choose(band);
  else if (part) choose(bands()[Number(part.dataset.band)]);
  else if (event.target.closest(".to-question")) {
    question()?.scrollIntoView({block: "center"});
    question()?.querySelector("[tabindex='0']").focus({preventScroll: true});
  }
  else if (scrub) {
    const box = scrub.getBoundingClientRect();
    seek(Number(panel().dataset.seconds) * (event.clientX - box.left) / box.width);
  }
});
element.addEventListener("keydown", (event) => {
  const all = bands();
  const at = all.indexOf(event.target.closest?.(".band"));
  const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1}[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const band = all[Math.max(0, Math.min(to, all.length - 1))];
  band.focus();
  for (const other of all) other.tabIndex = other === band ? 0 : -1;
});
const follow = () => {
  const player = audio();
  if (!player || !panel()) return;
  if (player.currentTime >= until) {
    player.pause();
    until = Infinity;
  }
  const seconds = Number(panel().dataset.seconds);
  element.querySelector(".playhead").style.left = `${100 * Math.min(player.currentTime / seconds, 1)}%`;
  for (const band of bands()) {
    const is = Number(band.dataset.start) <= player.currentTime && player.currentTime < Number(band.dataset.end);
    if (is) band.setAttribute("aria-current", "true"); else band.removeAttribute("aria-current");
  }
};
element.addEventListener("part", ({detail}) => play(detail));
for (const name of ["timeupdate", "seeked", "loadedmetadata"]) element.addEventListener(name, follow, true);
"""
"""Choosing a band plays it to its end. Media events do not bubble, so they are caught on their way down."""

PLAY_MOMENTS = """
element.addEventListener("click", (event) => {
  const moment = event.target.closest("[data-seek]");
  const player = document.querySelector("#sound audio");
  if (!moment || !player) return;
  const part = {start: moment.dataset.seek, end: moment.dataset.until ?? Infinity};
  player.dispatchEvent(new CustomEvent("part", {detail: part, bubbles: true}));
});
"""
"""Buttons of another panel play moments of the sound panel's recording: it plays each ``part`` that it is told."""
