"""The German of each English text of the page, one file for each part of it; see `emotion_hf/app/words.py`."""

from emotion_hf.app.german import desk, frame, live, models, operators, programs, recognise, signal, train

GERMAN = (
    frame.TEXTS
    | recognise.TEXTS
    | live.TEXTS
    | signal.TEXTS
    | models.TEXTS
    | operators.TEXTS
    | programs.TEXTS
    | train.TEXTS
    | desk.TEXTS
)
