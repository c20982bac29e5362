"""The German of each English text of the page; see `emotion_hf/app/words.py`."""

GERMAN = {
    # The page
    "Speech emotion recognition": "Emotionen in der Stimme erkennen",
    "Record a voice, and see which emotion it expresses.": "Nehmen Sie eine Stimme auf und sehen Sie, welche Emotion sie ausdrückt.",
    "Recognise": "Erkennen",
    "What this is.": "Was ist das?",
    "The model": "Das Modell",
    "names the emotion that listeners would perceive in how something is said. Such models learn from acted speech. They recognise <b>expressed</b> emotion, not what a person feels inside, and they can be wrong. For simulation and education only.": (
        "benennt die Emotion, die Zuhörende in der Stimme wahrnehmen würden. Solche Modelle lernen aus gespielter Sprache. "
        "Sie erkennen <b>ausgedrückte</b> Emotionen, nicht was jemand innerlich fühlt, und können sich irren. Nur für "
        "Simulation und Lehre."
    ),
    "What it is not for.": "Wofür es nicht gedacht ist.",
    "No medical use, no hiring, no lie detection. Inferring emotions of people at work or in education is prohibited in the EU (AI Act, Art. 5(1)(f)); anyone who uses it elsewhere must tell the people concerned (Art. 50(3)).": (
        "Nicht für Medizin, Einstellungen oder Lügenerkennung. Emotionen von Menschen bei der Arbeit oder in der Ausbildung "
        "abzuleiten ist in der EU verboten (KI-Verordnung, Art. 5 Abs. 1 Buchst. f); wer es anderswo nutzt, muss die "
        "Betroffenen informieren (Art. 50 Abs. 3)."
    ),
    "Your voice.": "Ihre Stimme.",
    "It is processed on this server only, and soon removed unless you save a correction. Not affiliated with Hugging Face.": (
        "Sie wird nur auf diesem Server verarbeitet und bald entfernt, außer wenn Sie eine Korrektur speichern. Dieses "
        "Projekt gehört nicht zu Hugging Face."
    ),
    # Emotions
    "neutral": "neutral",
    "calm": "ruhig",
    "happy": "fröhlich",
    "sad": "traurig",
    "angry": "wütend",
    "fearful": "ängstlich",
    "disgust": "angewidert",
    "surprised": "überrascht",
    "not sure": "unsicher",
    "no speech": "keine Sprache",
    "mixed / can't tell": "gemischt / schwer zu sagen",
    "even": "gleichmäßig",
    "quiet and pleasant": "leise und angenehm",
    "quiet and unpleasant": "leise und unangenehm",
    "lively and pleasant": "lebhaft und angenehm",
    "lively and sudden": "lebhaft und plötzlich",
    "agitated and unpleasant": "aufgebracht und unangenehm",
    "anxious and unpleasant": "beklommen und unangenehm",
    "repelled and unpleasant": "abgestoßen und unangenehm",
    "expressed strongly": "stark ausgedrückt",
    "expressed moderately": "mäßig ausgedrückt",
    "expressed mildly": "schwach ausgedrückt",
    " or ": " oder ",
    " and ": " und ",
    # The recorder
    "Record": "Aufnehmen",
    "Record again": "Neu aufnehmen",
    "Stop": "Stopp",
    "Choose a file": "Datei auswählen",
    "Say one of these sentences in a happy, angry, fearful or sad voice:": (
        "Sprechen Sie einen dieser Sätze fröhlich, wütend, ängstlich oder traurig:"
    ),
    "The parcel is on the table by the door.": "Das Paket liegt auf dem Tisch neben der Tür.",
    "They are coming back at seven this evening.": "Sie kommen heute Abend um sieben zurück.",
    "I left the keys where you told me to.": "Ich habe die Schlüssel dort gelassen, wo du gesagt hast.",
    "Or try a synthesised voice:": "Oder probieren Sie eine künstliche Stimme:",
    "Slow": "Langsam",
    "Quick": "Schnell",
    "High": "Hoch",
    "The microphone is not allowed": "Das Mikrofon ist nicht erlaubt",
    "Chrome and Edge: click the icon to the left of the address, and switch on the microphone.": (
        "Chrome und Edge: Klicken Sie auf das Symbol links neben der Adresse und schalten Sie das Mikrofon ein."
    ),
    "Firefox: click the crossed-out microphone to the left of the address, and remove the block.": (
        "Firefox: Klicken Sie auf das durchgestrichene Mikrofon links neben der Adresse und heben Sie die Sperre auf."
    ),
    "Safari: choose Safari, Settings for this website, and allow the microphone.": (
        "Safari: Wählen Sie Safari, Einstellungen für diese Website, und erlauben Sie das Mikrofon."
    ),
    "On a phone, also check that the browser itself may use the microphone, in the phone's settings.": (
        "Auf einem Telefon: Prüfen Sie auch in dessen Einstellungen, ob der Browser das Mikrofon benutzen darf."
    ),
    "Then record again, or choose a file instead.": "Nehmen Sie dann neu auf, oder wählen Sie eine Datei.",
    "No microphone was found": "Kein Mikrofon gefunden",
    "Connect one, or choose a file instead.": "Schließen Sie eines an, oder wählen Sie eine Datei.",
    "The microphone cannot be used at this address": "Unter dieser Adresse lässt sich das Mikrofon nicht nutzen",
    "Browsers allow it only on https:// pages and on this computer. Choose a file instead.": (
        "Browser erlauben es nur auf Seiten mit https:// und auf diesem Computer. Wählen Sie stattdessen eine Datei."
    ),
    "Nothing was recorded": "Es wurde nichts aufgenommen",
    "Record at least half a second.": "Nehmen Sie mindestens eine halbe Sekunde auf.",
    "The file was not sent": "Die Datei wurde nicht gesendet",
    "The server cannot be reached": "Der Server ist nicht erreichbar",
    "Check your connection, then try again.": "Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.",
    "Drop the recording to analyse it": "Loslassen, um die Aufnahme zu analysieren",
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
    "From {start} to {end} the model found no speech; nothing was written down.": "Von {start} bis {end} hat das Modell keine Sprache gefunden; hier wurde nichts aufgeschrieben.",
    "From {start} to {end} the model did not recognise the language; these words were left out.": "Von {start} bis {end} hat das Modell die Sprache nicht erkannt; diese Wörter wurden weggelassen.",
    "From {start} to {end} the model repeated some words; they are written once.": "Von {start} bis {end} hat das Modell einige Wörter wiederholt; sie stehen nur einmal da.",
    "From {start} to {end} there may be more words than are written here.": "Von {start} bis {end} wurden vielleicht mehr Wörter gesagt, als hier stehen.",
    # The tab "Signal"
    "Signal": "Signal",
    "Record something or choose a file in the tab “Recognise”, then come back to this tab.": "Nehmen Sie im Reiter „Erkennen“ etwas auf oder wählen Sie eine Datei, und kommen Sie dann hierher zurück.",
    "Middle of the frame, in seconds": "Mitte des Fensters in Sekunden",
    "1 Waveform and frame": "1 Wellenform und Fenster",
    "A recording is a list of numbers, one for each moment at which the sound was sampled. The mark is the chosen frame. In so short a time a voice hardly changes, so a few numbers describe it.": "Eine Aufnahme ist eine Liste von Zahlen, eine für jeden Zeitpunkt, zu dem der Schall abgetastet wurde. Die Markierung ist das gewählte Fenster. In so kurzer Zeit ändert sich eine Stimme kaum, deshalb genügen wenige Zahlen, um sie zu beschreiben.",
    "none, this frame is not voiced": "keine, dieses Fenster ist stimmlos",
    "Window": "Fensterfunktion",
    "Cutting a frame out leaves two hard edges, which would add frequencies that are not in the voice. The Hann window fades both ends out before the Fourier transform.": "Beim Ausschneiden entstehen zwei harte Kanten. Sie würden Frequenzen hinzufügen, die nicht in der Stimme sind. Die Hann-Funktion blendet beide Enden vor der Fourier-Transformation aus.",
    "2 Fourier transform and Parseval's identity": "2 Fourier-Transformation und Satz von Parseval",
    "The discrete Fourier transform writes the frame as a sum of sine waves, and the FFT computes it quickly. In a voiced frame, the peaks at equal distances are the harmonics of the pitch. This is the highest one:": "Die diskrete Fourier-Transformation schreibt das Fenster als Summe von Sinusschwingungen; die FFT berechnet sie schnell. Bei einer stimmhaften Stelle sind die Spitzen in gleichem Abstand die Obertöne der Grundfrequenz. Dies ist die höchste:",
    "Parseval: the energy is the same, whether it is summed over time or over frequency.": "Parseval: Die Energie ist dieselbe, ob man sie über die Zeit oder über die Frequenz summiert.",
    "3 Spectrogram": "3 Spektrogramm",
    "The short-time Fourier transform (STFT) takes a frame every 10 ms. Its squared magnitude, one column for each frame, is the spectrogram. Click it, or the waveform, to choose another frame.": "Die Kurzzeit-Fourier-Transformation (STFT) nimmt alle 10 ms ein Fenster. Ihr Betragsquadrat, eine Spalte je Fenster, ist das Spektrogramm. Klicken Sie darauf oder auf die Wellenform, um ein anderes Fenster zu wählen.",
    "4 From mel bands to MFCCs": "4 Von den Mel-Bändern zu den MFCCs",
    "People distinguish low tones better than high ones. The mel scale follows this: 26 triangular filters, narrow at the bottom and wide at the top, add up the energy of neighbouring frequencies. This is the band with the most energy:": "Menschen unterscheiden tiefe Töne besser als hohe. Die Mel-Skala bildet das nach: 26 Dreiecksfilter, unten schmal und oben breit, summieren die Energie benachbarter Frequenzen. Dies ist das Band mit der größten Energie:",
    "Logarithm and cosine transform": "Logarithmus und Kosinustransformation",
    "The logarithm turns products into sums, so the sound of the vocal cords and the filter of the mouth add up. The cosine transform (DCT) separates the coarse shape, which the mouth makes, from the fine one. The first 13 numbers are the MFCCs. The dashed curve shows what they keep.": "Der Logarithmus macht aus Produkten Summen; so addieren sich der Klang der Stimmlippen und die Wirkung des Mundraums als Filter. Die Kosinustransformation (DCT) trennt den groben Verlauf, den der Mundraum formt, vom feinen. Die ersten 13 Zahlen sind die MFCCs. Die gestrichelte Kurve zeigt, was sie behalten.",
    "MFCCs, Δ and standardisation": "MFCCs, Δ und Standardisierung",
    "Δ says how fast an MFCC changes: the slope of a straight line through five frames. Standardisation subtracts the mean over the part that is shown and divides by the standard deviation, so all numbers have the same scale.": "Δ sagt, wie schnell sich ein MFCC ändert: Es ist die Steigung einer Geraden durch fünf Fenster. Die Standardisierung zieht den Mittelwert über den gezeigten Teil ab und teilt durch die Standardabweichung, damit alle Zahlen denselben Maßstab haben.",
    "MFCCs of this frame": "MFCCs dieses Fensters",
    "5 Z-transform and poles": "5 Z-Transformation und Pole",
    "Linear prediction (LPC) estimates each sample from the 18 before it. Its z-transform is a filter with only poles, as a tube like the throat and mouth has. A pole (×) near the unit circle is a resonance. All poles lie inside the circle, so the filter is stable. Its zeros (○) lie at the origin.": "Die lineare Vorhersage (LPC) schätzt jeden Abtastwert aus den 18 Werten davor. Ihre Z-Transformierte ist ein Filter, das nur Pole hat, wie es zu einer Röhre aus Rachen und Mund passt. Ein Pol (×) nahe am Einheitskreis ist eine Resonanz. Alle Pole liegen im Kreis, also ist das Filter stabil. Seine Nullstellen (○) liegen im Ursprung.",
    "Frequency response": "Frequenzgang",
    "On the unit circle, z stands for a frequency, and |H| is the envelope of the spectrum: the harmonics of the pitch are gone, and the resonances remain. High frequencies were lifted before, because the vocal cords give them less energy.": "Auf dem Einheitskreis steht z für eine Frequenz, und |H| ist die Hüllkurve des Spektrums: Die Obertöne sind weg, die Resonanzen bleiben. Hohe Frequenzen wurden vorher angehoben, weil die Stimmlippen ihnen weniger Energie geben.",
    "Impulse response": "Impulsantwort",
    "This is what the mouth makes of a single pulse of the vocal cords: a sum of oscillations that fade, one for each pair of poles.": "Das macht der Mundraum aus einem einzigen Impuls der Stimmlippen: eine Summe abklingender Schwingungen, eine für jedes Polpaar.",
    "6 Laplace transform and formants": "6 Laplace-Transformation und Formanten",
    "The Laplace transform describes the same resonances in continuous time. The logarithm maps the inside of the unit circle to the left half of the plane: the imaginary part is the frequency of a formant, and the real part says how fast it fades, which is its bandwidth.": "Die Laplace-Transformation beschreibt dieselben Resonanzen in kontinuierlicher Zeit. Der Logarithmus bildet das Innere des Einheitskreises auf die linke Halbebene ab: Der Imaginärteil ist die Frequenz eines Formanten, und der Realteil sagt, wie schnell er abklingt; das ist seine Bandbreite.",
    "This frame has no formants: it is silent, or has no sharp resonance.": "Dieses Fenster hat keine Formanten: Es ist still oder hat keine scharfe Resonanz.",
    "A high pitch draws the formants towards its harmonics and makes them less certain.": "Eine hohe Stimme zieht die Formanten zu ihren Obertönen hin; sie sind dann weniger sicher.",
    "Formants of this frame": "Formanten dieses Fensters",
    "7 The decision": "7 Die Entscheidung",
    "The model finds no speech in this recording, so there are no probabilities.": "Das Modell findet in dieser Aufnahme keine Sprache, deshalb gibt es keine Wahrscheinlichkeiten.",
    "Only the probabilities p of this prediction are known here: the model gives nothing else, or the recording is long and p is the mean over its windows, or another model is active now. Logits count only up to a constant, so the logarithm of p serves as the logit z.": "Von dieser Vorhersage sind hier nur die Wahrscheinlichkeiten p bekannt: Das Modell gibt nichts anderes aus, oder die Aufnahme ist lang und p ist das Mittel über ihre Fenster, oder inzwischen ist ein anderes Modell aktiv. Logits sind nur bis auf eine Konstante bestimmt, deshalb dient der Logarithmus von p als Logit z.",
    "The model turns the recording into an embedding x, and standardises it by the mean and the standard deviation of the training clips. A linear layer makes a logit z for each emotion, and the temperature T calibrates them.": "Das Modell macht aus der Aufnahme einen Vektor x und standardisiert ihn mit Mittelwert und Standardabweichung der Clips, mit denen es trainiert wurde. Eine lineare Schicht bildet daraus für jede Emotion ein Logit z, und die Temperatur T kalibriert sie.",
    "Then the logits are corrected for the speaker's voice.": "Danach werden die Logits für die Stimme der sprechenden Person korrigiert.",
    "The largest standardised values": "Die größten standardisierten Werte",
    "Softmax": "Softmax",
    "Softmax turns the logits into probabilities: positive numbers that sum to 1.": "Softmax macht aus den Logits Wahrscheinlichkeiten: positive Zahlen, deren Summe 1 ist.",
    "Cross-entropy and the rule": "Kreuzentropie und Entscheidungsregel",
    "Training minimises the weighted cross-entropy: the less probable the true emotion y is, the larger the loss. The table has the loss L for each emotion, as if it were the true one. For the predicted one:": "Das Training minimiert die gewichtete Kreuzentropie: Je unwahrscheinlicher die wahre Emotion y ist, desto größer ist der Verlust. Die Tabelle nennt für jede Emotion den Verlust L, als wäre sie die wahre. Für die vorhergesagte:",
    "The prediction is the most probable emotion. Below the threshold θ it is “not sure”. A second emotion is named too if its probability is close.": "Vorhergesagt wird die wahrscheinlichste Emotion. Unterhalb der Schwelle θ lautet das Urteil „unsicher“. Liegt eine zweite Emotion knapp dahinter, wird auch sie genannt.",
    "All emotions": "Alle Emotionen",
    "Waveform with the chosen frame": "Wellenform mit dem gewählten Fenster",
    "The frame, the window, and their product": "Das Fenster, die Fensterfunktion und ihr Produkt",
    "Spectrum of the frame": "Spektrum des Fensters",
    "Spectrogram with the chosen frame: brighter is louder": "Spektrogramm mit dem gewählten Fenster: Heller ist lauter",
    "The mel filters over the power spectrum": "Die Mel-Filter über dem Leistungsspektrum",
    "Energy of each mel band, and the curve of the MFCCs": "Energie jedes Mel-Bands und die Kurve der MFCCs",
    "Poles and zeros in the z plane": "Pole und Nullstellen in der z-Ebene",
    "Magnitude of the filter over the spectrum": "Betrag des Filters über dem Spektrum",
    "Impulse response of the filter": "Impulsantwort des Filters",
    "Formants in the Laplace plane": "Formanten in der Laplace-Ebene",
    "How often each standardised value occurs": "Wie oft jeder standardisierte Wert vorkommt",
    # Live
    "Allow the microphone …": "Erlauben Sie das Mikrofon …",
    "Browsers allow the microphone only on https:// pages, and on the server's own computer.": "Browser erlauben das Mikrofon nur auf Seiten mit https:// und auf dem Computer des Servers selbst.",
    "Confidence: {word}, {share}": "Sicherheit: {word}, {share}",
    "Emotions of the last minute": "Emotionen der letzten Minute",
    "Hear emotions live": "Emotionen live erkennen",
    "Let the browser clean the sound": "Ton vom Browser bereinigen lassen",
    "Listening …": "Hört zu …",
    "No emotion stands out. Closest: {closest}.": "Keine Emotion sticht heraus. Am ehesten: {closest}.",
    "No microphone was found. Connect one, then start again.": "Es wurde kein Mikrofon gefunden. Schließen Sie eines an und starten Sie erneut.",
    "Not listening": "Hört nicht zu",
    "Speak, and the emotion appears here.": "Sprechen Sie, dann erscheint hier die Emotion.",
    "Start listening": "Zuhören starten",
    "Start listening and speak. The emotion of the last seconds appears here.": "Starten Sie das Zuhören und sprechen Sie. Hier erscheint die Emotion der letzten Sekunden.",
    "Stopped": "Gestoppt",
    "The browser does not allow the microphone. Allow it with the icon next to the address, then start again.": "Der Browser erlaubt das Mikrofon nicht. Erlauben Sie es mit dem Symbol neben der Adresse und starten Sie erneut.",
    "The browser sends the sound as the microphone records it, without noise suppression, unless you tick the box.": "Der Browser sendet den Ton so, wie das Mikrofon ihn aufnimmt, ohne Rauschunterdrückung, es sei denn, Sie setzen das Häkchen.",
    "The last part of the sound is still being analysed; send one after the other.": "Der letzte Abschnitt des Tons wird noch verarbeitet; senden Sie einen nach dem anderen.",
    "The microphone cannot be used. Another program may be using it; close it, then start again.": "Das Mikrofon kann nicht verwendet werden. Vielleicht nutzt es ein anderes Programm; schließen Sie dieses und starten Sie erneut.",
    "The microphone is silent. Check that it is not muted.": "Vom Mikrofon kommt kein Ton. Prüfen Sie, ob es stummgeschaltet ist.",
    "The microphone was disconnected. Connect it, then start again.": "Das Mikrofon wurde getrennt. Schließen Sie es an und starten Sie erneut.",
    "The page cannot be reached. Check your connection, then start again.": "Die Seite ist nicht erreichbar. Prüfen Sie Ihre Verbindung und starten Sie erneut.",
    "The server has forgotten your voice.": "Der Server hat Ihre Stimme vergessen.",
    "Too many people are using Live at the moment; try again in a minute.": "Gerade nutzen zu viele Personen Live; versuchen Sie es in einer Minute erneut.",
    "You are listening in too many windows at once; stop one of them.": "Sie hören in zu vielen Fenstern gleichzeitig zu; stoppen Sie eines davon.",
    "Your voice is not stored: the server keeps three seconds of it in memory while you speak.": "Ihre Stimme wird nicht gespeichert: Der Server behält drei Sekunden davon im Arbeitsspeicher, solange Sie sprechen.",
    "now": "jetzt",
    "or": "oder",
    "Live": "Live",
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
    "1 recording is not used for training: the opinions are tied or mixed. Another opinion may decide.": (
        "1 Aufnahme wird nicht zum Training verwendet: Die Einschätzungen sind unentschieden oder gemischt. Eine weitere "
        "kann den Ausschlag geben."
    ),
    "{count} recordings are not used for training: the opinions are tied or mixed. Another opinion may decide.": (
        "{count} Aufnahmen werden nicht zum Training verwendet: Die Einschätzungen sind unentschieden oder gemischt. Eine "
        "weitere kann den Ausschlag geben."
    ),
    "EMOTION_HF_RETRAINING_DATA does not name the original corpora, so no new version can be promoted.": (
        "EMOTION_HF_RETRAINING_DATA nennt die ursprünglichen Korpora nicht, deshalb lässt sich keine neue Version aktivieren."
    ),
    "### Before and after\nRecord something or choose a file. The active model and the chosen version both analyse this recording. If the chosen\nversion is already active, it is compared with the previous one. The recording is not saved.\n": (
        "### Vorher und nachher\nNehmen Sie etwas auf, oder wählen Sie eine Datei. Das aktive Modell und die gewählte Version "
        "analysieren diese Aufnahme beide. Ist die gewählte Version schon aktiv, wird sie mit der vorherigen verglichen. Die "
        "Aufnahme wird nicht gespeichert.\n"
    ),
    "Start retraining": "Neu trainieren",
    "### Versions": "### Versionen",
    "Version": "Version",
    "Use this version": "Diese Version verwenden",
    "Go back to the previous one": "Zurück zur vorherigen",
    "{name}, active": "{name}, aktiv",
    "Before": "Vorher",
    "After": "Nachher",
    "{model} is the active model.": "{model} ist das aktive Modell.",
    "1 correction since the last training.": "1 Korrektur seit dem letzten Training.",
    "{count} corrections since the last training.": "{count} Korrekturen seit dem letzten Training.",
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
