"""Whether `datasets` can decode sound here: torchcodec is a package, FFmpeg's libraries come from the system."""

import pytest


def _works() -> bool:
    try:
        import torchcodec.decoders  # noqa: F401
    except (ImportError, OSError, RuntimeError):
        return False
    return True


needs_ffmpeg = pytest.mark.skipif(not _works(), reason="FFmpeg's libraries, which datasets' Audio needs, are missing")
