"""The German texts of the tab "Desk"."""

TEXTS = {
    # First use
    "Desk": "Leitstelle",
    "Set up the desk": "Leitstelle einrichten",
    "What is prohibited": "Was verboten ist",
    "Only analyse callers. Recognising the emotions of people at their workplace or in education is prohibited in the European Union (AI Act, Regulation (EU) 2024/1689, Art. 5(1)(f)), except for medical or safety reasons. Do not use the desk to watch, compare or assess the people who answer the calls: give it the caller's side of a call only, and no recordings of employees, trainees, pupils or students.": (
        "Analysieren Sie nur Anrufende. Emotionen von Menschen am Arbeitsplatz oder in der Ausbildung zu "
        "erkennen ist in der Europäischen Union verboten (KI-Verordnung (EU) 2024/1689, Art. 5 Abs. 1 Buchst."
        " f), außer aus medizinischen Gründen oder Sicherheitsgründen. Verwenden Sie die Leitstelle nicht, um"
        " die Menschen zu beobachten, zu vergleichen oder zu beurteilen, die Anrufe entgegennehmen: Geben Sie"
        " ihr nur die Seite der anrufenden Person, und keine Aufnahmen von Angestellten, Auszubildenden, "
        "Schülerinnen, Schülern oder Studierenden."
    ),
    "What callers must be told": "Was Anrufende wissen müssen",
    "Tell each caller before the analysis that a computer analyses the emotion in the voice (AI Act, Art. 50(3)), and process the recording only as data protection law allows (GDPR). Play or read the announcement before the conversation begins, and offer another way for people who do not agree.": (
        "Sagen Sie allen Anrufenden vor der Analyse, dass ein Computer die Emotion in der Stimme analysiert "
        "(KI-Verordnung, Art. 50 Abs. 3), und verarbeiten Sie die Aufnahme nur so, wie es das "
        "Datenschutzrecht erlaubt (DSGVO). Spielen oder lesen Sie die Ansage vor, bevor das Gespräch beginnt,"
        " und bieten Sie Menschen, die nicht einverstanden sind, einen anderen Weg an."
    ),
    "This call is recorded, and a computer analyses the emotion in your voice so that people in distress get help sooner. A human decides what happens. If you do not want this, please say so now, and we will switch it off.": (
        "Dieser Anruf wird aufgenommen, und ein Computer analysiert die Emotion in Ihrer Stimme, damit "
        "Menschen in Not schneller Hilfe bekommen. Was geschieht, entscheidet ein Mensch. Wenn Sie das nicht "
        "möchten, sagen Sie es bitte jetzt, dann schalten wir es ab."
    ),
    "An announcement, to be adapted and translated:": "Eine Ansage, die Sie anpassen und übersetzen können:",
    "What the desk cannot do": "Was die Leitstelle nicht kann",
    "Not urgent does not mean safe. The model judges how something is said, not what is said, and it misses people in danger. Always listen to the caller.": (
        "Nicht dringend heißt nicht sicher. Das Modell beurteilt, wie etwas gesagt wird, nicht, was gesagt "
        "wird, und es übersieht Menschen in Gefahr. Hören Sie der anrufenden Person immer zu."
    ),
    "Purpose": "Zweck",
    "Place": "Ort",
    "Accepted": "Angenommen",
    "For example: crisis line, nights": "Zum Beispiel: Krisentelefon, nachts",
    "Your name (may be left out)": "Ihr Name (kann fehlen)",
    "I have read this, and the desk will be used accordingly": (
        "Ich habe das gelesen, und die Leitstelle wird entsprechend verwendet"
    ),
    "Open the desk": "Leitstelle öffnen",
    # Callers
    "Callers": "Anrufende",
    "Cards": "Karten",
    "List": "Liste",
    "Sound for new alarms": "Ton bei neuen Alarmen",
    "The server cannot be reached; what you see may be old.": (
        "Der Server ist nicht erreichbar; was Sie sehen, kann veraltet sein."
    ),
    "Close": "Schließen",
    "Find a caller": "Anrufende suchen",
    "New caller": "Neue anrufende Person",
    "Add": "Hinzufügen",
    "No open alarm": "Kein offener Alarm",
    "1 open alarm": "1 offener Alarm",
    "{count} open alarms": "{count} offene Alarme",
    "1 caller": "1 anrufende Person",
    "{count} callers": "{count} Anrufende",
    "{count} alarms": "{count} Alarme",
    "No caller’s name contains “{part}”.": "Kein Name enthält „{part}“.",
    "No callers yet. Add one, or drop recordings under Add recordings.": (
        "Noch keine Anrufenden. Fügen Sie jemanden hinzu, oder legen Sie Aufnahmen unter „Aufnahmen hinzufügen“ ab."
    ),
    "The {most} most urgent of {count}; find others by name.": (
        "Die {most} dringendsten von {count}; andere finden Sie über den Namen."
    ),
    "No calls yet": "Noch keine Anrufe",
    "Strain of the only call: {last}": "Anspannung im einzigen Anruf: {last}",
    "Strain of the last {count} calls: from {first} to {last}": (
        "Anspannung in den letzten {count} Anrufen: von {first} auf {last}"
    ),
    "Urgent": "Dringend",
    "Urgent, acknowledged": "Dringend, bestätigt",
    "Urgent, part of an earlier alarm": "Dringend, gehört zu einem früheren Alarm",
    "Raised": "Erhöht",
    "Not urgent": "Nicht dringend",
    "corrected": "korrigiert",
    "Why urgent:": "Warum dringend:",
    "Why raised:": "Warum erhöht:",
    "{emotion} from {start} to {end}, {share}": "{emotion} von {start} bis {end}, {share}",
    "Play this part": "Diesen Teil abspielen",
    "Play the whole call": "Den ganzen Anruf abspielen",
    "reference: none yet": "Vergleich: noch keiner",
    "reference: 1 earlier recording": "Vergleich: 1 frühere Aufnahme",
    "reference: {count} earlier recordings": "Vergleich: {count} frühere Aufnahmen",
    # One caller
    "1 call": "1 Anruf",
    "{count} calls": "{count} Anrufe",
    "Older calls are in the history.": "Ältere Anrufe stehen im Verlauf.",
    "model: {name}": "Modell: {name}",
    "not asked about training": "zum Training nicht gefragt",
    "consents to training, since": "stimmt dem Training zu, seit",
    "does not consent to training, since": "stimmt dem Training nicht zu, seit",
    "channel {number} is the caller’s": "Kanal {number} gehört der anrufenden Person",
    "the caller is speaker {name}": "die anrufende Person ist Stimme {name}",
    "acknowledged": "bestätigt",
    "sleeps until": "ruht bis",
    "note": "Notiz",
    "right alarm": "richtiger Alarm",
    "false alarm": "falscher Alarm",
    "an alarm was missing": "ein Alarm fehlte",
    "Right alarm": "Richtiger Alarm",
    "False alarm": "Falscher Alarm",
    "An alarm was missing": "Ein Alarm fehlte",
    "Snooze 15 minutes": "15 Minuten ruhen",
    "Snooze 1 hour": "1 Stunde ruhen",
    "Snooze until tomorrow, 8:00": "Bis morgen 8 Uhr ruhen",
    "Correct the emotion": "Emotion korrigieren",
    "Save the correction": "Korrektur speichern",
    "Note": "Notiz",
    "Add the note": "Notiz hinzufügen",
    "This caller": "Diese anrufende Person",
    "Name or pseudonym": "Name oder Pseudonym",
    "Rename": "Umbenennen",
    "The caller consents to training with corrected calls": (
        "Die anrufende Person stimmt dem Training mit korrigierten Anrufen zu"
    ),
    "Export everything about this caller": "Alles über diese anrufende Person exportieren",
    "Remove this caller …": "Diese anrufende Person entfernen …",
    "Remove {name}? This deletes {count} calls with their recordings, notes and corrections, the voice, and the exports on this machine. Files in the watched folder stay. It cannot be undone.": (
        "{name} entfernen? Das löscht {count} Anrufe mit ihren Aufnahmen, Notizen und Korrekturen, die Stimme"
        " und die Exporte auf diesem Rechner. Dateien im überwachten Ordner bleiben. Es lässt sich nicht "
        "rückgängig machen."
    ),
    "Delete everything": "Alles löschen",
    "Keep the caller": "Behalten",
    "Deleted: {calls} calls, {recordings} recordings, {corrections} corrections, {exports} exports.": (
        "Gelöscht: {calls} Anrufe, {recordings} Aufnahmen, {corrections} Korrekturen, {exports} Exporte."
    ),
    "Delete these files yourself: {names}.": "Löschen Sie diese Dateien selbst: {names}.",
    "These models were trained on them; train them again to remove their effect: {names}.": (
        "Mit ihnen wurden diese Modelle trainiert; nur ein neues Training vergisst sie: {names}."
    ),
    "Corrections removed from the training data: {count}.": "Aus den Trainingsdaten entfernte Korrekturen: {count}.",
    # Recordings
    "Add recordings": "Aufnahmen hinzufügen",
    "Caller: choose one, or type a new name": "Anrufende Person: wählen, oder einen neuen Namen eingeben",
    "Recordings with several channels: which is the caller’s?": "Aufnahmen mit mehreren Kanälen: Welcher gehört der anrufenden Person?",
    "Recordings with one channel: who speaks in them?": "Aufnahmen mit einem Kanal: Wer spricht darin?",
    "as usual on this desk": "wie in dieser Leitstelle üblich",
    "Channel {number}": "Kanal {number}",
    "only the caller speaks": "nur die anrufende Person spricht",
    "two people; the caller speaks first": "zwei Personen; die anrufende Person spricht zuerst",
    "two people; the caller speaks second": "zwei Personen; die anrufende Person spricht als Zweite",
    "Drop recordings here, or drop them on a caller.": (
        "Legen Sie Aufnahmen hier ab, oder auf einer anrufenden Person."
    ),
    "Choose files": "Dateien wählen",
    "{name}, {place} of {count}": "{name}, {place} von {count}",
    "{count} taken": "{count} aufgenommen",
    "For all {count} recordings of this kind:": "Für alle {count} Aufnahmen dieser Art:",
    "was on the desk before": "war schon da",
    "This file did not arrive; send it again.": "Diese Datei ist nicht angekommen; senden Sie sie noch einmal.",
    "Stopped; these recordings were not taken: {count}.": "Gestoppt; nicht aufgenommene Aufnahmen: {count}.",
    # History
    "History": "Verlauf",
    "Caller": "Anrufende Person",
    "Urgency": "Dringlichkeit",
    "From": "Von",
    "To": "Bis",
    "Text in a note": "Text in einer Notiz",
    "Search": "Suchen",
    "Newer": "Neuere",
    "Older": "Ältere",
    "everybody": "alle",
    "any emotion": "jede Emotion",
    "all calls": "alle Anrufe",
    "urgent calls": "dringende Anrufe",
    "calls that are not urgent": "nicht dringende Anrufe",
    "open alarms": "offene Alarme",
    "No calls pass these filters.": "Kein Anruf passt zu diesen Filtern.",
    "Page {number} of {pages}, {total} calls": "Seite {number} von {pages}, {total} Anrufe",
    "Time": "Zeit",
    "Length": "Länge",
    "File": "Datei",
    # The rule and the figures
    "Rule and figures": "Regel und Zahlen",
    "The rule": "Die Regel",
    "A call is urgent if enough of a few successive windows (about four seconds each) express the chosen emotions with enough probability. The stretch goes on until too few windows reach the lower probability (hysteresis). A change affects later calls only.": (
        "Ein Anruf ist dringend, wenn genug von einigen aufeinanderfolgenden Fenstern (je etwa vier Sekunden)"
        " die gewählten Emotionen mit genügend Wahrscheinlichkeit ausdrücken. Der Abschnitt dauert an, bis zu"
        " wenige Fenster die niedrigere Wahrscheinlichkeit erreichen (Hysterese). Eine Änderung gilt für die "
        "nächsten Anrufe; früher beurteilte bleiben, wie sie sind."
    ),
    "Emotions that count": "Emotionen, die zählen",
    "Minimum probability of a window": "Mindestwahrscheinlichkeit eines Fensters",
    "Windows that reach it": "Fenster, die sie erreichen",
    "Of how many successive windows": "Unter wie vielen aufeinanderfolgenden Fenstern",
    "Lower probability that continues a stretch": "Niedrigere Wahrscheinlichkeit, bei der ein Abschnitt andauert",
    "Probability in a call with fewer windows": "Wahrscheinlichkeit in einem Anruf mit weniger Fenstern",
    "Minutes after an alarm in which the caller raises no other": (
        "Minuten nach einem Alarm, in denen dieselbe Person keinen weiteren auslöst"
    ),
    "Save the rule": "Regel speichern",
    "Back to the usual rule": "Zurück zur üblichen Regel",
    "The rule is saved; it affects the next calls.": "Die Regel ist gespeichert; sie gilt für die nächsten Anrufe.",
    "Since the rule was changed,": "Seit der Änderung der Regel,",
    "All calls of this desk": "Alle Anrufe dieser Leitstelle",
    "Precision": "Genauigkeit",
    "Alarms": "Alarme",
    "False alarms": "Falsche Alarme",
    "Missed": "Übersehen",
    "Nobody has judged an alarm yet.": "Noch hat niemand einen Alarm beurteilt.",
    "{count} of {of} judged alarms were right": "{count} von {of} beurteilten Alarmen waren richtig",
    "{count} in {hours} hours of recordings, {open} of them open": (
        "{count} in {hours} Stunden Aufnahmen, davon offen: {open}"
    ),
    "{count} in all": "{count} insgesamt",
    "no rate for less than an hour of recordings": "keine Rate bei weniger als einer Stunde Aufnahmen",
    "{rate} per hour": "{rate} pro Stunde",
    "{count} calls that somebody reported as urgent": "{count} Anrufe, die jemand dringend fand",
    # About this desk
    "About this desk": "Über diese Leitstelle",
    "How calls are recorded here": "Wie Anrufe hier aufgenommen werden",
    "Save": "Speichern",
    "Saved; it affects the next recordings.": "Gespeichert; es gilt für die nächsten Aufnahmen.",
    "Channel {number} is the caller’s": "Kanal {number} gehört der anrufenden Person",
    "not known; ask for each recording": "nicht bekannt; bei jeder Aufnahme fragen",
    "this differs; look for a second speaker in each": "verschieden; in jeder nach einer zweiten Stimme suchen",
    "The terms, and an announcement to callers": "Die Bedingungen, und eine Ansage für Anrufende",
    "Watched folder": "Überwachter Ordner",
    "{folder} is watched, with a folder for each caller. Taken last:": (
        "{folder} wird überwacht, mit einem Ordner je anrufender Person. Zuletzt aufgenommen:"
    ),
    "None. Set EMOTION_HF_DESK_WATCH to a folder; recordings in CALLER/FILE.wav are taken automatically.": (
        "Keiner. Setzen Sie EMOTION_HF_DESK_WATCH auf einen Ordner; Aufnahmen in NAME/DATEI.wav werden von "
        "selbst aufgenommen."
    ),
    "Nothing was taken yet.": "Noch wurde nichts aufgenommen.",
    "Could not be used:": "Nicht verwendbar:",
    "Remove from the list": "Von der Liste nehmen",
    "Webhook": "Webhook",
    "None. Set EMOTION_HF_DESK_WEBHOOK to an https address that receives alarms.": (
        "Keiner. Setzen Sie EMOTION_HF_DESK_WEBHOOK auf eine https-Adresse, die bei Alarmen benachrichtigt wird."
    ),
    "{host} receives the number and the emotion of each alarm, but no name and no sound.": (
        "{host} erfährt von jedem Alarm die Nummer und die Emotion; keinen Namen und keinen Ton."
    ),
    "The webhook failed ({reason}); alarms that were not sent: {count}. Last:": (
        "Der Webhook schlug fehl ({reason}); nicht gemeldete Alarme: {count}. Zuletzt:"
    ),
}
