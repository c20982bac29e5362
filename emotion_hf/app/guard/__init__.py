"""The guard in front of the page: every request passes through it before Gradio sees anything.

Gradio mounts routes that this page does not need, answers to every host name and origin, and limits neither requests
nor bytes. The guard decides what may pass; ``guard.py`` has the order of its checks.
"""

from emotion_hf.app.guard.guard import Guard
from emotion_hf.app.guard.refusals import Refusal

__all__ = ["Guard", "Refusal"]
