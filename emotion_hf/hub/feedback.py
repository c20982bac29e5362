"""Corrections on the Hub: an open data set of those whose owners agreed to publication.

The data set is rebuilt each time: whatever was deleted here is also deleted there, from its history and its storage
too. It does not reveal who said something, when, or the number that deletes a record.

Example:
    >>> publish_feedback(Path("data/feedback"), "me/voices").recordings  # doctest: +SKIP
    12
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotion_hf.corpora.votes import Recording, majority, recordings
from emotion_hf.errors import FeedbackError, HubError
from emotion_hf.feedback import PUBLIC_LICENCE, FeedbackStore
from emotion_hf.hub.repository import Repository, check_access, exists

CARD = """---
pretty_name: Corrected predictions of a speech emotion model
license: {licence_id}
task_categories:
- audio-classification
tags:
- speech-emotion-recognition
- audio
- emotion_hf
---

# Corrected predictions of a speech emotion model

Recordings: {recordings}. Each speaker saw a model's prediction, said what was right, and agreed to the publication of
the recording in an open data set under {licence}.

```python
from datasets import load_dataset

load_dataset("{repo}", split="train")
```

| column | content |
|---|---|
| `audio` | the recording, mono, 16 kHz |
| `label` | the emotion, or "mixed", that most annotators chose; empty if they are evenly divided |
| `labels` | the choice of each annotator |
| `prediction` | the model's prediction |
| `scores` | the model's probability of each emotion |
| `model` | the model |

Recordings are deleted on request; the data set is then rebuilt without them. Delete your copies of recordings that are
no longer here.

Not for identifying people, for clinical use, for hiring, or for detecting lies. Inferring emotions of people at work
or in education is prohibited in the European Union (AI Act, Art. 5(1)(f)); elsewhere people must be told (Art. 50(3)).
"""


@dataclass(frozen=True)
class Published:
    """Result of a publication: the address, empty if there is nothing, and the number of recordings."""

    url: str
    recordings: int


def publish_feedback(folder: Path, repo: str, *, public: bool = False) -> Published:
    """Make the data set ``repo`` contain exactly the recordings in ``folder`` that may be published.

    Raises:
        FeedbackError: The folder's table is damaged, or the folder belongs to another program.
        HubError: The Hub refuses; the message says whether anything was changed there.
    """
    check_access(repo)
    store = FeedbackStore(folder)
    problems = store.problems()
    if problems.bad or problems.without_entry:
        raise FeedbackError(
            "The corrections are damaged, and publishing would remove the missing ones from the Hub; run emotion-hf "
            "feedback repair first."
        )
    files = _recordings(store)
    if not files and not exists(repo, "dataset"):
        return Published("", 0)
    count = sum(path.startswith("audio/") for path in files)
    licence = {"licence": PUBLIC_LICENCE, "licence_id": PUBLIC_LICENCE.lower().replace(" ", "-")}
    card = CARD.format(recordings=count, repo=repo, **licence).encode()
    repository = Repository.open(repo, "dataset", public=public)
    url = repository.replace(
        {"README.md": card, **files}, message="Recordings that may be published", unchanging="audio/"
    )
    try:
        repository.forget(files.values())
    except HubError as error:
        raise HubError(
            f"{error} The recordings are up to date, but deleted recordings are still in the data set's "
            f"history; repeat emotion-hf push-feedback {repo} to remove it."
        ) from error
    return Published(url, count)


def _recordings(store: FeedbackStore) -> dict[str, bytes]:
    """Return the files of the data set; a recording is named by its content, which does not reveal its record."""
    files: dict[str, bytes] = {}
    rows = []
    for recording in recordings(record for record in store.records() if record.consent.publish):
        try:
            audio = (store.folder / recording.annotations[0].file_name).read_bytes()
        except FileNotFoundError:  # it has just been deleted
            continue
        path = f"audio/{hashlib.sha256(audio).hexdigest()[:20]}.flac"
        files[path] = audio
        rows.append(_row(path, recording))
    if rows:
        files["metadata.jsonl"] = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    return files


def _row(path: str, recording: Recording) -> dict[str, Any]:
    first, opinions = recording.annotations[0], recording.opinions
    return {
        "file_name": path,
        "label": majority(opinions),
        "labels": list(opinions.values()),
        "prediction": first.prediction,
        "scores": dict(first.scores),
        "model": Path(first.model).name,
    }
