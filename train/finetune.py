"""The command `emotion-hf train`, also for `accelerate launch -m train.finetune`."""

import sys

from emotion_hf.cli.train import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
