// The German of each English text of the page.

export const GERMAN = {
  "Speech emotion recognition": "Emotionen in der Stimme erkennen",
  "Your voice never leaves this device.": "Ihre Stimme verlässt dieses Gerät nicht.",
  "Loading the model": "Das Modell wird geladen",
  "{size} MB, only the first time": "{size} MB, nur beim ersten Mal",
  "Ready, also without a network.": "Bereit, auch ohne Netz.",
  "Ready.": "Bereit.",
  "Record": "Aufnehmen",
  "Record again": "Neu aufnehmen",
  "Stop": "Stopp",
  "Choose a file": "Datei auswählen",
  "A recording has at most 30 seconds.": "Eine Aufnahme dauert höchstens 30 Sekunden.",
  "Speak to see a prediction": "Sprechen Sie, um eine Vorhersage zu sehen",
  "Record about three seconds, choose a file, or drop one anywhere on this page.":
    "Nehmen Sie etwa drei Sekunden auf, wählen Sie eine Datei, oder ziehen Sie eine auf diese Seite.",
  "Recording": "Aufnahme läuft",
  "Analysing": "Analyse läuft",
  "No speech detected": "Keine Sprache erkannt",
  "This recording contains no voice. Speak closer to the microphone, or choose another recording.":
    "Diese Aufnahme enthält keine Stimme. Sprechen Sie näher am Mikrofon, oder wählen Sie eine andere Aufnahme.",
  "Not sure": "Unsicher",
  "No emotion stands out. Closest:": "Keine Emotion sticht heraus. Am ehesten:",
  "Confidence:": "Sicherheit:",
  "high": "hoch",
  "medium": "mittel",
  "low": "niedrig",
  "expressed strongly": "stark ausgedrückt",
  "expressed moderately": "mäßig ausgedrückt",
  "expressed mildly": "schwach ausgedrückt",
  "{seconds} seconds of audio, analysed in {time} s; model: {model}":
    "{seconds} Sekunden Ton, analysiert in {time} s; Modell: {model}",
  "This recording is very short. Two to five seconds of speech say more.":
    "Diese Aufnahme ist sehr kurz. Zwei bis fünf Sekunden Sprache sagen mehr.",
  "Only the first 30 seconds of this recording were used.": "Nur die ersten 30 Sekunden dieser Aufnahme wurden verwendet.",
  "The answer is the mean over the recording; emotions may change within it.":
    "Die Antwort ist der Mittelwert über die Aufnahme; darin können Emotionen wechseln.",
  "Probability of each emotion": "Wahrscheinlichkeit jeder Emotion",
  "Emotion": "Emotion",
  "Probability": "Wahrscheinlichkeit",
  " or ": " oder ",
  "neutral": "neutral",
  "calm": "ruhig",
  "happy": "fröhlich",
  "sad": "traurig",
  "angry": "wütend",
  "fearful": "ängstlich",
  "disgust": "angewidert",
  "surprised": "überrascht",
  "even": "gleichmäßig",
  "quiet and pleasant": "leise und angenehm",
  "quiet and unpleasant": "leise und unangenehm",
  "lively and pleasant": "lebhaft und angenehm",
  "lively and sudden": "lebhaft und plötzlich",
  "agitated and unpleasant": "aufgebracht und unangenehm",
  "anxious and unpleasant": "beklommen und unangenehm",
  "repelled and unpleasant": "abgestoßen und unangenehm",
  "What this is.": "Was ist das?",
  "The model names the emotion that listeners would perceive in how something is said. It learned from acted speech. It recognises expressed emotion, not what a person feels inside, and it can be wrong. For simulation and education only.":
    "Das Modell benennt die Emotion, die Zuhörende in der Stimme wahrnehmen würden. Es hat aus gespielter Sprache gelernt. Es erkennt ausgedrückte Emotionen, nicht was jemand innerlich fühlt, und kann sich irren. Nur für Simulation und Lehre.",
  "What it is not for.": "Wofür es nicht gedacht ist.",
  "No medical use, no hiring, no lie detection. Inferring emotions of people at work or in education is prohibited in the EU (AI Act, Art. 5(1)(f)); anyone who uses it elsewhere must tell the people concerned (Art. 50(3)).":
    "Nicht für Medizin, Einstellungen oder Lügenerkennung. Emotionen von Menschen bei der Arbeit oder in der Ausbildung abzuleiten ist in der EU verboten (KI-Verordnung, Art. 5 Abs. 1 Buchst. f); wer es anderswo nutzt, muss die Betroffenen informieren (Art. 50 Abs. 3).",
  "Your voice.": "Ihre Stimme.",
  "The page computes on this device. It sends no recording and no answer to anybody, keeps none, and works offline.":
    "Die Seite rechnet auf diesem Gerät. Sie sendet weder Aufnahmen noch Antworten, bewahrt keine auf und funktioniert offline.",
  "Licences.": "Lizenzen.",
  "The weights of the model are licensed under {licence}.": "Die Gewichte des Modells stehen unter der Lizenz {licence}.",
  "The model's folder states no licence of its weights.": "Der Ordner des Modells nennt keine Lizenz der Gewichte.",
  "All licences": "Alle Lizenzen",
  "This file is larger than 200 MB; choose a shorter recording.":
    "Diese Datei ist größer als 200 MB; wählen Sie eine kürzere Aufnahme.",
  "The browser cannot read this file as a recording; choose another one, such as WAV, MP3 or M4A.":
    "Der Browser kann diese Datei nicht als Aufnahme lesen; wählen Sie eine andere, zum Beispiel WAV, MP3 oder M4A.",
  "The recording is {seconds} s long; record at least {least} s.":
    "Die Aufnahme ist {seconds} s lang; nehmen Sie mindestens {least} s auf.",
  "Browsers allow the microphone only on pages that are served over HTTPS or from localhost.":
    "Browser erlauben das Mikrofon nur auf Seiten, die über HTTPS oder von localhost kommen.",
  "The microphone is not allowed. Allow it for this page in the browser's settings, or choose a file.":
    "Das Mikrofon ist nicht erlaubt. Erlauben Sie es für diese Seite in den Einstellungen des Browsers, oder wählen Sie eine Datei.",
  "No microphone can be used. Connect one, close other programs that use it, or choose a file.":
    "Es lässt sich kein Mikrofon benutzen. Schließen Sie eines an, beenden Sie andere Programme, die es benutzen, oder wählen Sie eine Datei.",
  "No sound arrived. Check the microphone, and record again.":
    "Es kam kein Ton an. Prüfen Sie das Mikrofon, und nehmen Sie noch einmal auf.",
  "The model cannot be loaded. Load the page again; if that does not help, try another browser or free some memory.":
    "Das Modell lässt sich nicht laden. Laden Sie die Seite neu; hilft das nicht, versuchen Sie einen anderen Browser, oder geben Sie Speicher frei.",
  "The recording cannot be analysed. Load the page again, and try once more.":
    "Die Aufnahme lässt sich nicht analysieren. Laden Sie die Seite neu, und versuchen Sie es noch einmal.",
};
