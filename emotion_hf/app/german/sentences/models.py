"""The German of the sentences about loading a model and its ONNX twin."""

SENTENCES = {
    # recognizer.py
    "Unknown backend {backend}; choose one of {backends}.": (
        "Unbekanntes Backend {backend}; wählen Sie eines von {backends}."
    ),
    "The model {source} has no ONNX twin {twin} on the Hub; use the backend torch.": (
        "Das Modell {source} hat auf dem Hub keinen ONNX-Zwilling {twin}; verwenden Sie das Backend torch."
    ),
    "The backend {backend} computes on the CPU; use device='cpu', or the backend torch.": (
        "Das Backend {backend} rechnet auf der CPU; verwenden Sie device='cpu' oder das Backend torch."
    ),
    "The model {source} is a baseline, which has no ONNX twin; leave the backend out.": (
        "Das Modell {source} ist eine Baseline und hat keinen ONNX-Zwilling; lassen Sie das Backend weg."
    ),
    # scorers/onnx.py
    "write it with emotion-hf export {folder} --onnx": "schreiben Sie ihn mit emotion-hf export {folder} --onnx",
    "write it with emotion-hf export {folder} --onnx --int8": (
        "schreiben Sie ihn mit emotion-hf export {folder} --onnx --int8"
    ),
    "There is no model folder {folder}; check the name, or train a model.": (
        "Es gibt keinen Modellordner {folder}; prüfen Sie den Namen, oder trainieren Sie ein Modell."
    ),
    "The model {folder} has no ONNX twin {name}; {again}.": "Das Modell {folder} hat keinen ONNX-Zwilling {name}; {again}.",
    "The ONNX twin {path} cannot be loaded; {again}.": "Der ONNX-Zwilling {path} lässt sich nicht laden; {again}.",
    "The ONNX twin {path} was made from other weights or settings than the folder has; {again}.": (
        "Der ONNX-Zwilling {path} stammt von anderen Gewichten oder Einstellungen als denen im Ordner; {again}."
    ),
}
