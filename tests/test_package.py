"""What the package offers at its top is there when asked for, and only then loaded."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import soundfile
import yaml
from packaging.requirements import Requirement

import emotion_hf
from emotion_hf import EmotionRecognizer, doctor
from emotion_hf.testing import synthetic_voice, tiny_corpus

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", emotion_hf.__all__)
def test_each_export_is_what_its_module_holds(name):
    module = importlib.import_module(emotion_hf._EXPORTS[name])
    assert getattr(emotion_hf, name) is getattr(module, name)


def test_a_star_import_gives_all_of_them():
    names: dict[str, object] = {}
    exec("from emotion_hf import *", names)
    assert set(emotion_hf.__all__) <= set(names)
    assert names["LABELS"][0] == "neutral"


def test_type_checkers_see_the_same_exports():
    tree = ast.parse(Path(emotion_hf.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == emotion_hf._EXPORTS


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'emotion_hf' has no attribute 'EmotionRecogniser'$"):
        _ = emotion_hf.EmotionRecogniser
    with pytest.raises(ImportError, match="EmotionRecogniser"):
        exec("from emotion_hf import EmotionRecogniser")


def test_the_version_is_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+", emotion_hf.__version__)


def test_the_tested_versions_are_in_the_ranges_that_a_library_is_installed_with():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if "==" in line)
    light, full = ([*map(Requirement, them)] for them in (project["dependencies"], _full(project)))
    assert tuple(one.name for one in light) == doctor.LIGHT
    assert not {one.name for one in light} & {one.name for one in full}
    ranges = {one.name: one.specifier for one in light + full}
    assert tested.keys() == ranges.keys()
    assert [name for name, version in tested.items() if version not in ranges[name]] == []
    assert [name for name, allowed in ranges.items() if len(allowed) != 2] == []  # from a lowest to below a highest


def _full(project: dict) -> list[str]:
    return project["optional-dependencies"]["full"]


def test_citation_names_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == emotion_hf.__version__ and citation["license"] == "Apache-2.0"


def test_type_checkers_are_told_that_there_are_types():
    assert (ROOT / "emotion_hf" / "py.typed").is_file()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package as its wheel installs it, without the packages that it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)], check=True
    )
    (wheel,) = folder.glob("*.whl")
    options = ("--no-compile", "--no-deps", "--target", str(folder / "site"))
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
    return folder / "site"


def test_the_wheel_has_the_package_the_recipes_and_the_card_and_nothing_else(installed):
    assert {path.name for path in installed.iterdir()} == {
        *("emotion_hf", "bin", f"emotion_hf-{emotion_hf.__version__}.dist-info"),
    }
    files = installed / "emotion_hf" / "installed_files"
    assert (files / "model_card.md").read_bytes() == (ROOT / "model_card.md").read_bytes()
    recipes = {path.name: path.read_bytes() for path in (files / "recipes").iterdir()}
    assert recipes == {path.name: path.read_bytes() for path in (ROOT / "train" / "recipes").iterdir()}
    assert (installed / "emotion_hf" / "export" / "page" / "index.html").is_file()
    assert {path.name for path in (installed / "emotion_hf" / "checkpoints" / "default").iterdir()} == {
        path.name for path in (ROOT / "emotion_hf" / "checkpoints" / "default").iterdir() if path.name != "__pycache__"
    }


@pytest.fixture(scope="module")
def light_site(installed):
    """A folder with the installed package and what its wheel requires without extras, as links."""
    site = installed.parent / "light"
    site.mkdir()
    wanted, seen = [*doctor.LIGHT], set()
    while wanted:
        found = metadata.distribution(wanted.pop())
        if found.name in seen:
            continue
        seen.add(found.name)
        wanted += [
            one.name
            for one in map(Requirement, found.requires or ())
            if one.marker is None or one.marker.evaluate({"extra": ""})
        ]
        for name in {path.parts[0] for path in found.files or ()} - {"..", "__pycache__"}:
            (site / name).symlink_to(found.locate_file(name))
    for path in installed.iterdir():
        (site / path.name).symlink_to(path)
    return site


def _light(site: Path, *words: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-S", *words],  # without the packages of this environment
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(site), "EMOTION_HF_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
    )


def test_a_light_installation_is_sound_and_says_what_it_lacks(light_site, tmp_path):
    examined = _light(light_site, "-m", "emotion_hf.cli", "doctor", folder=tmp_path)
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert "This is the light installation" in examined.stdout
    assert f"All {len(doctor.LIGHT)} packages are installed." in examined.stdout
    assert "pip install 'emotion-hf[full]'" in examined.stdout

    page = _light(light_site, "-m", "emotion_hf.cli", "app", folder=tmp_path)
    assert page.returncode == 1
    assert page.stderr == "emotion-hf: This needs gradio; install it with pip install 'emotion-hf[full]'.\n"

    code = "from emotion_hf import fine_tune"
    assert re.search(
        r"MissingPackageError: This needs \w+; install it", _light(light_site, "-c", code, folder=tmp_path).stderr
    )


def test_a_light_installation_predicts(light_site, tmp_path):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(3.0), 16_000)
    clip = str(tmp_path / "clip.wav")
    printed = _light(light_site, "-m", "emotion_hf.cli", "predict", clip, "--json", folder=tmp_path)
    assert printed.returncode == 0, printed.stderr
    expected = EmotionRecognizer.from_pretrained(backend="onnx")(clip)
    assert json.loads(printed.stdout)["scores"] == pytest.approx(expected.scores, abs=1e-6)

    timeline = _light(light_site, "-m", "emotion_hf.cli", "timeline", clip, folder=tmp_path)
    assert timeline.returncode == 0, timeline.stderr
    assert "Speaking time" in timeline.stdout

    code = f"from emotion_hf import EmotionRecognizer; EmotionRecognizer.from_pretrained(backend='torch')({clip!r})"
    refused = _light(light_site, "-c", code, folder=tmp_path)
    assert "MissingPackageError: This needs torch; install it with pip" in refused.stderr


def test_an_installed_package_trains_and_evaluates_a_recipe_by_its_name(installed, tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus", speakers=4)
    changes = ("training.epochs=1", "data.split=speakers:1", "data.validation=1", "model.config.widths=[8]")

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "emotion_hf.cli", *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(installed), "EMOTION_HF_DATA_DIR": str(tmp_path / "data")},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert "Wrote runs/cnn" in run("train", "cnn", "--data", f"ravdess={corpus}", *changes)
    data = ("--data", f"ravdess={corpus}", "--split", "speakers:1-test")
    assert "Wrote runs/cnn/README.md" in run("evaluate", "runs/cnn", *data, "--card")
    clip = next(corpus.rglob("*.wav"))
    assert clip.name in run("predict", str(clip))
