"""Draw which groups of features matter to a baseline.

Example:
    >>> picture = importance_picture({"pitch": Importance(0.05, 0.01, 16)})
    >>> picture.savefig("importance.png")  # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from matplotlib.figure import Figure as Picture

from emotion_hf.baselines.importance import Importance
from emotion_hf.disk import writing
from emotion_hf.evaluation.plots import BLUE, DPI, GREY


def write_importance(importance: Mapping[str, Importance], folder: Path) -> None:
    """Write the importance of each group of features as `importance.json` and `importance.png` into `folder`.

    Raises:
        WriteError: The files cannot be written.
    """
    plain = {group: asdict(one) for group, one in importance.items()}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "importance.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
        importance_picture(importance).savefig(folder / "importance.png", dpi=DPI)


def importance_picture(importance: Mapping[str, Importance]) -> Picture:
    """Draw the loss in points of UA when each group is shuffled, the first at the top, with the deviation."""
    picture = Picture(figsize=(6.6, 1.5 + 0.3 * len(importance)), layout="constrained")
    axes = picture.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    names = [f"{group} ({one.features})" for group, one in importance.items()]
    drops, deviations = [one.drop for one in importance.values()], [one.deviation for one in importance.values()]
    axes.barh(names, drops, xerr=deviations, color=BLUE, ecolor=GREY, capsize=3)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.invert_yaxis()
    axes.set(xlabel="UA lost when the group is shuffled", title="Importance of features (number of features)")
    return picture
