"""Make ``import torchaudio`` work beside a torch that its compiled part was not built for.

torchaudio's Linux wheel is linked against CUDA. Beside a CPU-only torch its import raises ``OSError``, and
because transformers imports torchaudio whenever it is installed, ``from transformers import pipeline`` dies
with it. The compiled part holds only RNN-T loss, forced alignment and CTC decoding; resampling, spectrograms
and masking are plain torch. So: only if the import fails, a stand-in says that there is no compiled part.

``emotion-hf doctor --fix`` mends the installation itself, which also helps processes that do not run our code.

Example:
    >>> ensure_torchaudio()  # before the first import of transformers
    >>> import torchaudio.functional
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

logger = logging.getLogger(__name__)

EXTENSION = "torchaudio._extension"


def ensure_torchaudio() -> None:
    """Import torchaudio, without its compiled part if that cannot be loaded."""
    try:
        import_module("torchaudio")
    except (OSError, RuntimeError) as error:  # a missing CUDA library, or another CUDA version than torch's
        logger.debug("torchaudio's compiled part cannot be loaded, going on without it: %s", error)
        _import_without_extension()


def _import_without_extension() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        del sys.modules[name]
    sys.modules[EXTENSION] = stand_in = _stand_in()
    import_module("torchaudio")._extension = stand_in  # type: ignore[attr-defined]


def _stand_in() -> ModuleType:
    """Return a module with all that torchaudio 2.11 asks of its extension: a flag, a loader and a decorator."""
    module = ModuleType(EXTENSION, "Says that torchaudio has no compiled part.")
    vars(module).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _load_lib=lambda name: False,
        fail_if_no_align=_unavailable,
    )
    return module


def _unavailable(function: Callable) -> Callable:
    def fail(*args, **kwargs):
        raise RuntimeError(f"{function.__name__} needs torchaudio's compiled part, which fits another build of torch.")

    return fail
