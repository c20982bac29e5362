"""The German of sentences that come finished from the library, such as errors; see `translated` in `words.py`.

A key is the English sentence with ``{names}`` for what varies: ``{name}`` stands for any text, which is translated if
it is a key itself, and ``{seconds:n}`` for a number. `tests/app/test_german_sentences.py` collects the sentences that a
visitor can get from the code, and fails if one is missing here.
"""

PARTS = {
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
}

SENTENCES = {
    # Recordings that cannot be used: audio.py, sources.py, decoding/
    "{name} is empty (0 bytes); record or export it again.": (
        "{name} ist leer (0 Byte); nehmen Sie neu auf oder exportieren Sie die Datei noch einmal."
    ),
    "{name} is larger than {most:n} MB; cut it into pieces.": "{name} ist größer als {most} MB; teilen Sie die Aufnahme.",
    "{name} is a folder; name a recording in it.": "{name} ist ein Ordner; nennen Sie eine Aufnahme darin.",
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
    "{count:n} recordings are already waiting here; try again in a minute.": (
        "Hier warten schon {count} Aufnahmen; versuchen Sie es in einer Minute erneut."
    ),
    "This recording could not be analysed within {seconds:n} s, because many others were being analysed; try again later, or send a shorter one.": (
        "Diese Aufnahme konnte in {seconds} s nicht analysiert werden, weil viele andere an der Reihe waren; versuchen "
        "Sie es später erneut, oder nehmen Sie eine kürzere."
    ),
    # Analysis: prediction.py, recognizer.py, explain.py, timeline, live.py, speech.py
    "The model {model} gives scores that are not finite; load another one.": (
        "Das Modell {model} liefert ungültige Werte; laden Sie ein anderes."
    ),
    "The speech gate needs another version of silero-vad; run: pip install -r requirements.txt": (
        "Die Spracherkennung braucht eine andere Version von silero-vad; starten Sie: pip install -r requirements.txt"
    ),
    "This recording has {seconds:n} s; choose a part of at most {most:n} s to explain.": (
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
    # Corrections: feedback, endpoints.py
    "The recording is silent, so it is not saved; record it again.": (
        "Die Aufnahme ist still und wird deshalb nicht gespeichert; nehmen Sie neu auf."
    ),
    "Consent to store is needed to save a correction; tick the first box.": (
        "Eine Korrektur wird nur mit Ihrem Einverständnis gespeichert; kreuzen Sie das erste Kästchen an."
    ),
    "Consent to store is needed to save a correction; send store=true.": (
        "Eine Korrektur wird nur mit Ihrem Einverständnis gespeichert; senden Sie store=true."
    ),
    "Consent must be exactly true or false; the consent to {use} is neither.": (
        "Ein Einverständnis muss genau true oder false sein; das für {use} ist keines von beiden."
    ),
    "Training and publishing need consent to store; give that too, or neither of them.": (
        "Training und Veröffentlichung brauchen auch das Einverständnis zum Speichern; geben Sie es, oder keines davon."
    ),
    "A correction needs a consent to store, to train and to publish, each true or false.": (
        "Eine Korrektur braucht je ein Einverständnis zum Speichern, Trainieren und Veröffentlichen, true oder false."
    ),
    "This correction is already saved; to change it, delete that record first.": (
        "Diese Korrektur ist schon gespeichert; um sie zu ändern, löschen Sie zuerst den Eintrag."
    ),
    "This recording has been deleted in the meantime; continue with the next.": (
        "Diese Aufnahme wurde inzwischen gelöscht; machen Sie mit der nächsten weiter."
    ),
    "No saved recording has this number.": "Keine gespeicherte Aufnahme hat diese Nummer.",
    "This is not a record's number, which has 32 digits and letters from a to f.": (
        "Das ist keine Belegnummer; sie hat 32 Ziffern und Buchstaben von a bis f."
    ),
    "{count:n} corrections are saved, which is the limit; nothing was saved.": (
        "Die Höchstzahl von {count} Korrekturen ist erreicht; es wurde nichts gespeichert."
    ),
    "You saved {count:n} corrections within a day, which is the limit; save more tomorrow.": (
        "Sie haben an einem Tag {count} Korrekturen gespeichert; mehr geht erst morgen wieder."
    ),
    "The correction cannot be saved, and nothing was saved": (
        "Die Korrektur kann nicht gespeichert werden; es wurde nichts gespeichert"
    ),
    "The record is not deleted yet": "Der Eintrag ist noch nicht gelöscht",
    "The corrections cannot be repaired": "Die Korrekturen lassen sich nicht reparieren",
    "{what}: the disk is full.": "{what}: Die Festplatte ist voll.",
    "{what} ({reason}).": "{what} ({reason}).",
    "Delete corrections, or other files.": "Löschen Sie Korrekturen oder andere Dateien.",
    "The corrections cannot be read ({reason}); check their folder.": (
        "Die Korrekturen lassen sich nicht lesen ({reason}); prüfen Sie ihren Ordner."
    ),
    "The feedback's {name} cannot be read ({reason}).": "Die Datei {name} der Korrekturen ist nicht lesbar ({reason}).",
    "The folder {name} is not a folder of corrections, so nothing in it is read or changed; name an empty or a new one.": (
        "Der Ordner {name} ist kein Ordner für Korrekturen, deshalb wird darin nichts gelesen oder geändert; nennen Sie "
        "einen leeren oder neuen."
    ),
    "These corrections were saved by a later version of emotion_hf; update it to use them.": (
        "Diese Korrekturen stammen von einer neueren Version von emotion_hf; aktualisieren Sie es, um sie zu verwenden."
    ),
    "There is no recording; send an audio file.": "Es gibt keine Aufnahme; senden Sie eine Tondatei.",
    # The server: guard, page.py, uploads.py, listening.py, operators.py
    "Sorry, something went wrong on our side; please try again.": (
        "Leider ist bei uns etwas schiefgegangen; bitte versuchen Sie es erneut."
    ),
    "The request is malformed; /gradio_api/info describes the calls.": (
        "Die Anfrage ist fehlerhaft; /gradio_api/info beschreibt die Aufrufe."
    ),
    "The request does not fit this call; /gradio_api/info describes what it takes.": (
        "Die Anfrage passt nicht zu diesem Aufruf; /gradio_api/info beschreibt, was er erwartet."
    ),
    "This call takes {values}; /gradio_api/info describes them.": (
        "Dieser Aufruf erwartet {values}; /gradio_api/info beschreibt sie."
    ),
    "1 value": "1 Wert",
    "{count:n} values": "{count} Werte",
    "This page is busy; try again soon.": "Die Seite ist ausgelastet; versuchen Sie es gleich noch einmal.",
    "This page is busy with too many {what}; try again soon.": (
        "Die Seite ist mit zu vielen {what} ausgelastet; versuchen Sie es gleich noch einmal."
    ),
    "You have too many {what} open; wait until one has ended.": (
        "Sie haben zu viele {what} offen; warten Sie, bis etwas davon fertig ist."
    ),
    "You send too many requests; wait a little.": "Sie senden zu viele Anfragen; warten Sie ein wenig.",
    "This page gets too many requests; try again soon.": (
        "Die Seite bekommt zu viele Anfragen; versuchen Sie es gleich noch einmal."
    ),
    "You have uploaded too much; wait a moment.": "Sie haben zu viel hochgeladen; warten Sie einen Moment.",
    "Too many of your calls are waiting; wait for a result first.": (
        "Zu viele Ihrer Anfragen warten noch; warten Sie zuerst ein Ergebnis ab."
    ),
    "The request is larger than {size:n} MB, the most this page accepts; send less.": (
        "Die Anfrage ist größer als {size} MB; mehr nimmt diese Seite nicht an. Senden Sie weniger."
    ),
    "The request took too long to arrive; send it again on a faster connection, or send a shorter recording.": (
        "Die Übertragung hat zu lange gedauert; versuchen Sie es mit einer schnelleren Verbindung oder einer kürzeren "
        "Aufnahme."
    ),
    "Content-Length must be a number of bytes.": "Content-Length muss eine Anzahl von Bytes sein.",
    "The server has no room for more recordings; try again later.": (
        "Der Server hat keinen Platz für weitere Aufnahmen; versuchen Sie es später erneut."
    ),
    "Too many recordings are waiting; try again in a few minutes.": (
        "Zu viele Aufnahmen warten; versuchen Sie es in ein paar Minuten erneut."
    ),
    "Send the recording as multipart/form-data, in a field named files.": (
        "Senden Sie die Aufnahme als multipart/form-data in einem Feld namens files."
    ),
    "The form cannot be read; send the recording in a field named files.": (
        "Das Formular ist nicht lesbar; senden Sie die Aufnahme in einem Feld namens files."
    ),
    "There is no recording; send it in a field named files.": (
        "Es gibt keine Aufnahme; senden Sie sie in einem Feld namens files."
    ),
    "This page does not answer to {name}; its operator can add the name to EMOTION_HF_ALLOWED_HOSTS.": (
        "Diese Seite antwortet nicht unter {name}; wer sie betreibt, kann den Namen in EMOTION_HF_ALLOWED_HOSTS ergänzen."
    ),
    "this name": "diesem Namen",
    "There is nothing here; the API is described at /gradio_api/info.": (
        "Hier ist nichts; die Schnittstelle ist unter /gradio_api/info beschrieben."
    ),
    "There is no call named {name}; /gradio_api/info lists them.": (
        "Es gibt keinen Aufruf namens {name}; /gradio_api/info nennt alle."
    ),
    "Other websites may not call this page; open the page itself.": (
        "Andere Websites dürfen diese Seite nicht aufrufen; öffnen Sie die Seite selbst."
    ),
    "This page asks for a user name and a password.": "Diese Seite verlangt einen Benutzernamen und ein Passwort.",
    "Send a random token of 32 hexadecimal digits as the header {name}.": (
        "Senden Sie ein zufälliges Kennzeichen aus 32 Hexadezimalziffern als Kopfzeile {name}."
    ),
    "Send the sampling rate in Hz as the header {name}.": "Senden Sie die Abtastrate in Hz als Kopfzeile {name}.",
    "Send whole samples of 16 bits each; the number of bytes is odd.": (
        "Senden Sie ganze Abtastwerte mit je 16 Bit; die Anzahl der Bytes ist ungerade."
    ),
    "Only the operator of this page may do this; sign in with an account first.": (
        "Das darf nur, wer diese Seite betreibt; melden Sie sich zuerst mit einem Konto an."
    ),
    # Versions and retraining: versions.py, retraining.py, training/new_version.py
    "There is no version {name} in {folder}; {others}.": "Es gibt keine Version {name} in {folder}; {others}.",
    "the existing ones are {names}": "vorhanden sind {names}",
    "there are no versions yet": "es gibt noch keine",
    "The version {name} is damaged: its {file} changed since the training; go back to another version.": (
        "Die Version {name} ist beschädigt: {file} hat sich seit dem Training geändert; kehren Sie zu einer anderen "
        "Version zurück."
    ),
    "The manifest of the version {name} is damaged; remove {folder}.": (
        "Das Verzeichnis der Version {name} ist beschädigt; entfernen Sie {folder}."
    ),
    "{name} must not be promoted.": "{name} darf nicht aktiviert werden.",
    "To use it anyway, give a reason with --force.": "Um sie trotzdem zu verwenden, nennen Sie mit --force einen Grund.",
    "{name} is already active.": "{name} ist schon aktiv.",
    "No version in {folder} is active, so there is nothing to roll back.": (
        "Keine Version in {folder} ist aktiv, also gibt es nichts, wohin man zurückkehren könnte."
    ),
    "A version is already being made; wait for it, or stop it.": (
        "Es entsteht bereits eine Version; warten Sie darauf, oder brechen Sie ab."
    ),
    "{name} is already being made; wait for it, or stop it.": (
        "{name} entsteht bereits; warten Sie darauf, oder brechen Sie ab."
    ),
    "{name} cannot be written ({reason}).": "{name} lässt sich nicht schreiben ({reason}).",
    "{name} cannot be written ({reason}); nothing has changed.": (
        "{name} lässt sich nicht schreiben ({reason}); es hat sich nichts geändert."
    ),
    "{name}, which names the active version, is damaged; remove this file, then choose one with emotion-hf models promote NAME.": (
        "{name}, die Datei mit dem Namen der aktiven Version, ist beschädigt; entfernen Sie sie, und wählen Sie dann mit "
        "emotion-hf models promote NAME eine Version."
    ),
    "To go back to the previous version: emotion-hf models rollback": (
        "Zurück zur vorherigen Version: emotion-hf models rollback"
    ),
    "The retraining log cannot be written in {folder} ({reason}); set {variable} to another folder.": (
        "Das Protokoll des Trainings lässt sich in {folder} nicht schreiben ({reason}); setzen Sie {variable} auf "
        "einen anderen Ordner."
    ),
    "Stopped; nothing was saved.": "Abgebrochen; es wurde nichts gespeichert.",
    "It failed because of an error in this program, see its log; nothing was saved.": (
        "Ein Fehler in diesem Programm hat es beendet, siehe Protokoll; es wurde nichts gespeichert."
    ),
    "It stopped unexpectedly, for example because the machine was switched off; nothing was saved.": (
        "Es endete unerwartet, zum Beispiel weil der Rechner ausgeschaltet wurde; es wurde nichts gespeichert."
    ),
    "Reading the recordings for the training …": "Die Aufnahmen für das Training werden gelesen …",
    "Measuring the current model": "Das aktive Modell wird gemessen",
    "Measuring the new model": "Das neue Modell wird gemessen",
    "{what} …": "{what} …",
    "{what}; about {time} left.": "{what}; noch etwa {time}.",
    # The gate: evaluation/gate.py
    "The new model may be promoted: it is better on corrections and not worse elsewhere.": (
        "Das neue Modell darf aktiviert werden: Es ist auf Korrekturen besser und sonst nicht schlechter."
    ),
    "The new model may be promoted: it is better on the few held-out corrections and not worse elsewhere, but so few cannot prove that it is better on others.": (
        "Das neue Modell darf aktiviert werden: Es ist auf den wenigen zurückgehaltenen Korrekturen besser und sonst nicht "
        "schlechter; so wenige beweisen aber nicht, dass es auf anderen besser ist."
    ),
    "The gate says no.": "Die Prüfung sagt nein.",
    "the {count:n} clips of the {role}": "{count} Clips ({role})",
    "It is not better on {clips} (newly right {right:n}, newly wrong {wrong:n}).": (
        "Auf {clips} ist es nicht besser (neu richtig: {right}, neu falsch: {wrong})."
    ),
    "It gains {change:n} points of UA on {clips} (newly right {right:n}, newly wrong {wrong:n}), but is no better than guessing.": (
        "Auf {clips} gewinnt es {change} Punkte UA (neu richtig: {right}, neu falsch: {wrong}), ist aber nicht besser als "
        "Raten."
    ),
    "It gains {change:n} points of UA on {clips} (newly right {right:n}, newly wrong {wrong:n}).": (
        "Auf {clips} gewinnt es {change} Punkte UA (neu richtig: {right}, neu falsch: {wrong})."
    ),
    "It gains {change:n} points of UA on {clips}, which may be chance (newly right {right:n}, newly wrong {wrong:n}).": (
        "Auf {clips} gewinnt es {change} Punkte UA, vielleicht durch Zufall (neu richtig: {right}, neu falsch: {wrong})."
    ),
    "It gains {change:n} points of UA on {clips} (newly right {right:n}, newly wrong {wrong:n}), too few clips to prove it.": (
        "Auf {clips} gewinnt es {change} Punkte UA (neu richtig: {right}, neu falsch: {wrong}); für einen Beweis sind es zu "
        "wenige Clips."
    ),
    "It gains {change:n} points of UA on {clips} (newly right {right:n}, newly wrong {wrong:n}), too few speakers to prove it.": (
        "Auf {clips} gewinnt es {change} Punkte UA (neu richtig: {right}, neu falsch: {wrong}); für einen Beweis sind es zu "
        "wenige Personen."
    ),
    "The evidence is not enough: fewer than 5 speakers were available for the test.": (
        "Der Nachweis reicht nicht: Für den Test gab es weniger als fünf Personen."
    ),
    "Collect corrections from more people and retrain.": (
        "Sammeln Sie Korrekturen von mehr Personen, und trainieren Sie neu."
    ),
    "It gains {change:n} points of UA on {clips} (newly right {right:n}, newly wrong {wrong:n}), which may be chance.": (
        "Auf {clips} gewinnt es {change} Punkte UA (neu richtig: {right}, neu falsch: {wrong}), vielleicht durch Zufall."
    ),
    "It loses nothing on {clips}.": "Auf {clips} verliert es nichts.",
    "It loses {change:n} points of UA on {clips}, more than chance explains.": (
        "Auf {clips} verliert es {change} Punkte UA, mehr als durch Zufall zu erklären ist."
    ),
    "It loses {change:n} points of UA on {clips}, more than a point and probably not chance.": (
        "Auf {clips} verliert es {change} Punkte UA, mehr als einen Punkt und wohl nicht durch Zufall."
    ),
    "It loses {change:n} points of UA on {clips}, which may be chance.": (
        "Auf {clips} verliert es {change} Punkte UA, vielleicht durch Zufall."
    ),
    "No correction is held out, so a gain cannot be measured; collect more.": (
        "Keine Korrektur wurde zurückgehalten, deshalb lässt sich ein Gewinn nicht messen; sammeln Sie mehr."
    ),
    "A loss cannot be measured without the original corpora (--data).": (
        "Ohne die ursprünglichen Korpora (--data) lässt sich ein Verlust nicht messen."
    ),
    "Name all corpora that it was trained on (--data; for the page EMOTION_HF_RETRAINING_DATA), so that it keeps what it learned from them.": (
        "Nennen Sie alle Korpora, mit denen es trainiert wurde (--data; für die Seite EMOTION_HF_RETRAINING_DATA), damit es "
        "behält, was es daraus gelernt hat."
    ),
    "If you did, lower training.learning_rate on the command line.": (
        "Wenn Sie das getan haben, senken Sie training.learning_rate auf der Kommandozeile."
    ),
    "Train it with noise, on the command line: augmentation.noise=FOLDER.": (
        "Trainieren Sie es auf der Kommandozeile mit Rauschen: augmentation.noise=ORDNER."
    ),
    "The corrections did not help.": "Die Korrekturen haben nicht geholfen.",
    "Listen to some again, because labels may be wrong (the tab Review, or emotion-hf feedback list --disagree).": (
        "Hören Sie einige noch einmal an, denn manche Angabe kann falsch sein (im Reiter „Prüfen“ oder mit emotion-hf "
        "feedback list --disagree)."
    ),
    "Then correct more wrong predictions and retrain.": (
        "Korrigieren Sie dann weitere falsche Vorhersagen, und trainieren Sie neu."
    ),
    "No correction was available for the test.": "Für den Test gab es keine Korrektur.",
    "The evidence is not enough: {clips:n} test clips are too few.": (
        "Der Nachweis reicht nicht: {clips} Clips für den Test sind zu wenige."
    ),
    "The evidence is not enough: to tell so small a gain from chance, collect about {more:n} more corrections; three in ten are held out for the test.": (
        "Der Nachweis reicht nicht: Um einen so kleinen Gewinn vom Zufall zu unterscheiden, sammeln Sie etwa {more} weitere "
        "Korrekturen; drei von zehn werden für den Test zurückgehalten."
    ),
    "Collect about {more:n} more corrections, preferably from several speakers, and retrain: of about {all:n} in total, {tested:n} are held out, which can prove a gain of about 20 points.": (
        "Sammeln Sie etwa {more} weitere Korrekturen, möglichst von mehreren Personen, und trainieren Sie neu: Von etwa "
        "{all} insgesamt werden {tested} zurückgehalten; das kann einen Gewinn von etwa 20 Punkten beweisen."
    ),
    "There is 1 correction to learn from; a retraining needs at least {least:n}.": (
        "Es gibt 1 Korrektur zum Lernen; ein Training braucht mindestens {least}."
    ),
    "There are {count:n} corrections to learn from; a retraining needs at least {least:n}.": (
        "Zum Lernen gibt es {count} Korrekturen; ein Training braucht mindestens {least}."
    ),
    "No correction is saved yet.": "Es ist noch keine Korrektur gespeichert.",
    "Saved recordings: {saved:n}; without consent to training: {without:n}; rejected because the opinions are tied or mixed: {tied:n}.": (
        "Gespeicherte Aufnahmen: {saved}; ohne Einwilligung zum Training: {without}; verworfen, weil die Meinungen geteilt "
        "oder gemischt sind: {tied}."
    ),
    "{count:n} corrections are few: they may fix what was corrected, but the {tested:n} or so held out for the test cannot prove a gain; that takes about {needed:n} corrections.": (
        "{count} Korrekturen sind wenige: Sie verbessern vielleicht, was korrigiert wurde, aber die etwa {tested} für den "
        "Test beweisen keinen Gewinn; dafür braucht es etwa {needed} Korrekturen."
    ),
    "{count:n} corrections may improve the model, but the {tested:n} or so held out for the test cannot prove a gain; that takes about {needed:n} corrections.": (
        "{count} Korrekturen verbessern das Modell vielleicht, aber die etwa {tested} für den Test beweisen keinen Gewinn; "
        "dafür braucht es etwa {needed} Korrekturen."
    ),
    "{count:n} corrections can improve the model for similar speakers; with the {tested:n} or so held out for the test, a gain of less than about {points:n} points of UA cannot be told from chance.": (
        "{count} Korrekturen können das Modell für ähnliche Stimmen verbessern; mit den etwa {tested} für den Test lässt "
        "sich ein Gewinn von weniger als etwa {points} Punkten UA nicht vom Zufall unterscheiden."
    ),
}
