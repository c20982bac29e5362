"""Keep the keyboard's place when the control that was used disappears.

Gradio hides and replaces buttons, and the browser's focus then falls to the page as a whole. This script moves it to
the nearest element with ``data-landing`` instead, which also brings the outcome into view, on phones too.
"""

LANDING = 'data-landing tabindex="-1"'
"""The attributes of such an element."""
KEEP_FOCUS = """
const CONTROL = "button, input, a, summary, [tabindex]", LANDING = "[data-landing]";
const LOOK_MILLISECONDS = 150, LOOKS = 20;
let used = null;  // the control that was used last, and the elements around it
let landed = null, looks = 0;  // Gradio may hide the control before it shows the outcome: a nearer one is still taken
const isShown = (one) => one.isConnected && !one.disabled && one.getClientRects().length > 0;
const note = ({target}) => {
  const control = target.closest?.(CONTROL);
  if (!control || control === landed) return;
  const around = [];
  for (let one = control.parentElement; one; one = one.parentElement) around.push(one);
  used = {control, around};
};
const nearest = () => {
  for (const one of used.around) {
    const landing = isShown(one) && [...one.querySelectorAll(LANDING)].find(isShown);
    if (landing) return landing;
  }
};
for (const name of ["focusin", "click"]) document.addEventListener(name, note, true);
document.addEventListener("pointerdown", ({target}) => { if (!target.closest?.(CONTROL)) used = null; }, true);
setInterval(() => {
  if (!used || isShown(used.control)) return;
  const lost = document.activeElement === document.body;
  if (lost) looks = LOOKS;
  else if (document.activeElement !== landed || --looks < 0) return;
  const landing = nearest();
  if (!landing || landing === document.activeElement) return;
  landed = landing;
  landing.focus();
}, LOOK_MILLISECONDS);
"""

CSS = "[data-landing]:focus:not(:focus-visible) { outline: none; }"
