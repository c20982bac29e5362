"""Make ``import torchaudio`` work with a torch that its compiled part was not built for.

torchaudio's Linux wheel is linked against CUDA. With a CPU-only torch its import raises ``OSError``, and because
transformers imports torchaudio whenever it is installed, ``from transformers import pipeline`` fails too. The compiled
part contains only RNN-T loss, forced alignment and CTC decoding; resampling, spectrograms and masking are plain torch.
So if only that part cannot be loaded, torchaudio works without it.

``import emotion_hf`` sets this up without importing anything; every later import of torchaudio benefits.
``emotion-hf doctor --fix`` repairs the installation itself, which also helps processes that do not run our code.

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
    """Make an import of torchaudio work without its compiled part if that cannot be loaded."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds torchaudio's extension like Python does, and tolerates a failing import."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec of the module ``name``, if it is the extension."""
        spec = PathFinder.find_spec(name, path, target) if name == EXTENSION else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Import the extension; if it fails, provide what torchaudio 2.11 needs: a flag, a loader, a decorator."""
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
        raise RuntimeError(f"{function.__name__} needs torchaudio's compiled part, which was built for another torch.")

    return fail
