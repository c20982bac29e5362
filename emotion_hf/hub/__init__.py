"""Publishing on the Hub: a model with its code and card, corrections with consent, and the page as a Space.

Example:
    >>> push_model(Path("runs/default"), "me/emotions").url  # doctest: +SKIP
    'https://huggingface.co/me/emotions'
"""

from emotion_hf.hub.card import render_card

__all__ = ["render_card"]
