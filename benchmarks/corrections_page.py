"""CORRECTIONS.md, made from the figures of `benchmarks.corrections`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.kept import table
from emotion_hf.evaluation.wording import points
from emotion_hf.training.progress import spoken

GAIN, LOSS = 0.10, -0.01
"""What is asked for, in UA: so much better on voices that nobody corrected, and no more lost on the original test."""


def document(stories: Mapping[str, Mapping[str, Any]]) -> str:
    """Return CORRECTIONS.md, from the figures of each shifted corpus."""
    return "\n".join(
        [INTRODUCTION, *(_told(name, figures) for name, figures in sorted(stories.items(), reverse=True))]
    )


INTRODUCTION = """# Corrections, all the way

A page is corrected on clips of a corpus that the model never heard, through the telephone's band; the model is
retrained, judged, shared and taken back.
"""


def _told(name: str, figures: Mapping[str, Any]) -> str:
    corrected, retrained, shuffled = (figures[step] for step in ("corrected", "retrained", "shuffled"))
    held_out, shared, back = (figures[step] for step in ("held_out", "shared", "taken_back"))
    asked = f"at least {points(GAIN)} points better on voices that were not corrected, at most {points(-LOSS)} lost"
    return f"""## {name}

Made by `{figures["command"]}` ({figures["date"]}), on the CPU, with the retraining's defaults. Asked for: {asked} on
the original test; the gate lets it answer, and refuses shuffled labels. **{_said(figures["reached"])}**

1. **Corrected.** {corrected["clips"]} clips of {_voices(corrected["voices"])}, over the page's API;
   {figures["base"]} was right on {corrected["right_before"]} of them.
2. **Retrained** in {spoken(retrained["seconds"])}. {retrained["sentence"]}
3. **Promoted** while the page ran: it answered with {figures["promoted"]["page_answers_with"]}.
4. **Shared** with a Hub on this machine: {len(shared["model_files"])} files of the model,
   {shared["published_corrections"]} corrections, a Space of {shared["space_files"]} files. A process without this
   package downloaded the model; its scores and the page's differ by {shared["largest_difference"]:.0e} at most.
5. **Taken back** by one command: {back["page_answers_with"]} answered again, its scores
   {back["largest_difference"]:.0e} from the first ones at most.
6. **Shuffled labels**, the same clips: {shuffled["sentence"]}

### Before and after

The first row is not the gate's: voices of which nothing was corrected.{_optimistic(corrected["voices"])}

{_table([held_out, *retrained["findings"]])}

### With shuffled labels

{_table(shuffled["findings"])}
"""


def _optimistic(voices: int) -> str:
    return " As one voice was corrected, held out are other recordings of it: optimistic." if voices == 1 else ""


def _said(is_reached: bool) -> str:
    return "All of it was reached." if is_reached else "Not all of it was reached."


def _table(findings: Sequence[Mapping[str, Any]]) -> str:
    head = ("clips", "of", "UA before", "after", "points", "95 % interval", "p", "passed")
    return table(head, [*map(_line, findings)])


def _line(one: Mapping[str, Any]) -> tuple[str, ...]:
    difference, low, high = (points(one["difference"][name]) for name in ("value", "low", "high"))
    passed = {None: "", True: "yes", False: "no"}[one.get("passed")]
    figures = (f"{one['old_ua']:.3f}", f"{one['new_ua']:.3f}", difference, f"{low} to {high}", f"{one['p']:.3f}")
    return (one["clips"], f"{one['count']} clips, {_voices(one['speakers'])}", *figures, passed)


def _voices(count: int) -> str:
    return "1 voice" if count == 1 else f"{count} voices"
