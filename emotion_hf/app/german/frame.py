"""The German texts of the page around its tabs."""

TEXTS = {
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
}
