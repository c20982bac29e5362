"""The tabs of the page, in order. A tab is one file with one class, and its name here.

Two more, ``review.Review`` and ``models.Models``, are there only where the settings allow it.
"""

from emotion_hf.app.tabs.recognise import Recognise

TABS = (Recognise,)
