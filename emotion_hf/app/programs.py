"""How to use this page from other programs: examples that work as they stand, with this page's own address.

Example:
    >>> "curl -F file=@clip.wav ADDRESS/v1/classify" in programs_html()
    True
"""

from __future__ import annotations

from html import escape

from emotion_hf.app.words import both

PYTHON = """import httpx

with open("clip.wav", "rb") as clip:
    answer = httpx.post("ADDRESS/v1/classify", files={"file": clip}, timeout=600)
print(answer.json())"""
SHELL = """curl -F file=@clip.wav ADDRESS/v1/classify"""
ON_LOAD = """
const address = new URL(".", location.href).href.replace(/\\/$/, "");
for (const code of element.querySelectorAll("code")) {
  code.textContent = code.textContent.replaceAll("ADDRESS", address);
}
element.addEventListener("click", async ({target}) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
  button.dataset.copy = "done";
});
"""


def programs_html() -> str:
    """Return the examples, Python and a shell, and a link to the description of the whole API."""
    examples = "".join(
        f'<div class="program"><h3>{name}</h3><pre tabindex="0"><code>{escape(code)}</code></pre>'
        f'<button type="button" data-copy=""><span class="copy">{both("Copy")}</span>'
        f'<span class="copied">{both("Copied")}</span></button></div>'
        for name, code in (("Python", PYTHON), ("Shell", SHELL))
    )
    more = both("Everything else that programs can do: timelines, voices, live sound")
    return f'{examples}<p><a href="docs" target="_blank">{more}</a></p>'


CSS = """
.program { position: relative; min-width: 0; contain: inline-size; }
.program h3 { margin: .5rem 0 .25rem; font-size: 1rem; }
.program pre { overflow-x: auto; padding: .75rem; border-radius: var(--radius-md); font-size: .85rem;
  background: var(--background-fill-secondary); border: 1px solid var(--border-color-primary); }
.program code { background: none; border: 0; padding: 0; white-space: pre; }
.program button { position: absolute; top: 0; right: 0; margin: 0; padding: .25rem .75rem; min-height: 24px;
  border-radius: var(--radius-md); border: 1px solid var(--border-color-primary);
  background: var(--background-fill-primary); color: inherit; }
.program button:not([data-copy=done]) .copied, .program button[data-copy=done] .copy { display: none; }
"""
