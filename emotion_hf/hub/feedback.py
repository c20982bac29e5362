"""Corrections on the Hub: an open data set of those whose owners agreed to it.

The data set is built anew each time: whatever was deleted here is deleted there, from its history and its storage too.
Nothing in it tells who said something, when, or the number that deletes a record.

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
pretty_name: Corrected answers of a speech emotion model
license: {licence_id}
task_categories:
- audio-classification
tags:
- speech-emotion-recognition
- audio
- emotion_hf
---

# Corrected answers of a speech emotion model

Recordings: {recordings}. Somebody spoke, heard what a model made of it, said what was right, and agreed that the
recording be published in an open data set under {licence}.

```python
from datasets import load_dataset

load_dataset("{repo}", split="train")
```

| column | content |
|---|---|
| `audio` | the recording, mono, 16 kHz |
| `label` | the emotion, or "mixed", that most who labelled it heard; empty where they are divided equally |
| `labels` | what each of them said |
| `prediction` | the model's answer |
| `scores` | the model's probability of each emotion |
| `model` | the model |

Whoever asks for it has a recording deleted; the data set is then built anew, without it. Delete your copies of what is
no longer here.

Not for identifying people, for clinical use, for hiring, or for detecting lies. Inferring emotions of people at work
or in education is prohibited in the European Union (AI Act, Art. 5(1)(f)); elsewhere people must be told (Art. 50(3)).
"""


@dataclass(frozen=True)
class Published:
    """What is published: the address, empty if there is nothing, and the number of recordings."""

    url: str
    recordings: int


def publish_feedback(folder: Path, repo: str, *, public: bool = False) -> Published:
    """Make the data set ``repo`` hold the recordings in ``folder`` that may be published, and no others.

    Raises:
        FeedbackError: The folder's table is damaged, or the folder is somebody else's.
        HubError: The Hub refuses; the message says whether anything was changed there.
    """
    check_access(repo)
    store = FeedbackStore(folder)
    problems = store.problems()
    if problems.bad or problems.without_entry:
        raise FeedbackError(
            "The corrections are damaged, and what they lack would be removed from the Hub; run emotion-hf feedback "
            "repair first."
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
            f"{error} The recordings are up to date, but what was deleted can still be had from the data set's "
            f"history; repeat emotion-hf push-feedback {repo} to remove it."
        ) from error
    return Published(url, count)


def _recordings(store: FeedbackStore) -> dict[str, bytes]:
    """Return the files of the data set; a recording is called by its content, which says nothing of its record."""
    files: dict[str, bytes] = {}
    rows = []
    for recording in recordings(record for record in store.records() if record.consent.publish):
        try:
            audio = (store.folder / recording.annotations[0].file_name).read_bytes()
        except FileNotFoundError:  # it was deleted this moment
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
