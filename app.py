"""The page, as ``python app.py`` and as a Space: settings → services → page → launch.

Every setting of ``emotion_hf.settings`` can be given as a variable::

    EMOTION_HF_PORT=8000 EMOTION_HF_MODEL=runs/mine python app.py
"""

import sys

from emotion_hf.entry import collect_rarely
from emotion_hf.errors import EmotionError
from emotion_hf.settings import Settings

collect_rarely()  # before Gradio and torch, whose imports take a fifth less time with it

try:
    settings = Settings.from_environment()  # before the imports that fail with a malformed variable of the Hub

    from emotion_hf.app.build import build_page
    from emotion_hf.app.services import Services
    from emotion_hf.app.serving import serve
    from emotion_hf.hub.mirror import open_store

    demo = build_page(Services.open(settings, open_store(settings)))
    if __name__ == "__main__":
        serve(demo, settings)
except EmotionError as error:
    sys.exit(str(error))
