"""The German of sentences that come finished from the library, such as errors; see `translated` in `emotion_hf/app/words.py`.

A key is the English sentence with ``{names}`` for what varies: ``{name}`` stands for any text, which is translated if
it is a key itself, and ``{seconds:n}`` for a number. `tests/app/test_german_sentences.py` collects the sentences that a
visitor can get from the code, and fails if one is missing here.
"""

from emotion_hf.app.german.sentences import corrections, desk, models, recordings, server, train

PARTS = (
    {
        # Parts of sentences that are not sentences themselves: the system's reasons, and what the code fills in
        "No space left on device": "kein Speicherplatz mehr frei",
        "Permission denied": "keine Berechtigung",
        "Read-only file system": "nur zum Lesen eingehängt",
        "Input/output error": "Ein-/Ausgabefehler",
        "The recording": "Die Aufnahme",
        "requests": "Anfragen",
        "uploads": "Uploads",
        "weights": "Gewichte",
        "held-out corrections": "zurückgehaltene Korrekturen",
        "original test": "ursprünglicher Test",
        "held-out corrections in noise": "zurückgehaltene Korrekturen mit Rauschen",
        "original test in noise": "ursprünglicher Test mit Rauschen",
        "A and B": "A und B",
        "left": "links",
        "right": "rechts",
        "The zip file": "Die ZIP-Datei",
    }
    | desk.PARTS
    | train.PARTS
)

SENTENCES = (
    recordings.SENTENCES
    | corrections.SENTENCES
    | server.SENTENCES
    | desk.SENTENCES
    | models.SENTENCES
    | train.SENTENCES
)
