"""Make ``import torchaudio`` work beside a torch that its compiled part was not built for.

torchaudio's Linux wheel is linked against CUDA. Beside a CPU-only torch its import raises ``OSError``, and
because transformers imports torchaudio whenever it is installed, ``from transformers import pipeline`` dies
with it. The compiled part holds only RNN-T loss, forced alignment and CTC decoding; resampling, spectrograms
and masking are plain torch. So if that part alone cannot be loaded, torchaudio goes on without it.

``import emotion_hf`` sets this up and imports nothing for it; whatever imports torchaudio later is helped.
``emotion-hf doctor --fix`` mends the installation itself, which also helps processes that do not run our code.

Example:
    >>> ensure_torchaudio()
    >>> import torchaudio.functional
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

EXTENSION = "torchaudio._extension"


def ensure_torchaudio() -> None:
    """See to it that an import of torchaudio does without its compiled part if that cannot be loaded."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds torchaudio's extension as Python does, and lets its import fail."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how to import the module ``name``, if it is the extension."""
        spec = PathFinder.find_spec(name, path, target) if name == EXTENSION else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Import the extension; if it fails, put in what torchaudio 2.11 asks of it: a flag, a loader, a decorator."""
        try:
            super().exec_module(module)
        except (OSError, RuntimeError):  # a missing CUDA library, or another CUDA version than torch's
            vars(module).update(
                _IS_TORCHAUDIO_EXT_AVAILABLE=False,
                _load_lib=lambda name: False,
                fail_if_no_align=_unavailable,
            )


def _unavailable(function: Callable) -> Callable:
    def fail(*args, **kwargs):
        raise RuntimeError(f"{function.__name__} needs torchaudio's compiled part, which fits another build of torch.")

    return fail
