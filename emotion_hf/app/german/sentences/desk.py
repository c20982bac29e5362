"""The German of what goes wrong at the desk."""

PARTS = {
    "The caller's name": "Der Name der anrufenden Person",
    "The purpose of the desk": "Der Zweck der Leitstelle",
    "The place of the desk": "Der Ort der Leitstelle",
    "The name": "Der Name",
    "least confidence": "Mindestwahrscheinlichkeit",
    "leave confidence": "niedrigere Wahrscheinlichkeit",
    "short confidence": "Wahrscheinlichkeit in kurzen Anrufen",
    "windows": "Anzahl der Fenster",
    "of windows": "Anzahl der aufeinanderfolgenden Fenster",
}

SENTENCES = {
    "{what} must not be empty.": "{what} darf nicht leer sein.",
    "{what} must be one line without control characters.": "{what} muss eine Zeile ohne Steuerzeichen sein.",
    "{what} has {count:n} characters; {most:n} are allowed.": "{what} hat {count} Zeichen; erlaubt sind {most}.",
    "{name} has several channels, and the others may hold somebody at work; say which channel is the caller's, for this recording or for the desk.": (
        "{name} hat mehrere Kanäle, und die anderen können jemanden bei der Arbeit enthalten; sagen Sie, welcher Kanal der "
        "anrufenden Person gehört, für diese Aufnahme oder für die ganze Leitstelle."
    ),
    "{name} seems to hold two speakers: A speaks first, for {first}, and B for {second}; say which of them is the caller, or that only the caller speaks.": (
        "{name} scheint zwei Stimmen zu enthalten: A spricht zuerst, {first} lang, und B {second}; sagen Sie, welche der "
        "anrufenden Person gehört, oder dass nur sie spricht."
    ),
    "Two speakers cannot be told apart in {name}; if only the caller speaks in it, say so.": (
        "In {name} lassen sich keine zwei Stimmen unterscheiden; wenn darin nur die anrufende Person spricht, sagen Sie es."
    ),
    "A caller named {name} is already on the desk; choose another name.": (
        "Unter dem Namen {name} ist schon jemand in der Leitstelle; wählen Sie einen anderen Namen."
    ),
    "An alarm can be snoozed for up to {minutes:n} minutes; choose a time above 0.": (
        "Ein Alarm kann bis zu {minutes} Minuten ruhen; wählen Sie eine Zeit über 0."
    ),
    "Cannot remove {name} from the desk ({reason}).": "{name} lässt sich nicht aus der Leitstelle entfernen ({reason}).",
    "Cannot write the desk's recordings ({reason}); free some space.": (
        "Die Aufnahmen der Leitstelle lassen sich nicht schreiben ({reason}); schaffen Sie Platz."
    ),
    "Choose the caller first, or type the name of a new one.": (
        "Wählen Sie zuerst die anrufende Person, oder geben Sie einen neuen Namen ein."
    ),
    "Choose the emotion that you hear first.": "Wählen Sie zuerst die Emotion, die Sie hören.",
    "Read the terms, and tick that you accept them.": (
        "Lesen Sie die Bedingungen, und setzen Sie den Haken, wenn Sie sie annehmen."
    ),
    "The desk is not set up yet: name its purpose and place, and accept its terms first.": (
        "Die Leitstelle ist noch nicht eingerichtet: Nennen Sie zuerst Zweck und Ort, und nehmen Sie die Bedingungen an."
    ),
    "The desk's database cannot do this ({reason}); nothing was changed.": (
        "Die Datenbank der Leitstelle kann das nicht ausführen ({reason}); nichts wurde geändert."
    ),
    "The desk's database cannot do this ({reason}).": (
        "Die Datenbank der Leitstelle kann das nicht ausführen ({reason})."
    ),
    "The export {name} cannot be removed ({reason}); remove it first.": (
        "Der Export {name} lässt sich nicht entfernen ({reason}); entfernen Sie ihn zuerst."
    ),
    "The note has {count:n} characters; {most:n} are allowed.": "Die Notiz hat {count} Zeichen; erlaubt sind {most}.",
    "The note is empty; write something.": "Die Notiz ist leer; schreiben Sie etwas.",
    "Choose who speaks in your recordings with one channel.": (
        "Wählen Sie, wer in Ihren Aufnahmen mit einem Kanal spricht."
    ),
    "The recording of a call is missing; restore the desk's folder from a backup.": (
        "Die Aufnahme eines Anrufs fehlt; stellen Sie den Ordner der Leitstelle aus einer Sicherung wieder her."
    ),
    "The recording of this call is missing; restore the desk's folder from a backup.": (
        "Die Aufnahme dieses Anrufs fehlt; stellen Sie den Ordner der Leitstelle aus einer Sicherung wieder her."
    ),
    "The rule asks for {windows:n} of {of:n} windows; ask for fewer.": (
        "Die Regel verlangt {windows} von {of} Fenstern; verlangen Sie weniger."
    ),
    "The rule needs at least one emotion.": "Die Regel braucht mindestens eine Emotion.",
    "The rule's {name} must be a whole number from 1 to {most:n}.": (
        "In der Regel muss „{name}“ eine ganze Zahl von 1 bis {most} sein."
    ),
    "The rule's {name} must be above 0 and at most 1.": "In der Regel muss „{name}“ über 0 liegen, höchstens bei 1.",
    "The rule's cool-down must be from 0 to {minutes:n} minutes.": (
        "Die Pause nach einem Alarm muss zwischen 0 und {minutes} Minuten liegen."
    ),
    "The rule's leave confidence must not be above its least confidence, and this not above its short confidence.": (
        "Die niedrigere Wahrscheinlichkeit darf nicht über der Mindestwahrscheinlichkeit liegen, und diese nicht über der "
        "Wahrscheinlichkeit in kurzen Anrufen."
    ),
    "This call has no open alarm to snooze.": "Dieser Anruf hat keinen offenen Alarm, der ruhen könnte.",
    "This call has raised an alarm, so none was missed; choose right or false alarm.": (
        "Dieser Anruf hat einen Alarm ausgelöst, also fehlte keiner; wählen Sie richtiger oder falscher Alarm."
    ),
    "This call is no longer on the desk.": "Dieser Anruf ist nicht mehr in der Leitstelle.",
    "This call is part of an earlier alarm of the caller; acknowledge that one.": (
        "Dieser Anruf gehört zu einem früheren Alarm derselben Person; bestätigen Sie jenen."
    ),
    "This call raised no alarm; if it should have, say that one was missed.": (
        "Dieser Anruf hat keinen Alarm ausgelöst; hätte er es tun sollen, sagen Sie, dass einer fehlte."
    ),
    "This caller is no longer on the desk.": "Diese anrufende Person ist nicht mehr in der Leitstelle.",
    "This file is not on the list any more.": "Diese Datei steht nicht mehr auf der Liste.",
    "This recording is no longer waiting here; send it again.": (
        "Diese Aufnahme wartet hier nicht mehr; senden Sie sie noch einmal."
    ),
    "Write the date as year, month and day, such as 2026-11-30.": (
        "Schreiben Sie das Datum als Jahr, Monat und Tag, zum Beispiel 2026-11-30."
    ),
}
