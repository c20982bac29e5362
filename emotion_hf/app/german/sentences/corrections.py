"""The German of the sentences about corrections, versions and the gate."""

SENTENCES = {
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
    "The new model may be promoted: it is better on the few held-out corrections and not worse elsewhere, but they are too few to prove that it is better on others.": (
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
