"""``python -m emotion_hf.cli``, the same as ``emotion-hf``."""

from emotion_hf.cli import main

main()
