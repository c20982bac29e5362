"""The German of the sentences of the server."""

SENTENCES = {
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
}
