"""The German of the sentences about recordings and their analysis."""

SENTENCES = {
    # Recordings that cannot be used: audio.py, sources.py, decoding/
    "{name} is empty (0 bytes); record or export it again.": (
        "{name} ist leer (0 Byte); nehmen Sie neu auf oder exportieren Sie die Datei noch einmal."
    ),
    "{name} is larger than {most:n} MB; cut it into pieces.": "{name} ist größer als {most} MB; teilen Sie die Aufnahme.",
    "{name} is a folder; name a recording in it.": "{name} ist ein Ordner; nennen Sie eine Aufnahme darin.",
    "{name} is a link to {target}, which does not exist; restore that file.": (
        "{name} ist ein Verweis auf {target}, und diese Datei gibt es nicht; stellen Sie sie wieder her."
    ),
    "There is no file {name}; check the name.": "Es gibt keine Datei {name}; prüfen Sie den Namen.",
    "{name} is not a regular file; name a recording.": "{name} ist keine gewöhnliche Datei; nennen Sie eine Aufnahme.",
    "{name} cannot be read ({reason}); check the file and its permissions.": (
        "{name} lässt sich nicht lesen ({reason}); prüfen Sie die Datei und ihre Zugriffsrechte."
    ),
    "{name} is longer than {most:n} s; cut it into pieces.": "{name} ist länger als {most} s; teilen Sie die Aufnahme.",
    "{name} is {seconds:n} s long; cut it to at most {most:n} s.": (
        "{name} ist {seconds} s lang; kürzen Sie die Aufnahme auf höchstens {most} s."
    ),
    "{name} is {seconds:n} s long; record at least {least:n} s.": (
        "{name} ist {seconds} s lang; nehmen Sie mindestens {least} s auf."
    ),
    "{name} contains no audio that can be read (zero samples); record or export it again.": (
        "{name} enthält keinen lesbaren Ton; nehmen Sie neu auf, oder exportieren Sie die Datei noch einmal."
    ),
    "{name} is cut off or damaged before its first sound; export it again.": (
        "{name} ist vor dem ersten Ton abgeschnitten oder beschädigt; exportieren Sie die Datei noch einmal."
    ),
    "{name} is cut off, damaged or of an unknown kind: only {seconds:n} s of its {promised:n} s can be read; export it again.": (
        "{name} ist abgeschnitten, beschädigt oder von unbekannter Art: Nur {seconds} s von {promised} s sind lesbar; exportieren Sie die "
        "Datei noch einmal."
    ),
    "{name} has invalid samples (NaN, infinite or above 1e12); export it again.": (
        "{name} hat ungültige Abtastwerte (NaN, unendlich oder über 1e12); exportieren Sie die Datei noch einmal."
    ),
    "{name} has a sampling rate of {rate:n} Hz; use a rate from {least:n} to {most:n} Hz.": (
        "{name} hat eine Abtastrate von {rate} Hz; möglich sind {least} bis {most} Hz."
    ),
    "{name} has {count:n} channels; use a recording with 1 to {most:n}.": (
        "{name} hat {count} Kanäle; verwenden Sie eine Aufnahme mit 1 bis {most}."
    ),
    "{name} has an impossible number of channels; use a recording with 1 to {most:n}.": (
        "{name} hat eine unmögliche Anzahl von Kanälen; verwenden Sie eine Aufnahme mit 1 bis {most}."
    ),
    "{name} has no channel {channel:n}; it has {known}.": "{name} hat keinen Kanal {channel}; vorhanden: {known}.",
    "only channel 0": "nur Kanal 0",
    "channels 0 to {last:n}": "Kanäle 0 bis {last}",
    "{name} is a playlist that points to other files; use the recording itself.": (
        "{name} ist eine Wiedergabeliste, die auf andere Dateien verweist; wählen Sie die Aufnahme selbst."
    ),
    "{name} is text, not audio; use a recording in one of these formats: {formats}.": (
        "{name} ist Text, kein Ton; verwenden Sie eine Aufnahme in einem dieser Formate: {formats}."
    ),
    "{name} is not in a known format; use {formats}.": "{name} hat kein bekanntes Format; möglich sind {formats}.",
    "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, WebM, MP4, MOV, AMR or 3GP": (
        "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, WebM, MP4, MOV, AMR oder 3GP"
    ),
    "{name} begins like {format} but cannot be opened; it may be cut off or damaged, so export it again.": (
        "{name} beginnt wie {format}, lässt sich aber nicht öffnen; vielleicht ist die Datei abgeschnitten oder "
        "beschädigt, exportieren Sie sie also noch einmal."
    ),
    "{name} begins like {format}, but none of its sound can be decoded; export it again.": (
        "{name} beginnt wie {format}, aber nichts vom Ton lässt sich lesen; exportieren Sie die Datei noch einmal."
    ),
    "{name} is a Git LFS pointer, not the recording itself; fetch it by `git lfs pull`.": (
        "{name} ist ein Verweis von Git LFS, nicht die Aufnahme selbst; holen Sie diese mit `git lfs pull`."
    ),
    "{name} is a git-annex link to a recording that is not here; fetch it by `git annex get {file}`.": (
        "{name} ist ein Verweis von git-annex auf eine Aufnahme, die nicht hier ist; holen Sie diese mit `git annex get {file}`."
    ),
    "{name} is a git-annex pointer, not the recording itself; fetch it by `git annex get {file}`.": (
        "{name} ist ein Verweis von git-annex, nicht die Aufnahme selbst; holen Sie diese mit `git annex get {file}`."
    ),
    "{name} has no track {track:n}; it has {known}.": "{name} hat keine Tonspur {track}; vorhanden: {known}.",
    "only track 0": "nur Tonspur 0",
    "tracks 0 to {last:n}": "Tonspuren 0 bis {last}",
    "{name} has no audio track; use a recording with one.": "{name} hat keine Tonspur; verwenden Sie eine Datei mit Ton.",
    "{name} contains {format} audio in an unknown encoding; export it as 16-bit WAV or FLAC.": (
        "{name} enthält {format}-Ton in einer unbekannten Kodierung; exportieren Sie ihn als WAV mit 16 Bit oder FLAC."
    ),
    # How a recording was read: decoding/, mixing.py, audio.py
    "Only {seconds:n} of {promised:n} s can be read.": "Nur {seconds} von {promised} s sind lesbar.",
    "The end of the recording is missing or damaged.": "Das Ende der Aufnahme fehlt oder ist beschädigt.",
    "{seconds:n} s of the recording cannot be decoded and count as silence.": (
        "{seconds} s der Aufnahme sind nicht lesbar und zählen als Stille."
    ),
    "The file has no header; its name says {format} at {rate:n} Hz.": (
        "Die Datei hat keinen Dateikopf; laut ihrem Namen ist sie {format} mit {rate} Hz."
    ),
    "The file has {count:n} audio tracks; number {track:n} (counted from 0) is used.": (
        "Die Datei hat {count} Tonspuren; verwendet wird Nummer {track} (gezählt ab 0)."
    ),
    "Only the {side} channel is used, because the channels cancel each other out.": (
        "Nur der Kanal „{side}“ wird verwendet, weil die Kanäle sich gegenseitig auslöschen."
    ),
    "Only the {side} channel is used; the {other} one holds noise and hardly any speech.": (
        "Nur der Kanal „{side}“ wird verwendet; der andere („{other}“) enthält Störgeräusche und kaum Sprache."
    ),
    "Only channel {channel:n} (counted from 0) is used, because the channels cancel each other out.": (
        "Nur Kanal {channel} (gezählt ab 0) wird verwendet, weil die Kanäle sich gegenseitig auslöschen."
    ),
    "Channels that hold noise and hardly any speech are left out: {numbers} (counted from 0).": (
        "Kanäle mit Störgeräuschen und kaum Sprache werden weggelassen: {numbers} (gezählt ab 0)."
    ),
    # Waiting for a turn: turns.py
    "{count:n} recordings are already waiting here; try again in {time}.": (
        "Hier warten schon {count} Aufnahmen; versuchen Sie es in {time} erneut."
    ),
    "This recording would have to wait for {wait}, because many others come first; try again in {later}, or send a shorter one.": (
        "Diese Aufnahme müsste {wait} lang warten, weil viele andere vor ihr an der Reihe sind; versuchen Sie es in "
        "{later} erneut, oder nehmen Sie eine kürzere."
    ),
    "This recording could not be analysed within {seconds:n} s, because many others were being analysed; try again later, or send a shorter one.": (
        "Diese Aufnahme konnte in {seconds} s nicht analysiert werden, weil viele andere an der Reihe waren; versuchen "
        "Sie es später erneut, oder nehmen Sie eine kürzere."
    ),
    # Analysis: prediction.py, recognizer.py, explain.py, timeline, live.py, speech.py
    "The model {model} gives scores that are not finite; load another one.": (
        "Das Modell {model} liefert ungültige Werte; laden Sie ein anderes."
    ),
    "The speech gate's file {name} is missing or damaged; install emotion_hf again.": (
        "Die Datei {name} der Sprachprüfung fehlt oder ist beschädigt; installieren Sie emotion_hf neu."
    ),
    "This recording is {seconds:n} s long; choose a part of at most {most:n} s to explain.": (
        "Diese Aufnahme hat {seconds} s; wählen Sie zum Erklären einen Teil von höchstens {most} s."
    ),
    "This recording contains no speech, so there is no prediction to explain.": (
        "Diese Aufnahme enthält keine Sprache, also gibt es keine Vorhersage zu erklären."
    ),
    "A window of {seconds:n} s cannot be used; choose from {least:n} to {most:n} s.": (
        "Ein Fenster von {seconds} s ist nicht möglich; wählen Sie {least} bis {most} s."
    ),
    "A step of {step:n} s cannot be used; choose one above 0 and at most the window's {window:n} s.": (
        "Ein Schritt von {step} s ist nicht möglich; wählen Sie mehr als 0 s und höchstens die {window} s des Fensters."
    ),
    "{count:n} speakers cannot be told apart; choose 1 or 2.": (
        "{count} Personen lassen sich nicht unterscheiden; wählen Sie 1 oder 2."
    ),
    "The model {model} cannot tell speakers apart by itself; name a speaker-verification model.": (
        "Das Modell {model} kann Personen nicht selbst unterscheiden; nennen Sie ein Modell zur Sprecherverifikation."
    ),
    "There is no speaker {speaker} in this recording; the speakers are {known}.": (
        "In dieser Aufnahme gibt es keine Person {speaker}; es gibt {known}."
    ),
    "none, because they were not told apart": "keine, weil sie nicht unterschieden wurden",
    "{model} cannot be adapted to a speaker; use a model of the recipe whisper, with its own labels.": (
        "{model} lässt sich nicht an eine Stimme anpassen; verwenden Sie ein Modell des Rezepts whisper mit seinen "
        "eigenen Namen der Emotionen."
    ),
    "There are {recordings:n} recordings and {emotions:n} emotions; give one for each.": (
        "Es sind {recordings} Aufnahmen und {emotions} Emotionen; geben Sie für jede eine an."
    ),
    "{model} has no label {labels}; give the emotion of each recording.": (
        "{model} kennt {labels} nicht; geben Sie die Emotion jeder Aufnahme an."
    ),
    "The sound has a sampling rate of {rate:n} Hz; use a rate from {least:n} to {most:n} Hz.": (
        "Der Ton hat eine Abtastrate von {rate} Hz; möglich sind {least} bis {most} Hz."
    ),
    "The sound has invalid samples (NaN, infinite or above 1e12); this part is left out.": (
        "Der Ton hat ungültige Abtastwerte (NaN, unendlich oder über 1e12); dieser Teil wird ausgelassen."
    ),
    "Unknown label {label}; the labels are {labels}.": "{label} ist keine bekannte Emotion; möglich sind {labels}.",
    # This session: history.py, my_voice.py, correction.py, recognise.py, uploads.py, services.py
    "This recording is no longer kept here; record it again.": (
        "Diese Aufnahme ist hier nicht mehr gespeichert; nehmen Sie neu auf."
    ),
    "This recording is no longer kept here; record or choose it again.": (
        "Diese Aufnahme ist hier nicht mehr gespeichert; nehmen Sie neu auf, oder wählen Sie die Datei noch einmal."
    ),
    "This part of the recording is no longer shown; choose another one.": (
        "Dieser Abschnitt der Aufnahme wird nicht mehr gezeigt; wählen Sie einen anderen."
    ),
    "This server cannot keep the recording ({reason}); try again later.": (
        "Der Server kann die Aufnahme nicht speichern ({reason}); versuchen Sie es später erneut."
    ),
    "The analysis was stopped. Choose the recording again to start it.": (
        "Die Analyse wurde abgebrochen. Wählen Sie die Aufnahme erneut, um sie zu starten."
    ),
    "There are {count:n} recordings; choose from 1 to {most:n} at once.": (
        "Es sind {count} Aufnahmen; wählen Sie 1 bis {most} auf einmal."
    ),
    "Mark at least two recordings of one person first.": "Markieren Sie zuerst mindestens zwei Aufnahmen einer Person.",
    "Mark the recordings of your voice in the list first.": (
        "Markieren Sie zuerst in der Liste die Aufnahmen Ihrer Stimme."
    ),
    "Choose the emotion of each marked recording first, below its prediction.": (
        "Wählen Sie zuerst die Emotion jeder markierten Aufnahme, unter ihrer Vorhersage."
    ),
    "The marked recordings contain no speech; mark others.": (
        "Die markierten Aufnahmen enthalten keine Sprache; markieren Sie andere."
    ),
    "This is none of the emotions; choose one of them.": "Das ist keine der Emotionen; wählen Sie eine von ihnen.",
    "Upload the recording first: send the file to /gradio_api/upload, and use the name that this returns.": (
        "Laden Sie die Aufnahme zuerst hoch: Senden Sie die Datei an /gradio_api/upload, und verwenden Sie den Namen, den "
        "Sie zurückbekommen."
    ),
    "The page reads no files of this server and no addresses of other sites.": (
        "Die Seite liest keine Dateien dieses Servers und keine Adressen anderer Seiten."
    ),
}
