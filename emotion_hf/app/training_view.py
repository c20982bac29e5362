"""Show the queue of trainings, and one training: how far it is, its curves, its figures, its log.

Example:
    >>> queue_html([])
    ''
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from emotion_hf.app.figures import figures_html
from emotion_hf.app.training_progress import Progress, curves_html
from emotion_hf.app.words import say
from emotion_hf.evaluation.results import Report
from emotion_hf.jobs import Job
from emotion_hf.unfinished import read_progress

RECIPES = {
    "head": "A new head on the encoder of the model that ships. Takes seconds once the embeddings are cached; "
    "needs no download.",
    "resnet": "A small ResNet on log-mels, trained from scratch; the best of the small networks.",
    "cnn": "A CNN on a log-mel picture of three seconds, trained from scratch.",
    "mfcc_cnn": "A CNN on 40 MFCC and their Δ, trained from scratch.",
    "transformer": "A Transformer on log-mels, trained from scratch.",
    "bilstm": "A BiLSTM on log-mels, trained from scratch.",
    "cnn_bilstm_attention": "CNN, BiLSTM and attention on 120 descriptors, trained from scratch.",
    "mlp": "A perceptron on 13,134 acoustic numbers, trained from scratch.",
    "waveform": "A CNN on raw samples, trained from scratch.",
    "wav2vec2_tiny": "A small Wav2Vec2 with random initial weights.",
    "whisper": "A head on four layers of Whisper base, with six augmented passes; robust in noise. Downloads Whisper.",
    "wav2vec2": "A Wav2Vec2, HuBERT or WavLM encoder whose top layers are trained. Downloads the encoder.",
    "permissive": "As whisper, for corpora that allow commercial use. Downloads Whisper.",
}
"""What each recipe trains, the quickest first."""

CSS = """
#train .problem { color: var(--error-text-color, #b91c1c); margin: .25rem 0; }
#train h2 { margin: 0 0 .25rem; font-size: 1.3rem; }
#train progress, #models progress { max-width: 32rem; }
#train .queue { margin: 0 0 .5rem; padding-left: 1.25rem; }
#train .log { max-height: 18rem; overflow: auto; margin: 0; padding: .5rem; font-size: .8rem; white-space: pre-wrap;
  overflow-wrap: anywhere; background: var(--background-fill-secondary); border-radius: var(--radius-sm); }
#train .curves { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
  max-width: 860px; }
@media (min-width: 768px) { #train .figures { grid-template-columns: minmax(16rem, 1fr) auto; }
  #train .figures > dl, #train .figures > p { grid-column: 1 / -1; } }
"""


def recipe_html(recipe: str) -> str:
    """Return what a recipe trains."""
    return say(RECIPES[recipe]) if recipe in RECIPES else ""


def queue_html(queue: Sequence[Job]) -> str:
    """Return what runs and what waits, in the order of the queue; empty if nothing waits."""
    if len(queue) < 2:
        return ""
    rows = "".join(f"<li>{escape(job.name)}: {say(job.state)}</li>" for job in queue)
    return f'<p><b>{say("Queue")}</b></p><ol class="queue">{rows}</ol>'


def no_training_html() -> str:
    """Return what stands in the place of a training before the first one."""
    return f"<p>{say('No training has been started yet.')}</p>"


def training_html(job: Job, progress: Progress, report: Report | None) -> str:
    """Return one training: its state, and its curves while it runs or its figures at the end."""
    bar = ""
    if progress.state == "running":
        label = say("Training")
        bar = f'<progress max="1" value="{progress.share:.3f}" aria-label="{label}"></progress>'
    curves = curves_html(read_progress(job.folder))
    figures = figures_html(report) if job.state == "done" else ""
    words = f'<p role="status">{escape(progress.sentence)}</p>'
    return f"<h3>{escape(job.name)}</h3>{bar}{words}{figures}{curves}"


def log_html(log: str) -> str:
    """Return the end of a training's log."""
    return f'<pre class="log" tabindex="0">{escape(log)}</pre>' if log else ""
