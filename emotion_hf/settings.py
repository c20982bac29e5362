"""What the operator can set, read from the environment here and nowhere else.

Example:
    >>> Settings.from_environment({"EMOTION_HF_MAX_SECONDS": "60"}).max_seconds
    60.0
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from emotion_hf.errors import SettingsError

PREFIX = "EMOTION_HF_"
SPACE = "SPACE_ID"
"""The Hub sets this variable in every Space."""


@dataclass(frozen=True)
class Settings:
    """Values of one running program; every field can be set as ``EMOTION_HF_<FIELD>``.

    Attributes:
        model: Folder or Hub id of the model; empty means the one that ships. A promoted version takes its place.
        trust_remote_code: Run code that a named Hub model brings along.
        data_dir: Where corrections and temporary files live.
        max_seconds: Longest recording accepted, in seconds.
        max_upload_megabytes: Largest upload accepted by the page.
        history_seconds: How long the page keeps a voice for replay; an hour at most.
        host: Address the page listens on.
        port: Port the page listens on; 0 takes any free one.
        allow_saving: Whether corrections can be saved; by default not on a Space without ``feedback_repo``, for a
            Space forgets its disk.
        feedback_repo: Private data set on the Hub that keeps the corrections of a page whose disk is forgotten.
        review: Whether the page has the tab Review, where whoever opens it hears saved recordings: not for the public.
        models: Folder of the model's versions; empty means ``models`` in ``data_dir``.
        retraining: Whether the page has the tab Models, where whoever opens it trains and switches versions: not for
            the public.
        retraining_data: What the model was trained on, ``NAME=DIR NAME=DIR``, for a retraining that the page starts;
            without it no new version may answer.
        max_corrections: How many corrections the page keeps in all; 0 for any number.
        max_corrections_per_client: How many corrections one session may save within 24 hours; 0 for any number.
    """

    model: str = ""
    trust_remote_code: bool = False
    data_dir: Path = Path("data")
    max_seconds: float = 600.0
    max_upload_megabytes: int = 100
    history_seconds: int = 3600
    host: str = "127.0.0.1"
    port: int = 7860
    allow_saving: bool = True
    feedback_repo: str = ""
    review: bool = False
    models: str = ""
    retraining: bool = False
    retraining_data: str = ""
    max_corrections: int = 20_000
    max_corrections_per_client: int = 200

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read settings from ``environ`` (default: the process's own).

        Raises:
            SettingsError: A variable is unknown or its value has the wrong form.
        """
        environ = os.environ if environ is None else environ
        known = {PREFIX + field.name.upper(): field for field in fields(cls)}
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise SettingsError(f"Unknown variable {unknown[0]}; the known ones are {', '.join(sorted(known))}.")
        values = {known[name].name: _convert(name, known[name].default, value) for name, value in given.items()}
        if SPACE in environ and not values.get("feedback_repo"):
            values.setdefault("allow_saving", False)
        return cls(**values)

    @property
    def feedback_dir(self) -> Path:
        """Folder of the corrections, a ``datasets`` audiofolder."""
        return self.data_dir / "feedback"

    @property
    def models_dir(self) -> Path:
        """Folder of the model's versions."""
        return Path(self.models) if self.models else self.data_dir / "models"


def _convert(name: str, default: Any, value: str) -> Any:
    if isinstance(default, bool):
        if value.lower() not in _BOOLEANS:
            raise SettingsError(f"{name} is {value!r}; use one of {', '.join(_BOOLEANS)}.")
        return _BOOLEANS[value.lower()]
    kind = type(default) if not isinstance(default, Path) else Path
    try:
        converted: Any = kind(value)
    except ValueError as error:
        raise SettingsError(f"{name} is {value!r}; it must be of type {kind.__name__}.") from error
    if kind in (int, float) and not converted >= 0:  # NaN is not either: as a limit it would let everything pass
        raise SettingsError(f"{name} is {value!r}; it must be 0 or more.")
    if name in _LARGEST and converted > _LARGEST[name]:
        raise SettingsError(f"{name} is {value!r}; it must be at most {_LARGEST[name]}.")
    return converted


_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_LARGEST = {f"{PREFIX}PORT": 65_535, f"{PREFIX}HISTORY_SECONDS": 3_600}
