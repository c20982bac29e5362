"""CORRECTIONS.md, made from the figures of `benchmarks.corrections`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.kept import table
from emotion_hf.evaluation.wording import points
from emotion_hf.training.progress import spoken

GAIN, LOSS = 0.10, -0.01
"""Requirements in UA: the least gain on uncorrected voices, and the largest loss on the original test."""
UNCORRECTED = "uncorrected voices"


def document(stories: Mapping[str, Mapping[str, Any]]) -> str:
    """Return CORRECTIONS.md, from the figures of each shifted corpus."""
    return "\n".join(
        [INTRODUCTION, *(_section(name, figures) for name, figures in sorted(stories.items(), reverse=True))]
    )


INTRODUCTION = """# Corrections from start to end

This benchmark corrects the page's predictions for clips of an unseen corpus, limited to the telephone's band. Then it
retrains, promotes, shares and rolls back the model. The gate measures both models in half precision if this is
faster on the machine, so its UA on the original test may differ by a few clips from that of `emotion-hf evaluate`.
"""


def _again(shuffled: Mapping[str, Any]) -> str:
    return f", in {spoken(shuffled['seconds'])}, because their embeddings are cached" if "seconds" in shuffled else ""


def _section(name: str, figures: Mapping[str, Any]) -> str:
    corrected, retrained, shuffled = (figures[step] for step in ("corrected", "retrained", "shuffled"))
    held_out, shared, back = (figures[step] for step in ("held_out", "shared", "taken_back"))
    return f"""## {name}

Made by `{figures["command"]}` ({figures["date"]}), on the CPU, with the defaults of the retraining.

Requirements: the new model gains at least {points(GAIN)} points of UA on uncorrected voices and loses at most
{points(-LOSS)} on the original test; the gate accepts it, and refuses a model trained with shuffled labels.
**{_verdict(figures["reached"])}**

1. **Correct:** {corrected["clips"]} clips of {_voices(corrected["voices"])} over the page's API. The predictions of
   {figures["base"]} were right for {corrected["right_before"]} of them.
2. **Retrain**, in {spoken(retrained["seconds"])}. The gate's decision: "{retrained["sentence"]}"
3. **Promote** while the page runs: its predictions then come from {figures["promoted"]["page_answers_with"]}.
4. **Share** with a local Hub: {len(shared["model_files"])} files of the model, {shared["published_corrections"]}
   corrections, and a Space of {shared["space_files"]} files. A process without this package downloads the model; its
   scores differ from the page's by at most {shared["largest_difference"]:.1g}.
5. **Roll back** with one command: the predictions come from {back["page_answers_with"]} again, and the scores differ
   from the first ones by at most {back["largest_difference"]:.1g}.
6. **Retrain with shuffled labels** for the same clips{_again(shuffled)}. The gate's decision: "{shuffled["sentence"]}"

### Before and after

The first row is not part of the gate: its voices have no corrections.{_optimistic(corrected["voices"])}

{_table([{**held_out, "clips": UNCORRECTED}, *retrained["findings"]])}

### With shuffled labels

{_table(shuffled["findings"])}
"""


def _optimistic(voices: int) -> str:
    same_voice = " All corrections are of one voice, so the held-out corrections are also of this voice (optimistic)."
    return same_voice if voices == 1 else ""


def _verdict(is_reached: bool) -> str:
    return "All requirements are met." if is_reached else "Not all requirements are met."


def _table(findings: Sequence[Mapping[str, Any]]) -> str:
    head = ("set of clips", "size", "UA before", "UA after", "points gained", "95 % interval", "p", "passed")
    return table(head, [*map(_line, findings)])


def _line(one: Mapping[str, Any]) -> tuple[str, ...]:
    value, low, high = (one["difference"][name] for name in ("value", "low", "high"))
    interval = "too few voices" if low is None else f"{points(low)} to {points(high)}"
    p = "not tested" if one["p"] is None else f"{one['p']:.3f}"
    passed = {None: "", True: "yes", False: "no"}[one.get("passed")]
    figures = (f"{one['old_ua']:.3f}", f"{one['new_ua']:.3f}", points(value), interval, p)
    return (one["clips"], f"{one['count']} clips, {_voices(one['speakers'])}", *figures, passed)


def _voices(count: int) -> str:
    return "1 voice" if count == 1 else f"{count} voices"
