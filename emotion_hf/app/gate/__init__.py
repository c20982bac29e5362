"""The gate in front of the page: every request passes it before Gradio sees anything.

Gradio mounts routes that this page does not need, answers to every host name and origin, and counts neither requests
nor bytes. The gate decides what comes through; ``gate.py`` has the order of the checks.
"""

from emotion_hf.app.gate.gate import Gate
from emotion_hf.app.gate.refusals import Refusal

__all__ = ["Gate", "Refusal"]
