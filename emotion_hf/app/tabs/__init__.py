"""The tabs of the page, in order. A tab is one file with one class, listed here.

Two more, ``review.Review`` and ``models.Models``, appear only if the settings enable them.
"""

from emotion_hf.app.tabs.recognise import Recognise

TABS = (Recognise,)
