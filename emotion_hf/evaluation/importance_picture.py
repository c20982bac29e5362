"""Picture of which groups of features matter to a baseline.

Example:
    >>> picture = importance_picture({"pitch": Importance(0.05, 0.01, 16)})
    >>> picture.savefig("importance.png")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure as Picture

from emotion_hf.baselines.importance import Importance
from emotion_hf.evaluation.plots import BLUE, GREY


def importance_picture(importance: Mapping[str, Importance]) -> Picture:
    """Draw how many points of UA are lost when each group is shuffled, the first at the top, with the deviation."""
    picture = Picture(figsize=(6.6, 1.5 + 0.3 * len(importance)), layout="constrained")
    axes = picture.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    names = [f"{group} ({one.features})" for group, one in importance.items()]
    drops, deviations = [one.drop for one in importance.values()], [one.deviation for one in importance.values()]
    axes.barh(names, drops, xerr=deviations, color=BLUE, ecolor=GREY, capsize=3)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.invert_yaxis()
    axes.set(xlabel="UA lost when the group is shuffled", title="Which features matter (how many there are)")
    return picture
