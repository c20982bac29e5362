"""The same services for other programs: ``/predict``, ``/correct`` and ``/delete``, with ``gradio_client`` or HTTP.

They take files through ``gr.Audio``, so Gradio checks that a file was uploaded and a caller cannot name another file
of this machine. The server predicts again for each correction, so a client cannot send its own scores.

Example:
    >>> client = gradio_client.Client("http://localhost:7860")  # doctest: +SKIP
    >>> client.predict(gradio_client.handle_file("clip.wav"), api_name="/predict")["label"]  # doctest: +SKIP
    'happy'
"""

from __future__ import annotations

import hashlib

import gradio as gr

from emotion_hf.app.edge import polite
from emotion_hf.app.services import MODEL_CALLS, Services
from emotion_hf.errors import AudioError, FeedbackError
from emotion_hf.feedback import MIXED, Consent, new_id
from emotion_hf.labels import named


class Endpoints:
    """Adds the named endpoints to the ``gr.Blocks`` around it."""

    def __init__(self, services: Services):
        self.services = services
        with gr.Column(visible=False):
            file = gr.Audio(type="filepath", label="recording")
            label = gr.Textbox(label="label")
            store, train, publish = (gr.Checkbox(label=name) for name in ("store", "train", "publish"))
            id = gr.Textbox(label="id")
            result = gr.JSON(label="result")
        gr.on([], polite(self.predict), [file], [result], api_name="predict", **MODEL_CALLS)
        if services.settings.allow_saving:
            consents = [store, train, publish]
            gr.on([], polite(self.correct), [file, label, *consents], [result], api_name="correct", **MODEL_CALLS)
            gr.on([], polite(self.delete), [id], [result], api_name="delete")

    def predict(self, recording: str | None) -> dict:
        """Recognise the emotion in a recording. Returns verdict, label, confidence, scores, duration_seconds, model,
        intensity and notes."""
        return self.services.recognise(_given(recording)).prediction.to_dict()

    def correct(
        self,
        request: gr.Request,
        recording: str | None,
        label: str,
        store: bool = False,
        train: bool = False,
        publish: bool = False,
    ) -> dict:
        """Save a recording with its true label: a label of the model, by any of its names, or "mixed". Returns its id.

        All recordings from one client count as one speaker, like those from one browser.
        """
        if not store:
            raise FeedbackError("Consent to store is needed to save a correction; send store=true.")
        consent = Consent(store=store, train=train, publish=publish)  # refuses anything but true and false
        label = named(label or "", (*self.services.classifier.labels, MIXED))
        analysis = self.services.recognise(_given(recording))
        session = hashlib.sha256(str(request.session_hash).encode()).hexdigest()[:32]  # the plain hash opens it
        correction = self.services.save(analysis, id=new_id(), label=label, consent=consent, session=session)
        return {"id": correction.id, "label": correction.label, "prediction": correction.prediction}

    def delete(self, id: str) -> dict:
        """Delete a record by its id."""
        self.services.store.delete(id)
        return {"deleted": id}


def _given(recording: str | None) -> str:
    if recording is None:
        raise AudioError("There is no recording; send an audio file.")
    return recording
