"""The German texts of the tab Recognise."""

TEXTS = {
    # Answers
    "Speak to see a prediction": "Sprechen Sie, um eine Vorhersage zu sehen",
    "Record about three seconds, choose a file, or drop one anywhere on this page.": (
        "Nehmen Sie etwa drei Sekunden auf, wählen Sie eine Datei, oder ziehen Sie eine auf diese Seite."
    ),
    "No speech detected": "Keine Sprache erkannt",
    "This recording contains no voice. Speak closer to the microphone, or choose another recording.": (
        "Diese Aufnahme enthält keine Stimme. Sprechen Sie näher am Mikrofon, oder wählen Sie eine andere Aufnahme."
    ),
    "Not sure": "Unsicher",
    "No emotion stands out. Closest:": "Keine Emotion sticht heraus. Am ehesten:",
    "Mostly {emotion}": "Meist {emotion}",
    "Strongest moments": "Stärkste Momente",
    "Share of the speaking time:": "Anteil an der Sprechzeit:",
    "{length} of audio; model: {model}": "Länge {length}; Modell: {model}",
    "{seconds} seconds of audio; model: {model}": "{seconds} Sekunden Ton; Modell: {model}",
    "Confidence:": "Sicherheit:",
    "high": "hoch",
    "medium": "mittel",
    "low": "niedrig",
    "When the model says “{emotion}”, it is right about {times} times in 10 ({right} of {clips} acted clips of unseen speakers).": (
        "Wenn das Modell „{emotion}“ sagt, hat es in etwa {times} von 10 Fällen recht ({right} von {clips} gespielten Clips "
        "unbekannter Personen)."
    ),
    "Analysing": "Analyse läuft",
    "Progress": "Fortschritt",
    "{share} done": "{share} fertig",
    ", about {time} left": ", noch etwa {time}",
    "Probability of each emotion": "Wahrscheinlichkeit jeder Emotion",
    "Emotion": "Emotion",
    "Probability": "Wahrscheinlichkeit",
    # Sound
    "Your recording": "Ihre Aufnahme",
    "Waveform": "Wellenform",
    "Log-mel spectrogram of {seconds} seconds, 0 to 8 kHz: brighter is louder": (
        "Log-Mel-Spektrogramm von {seconds} Sekunden, 0 bis 8 kHz: heller ist lauter"
    ),
    "Choose a band to hear or correct it.": "Wählen Sie einen Abschnitt, um ihn zu hören oder zu korrigieren.",
    "Download:": "Herunterladen:",
    "No sound arrives": "Es kommt kein Ton an",
    "Check the microphone. Firefox also needs a sound output, so connect headphones or speakers.": (
        "Prüfen Sie das Mikrofon. Firefox braucht außerdem eine Tonausgabe: Schließen Sie Kopfhörer oder Lautsprecher an."
    ),
    "No sound arrives. Check the microphone. Firefox also needs a sound output, such as headphones.": (
        "Es kommt kein Ton an. Prüfen Sie das Mikrofon. Firefox braucht außerdem eine Tonausgabe: Schließen Sie Kopfhörer "
        "oder Lautsprecher an."
    ),
    "All parts as a list": "Alle Abschnitte als Liste",
    "Correct this part": "Diesen Abschnitt korrigieren",
    "This recording is very short. Two to five seconds of speech say more.": (
        "Diese Aufnahme ist sehr kurz. Zwei bis fünf Sekunden Sprache sagen mehr."
    ),
    "Emotions over time": "Emotionen im Zeitverlauf",
    "Probability over time:": "Wahrscheinlichkeit im Zeitverlauf:",
    "none": "keine",
    "{start} to {end}": "{start} bis {end}",
    ", speaker {name}": ", Person {name}",
    "not sure, closest {emotions}": "unsicher, am ehesten {emotions}",
    "page": "Seite",
    "table": "Tabelle",
    "subtitles": "Untertitel",
    "JSON": "JSON",
    "How it is cut": "Wie die Aufnahme zerlegt wird",
    "Window in seconds": "Fenster in Sekunden",
    "Step in seconds": "Schritt in Sekunden",
    "Channel": "Kanal",
    "Speakers": "Personen",
    "one speaker": "eine Person",
    "two speakers, A and B": "zwei Personen, A und B",
    "two speakers, only A": "zwei Personen, nur A",
    "two speakers, only B": "zwei Personen, nur B",
    "A speaks first. Voices of one gender are often mixed up; nothing about them is stored.": (
        "A spricht zuerst. Stimmen gleichen Geschlechts werden oft verwechselt; nichts davon wird gespeichert."
    ),
    "other speaker": "andere Person",
    "all": "alle",
    "Take the mean over the recording as the reference of the speaker's voice": (
        "Den Mittelwert der Aufnahme als Bezug für die Stimme nehmen"
    ),
    "Analyse again": "Neu analysieren",
    # Emotion as a place
    "Emotion as a place": "Emotion als Ort",
    "agitated": "aufgeregt",
    "quiet": "ruhig",
    "unpleasant": "unangenehm",
    "pleasant": "angenehm",
    "Pleasantness {valence}, agitation {arousal}, each from −1 to 1": "Angenehm {valence}, erregt {arousal}, jeweils von −1 bis 1",
    "Derived: the mean of the emotions' places, weighted with their probabilities. The places are ratings of emotion words by Russell and Mehrabian (1977).": (
        "Abgeleitet: das Mittel der Orte der Emotionen, gewichtet mit ihren Wahrscheinlichkeiten. Die Orte sind Bewertungen "
        "von Gefühlswörtern nach Russell und Mehrabian (1977)."
    ),
    # Why
    "Why this answer?": "Warum diese Antwort?",
    "What decided": "Was den Ausschlag gab",
    "Without these moments, it would sound less {emotion}:": "Ohne diese Momente klänge es weniger {emotion}:",
    "No single moment stands out.": "Kein einzelner Moment sticht heraus.",
    "Red areas of the spectrogram speak for {emotion}, blue ones against it": (
        "Rote Stellen des Spektrogramms sprechen für {emotion}, blaue dagegen"
    ),
    "Compared with neutral speech": "Verglichen mit neutralem Sprechen",
    "pitch": "Tonhöhe",
    "pitch movement": "Schwankung der Tonhöhe",
    "loudness movement": "Schwankung der Lautstärke",
    "pace": "Tempo",
    "low for a woman": "tief für eine Frau",
    "usual for a woman": "üblich für eine Frau",
    "high for a woman": "hoch für eine Frau",
    "low for a man": "tief für einen Mann",
    "usual for a man": "üblich für einen Mann",
    "high for a man": "hoch für einen Mann",
    "less than in neutral speech": "weniger als beim neutralen Sprechen",
    "as in neutral speech": "wie beim neutralen Sprechen",
    "more than in neutral speech": "mehr als beim neutralen Sprechen",
    "slower than neutral speech": "langsamer als neutrales Sprechen",
    "faster than neutral speech": "schneller als neutrales Sprechen",
    "What if": "Was wäre, wenn …",
    "20 dB softer": "20 dB leiser",
    "noise, 15 dB below the voice": "Rauschen, 15 dB unter der Stimme",
    "through a telephone": "durch ein Telefon",
    "The answer stays the same if the recording changes a little.": (
        "Die Antwort bleibt gleich, wenn sich die Aufnahme etwas ändert."
    ),
    "The answer changes if the recording changes a little, so do not rely on it.": (
        "Die Antwort ändert sich, wenn sich die Aufnahme etwas ändert; verlassen Sie sich nicht darauf."
    ),
    "What spoke for “{emotion}”": "Was für „{emotion}“ sprach",
    "What spoke for “{emotion}”: moments 1 to {count}": "Was für „{emotion}“ sprach: Momente 1 bis {count}",
    "seconds": "Sekunden",
    "against  ←    →  for it": "dagegen  ←    →  dafür",
    "{number} Hz": "{number} Hz",
    "± {number} semitones": "± {number} Halbtöne",
    "± {number} dB": "± {number} dB",
    "{number} syllables per second": "{number} Silben pro Sekunde",
    # Corrections
    "Was the prediction right? Choose what you hear.": "War die Vorhersage richtig? Wählen Sie, was Sie hören.",
    "Is someone speaking? Then choose what you hear.": "Spricht jemand? Dann wählen Sie, was Sie hören.",
    "Yes, {emotion}": "Ja, {emotion}",
    "Thank you! Tick the first box to save your answer; otherwise, nothing is kept.": (
        "Danke! Kreuzen Sie das erste Kästchen an, um Ihre Antwort zu speichern; sonst wird nichts aufbewahrt."
    ),
    "Keep this recording and my answer on this server": "Diese Aufnahme und meine Antwort auf diesem Server aufbewahren",
    "Keep this recording and my answer in a private data set on the Hugging Face Hub:": (
        "Diese Aufnahme und meine Antwort in einem privaten Datensatz auf dem Hugging Face Hub aufbewahren:"
    ),
    "Train models with them": "Modelle damit trainieren",
    "Publish them in an open data set under CC BY 4.0; copies that others make cannot be deleted": (
        "In einem offenen Datensatz unter CC BY 4.0 veröffentlichen; Kopien, die andere machen, lassen sich nicht "
        "löschen"
    ),
    "Tick the first box to save": "Erstes Kästchen ankreuzen, um zu speichern",
    "Save my answer": "Meine Antwort speichern",
    "Thank you, saved.": "Danke, gespeichert.",
    "“{name}” with the answer “{emotion}”: {uses}.": "„{name}“ mit der Antwort „{emotion}“: {uses}.",
    "kept {where}": "aufbewahrt {where}",
    "on this server": "auf diesem Server",
    "in {repo}, a private data set on the Hugging Face Hub": "in {repo}, einem privaten Datensatz auf dem Hugging Face Hub",
    "for training": "zum Trainieren",
    "for publication under {licence}": "zur Veröffentlichung unter {licence}",
    "Receipt": "Beleg",
    "Keep this number or the link: you need one of them to delete the record later.": (
        "Bewahren Sie diese Nummer oder den Link auf: Sie brauchen eines davon, um den Eintrag später zu löschen."
    ),
    "Link to delete the record": "Link zum Löschen des Eintrags",
    "Copy the link": "Link kopieren",
    "Copied": "Kopiert",
    "Delete this record": "Diesen Eintrag löschen",
    "Deleted. Nothing of this record is left {where}.": "Gelöscht. Von diesem Eintrag ist nichts mehr {where}.",
    " A model was trained on it before; that model forgets it when it is retrained.": (
        " Ein Modell wurde bereits damit trainiert; es vergisst ihn beim nächsten Training."
    ),
    "The record was not deleted.": "Der Eintrag wurde nicht gelöscht.",
    "Delete something you saved earlier": "Gespeichertes wieder löschen",
    "Receipt number": "Belegnummer",
    "Delete the record": "Eintrag löschen",
    "Corrections cannot be saved: this page keeps no recordings.": (
        "Korrekturen lassen sich nicht speichern: Diese Seite bewahrt keine Aufnahmen auf."
    ),
    # This session
    "This session": "Diese Sitzung",
    "Recordings are removed after {minutes} minutes.": "Aufnahmen werden nach {minutes} Minuten gelöscht.",
    "Nothing yet.": "Noch nichts.",
    "Mark {name}": "{name} markieren",
    "Remove all now": "Jetzt alle löschen",
    "One person, or my voice": "Eine Person oder meine Stimme",
    "Voices differ: a deep voice sounds sad to the model, a tense one angry. Mark recordings of one person in the list. Three or more, or half a minute of ordinary speech, tell the model what is usual for this voice. Nothing is stored.": (
        "Stimmen sind verschieden: Eine tiefe klingt für das Modell traurig, eine angespannte wütend. Markieren Sie in der "
        "Liste Aufnahmen einer Person. Drei oder mehr, oder eine halbe Minute gewöhnliches Sprechen, zeigen dem Modell, was "
        "für diese Stimme üblich ist. Nichts davon wird gespeichert."
    ),
    "What the marked recordings express": "Was die markierten Aufnahmen ausdrücken",
    "various emotions, or unknown": "verschiedene Emotionen oder unbekannt",
    "ordinary speech": "gewöhnliches Sprechen",
    "the emotions that I chose above": "die Emotionen, die ich oben gewählt habe",
    "Score them together": "Gemeinsam bewerten",
    "Use them as my voice": "Als meine Stimme verwenden",
    "Forget my voice": "Meine Stimme vergessen",
    "Answers are adapted to your voice (recordings: {count}).": "Die Antworten sind an Ihre Stimme angepasst (Aufnahmen: {count}).",
    "Corrected for your voice, learned from recordings: {count}.": "An Ihre Stimme angepasst, gelernt aus Aufnahmen: {count}.",
    "Scored together with other recordings of one person: {count}.": (
        "Gemeinsam bewertet mit anderen Aufnahmen einer Person: {count}."
    ),
    "Use it from your own programs": "Aus eigenen Programmen benutzen",
    "Copy": "Kopieren",
    "Something not working?": "Etwas funktioniert nicht?",
    "- **A file is refused?** The message says why. WAV, FLAC, OGG, MP3, M4A, WebM and the sound of videos work.\n- **“No speech detected”?** Speak closer to the microphone, without music in the background.\n- **“Not sure”, or low confidence?** Two to five seconds of one speaker with one emotion work best. Everyday speech often mixes emotions.\n- **Slow?** Long recordings take longer, and so does the first prediction after the start.": (
        "- **Eine Datei wird abgelehnt?** Die Meldung sagt, warum. WAV, FLAC, OGG, MP3, M4A, WebM und der Ton von Videos "
        "funktionieren.\n- **„Keine Sprache erkannt“?** Sprechen Sie näher am Mikrofon, ohne Musik im Hintergrund.\n"
        "- **„Unsicher“ oder niedrige Sicherheit?** Zwei bis fünf Sekunden einer Stimme mit einer Emotion eignen sich am besten. "
        "Alltagssprache mischt Emotionen oft.\n- **Langsam?** Lange Aufnahmen dauern länger, ebenso die erste Vorhersage "
        "nach dem Start."
    ),
    # Transcript
    "Write down the words": "Gesprochenes aufschreiben",
    "Words": "Worte",
    "No words were found.": "Es wurden keine Wörter gefunden.",
    "Click a word to hear it; the arrow keys move between words. Text by {model}, which can be wrong.": "Klicken Sie auf ein Wort, um es zu hören; mit den Pfeiltasten wechseln Sie zwischen Wörtern. Der Text stammt von {model} und kann falsch sein.",
    "What voice and words say": "Was Stimme und Worte sagen",
    "Voice": "Stimme",
    "Together": "Zusammen",
    "The opinion on the words is by {model}; it counts {share}.": "Die Einschätzung der Worte stammt von {model}; sie zählt {share}.",
    "From {start} to {end} the model repeated itself; these words were left out.": "Von {start} bis {end} hat sich das Modell wiederholt; diese Wörter wurden weggelassen.",
    "From {start} to {end} the model was too unsure; these words were left out.": "Von {start} bis {end} war das Modell zu unsicher; diese Wörter wurden weggelassen.",
    "From {start} to {end} the model found no speech; nothing was transcribed.": "Von {start} bis {end} hat das Modell keine Sprache gefunden; hier wurde nichts aufgeschrieben.",
    "From {start} to {end} the model did not recognise the language; these words were left out.": "Von {start} bis {end} hat das Modell die Sprache nicht erkannt; diese Wörter wurden weggelassen.",
    "From {start} to {end} the model repeated some words; they are written once.": "Von {start} bis {end} hat das Modell einige Wörter wiederholt; sie stehen nur einmal da.",
    "From {start} to {end} there may be more words than are written here.": "Von {start} bis {end} wurden vielleicht mehr Wörter gesagt, als hier stehen.",
    # Files of a timeline
    "en": "de",
    "Timeline": "Zeitverlauf",
    "Bands": "Abschnitte",
    "from": "von",
    "to": "bis",
    "speaker": "Person",
    "emotion": "Emotion",
    "confidence": "Sicherheit",
    "{length} long.": "Länge {length}.",
    "No speech was found.": "Es wurde keine Sprache gefunden.",
    "Shares of the speaking time.": "Anteile an der Sprechzeit.",
    "Speaker {name}:": "Person {name}:",
    "Model: {model}. It recognises the emotion that listeners would perceive in the voice, not what a person feels, and it can be wrong.": (
        "Modell: {model}. Es erkennt die Emotion, die Zuhörende in der Stimme wahrnehmen würden, nicht was jemand fühlt, und "
        "es kann sich irren."
    ),
}
