"""``app.py`` with a classifier that needs no weights, for the tests of the page."""

from emotion_hf.app.build import build_page
from emotion_hf.app.services import Services
from emotion_hf.app.serving import serve
from emotion_hf.hub.mirror import open_store
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier

if __name__ == "__main__":
    settings = Settings.from_environment()
    serve(build_page(Services.open(settings, open_store(settings), FakeClassifier())), settings)
