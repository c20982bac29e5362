"""The forms of requests and responses, for the OpenAPI document and for checking parameters.

Responses are the plain values of `Recognition`, sent as they are; a test compares them with these forms.

Example:
    >>> Options(timeline="true").timeline
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emotion_hf.api.voices import MAX_CHARACTERS

MAX_NUMBER = 1_000
Share = Annotated[float, Field(ge=0, le=1.000001)]  # a sum of 32-bit floats may exceed 1
Seconds = Annotated[float, Field(ge=0)]
Verdict = Literal["ok", "not_sure", "no_speech"]


class Form(BaseModel):
    """A form without unknown members."""

    model_config = ConfigDict(extra="forbid")


class Options(Form):
    """Parameters of a classification."""

    timeline: bool = Field(False, description="Return which emotion is expressed when, instead of one prediction.")
    voice: str = Field(
        "",
        max_length=MAX_CHARACTERS,
        pattern="^[A-Za-z0-9_-]*$",
        description="Voice of the speaker, as POST /v1/voices returned it; predictions are corrected for it.",
        json_schema_extra={"format": "voice"},
    )
    channel: int | None = Field(
        None, ge=0, le=MAX_NUMBER, description="Use this channel, counted from 0; by default the mean."
    )
    track: int | None = Field(
        None, ge=0, le=MAX_NUMBER, description="Use this audio track, counted from 0; by default one with sound."
    )


class Scored(Form):
    """What every prediction has."""

    verdict: Verdict = Field(description="Whether the recording could be judged.")
    label: str | None = Field(description="The most probable emotion; null without speech.")
    confidence: Share = Field(description="Its probability; 0 without speech.")
    scores: dict[str, Share] = Field(description="Calibrated probability of each emotion; empty without speech.")
    model: str = Field(description="Name of the model.")
    intensity: Share | None = Field(description="How strongly the emotion is expressed; null if it is not known.")


class Prediction(Scored):
    """One prediction for a whole recording."""

    duration_seconds: Seconds = Field(description="Length of the recording.")
    notes: list[str] = Field(description="Sentences about the recording, for example if only a part can be read.")


class NamedPrediction(Prediction):
    """The prediction for an uploaded file."""

    file: str = Field(description="Name of the uploaded file.")


class Window(Scored):
    """A part of a recording with its prediction."""

    start_seconds: Seconds
    end_seconds: Seconds


class Band(Window):
    """A stretch of one emotion."""

    name: str = Field(description='The emotion, "not sure" or "no speech".')


class Timeline(Form):
    """Which emotion is expressed when."""

    file: str = Field(description="Name of the uploaded file.")
    duration_seconds: Seconds
    is_centred: bool = Field(description="Whether the speaker's own mean over the recording served as reference.")
    notes: list[str]
    overall: Prediction = Field(description="The mean of the windows, weighted with their lengths.")
    shares: dict[str, Share] = Field(description="Share of the speaking time of each emotion and of not sure.")
    bands: list[Band] = Field(description="Bands that cover the whole recording.")
    windows: list[Window] = Field(description="Parts with speech, in the order of time.")


class Voice(Form):
    """A speaker's voice."""

    voice: str = Field(description="Pass it as the parameter voice of POST /v1/classify. The server keeps no copy.")
    model: str = Field(description="Name of the model that it belongs to.")
    recordings: int = Field(ge=1)
    seconds: Seconds = Field(description="Total length of the recordings.")


class Figure(Form):
    """A measured figure with its 95 % interval; null with too few speakers."""

    value: Share
    low: float | None
    high: float | None


class Accuracy(Form):
    """How often the model is right, from its own report."""

    unweighted_average_recall: Figure
    accuracy: Figure
    recall_by_emotion: dict[str, Share]
    clips: int
    speakers: int
    split: str = Field(description="Name of the test clips.")
    speakers_are_unseen: bool = Field(description="Whether no speaker of these clips was in the training data.")


class Model(Form):
    """A model."""

    name: str
    active: bool
    labels: list[str]
    languages: list[str] = Field(description="ISO 639-1 codes of the languages of its training, as far as known.")
    adapts_to_voices: bool
    accuracy: Accuracy | None = Field(description="null if the model has no report.")


class Models(Form):
    """The models that answer."""

    models: list[Model]


class Health(Form):
    """The server answers, and the model is loaded."""

    status: Literal["ok"]


class ProblemDetails(Form):
    """Problem details (RFC 9457)."""

    type: str = Field(
        description="Address of the description of this kind of problem.",
        json_schema_extra={"format": "uri-reference"},
    )
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What was wrong and what to do, in one sentence.")


def parameter_sentence(error: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return one sentence about an error of pydantic, which does not repeat what was given.

    Args:
        error: One of ``ValidationError.errors()``.
        names: The parameters that exist.
    """
    name = str(error["loc"][-1])[:40]
    if error["type"] == "extra_forbidden":
        known = ", ".join(names)
        return f"There is no parameter {name!r}; " + (f"the parameters are {known}." if known else "there are none.")
    if error["type"] == "missing":
        return f"The parameter {name} is missing."
    return f"The parameter {name} is invalid: {error['msg'][:1].lower()}{error['msg'][1:]}."


class Reason(Form):
    """The stretch of a recording that decided how urgent a call is."""

    emotion: str = Field(description="The strongest of the rule's emotions in it.")
    start_seconds: Seconds = Field(description="Its start.")
    end_seconds: Seconds = Field(description="Its end.")
    confidence: Share = Field(description="Mean probability of the rule's emotions together.")


class Call(Form):
    """A call that the desk has taken."""

    id: int = Field(description="Its number on the desk.")
    is_new: bool = Field(description="False if the desk had this recording of the caller already.")
    caller: str = Field(description="Name of the caller.")
    happened_at: str = Field(description="When it happened, as ISO 8601.")
    duration_seconds: Seconds = Field(description="Length of the recording.")
    verdict: Verdict = Field(description="Whether the recording could be judged.")
    label: str | None = Field(description="The recognised emotion; null without speech.")
    confidence: Share = Field(description="Its probability; 0 without speech.")
    level: Literal["calm", "raised", "urgent"] = Field(description="How urgent it is, by the rule of the desk.")
    alarm: bool = Field(description="Whether it is an alarm that nobody has acknowledged.")
    reason: Reason | None = Field(description="The stretch that decided; null for a calm call.")
    reference_recordings: int = Field(description="Earlier recordings of the caller that served as reference.")
    model: str = Field(description="Name of the model.")
