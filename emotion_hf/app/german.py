"""The German of each English text of the page; see `emotion_hf/app/words.py`."""

GERMAN = {
    # Answers
    "No speech detected": "Keine Sprache erkannt",
}
