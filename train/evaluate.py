"""The command `emotion-hf evaluate`."""

import sys

from emotion_hf.cli.evaluate import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
