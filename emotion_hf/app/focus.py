"""Keep the keyboard's place when the control that was used disappears.

Gradio hides and replaces buttons, and the browser's focus then falls to the page as a whole. This script moves it to
the nearest element with ``data-landing`` instead, which also brings the outcome into view, on phones too.
"""

LANDING = 'data-landing tabindex="-1"'
"""The attributes of such an element."""
KEEP_FOCUS = """
const CONTROL = "button, input, a, summary, [tabindex]", LANDING = "[data-landing]", LOOK_MILLISECONDS = 150;
let used = null;  // the control that was used last, and the elements around it
const isShown = (one) => one.isConnected && !one.disabled && one.getClientRects().length > 0;
const note = ({target}) => {
  const control = target.closest?.(CONTROL);
  if (!control) return;
  const around = [];
  for (let one = control.parentElement; one; one = one.parentElement) around.push(one);
  used = {control, around};
};
for (const name of ["focusin", "click"]) document.addEventListener(name, note, true);
document.addEventListener("pointerdown", ({target}) => { if (!target.closest?.(CONTROL)) used = null; }, true);
setInterval(() => {
  if (!used || document.activeElement !== document.body || isShown(used.control)) return;
  for (const one of used.around) {
    if (!isShown(one)) continue;
    const landing = [...one.querySelectorAll(LANDING)].find(isShown);
    if (landing) return landing.focus();
  }
}, LOOK_MILLISECONDS);
"""

CSS = "[data-landing]:focus:not(:focus-visible) { outline: none; }"
