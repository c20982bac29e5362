"""The tabs of the page, in order. A tab is one file with one class, listed here.

A tab takes the services and the recordings of the session, newest last. Two more, ``review.Review`` and
``models.Models``, appear only if the settings enable them, and take only the services.
"""

from emotion_hf.app.tabs.live import Live
from emotion_hf.app.tabs.recognise import Recognise
from emotion_hf.app.tabs.signal import Signal

TABS = (Recognise, Live, Signal)
