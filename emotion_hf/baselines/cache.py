"""Cache features on disk by content: the same samples with the same settings are analysed only once.

Each clip's features are one `.npy` file, named after the SHA-256 of its samples, in a folder named after that of the
settings. Files are complete or absent, so several processes can share a folder; a damaged file is written again.

Example:
    >>> features = CachedFeatures(EngineeredFeatures(), Path("cache"))  # doctest: +SKIP
    >>> features([wave]).shape  # doctest: +SKIP
    (1, 1200)
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from emotion_hf.baselines.features import Features
from emotion_hf.disk import writing
from emotion_hf.errors import SettingsError


class CachedFeatures:
    """Features that are looked up in a folder before they are computed.

    Attributes:
        settings, names, groups: Those of the features.
    """

    def __init__(self, features: Features, folder: Path):
        """Cache `features` in `folder`.

        Raises:
            SettingsError: The folder cannot be written.
        """
        self.settings, self.names, self.groups = features.settings, features.names, features.groups
        self._features = features
        self._folder = folder / _digest(json.dumps(dict(features.settings), sort_keys=True).encode())[:16]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"Features cannot be cached in {folder} ({error.strerror}); use another folder."
            ) from error

    def __call__(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return the features of each wave, shape `(waves, features)`."""
        return self.changed(waves, "", lambda same: same)

    def changed(self, waves: Sequence[np.ndarray], how: str, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return the features of changed waves, shape `(waves, features)`.

        Features that are not cached yet are computed together.

        Args:
            waves: Mono float32.
            how: Complete description of the change.
            change: The change; it is called only for waves whose features are not cached.
        """
        waves = [np.ascontiguousarray(wave, dtype=np.float32) for wave in waves]
        paths = [self._path(wave, how) for wave in waves]
        found = {path: values for path in paths if (values := self._read(path)) is not None}
        new = {path: change(wave) for path, wave in zip(paths, waves, strict=True) if path not in found}
        if new:
            for path, values in zip(new, self._features([*new.values()]), strict=True):
                self._write(path, values)
                found[path] = values
        return np.stack([found[path] for path in paths])

    def count(self, waves: Sequence[np.ndarray], how: str = "") -> int:
        """Return the number of waves whose features are cached; `how` is as in `changed`."""
        return sum(self._path(np.ascontiguousarray(wave, dtype=np.float32), how).is_file() for wave in waves)

    def _path(self, wave: np.ndarray, how: str) -> Path:
        return self._folder / f"{_digest(wave.tobytes() + how.encode())}.npy"

    def _read(self, path: Path) -> np.ndarray | None:
        try:
            values = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):  # missing or truncated
            return None
        return values if values.shape == (len(self.names),) and values.dtype == np.float32 else None

    def _write(self, path: Path, values: np.ndarray) -> None:
        with writing(path):
            part = path.with_name(f"{path.stem}-{os.getpid()}-{threading.get_ident()}.part")
            try:
                with part.open("wb") as file:
                    np.save(file, values, allow_pickle=False)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
