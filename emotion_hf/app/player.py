"""What the sound panel does in the browser: seek, follow the playback, choose a band, by pointer or keyboard.

The panel triggers the event ``select`` with the number of the chosen band.
"""

ON_LOAD = """
const audio = () => element.querySelector("audio");
const panel = () => element.querySelector(".sound");
const bands = () => [...element.querySelectorAll(".band")];
const seek = (seconds) => {
  const player = audio();
  if (player) player.currentTime = seconds;
};
const choose = (band) => {
  for (const other of bands()) {
    other.setAttribute("aria-selected", other === band);
    other.tabIndex = other === band ? 0 : -1;
  }
  seek(Number(band.dataset.start));
  trigger("select", {number: Number(band.dataset.number)});
};
element.addEventListener("click", (event) => {
  const band = event.target.closest(".band");
  const scrub = event.target.closest(".scrub");
  if (band) choose(band);
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
  const seconds = Number(panel().dataset.seconds);
  element.querySelector(".playhead").style.left = `${100 * Math.min(player.currentTime / seconds, 1)}%`;
  for (const band of bands()) {
    const is = Number(band.dataset.start) <= player.currentTime && player.currentTime < Number(band.dataset.end);
    if (is) band.setAttribute("aria-current", "true"); else band.removeAttribute("aria-current");
  }
};
for (const name of ["timeupdate", "seeked", "loadedmetadata"]) element.addEventListener(name, follow, true);
"""
"""Media events do not bubble, so they are caught on their way down."""

PLAY_MOMENTS = """
element.addEventListener("click", (event) => {
  const moment = event.target.closest("[data-seek]");
  const player = document.querySelector("#sound audio");
  if (!moment || !player) return;
  const until = Number(moment.dataset.until || Infinity);
  const pause = () => {
    if (player.currentTime < until && !player.paused) return;
    player.removeEventListener("timeupdate", pause);
    if (player.currentTime >= until) player.pause();
  };
  player.currentTime = Number(moment.dataset.seek);
  player.play().then(() => player.addEventListener("timeupdate", pause));
});
"""
"""Buttons of another panel play moments of the sound panel's recording."""
