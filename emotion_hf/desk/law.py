"""What the law says about a desk, in the words that the page, the command line and the documents show.

The desk knows callers. It has no accounts, names or figures of the people who answer the calls, and none can be added
with what it stores: recognising the emotions of people at work is prohibited.

Example:
    >>> PROHIBITED.startswith("Only analyse callers.")
    True
"""

from __future__ import annotations

PROHIBITED = (
    "Only analyse callers. Recognising the emotions of people at their workplace or in education is prohibited in the "
    "European Union (AI Act, Regulation (EU) 2024/1689, Art. 5(1)(f)), except for medical or safety reasons. Do not "
    "use the desk to watch, compare or assess the people who answer the calls: give it the caller's side of a call "
    "only, and no recordings of employees, trainees, pupils or students."
)
"""Art. 5(1)(f), for the person who sets up a desk."""

MUST_ANNOUNCE = (
    "Tell each caller before the analysis that a computer analyses the emotion in the voice (AI Act, Art. 50(3)), and "
    "process the recording only as data protection law allows (GDPR). Play or read the announcement before the "
    "conversation begins, and offer another way for people who do not agree."
)
"""Art. 50(3), for the person who sets up a desk."""

ANNOUNCEMENT = (
    "This call is recorded, and a computer analyses the emotion in your voice so that people in distress get help "
    "sooner. A human decides what happens. If you do not want this, please say so now, and we will switch it off."
)
"""An announcement to callers; adapt it to what is done, and translate it."""

NOT_SAFE = (
    "Not urgent does not mean safe. The model judges how something is said, not what is said, and it misses people in "
    "danger. Always listen to the caller."
)
"""Shown wherever the desk shows urgency."""

TERMS = (PROHIBITED, MUST_ANNOUNCE, NOT_SAFE)
"""What a person accepts who sets up a desk."""
