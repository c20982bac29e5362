"""The tabs of the page, in order. A tab is one file with one class, and its name here."""

from emotion_hf.app.tabs.recognise import Recognise

TABS = (Recognise,)
