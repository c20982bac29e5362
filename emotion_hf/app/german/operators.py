"""The German texts of the operator's tabs."""

TEXTS = {
    # Review
    "Review": "Prüfen",
    "## A second opinion\nListen, and choose what you hear: the space bar plays, the digits choose. The model's prediction and other opinions\nappear after your answer. You see only recordings whose owners agreed to training or publication. Your answer is kept\nwith them, under a random name that this browser remembers.\n": (
        "## Eine zweite Einschätzung\nHören Sie zu, und wählen Sie, was Sie hören: Die Leertaste spielt ab, die Ziffern "
        "wählen. Die Vorhersage des Modells und andere Einschätzungen erscheinen nach Ihrer Antwort. Sie sehen nur Aufnahmen, "
        "deren Besitzer dem Training oder der Veröffentlichung zugestimmt haben. Ihre Antwort wird bei ihnen aufbewahrt, "
        "unter einem zufälligen Namen, den sich dieser Browser merkt.\n"
    ),
    "Start": "Starten",
    "Undo my last answer": "Letzte Antwort zurücknehmen",
    "Nothing left to review.": "Nichts mehr zu prüfen.",
    "You have reviewed every recording that may be used.": "Sie haben alle Aufnahmen geprüft, die verwendet werden dürfen.",
    "Your answer is removed. Here is the recording again.": "Ihre Antwort ist gelöscht. Hier ist die Aufnahme noch einmal.",
    "You": "Sie",
    "Others": "Andere",
    "mixed": "gemischt",
    "no prediction": "keine Vorhersage",
    "The model {name}": "Das Modell {name}",
    "Last recording": "Letzte Aufnahme",
    "The recording": "Die Aufnahme",
    "{count} left to review": "Noch zu prüfen: {count}",
    "{same} of {count}": "{same} von {count}",
    "You agree with the model on {model}, and with the first opinion on {people}.": (
        "Mit dem Modell stimmen Sie bei {model} überein, mit der ersten Einschätzung bei {people}."
    ),
    "κ is the agreement beyond chance: 0 for chance, 1 for full agreement.": (
        "κ ist die Übereinstimmung jenseits des Zufalls: 0 bei Zufall, 1 bei voller Übereinstimmung."
    ),
    # Models
    "Models": "Modelle",
    "Your voice": "Ihre Stimme",
    "There is no version yet. Retraining creates one; the active model stays as it is.": (
        "Es gibt noch keine Version. Beim Training entsteht eine; das aktive Modell bleibt, wie es ist."
    ),
    "To use it anyway, give a reason on the command line: emotion-hf models promote --force.": (
        "Um sie trotzdem zu verwenden, nennen Sie auf der Kommandozeile einen Grund: emotion-hf models promote --force."
    ),
    "UA: the share of each emotion's clips that is recognised, averaged over the emotions, and its 95 % interval.": (
        "UA: der Anteil der Clips jeder Emotion, der erkannt wird, gemittelt über die Emotionen, mit seinem "
        "95-%-Intervall."
    ),
    "EMOTION_HF_RETRAINING_DATA does not name the original corpora, so no new version can be promoted.": (
        "EMOTION_HF_RETRAINING_DATA nennt die ursprünglichen Korpora nicht, deshalb lässt sich keine neue Version aktivieren."
    ),
    "Start retraining": "Neu trainieren",
    "### Versions": "### Versionen",
    "Version": "Version",
    "Use this version": "Diese Version verwenden",
    "Go back to the previous one": "Zurück zur vorherigen",
    "{model} is the active model.": "{model} ist das aktive Modell.",
    "It was promoted anyway: {reason}": "Sie wurde trotzdem aktiviert: {reason}",
    "UA on": "UA auf",
    "before": "vorher",
    "after": "nachher",
    "points": "Punkte",
    "passed": "bestanden",
    "yes": "ja",
    "no": "nein",
    "Made {time}, from {parent}.": "Entstanden {time} aus {parent}.",
    "{count} clips, newly right {right}, newly wrong {wrong}": "{count} Clips, neu richtig: {right}, neu falsch: {wrong}",
    "Full report": "Ganzer Bericht (auf Englisch)",
    "Training": "Training",
    "Choosing the training data …": "Die Daten für das Training werden gewählt …",
    "{name} is trained and measured.": "{name} ist trainiert und gemessen.",
    "It ended unexpectedly.": "Es endete unerwartet.",
    "Epoch {epoch} of {epochs}; about {time} left, then the evaluation.": (
        "Epoche {epoch} von {epochs}; noch etwa {time}, dann die Auswertung."
    ),
}
