"""Which models the tab "Models" lists, what it says about them, and how one of them is made to answer."""

import json

import gradio as gr
import pytest
import soundfile

from emotion_hf.app import model_panel, services
from emotion_hf.app.answering import AnsweringModel
from emotion_hf.app.catalogue import Model, catalogue, model_of
from emotion_hf.app.comparison_html import answers_html, labels_html, sides_html
from emotion_hf.app.model_panel import ModelPanel
from emotion_hf.errors import CheckpointError, LabelError
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.versions import Versions, seal
from tests.app.conftest import open_services


def save(folder, labels=("happy", "sad"), **others):
    """Write what the catalogue reads of a model."""
    folder.mkdir(parents=True)
    config = {"id2label": dict(enumerate(labels)), "architectures": ["TinyForSequenceClassification"]}
    (folder / "config.json").write_text(json.dumps(config | others))
    (folder / "preprocessor_config.json").write_text("{}")
    (folder / "README.md").write_text(
        "---\nlicense: mit\n---\n# A card <script>\n![picture](https://example.org/a.png)"
    )
    return folder


def load(settings, chosen):
    """Return a fake model, or say why there is none."""
    if "broken" in chosen.source:
        raise CheckpointError(f"The model {chosen.source} has missing weights.")
    if chosen.source == "someone/nameless" and not chosen.labels:
        raise LabelError("The model's labels have no meaning (LABEL_0, LABEL_1); rename them.")
    classifier = FakeClassifier()
    classifier.name = chosen.source.rpartition("/")[2] or "ships"
    return classifier


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache of the Hub with somebody else's model."""
    found = [Model("someone/nameless", "from the Hub", save(tmp_path / "hub", ("LABEL_0", "LABEL_1")))]
    monkeypatch.setattr("emotion_hf.app.catalogue._downloaded", lambda: iter(found))
    return found


@pytest.fixture
def panel(tmp_path, monkeypatch, cache):
    for module in (model_panel, services):
        monkeypatch.setattr(module, "load_model", load)
    settings = Settings(data_dir=tmp_path / "data", retraining=True)
    (save(tmp_path / "data" / "runs" / "mine") / "run.json").write_text("{}")
    answering = AnsweringModel(Versions(settings.models_dir), lambda chosen: load(settings, chosen), "")
    with gr.Blocks():
        return ModelPanel(open_services(settings, answering))


def test_all_models_of_the_machine_are_listed_once_with_their_origin(tmp_path, cache):
    settings = Settings(data_dir=tmp_path / "data", model=str(save(tmp_path / "other")))
    versions = Versions(settings.models_dir)
    seal(save(versions.folder / "retrained-1"), parent="", recipe={}, data={}, gate={"promoted": True, "sentence": ""})
    (save(settings.runs_dir / "mine") / "run.json").write_text("{}")
    (settings.runs_dir / "half").mkdir()
    listed = [(model.name, model.kind) for model in catalogue(settings, versions)]
    assert listed == [
        ("default", "ships with this program"),
        ("other", "named in the settings"),
        ("retrained-1", "version"),
        ("mine", "trained here"),
        ("someone/nameless", "from the Hub"),
    ]


def test_a_model_is_described_without_loading_it(tmp_path, cache):
    nameless = model_of("someone/nameless")
    assert (nameless.own_labels, nameless.foreign_labels) == (("LABEL_0", "LABEL_1"), ("LABEL_0", "LABEL_1"))
    assert nameless.card.startswith("# A card <script>") and "license" not in nameless.card
    assert model_of(str(save(tmp_path / "ang", ("ang", "sad")))).foreign_labels == ()  # a synonym is known
    (cache[0].folder / "config.json").write_text("{}")  # as transformers saves these two names
    assert model_of("someone/nameless").own_labels == ("LABEL_0", "LABEL_1")
    unknown = model_of("someone/unknown")
    assert (unknown.folder, unknown.own_labels, unknown.card, unknown.parameters) == (None, (), "", None)


def test_models_are_side_by_side_and_foreign_texts_are_escaped(cache):
    (shipped,) = catalogue(Settings(), Versions(cache[0].folder / "none"), downloaded=())
    evil = Model("someone/<b>", "from the Hub", save(cache[0].folder / "evil", ("<i>x</i>", "sad")))
    html = sides_html([shipped, evil], {}, "default")
    assert html.count('<th scope="col">') == 2 and "<td>yes</td><td>no</td>" in html
    assert "&lt;b&gt;" in html and "<i>" not in html and "No figures are known" in html
    table = labels_html(evil)
    assert "&lt;i&gt;x&lt;/i&gt;, as it is" in table and "<td>sad</td>" in table
    assert labels_html(shipped) == answers_html({}) == sides_html([], {}, "") == ""


def test_the_active_one_is_chosen_first_and_another_one_is_used_and_seen_at_once(panel):
    shown = panel.show((), None, None)
    assert shown[panel.models].value == ["default"] and not shown[panel.use].interactive
    mine = str(panel.services.settings.runs_dir.resolve() / "mine")
    both = panel.show((), ["default", mine], mine)
    assert both[panel.use].interactive and both[panel.one].value == mine
    used = panel._use((), ["default", mine], mine)
    assert panel.services.classifier.name == "mine" and not used[panel.use].interactive
    assert ("mine, active (trained here)", mine) in used[panel.models].choices
    assert "already active" in panel._use((), ["default", mine], mine)[panel.problem]


def test_a_model_that_was_typed_in_is_loaded_first_and_its_labels_get_a_meaning(panel):
    assert "missing weights" in panel._add((), ["default"], None, "someone/broken")[panel.problem]
    assert "first" in panel._add((), ["default"], None, " ")[panel.problem]
    added = panel._add((), ["default"], None, "someone/nameless")
    assert added[panel.models].value == ["default", "someone/nameless"]
    assert added[panel.renaming].visible and added[panel.names] == "LABEL_0=LABEL_0\nLABEL_1=LABEL_1"
    state = added[panel.added], ["default", "someone/nameless"], "someone/nameless"
    assert "no meaning" in panel._use(*state)[panel.problem]
    assert panel._rename(*state, "nothing")[panel.problem]
    renamed = panel._rename(*state, "LABEL_0=joy\n\nLABEL_1=sad\n")
    assert "<td>happy</td>" in renamed[panel.labels]
    panel._use(renamed[panel.added], *state[1:])
    assert panel.services.chosen.labels == (("LABEL_0", "joy"), ("LABEL_1", "sad"))
    assert panel.show((), None, None)[panel.models].value == ["someone/nameless"]


def test_all_chosen_models_answer_to_the_same_recording(panel, tmp_path):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(1.5), 16_000)
    mine = str(panel.services.settings.runs_dir.resolve() / "mine")
    html = panel._try(str(tmp_path / "clip.wav"), (), ["default", mine, "someone/nameless"])
    assert html.count('class="answer') == 3 and "model: mine" in html and "no meaning" in html
    assert panel._try(None, (), ["default"]) == panel._try("clip.wav", (), []) == ""


def test_a_public_page_loads_only_folders_that_its_operator_names(tmp_path, monkeypatch, cache):
    monkeypatch.setattr(model_panel, "load_model", load)
    settings = Settings(data_dir=tmp_path / "data", retraining=True, host="0.0.0.0", auth="a:b")
    with gr.Blocks():
        panel = ModelPanel(open_services(settings))
    assert "names in EMOTION_HF_TRAINING_FOLDERS" in panel._add((), [], None, str(tmp_path))[panel.problem]


def test_only_the_model_of_the_settings_may_run_its_own_code(monkeypatch):
    seen = {}
    monkeypatch.setattr(
        "emotion_hf.recognizer.EmotionRecognizer.from_pretrained",
        lambda source, trust_remote_code, **_: seen.update({source: trust_remote_code}),
    )
    settings = Settings(model="owner/named", trust_remote_code=True)
    for source in ("owner/named", "someone/else"):
        services.load_model(settings, services.Chosen(source))
    assert seen == {"owner/named": True, "someone/else": False}
