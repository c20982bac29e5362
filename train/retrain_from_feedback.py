"""The command `emotion-hf retrain`."""

import sys

from emotion_hf.cli.retrain import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
