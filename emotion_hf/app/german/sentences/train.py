"""The German of the sentences about trainings: their data, their queue, their licence."""

PARTS = {
    "{emotions:n} emotions, {speakers:n} speakers, {clips:n} clips, {how}": (
        "{emotions} Emotionen, {speakers} Sprecher, {clips} Clips, {how}"
    ),
    "{emotions:n} emotions, unknown speakers, {clips:n} clips, {how}": (
        "{emotions} Emotionen, unbekannte Sprecher, {clips} Clips, {how}"
    ),
    "from file names": "aus Dateinamen",
    "from folder names ({levels})": "aus Ordnernamen ({levels})",
    "from {tables}": "aus {tables}",
}

SENTENCES = {
    # corpora_choice.py
    "Name a folder with recordings first.": "Nennen Sie zuerst einen Ordner mit Aufnahmen.",
    "A data set of the Hub is written as OWNER/NAME, or NAME=OWNER/NAME to give it a name.": (
        "Ein Datensatz des Hubs wird OWNER/NAME geschrieben, oder NAME=OWNER/NAME, um ihn zu benennen."
    ),
    "This data is already chosen.": "Diese Daten sind schon gewählt.",
    "{name} is already chosen; merge the two folders to train on both.": (
        "{name} ist schon gewählt; führen Sie die beiden Ordner zusammen, um mit beiden zu trainieren."
    ),
    "Others can reach this page, so it reads only folders that its operator names in {setting}; upload a zip file instead.": (
        "Andere können diese Seite erreichen, deshalb liest sie nur Ordner, die in {setting} genannt sind; laden Sie "
        "stattdessen eine ZIP-Datei hoch."
    ),
    "This folder is not below one of those that {setting} names.": (
        "Dieser Ordner liegt in keinem von denen, die {setting} nennt."
    ),
    # unpack.py
    "{what} is not a zip file, or it is damaged ({reason}); try again.": (
        "{what} ist keine ZIP-Datei oder beschädigt ({reason}); versuchen Sie es noch einmal."
    ),
    "{what} is not safe to unpack: it contains {name}.": "{what} kann nicht sicher entpackt werden: Sie enthält {name}.",
    "{what} contains {name} twice.": "{what} enthält {name} zweimal.",
    "{what} has {files:n} files, {size:n} GB; at most {limit} are allowed.": (
        "{what} hat {files} Dateien, {size} GB; möglich sind höchstens {limit}."
    ),
    "{what} would unpack to {times:n} times its size; at most {most:n} is allowed.": (
        "{what} würde {times}-mal so groß; möglich ist höchstens das {most}-Fache."
    ),
    # trainings.py, tabs/train.py, jobs.py
    "Another training is being estimated; try again in a moment.": (
        "Gerade wird ein anderes Training abgeschätzt; versuchen Sie es gleich noch einmal."
    ),
    "Reading the recordings takes too long; choose less data.": (
        "Das Lesen der Aufnahmen dauert zu lange; wählen Sie weniger Daten."
    ),
    "The training cannot be estimated.": "Das Training lässt sich nicht abschätzen.",
    "A name may have up to 60 letters, digits, - and _.": (
        "Ein Name besteht aus höchstens 60 Buchstaben, Ziffern, - und _."
    ),
    "There is already a model {name}; choose another name.": (
        "Es gibt schon ein Modell {name}; wählen Sie einen anderen Namen."
    ),
    "There is no recipe {name}; give a file, or one of {names}.": (
        "Es gibt kein Rezept {name}; nennen Sie eine Datei oder eines von {names}."
    ),
    "Choose recordings first: a folder, a zip file or a data set of the Hub.": (
        "Wählen Sie zuerst Aufnahmen: einen Ordner, eine ZIP-Datei oder einen Datensatz des Hubs."
    ),
    "The choice has changed; see the new estimate first.": (
        "Die Auswahl hat sich seitdem geändert; sehen Sie zuerst nach, was das Training jetzt braucht."
    ),
    "This training has made no model.": "Dieses Training hat kein Modell ergeben.",
    "This training is no longer in the list.": "Dieses Training steht nicht mehr in der Liste.",
    "{folder} cannot be written ({reason}); nothing was started.": (
        "{folder} ist nicht beschreibbar ({reason}); nichts wurde gestartet."
    ),
    "Only a training that was stopped or has failed can be resumed.": (
        "Nur ein angehaltenes oder fehlgeschlagenes Training kann fortgesetzt werden."
    ),
    "This training is running; stop it first.": "Dieses Training läuft; halten Sie es zuerst an.",
    "It stopped unexpectedly, for example because the machine was switched off.": (
        "Es endete unerwartet, zum Beispiel weil der Rechner ausgeschaltet wurde."
    ),
    "The training gave no estimate; see its log.": (
        "Das Training hat nicht gesagt, was es braucht; siehe sein Protokoll."
    ),
    # forecast.py
    "The licence of the new model is {title}, because of {names}.": (
        "Die Lizenz des neuen Modells ist {title}, wegen {names}."
    ),
    "It must not be used commercially.": "Es darf nicht kommerziell verwendet werden.",
    "If you publish it, use the same licence.": "Wenn Sie es veröffentlichen, dann unter derselben Lizenz.",
    "Ask the owner before you publish it, because adaptations must not be shared.": (
        "Fragen Sie vor einer Veröffentlichung den Rechteinhaber, denn Bearbeitungen dürfen nicht weitergegeben werden."
    ),
    "Ask the owners of {names} before you publish or sell the new model.": (
        "Fragen Sie die Rechteinhaber von {names}, bevor Sie das neue Modell veröffentlichen oder verkaufen."
    ),
    "{names}: the owner of the recordings decides whether the new model may be published.": (
        "{names}: Wem die Aufnahmen gehören, entscheidet, ob das neue Modell veröffentlicht werden darf."
    ),
    # model_panel.py
    "Write the name of a model on the Hub, or a folder, first.": (
        "Schreiben Sie zuerst den Namen eines Modells auf dem Hub oder einen Ordner."
    ),
    "Choose a model first.": "Wählen Sie zuerst ein Modell.",
    # versions.py
    "The model folder {folder} is missing; choose another model.": (
        "Der Modellordner {folder} fehlt; wählen Sie ein anderes Modell."
    ),
}
