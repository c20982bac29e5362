"""The tabs of the page, in order. A tab is one file with one class, listed here.

A tab takes the services, the recordings of the session, newest last, and the id of the one that is shown. Two more,
``review.Review`` and ``models.Models``, appear only if the settings enable them, and take only the services.
"""

from emotion_hf.app.tabs.live import Live
from emotion_hf.app.tabs.recognise import Recognise
from emotion_hf.app.tabs.signal import Signal

TABS = (Recognise, Live, Signal)
