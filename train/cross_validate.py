"""The command `emotion-hf cross-validate`.

python -m train.cross_validate cnn svm --data ravdess=DIR --folds ravdess --seeds 3 --keep
"""

import sys

from emotion_hf.cli.cross_validate import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
