"""Files that lie beside the package in a clone and inside it once installed: the recipes, and the model card template.

Example:
    >>> "whisper" in recipe_names()
    True
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CLONE = _PACKAGE.parent
_INSTALLED = _PACKAGE / "installed_files"
"""Made when the wheel is built; see pyproject.toml."""

RECIPES = _INSTALLED / "recipes" if _INSTALLED.is_dir() else _CLONE / "train" / "recipes"
MODEL_CARD = (_INSTALLED if _INSTALLED.is_dir() else _CLONE) / "model_card.md"


def recipe_names() -> list[str]:
    """Return the names of the recipes that ship, which commands accept instead of a file."""
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))
