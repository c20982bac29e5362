"""The comparison of the ONNX twins with the network: the page shows the kept figures, which keep what we promise."""

import json
from pathlib import Path

import numpy as np

from benchmarks import onnx as benchmark
from emotion_hf.corpora.corpus import Utterance

FIGURES = json.loads(benchmark.FIGURES.read_text(encoding="utf-8"))


def test_the_page_shows_the_kept_figures():
    assert benchmark.PAGE.read_text(encoding="utf-8") == benchmark.document(FIGURES)


def test_the_twins_keep_what_the_documents_promise():
    distances, accuracy, times = FIGURES["distances"], FIGURES["accuracy"], FIGURES["times"]
    for name in (benchmark.TWIN, "batches"):
        assert distances[name]["clips"] == 500 and distances[name]["most"] <= 1e-4
        assert distances[name]["other_labels"] == 0
    for corpus in benchmark.TESTED:
        of_corpus = accuracy[corpus]
        assert of_corpus[benchmark.TWIN] == of_corpus[benchmark.NETWORK]
        assert of_corpus[benchmark.NETWORK] - of_corpus[benchmark.INT8] <= 0.005  # what 8 bits may cost
    peer = times[benchmark.PEER]["processor"]
    assert peer / times[benchmark.INT8]["processor"] >= 15 and peer / times[benchmark.TWIN]["processor"] >= 9


def test_the_recall_is_among_the_labels_of_the_corpus():
    clips = [Utterance(Path(f"{name}.wav"), name, "a", "c") for name in ("sad", "sad", "happy", "happy")]
    scores = np.array([[0.6, 0.3, 0.1], [0.5, 0.1, 0.4], [0.9, 0.1, 0.0], [0.0, 0.0, 1.0]])
    assert benchmark.recall(clips, scores, ("calm", "sad", "happy")) == 0.5


def test_medians_leave_out_the_warm_up():
    taken = benchmark.Taken()
    taken.elapsed, taken.processor = (
        [9.0] * benchmark.WARM_UP + [0.002, 0.004],
        [9.0] * benchmark.WARM_UP + [0.001, 0.003],
    )
    assert taken.figures() == {"processor": 2.0, "least": 1.0, "elapsed": 3.0}
    taken.run(lambda: None)
    assert len(taken.elapsed) == len(taken.processor) == benchmark.WARM_UP + 3
