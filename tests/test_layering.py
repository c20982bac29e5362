"""Hold the arrows of CONTRIBUTING.md: imports point down, and each heavy library stays where it belongs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from emotion_hf import _EXPORTS
from emotion_hf.doctor import read_pins

ROOT = Path(__file__).resolve().parents[1]
LAYERS = (  # from the bottom; a box imports boxes below its own layer, and itself
    {"cells", "errors", "doctor", "installed", "long_waves", "samples"},
    {"labels", "lettering", "licences", "settings", "decoding", "device", "disk"}
    | {"plain_yaml", "torchaudio_standin", "turns", "waves"},
    {"sources", "speech", "calibration", "circumplex", "prediction", "strict", "checkpoint", "mel"}
    | {"jobs", "unfinished", "forecast", "entry"},
    {"mixing"},
    {"audio"},
    {"search"},
    {
        "channel",
        "cleaning",
        "corpora",
        "models",
        "recipes",
        "answers",
        "weights",
        "soundness",
        "voice",
        "model_source",
    },
    {"baselines", "run", "scorers"},
    {"speakers", "export"},
    {"timeline"},
    {"recognizer", "evaluation", "feedback", "versions", "data", "transcript", "text_emotion", "live"},
    {"measurement", "explain", "signal_math", "speaking_style", "desk"},
    {"explanation_picture"},
    {"api"},
    {"app", "training", "hub", "adaptation"},
    {"batch"},
    {"cli", "testing"},
)
HEIGHT = {box: height for height, layer in enumerate(LAYERS) for box in layer}
OUTSIDE = len(LAYERS)  # app.py and train/
AT_HOME = {  # library → the only places that may import it
    "gradio": ("emotion_hf/app/",),
    "datasets": ("emotion_hf/data/", "emotion_hf/evaluation/evaluate_metric.py", "emotion_hf/hub/data_set.py"),
}
IMPORT_TORCHAUDIO = ("transformers", "torchaudio", "evaluate")
SHIPPED_CODE_IMPORTS = {  # huggingface_hub comes with transformers, whose configs take `strict` from it
    *("numpy", "torch", "transformers", "huggingface_hub"),
    *sys.stdlib_module_names,
}


def complaints(path: str, source: str) -> list[str]:
    """Return what the file at ``path`` (relative to the project) does against the rules."""
    tree = ast.parse(source)
    found = [*_arrows(path, tree), *_libraries(path, tree), *_environment(path, tree)]
    is_shipped = path.startswith("emotion_hf/models/") and len(Path(path).parts) > 3
    found += _shipped_code(tree) if is_shipped else ()
    found += _torchaudio(path, tree) if not path.startswith("emotion_hf/") else ()
    return [f"{path}: {complaint}" for complaint in found]


def _arrows(path: str, tree: ast.AST) -> Iterator[str]:
    parts = Path(path).parts
    own = Path(parts[1]).stem if parts[0] == "emotion_hf" else None
    if own == "__init__":
        return  # lazy: it names modules and loads none
    for name in _imported(path, tree):
        if name.partition(".")[0] == "train" and own is not None:
            yield "the package imports train/"
        box = _box(name)
        if box is None or box == own:
            continue
        if box not in HEIGHT or (own is not None and own not in HEIGHT):
            yield f"{box if box not in HEIGHT else own} has no layer; give it one in LAYERS"
        elif HEIGHT[box] >= (OUTSIDE if own is None else HEIGHT[own]):
            yield f"{own} imports {box}, which is not below it"


def _libraries(path: str, tree: ast.AST) -> Iterator[str]:
    for name in _imported(path, tree) - _imported_for_types(path, tree):
        library = name.partition(".")[0]
        if library in AT_HOME and not path.startswith(AT_HOME[library]):
            yield f"{library} is imported outside {', '.join(AT_HOME[library])}"


def _environment(path: str, tree: ast.AST) -> Iterator[str]:
    told = {  # os.environ[NAME] = value reads nothing: some libraries can be told in no other way
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and id(node) not in told}
    used |= {name.rpartition(".")[2] for name in _imported(path, tree) if name.startswith("os.")}
    if path != "emotion_hf/settings.py" and used & {"environ", "environb", "getenv", "getenvb"}:
        yield "the environment is read outside settings.py"


def _torchaudio(path: str, tree: ast.AST) -> Iterator[str]:
    """Beside a torch that torchaudio does not fit, transformers can be imported only after our package."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in sorted(imports, key=lambda node: node.lineno):
        for name in _imported(path, node):
            if name.startswith("emotion_hf"):
                return
            if name.partition(".")[0] in IMPORT_TORCHAUDIO:
                yield f"{name} is imported before emotion_hf"


def _shipped_code(tree: ast.AST) -> Iterator[str]:
    """``save_pretrained`` copies ``from .sibling import name`` and nothing else along with the weights."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        elif isinstance(node, ast.ImportFrom) and (node.level > 1 or not node.module or "." in node.module):
            yield f"line {node.lineno} is not of the form `from .sibling import name`"
            continue
        else:
            continue
        for name in names:
            if name.partition(".")[0] not in SHIPPED_CODE_IMPORTS:
                yield f"{name} cannot be imported by code that is shipped with the weights"


def _imported(path: str, tree: ast.AST) -> set[str]:
    """Return the dotted names of all modules, and names in modules, that are imported anywhere in the file."""
    package = Path(path).parent.parts
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def _imported_for_types(path: str, tree: ast.AST) -> set[str]:
    """Return the imports under ``if TYPE_CHECKING:``; they also count as arrows, although no library is loaded."""
    blocks = (
        node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    return {name for block in blocks for name in _imported(path, block)}


def _box(name: str) -> str | None:
    """Return the box of the picture that a dotted name lies in: ``emotion_hf.data.splits`` lies in ``data``."""
    package, _, rest = name.partition(".")
    if package != "emotion_hf" or not rest or rest.startswith("__"):
        return None
    return _EXPORTS.get(rest, name).split(".")[1]


def _files() -> list[Path]:
    ours = [*ROOT.glob("emotion_hf/**/*.py"), *ROOT.glob("train/**/*.py"), *ROOT.glob("app.py")]
    return [file for file in ours if "checkpoints" not in file.parts]  # those are copies of models/, and run alone


@pytest.mark.parametrize("file", _files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down(file):
    assert complaints(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("emotion_hf/audio.py", "from emotion_hf.recognizer import EmotionRecognizer", "audio imports recognizer"),
        ("emotion_hf/audio.py", "from emotion_hf import EmotionRecognizer", "audio imports recognizer"),
        ("emotion_hf/audio.py", "def load():\n    import emotion_hf.app.build", "audio imports app"),
        ("emotion_hf/app/build.py", "from emotion_hf.training import build", "app imports training"),
        ("emotion_hf/app/build.py", "from ..training import build", "app imports training"),
        ("emotion_hf/data/splits.py", "from emotion_hf.evaluation.metrics import ua", "data imports evaluation"),
        ("emotion_hf/recognizer.py", "from emotion_hf.testing import FakeClassifier", "recognizer imports testing"),
        ("emotion_hf/hub.py", "import train.evaluate", "the package imports train/"),
        ("emotion_hf/audio.py", "import emotion_hf.odds", "odds has no layer"),
        ("emotion_hf/odds.py", "import emotion_hf.audio", "odds has no layer"),
        ("app.py", "import gradio as gr", "gradio is imported outside"),
        ("emotion_hf/recognizer.py", "from gradio.components import Audio", "gradio is imported outside"),
        ("emotion_hf/evaluation/report.py", "import datasets", "datasets is imported outside"),
        ("train/finetune.py", "import os\na = os.environ['A']", "the environment is read"),
        ("emotion_hf/audio.py", "from os import getenv", "the environment is read"),
        ("train/finetune.py", "import transformers\nimport emotion_hf.models", "is imported before emotion_hf"),
        ("emotion_hf/models/spectrogram/a.py", "from . import b", "not of the form"),
        ("emotion_hf/models/spectrogram/a.py", "from ..b import c", "not of the form"),
        ("emotion_hf/models/spectrogram/a.py", "from emotion_hf.labels import LABELS", "cannot be imported by code"),
        ("emotion_hf/models/spectrogram/a.py", "import librosa.filters", "librosa.filters cannot be imported"),
    ],
)
def test_what_breaks_the_rules_is_found(path, source, complaint):
    assert any(complaint in found for found in complaints(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("emotion_hf/recognizer.py", "from emotion_hf import __version__\nfrom emotion_hf.audio import load_audio"),
        ("emotion_hf/app/tabs/recognise.py", "import gradio as gr\nfrom emotion_hf.app.services import Services"),
        ("emotion_hf/models/spectrogram/a.py", "import math\nfrom torch import nn\nfrom .b import C"),
        ("emotion_hf/recognizer.py", "import transformers\nfrom emotion_hf.models import SpectrogramConfig"),
        ("train/finetune.py", "from emotion_hf.entry import run\nimport transformers"),
        ("train/finetune.py", "from emotion_hf.training.finetune import fine_tune"),
        ("emotion_hf/settings.py", "import os\nos.environ"),
        ("emotion_hf/app/build.py", "import os\nos.environ['A'] = 'b'"),
        ("emotion_hf/evaluation/evaluate.py", "if TYPE_CHECKING:\n    from datasets import Dataset"),
    ],
)
def test_what_keeps_the_rules_passes(path, source):
    assert complaints(path, source) == []


def test_contributing_draws_the_same_picture():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    picture = re.search(r"test_layering\.py` checks it.*?```\n(.*?)```", text, flags=re.DOTALL)[1]
    outside, *layers = [line.split(", ") for line in picture.splitlines()]
    assert outside == ["app.py", "train/"]
    assert [set(layer) for layer in layers] == [*reversed(LAYERS)]
    package = (file.relative_to(ROOT / "emotion_hf") for file in _files() if ROOT / "emotion_hf" in file.parents)
    assert HEIGHT.keys() == {Path(file.parts[0]).stem for file in package} - {"__init__"}


def test_every_library_that_is_imported_is_pinned():
    distributions = packages_distributions()
    pinned = {name.replace("_", "-").lower() for name in read_pins()}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    pinned |= {re.split(r"\[|[=>]=", line)[0] for extra in extras if extra != "dev" for line in extras[extra]}
    imported = set()
    for file in _files():
        path = file.relative_to(ROOT).as_posix()
        imported |= {name.partition(".")[0] for name in _imported(path, ast.parse(file.read_text(encoding="utf-8")))}
    ours = {"emotion_hf", "train", "__future__", *sys.stdlib_module_names}
    # sounddevice need not be installed, and has the name of its module
    used = {distributions.get(library, [library])[0].replace("_", "-").lower() for library in imported - ours}
    assert used - pinned == set()


@pytest.mark.parametrize("module", ["emotion_hf", "emotion_hf.cli"])
def test_importing_the_package_and_its_command_line_is_light(module):
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "gradio", "transformers", "datasets", "numpy", "fastapi"} & set(loaded.stdout.split())


def nameless_bars(source: str) -> list[int]:
    """Return the lines that make a progress bar without a name."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    bars = [node for node in calls if "tqdm" in (_called(node.func), *map(_called, node.args[:1]))]
    return [node.lineno for node in bars if "desc" not in {keyword.arg for keyword in node.keywords}]


def _called(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def test_every_progress_bar_has_a_name():
    assert nameless_bars("tqdm(x)\npartial(tqdm, disable=None)\ntqdm(x, desc='X')\npartial(tqdm, desc='X')") == [1, 2]
    files = [*ROOT.glob("emotion_hf/**/*.py"), *ROOT.glob("train/*.py")]
    found = {str(path.relative_to(ROOT)): nameless_bars(path.read_text(encoding="utf-8")) for path in files}
    assert {path: lines for path, lines in found.items() if lines} == {}
