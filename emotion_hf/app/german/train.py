"""The German texts of the tab "Train", and of figures."""

TEXTS = {
    "Train": "Trainieren",
    "Train a model": "Ein Modell trainieren",
    "A training runs on this machine, in a process of its own: it goes on when you close the browser. One training runs at a time; the others wait in a queue. The active model stays as it is until you choose another one.": (
        "Ein Training läuft auf diesem Rechner in einem eigenen Prozess: Es geht weiter, wenn Sie den Browser schließen. Es "
        "läuft immer nur ein Training, die anderen warten in einer Warteschlange. Das aktive Modell bleibt, wie es ist, bis "
        "Sie ein anderes wählen."
    ),
    "Reading the recordings and measuring the speed of this machine …": (
        "Die Aufnahmen werden gelesen, und die Geschwindigkeit dieses Rechners wird gemessen …"
    ),
    "### Recordings": "### Aufnahmen",
    "Chosen; clear a box to remove it": "Gewählt; ohne Häkchen wird nicht damit trainiert",
    "Folder on this machine": "Ordner auf diesem Rechner",
    "Add the folder": "Ordner hinzufügen",
    "Data set on the Hub": "Datensatz auf dem Hub",
    "With unusual column names: OWNER/NAME emotion=mood,speaker=who": (
        "Bei ungewöhnlichen Spaltennamen: OWNER/NAME emotion=mood,speaker=who"
    ),
    "Add the data set": "Datensatz hinzufügen",
    "Upload a zip file": "ZIP-Datei hochladen",
    "### Recipe": "### Rezept",
    "Recipe": "Rezept",
    "Name of the new model (optional)": "Name des neuen Modells (freiwillig)",
    "See what it takes": "Aufwand ansehen",
    "Start training": "Training starten",
    "### Trainings": "### Trainings",
    "No training has been started yet.": "Noch wurde kein Training gestartet.",
    "Go on": "Fortsetzen",
    "Start again": "Neu starten",
    "Use this model": "Dieses Modell verwenden",
    "Remove from the list": "Aus der Liste entfernen",
    "Log": "Protokoll",
    "Queue": "Warteschlange",
    "{name}: {state}": "{name}: {state}",
    "waiting": "wartet",
    "running": "läuft",
    "done": "fertig",
    "stopped": "angehalten",
    "failed": "fehlgeschlagen",
    # Recipes
    "A new head on the encoder of the model that ships. Takes seconds once the embeddings are cached; needs no download.": (
        "Eine neue Ausgabeschicht auf dem Encoder des mitgelieferten Modells. Dauert Sekunden, wenn die Embeddings schon "
        "berechnet sind, und lädt nichts herunter."
    ),
    "A small ResNet on log-mels, trained from scratch; the best of the small networks.": (
        "Ein kleines ResNet auf Log-Mel-Spektrogrammen, von Grund auf trainiert; das beste der kleinen Netze."
    ),
    "A CNN on a log-mel picture of three seconds, trained from scratch.": (
        "Ein CNN auf einem Log-Mel-Bild von drei Sekunden, von Grund auf trainiert."
    ),
    "A CNN on 40 MFCC and their Δ, trained from scratch.": (
        "Ein CNN auf 40 MFCC und ihren Δ, von Grund auf trainiert."
    ),
    "A Transformer on log-mels, trained from scratch.": (
        "Ein Transformer auf Log-Mel-Spektrogrammen, von Grund auf trainiert."
    ),
    "A BiLSTM on log-mels, trained from scratch.": ("Ein BiLSTM auf Log-Mel-Spektrogrammen, von Grund auf trainiert."),
    "CNN, BiLSTM and attention on 120 descriptors, trained from scratch.": (
        "CNN, BiLSTM und Attention auf 120 Merkmalen, von Grund auf trainiert."
    ),
    "A perceptron on 13,134 acoustic numbers, trained from scratch.": (
        "Ein Perzeptron auf 13.134 akustischen Werten, von Grund auf trainiert."
    ),
    "A CNN on raw samples, trained from scratch.": "Ein CNN auf Abtastwerten, von Grund auf trainiert.",
    "A small Wav2Vec2 with random initial weights.": "Ein kleines Wav2Vec2 mit zufälligen Anfangsgewichten.",
    "A head on four layers of Whisper base, with six augmented passes; robust in noise. Downloads Whisper.": (
        "Eine Ausgabeschicht auf vier Schichten von Whisper base, mit sechs veränderten Durchgängen; robust bei Rauschen. "
        "Lädt Whisper herunter."
    ),
    "A Wav2Vec2, HuBERT or WavLM encoder whose top layers are trained. Downloads the encoder.": (
        "Ein Encoder wie Wav2Vec2, HuBERT oder WavLM, dessen obere Schichten trainiert werden. Lädt den Encoder herunter."
    ),
    "As whisper, for corpora that allow commercial use. Downloads Whisper.": (
        "Wie whisper, für Korpora, die kommerzielle Nutzung erlauben. Lädt Whisper herunter."
    ),
    # What it takes
    "What this training takes": "Was dieses Training braucht",
    "{clips} clips, {hours} hours": "{clips} Clips, {hours} Stunden",
    "Data": "Daten",
    "Clips": "Clips",
    "Speakers": "Sprecher",
    "Split": "Aufteilung",
    "Time": "Dauer",
    "Licence": "Lizenz",
    "about {count} seconds": "etwa {count} Sekunden",
    "about a minute": "etwa eine Minute",
    "about {count} minutes": "etwa {count} Minuten",
    "about {count} hours": "etwa {count} Stunden",
    "{emotions} emotions, {speakers} speakers, {clips} clips, {how}.": (
        "{emotions} Emotionen, {speakers} Sprecher, {clips} Clips, {how}."
    ),
    "Licence: {licence}.": "Lizenz: {licence}.",
    "{known}; {count} clips of unknown speakers": "{known}; {count} Clips unbekannter Sprecher",
    "{train} clips for training, {test} for the test of unseen speakers, {validation} for validation": (
        "{train} Clips zum Training, {test} zum Test mit unbekannten Stimmen, {validation} zur Validierung"
    ),
    "{train} clips for training, {test} for the test. Some test speakers are also in the training, so the figures will be optimistic.": (
        "{train} Clips zum Training, {test} zum Test. Manche Stimmen des Tests kommen auch im Training vor, deshalb werden "
        "die Werte zu gut ausfallen."
    ),
    "{time}, or less if the training ends early": "{time}, oder weniger, wenn das Training früher endet",
    "{time}; {share} of the embeddings are cached": "{time}; {share} der Embeddings sind schon berechnet",
    # Progress
    "Embedding the clips: {done} of {total}; about {time} left, then the fit and the evaluation.": (
        "Embeddings werden berechnet: {done} von {total}; noch etwa {time}, dann die Anpassung und die Auswertung."
    ),
    "Fitting the head: {done} of {total} fits, then the evaluation.": (
        "Die Ausgabeschicht wird angepasst: {done} von {total} Anpassungen, dann die Auswertung."
    ),
    "Fitting and measuring the model …": "Das Modell wird angepasst und gemessen …",
    "It waits for its turn; before it in the queue: {count}.": "Es wartet, bis es an der Reihe ist; davor: {count}.",
    "It waits until the training before it has ended.": "Es wartet auf das Ende des Trainings davor.",
    "The model is trained and measured.": "Das Modell ist trainiert und gemessen.",
    "Stopped; it can be resumed from its last finished epoch.": (
        "Angehalten; es kann nach seiner letzten fertigen Epoche fortgesetzt werden."
    ),
    "Stopped before anything was saved.": "Angehalten, bevor etwas gespeichert war.",
    "steps": "Schritte",
    "loss": "Verlust",
    "validation UA": "UA der Validierung",
    "Loss over the steps, from {first} to {last}.": "Verlust über die Schritte, von {first} bis {last}.",
    "Validation UA over the steps, at best {best}.": "UA der Validierung über die Schritte, höchstens {best}.",
    # Figures
    "No figures are known: nobody has measured this model here.": (
        "Es sind keine Werte bekannt: Dieses Modell wurde hier nicht gemessen."
    ),
    "Optimistic: the model was trained on some of these speakers.": (
        "Zu gut: Das Modell wurde auch mit manchen dieser Stimmen trainiert."
    ),
    "UA": "UA",
    "accuracy": "Genauigkeit",
    "macro F1": "Makro-F1",
    "calibration error": "Kalibrierungsfehler",
    "“not sure”": "„unsicher“",
    "{clips} clips of one speaker, {split}.": "{clips} Clips von einer Person, {split}.",
    "{clips} clips of {speakers} speakers, {split}.": "{clips} Clips von {speakers} Sprechern, {split}.",
    "Recall of each emotion": "Anteil der erkannten Clips je Emotion",
    "UA: the share of each emotion's clips that is recognised, averaged over the emotions.": (
        "UA: der Anteil der Clips jeder Emotion, der erkannt wird, gemittelt über die Emotionen."
    ),
    "Confusion matrix of {model}: rows are true, columns predicted": (
        "Verwechslungsmatrix von {model}: Zeilen wahr, Spalten vorhergesagt"
    ),
}
