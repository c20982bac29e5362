"""The German texts of the comparison of models in the tab "Models"."""

TEXTS = {
    "Compare and choose": "Vergleichen und auswählen",
    "Model on the Hub, or a folder of this machine": "Modell auf dem Hub oder ein Ordner dieses Rechners",
    "Add the model": "Modell hinzufügen",
    "This one": "Dieses",
    "Meaning of its labels, one on each line: LABEL=emotion": "Bedeutung seiner Labels, je Zeile eins: LABEL=Emotion",
    "Apply the meaning": "Bedeutung übernehmen",
    "Card": "Modellkarte",
    "### One recording, all of them\nRecord something or choose a file. All chosen models analyse the same recording; it is not saved.": (
        "### Eine Aufnahme, alle Modelle\nNehmen Sie etwas auf, oder wählen Sie eine Datei. Alle gewählten Modelle "
        "analysieren dieselbe Aufnahme; sie wird nicht gespeichert."
    ),
    "{name}, active": "{name}, aktiv",
    "ships with this program": "mitgeliefert",
    "named in the settings": "in den Einstellungen genannt",
    "version": "Version",
    "trained here": "hier trainiert",
    "from the Hub": "vom Hub",
    "where from": "Herkunft",
    "answers now": "antwortet gerade",
    "emotions": "Emotionen",
    "parameters": "Parameter",
    "trained on": "trainiert mit",
    "measured on": "gemessen an",
    "{count} clips": "{count} Clips",
    "These figures are about different clips, so they cannot be compared directly.": (
        "Diese Werte stammen von verschiedenen Clips und lassen sich deshalb nicht direkt vergleichen."
    ),
    "Labels of {model} and their meaning here": "Labels von {model} und ihre Bedeutung hier",
    "its label": "sein Label",
    "means": "bedeutet",
    "{label}, as it is": "{label}, unverändert",
    # Learning from corrections
    "Learn from corrections": "Aus Korrekturen lernen",
    "No correction is saved yet.": "Noch ist keine Korrektur gespeichert.",
    "Corrected recordings: {saved}. Usable for a training: {count}, of which {new} are new since the last one.": (
        "Korrigierte Aufnahmen: {saved}. Für ein Training zählen {count}, davon neu seit dem letzten: {new}."
    ),
    "Not counted: {reasons}.": "Nicht gezählt: {reasons}.",
    "{count} without consent to training": "{count} ohne Einwilligung zum Training",
    "{count} whose opinions are tied or mixed (another opinion may decide)": (
        "{count} mit unentschiedenen oder gemischten Einschätzungen (eine weitere kann den Ausschlag geben)"
    ),
}
