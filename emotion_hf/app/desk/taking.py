"""Take recordings: many at once, dropped on a caller or here; each bad file becomes one sentence, the others go on.

The browser sends the files (`emotion_hf/app/desk/script.py`), and one event brings their tickets. A recording in which
it is unknown who the caller is can be tried again with the answer, without sending it again.

Example:
    >>> panel = TakePanel(services, desk)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from emotion_hf.app.analysing import Jobs, OnProgress, StoppedError
from emotion_hf.app.desk.moments import emotion_html, level_html
from emotion_hf.app.desk.recorded import USUAL_CHANNELS, RecordedFields, speakers
from emotion_hf.app.desk.script import TAKE
from emotion_hf.app.edge import sent_by, sent_files, sentence
from emotion_hf.app.operators import Operator
from emotion_hf.app.services import MODEL_CALLS, Services
from emotion_hf.app.uploads import find
from emotion_hf.app.words import both, number, say, shown
from emotion_hf.audio import channels_of
from emotion_hf.decoding import DECODABLE_EXTENSIONS
from emotion_hf.desk import Desk, callers, intake
from emotion_hf.desk.intake import Taken
from emotion_hf.errors import DeskError, SpeakersUnknownError
from emotion_hf.turns import likely_seconds

MOST_FILES = 200
MOST_OFFERED = 8
AS_USUAL, ALL = "", "all"
Updates = dict[gr.blocks.Block, Any]

AGAIN = """
element.addEventListener("click", ({target}) => {
  const button = target.closest("[data-again]");
  if (button) trigger("select", {file: button.dataset.again, channel: button.dataset.channel ?? "",
    speaker: button.dataset.speaker ?? ""});
});
"""


@dataclass(frozen=True)
class File:
    """A recording of a batch, and what became of it.

    Attributes:
        name: Its name.
        ticket: Ticket of the upload; empty if it did not arrive.
        caller_id: Its caller.
        problem: The sentence that says why there is no call, as HTML.
        channels: Number of its channels, if only the question who the caller is was open; else 0.
        taken: The call.
        happened_at: When the file was last changed, which counts as the time of the call, as in a watched folder.
    """

    name: str
    ticket: str
    caller_id: int
    problem: str = ""
    channels: int = 0
    taken: Taken | None = None
    happened_at: datetime | None = None


class TakePanel:
    """The form, and the progress, which the tab places where it is always seen.

    Args:
        services: The services of the page.
        desk: The desk.
    """

    def __init__(self, services: Services, desk: Desk):
        self.services, self.desk, self.jobs = services, desk, Jobs()
        self.operator = Operator(services.settings)
        self.files = gr.State(())
        with gr.Column(elem_id="desk-taking"):
            self.sender = gr.HTML(sender_html(), js_on_load=TAKE, elem_id="desk-sender")
            self.progress = gr.HTML(js_on_load=AGAIN)
            self.stop = gr.Button(shown("Stop"), size="md", visible=False, elem_id="desk-stop", scale=0)
            self.hide = gr.Button(shown("Close"), size="md", visible=False, elem_id="desk-taken", scale=0)

    def build_form(self) -> None:
        """Add the form, where it should appear."""
        self.caller = gr.Dropdown(
            [],
            label=shown("Caller: choose one, or type a new name"),
            allow_custom_value=True,
            elem_id="desk-for",
        )
        with gr.Row():
            fields = RecordedFields("desk")
        self.channel, self.speaker = fields.parts
        gr.HTML(drop_html(), js_on_load="", elem_id="desk-drop")
        self._wire()

    @property
    def fields(self) -> list[gr.blocks.Block]:
        """The components that `choices` updates."""
        return [self.caller, self.channel, self.speaker]

    def choices(self) -> Updates:
        """Return the updates that fill the fields."""
        channels = [(say("Channel {number}", number=one + 1), str(one)) for one in range(USUAL_CHANNELS)]
        return {
            self.caller: gr.Dropdown(choices=[one.name for one in callers.all_callers(self.desk)]),
            self.channel: gr.Dropdown(choices=[(say("as usual on this desk"), AS_USUAL), *channels], value=AS_USUAL),
            self.speaker: gr.Dropdown(choices=[(say("as usual on this desk"), AS_USUAL), *speakers()], value=AS_USUAL),
        }

    def _wire(self) -> None:
        options = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple", **MODEL_CALLS}
        parts = [self.progress, self.stop, self.hide, self.files]
        self.sender.upload(self._take, [self.caller, self.channel, self.speaker], parts, **options)
        self.progress.select(self._again, [self.files], parts, **options)
        private = {"api_visibility": "private", "show_progress": "hidden"}
        self.stop.click(self._stop, None, None, **private)
        self.hide.click(self._hide, None, parts, **private)

    def _take(
        self, caller: str | None, channel: str, speaker: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """Yield which recording is analysed and how many are left, then what became of each."""
        try:
            self.operator.check(request.username)
            files = self._sent(event, caller)
        except Exception as error:  # noqa: BLE001 - the app's edge: the panel shows the error instead
            yield self._finished(f'<p role="alert" class="desk-warning">{sentence(error)}</p>')
            return
        yield from self._run(files, range(len(files)), channel, speaker, request)

    def _again(self, files: tuple[File, ...], event: gr.EventData, request: gr.Request) -> Iterator[Updates]:
        """Yield the progress of one file, taken again with the answer who the caller is."""
        data = sent_by(event)
        chosen = str(data.get("channel", "")), str(data.get("speaker", ""))
        try:
            self.operator.check(request.username)
            wanted = _waiting(files, str(data.get("file", "")), by_channel=bool(chosen[0]))
        except Exception as error:  # noqa: BLE001 - the app's edge
            yield self._finished(f'<p role="alert" class="desk-warning">{sentence(error)}</p>', files)
            return
        yield from self._run(list(files), wanted, *chosen, request)

    def _run(
        self, files: list[File], wanted: range | list[int], channel: str, speaker: str, request: gr.Request
    ) -> Iterator[Updates]:
        session = str(request.session_hash)
        for place, at in enumerate(wanted):
            one = files[at]
            if not one.problem or one.channels:
                yield self._working(files, place, len(wanted), one.name, 0.0)
                try:
                    files[at] = yield from self._one(session, files, (place, len(wanted)), one, channel, speaker)
                except StoppedError:
                    rest = say("Stopped; these recordings were not taken: {count}.", count=len(wanted) - place)
                    yield self._finished(f"{_list(files)}<p>{rest}</p>", tuple(files))
                    return
        yield self._finished(_list(files), tuple(files))

    def _one(
        self, session: str, files: list[File], place: tuple[int, int], one: File, channel: str, speaker: str
    ) -> Generator[Updates, None, File]:
        def waiting(share: float, seconds_left: float | None) -> Updates:
            return self._working(files, *place, one.name, share)

        def work(progress: OnProgress) -> Taken:
            return self._intake(one, channel, speaker, progress)

        try:
            taken = yield from self.jobs.run(session, work, waiting)
        except StoppedError:
            raise
        except SpeakersUnknownError as error:
            return replace(one, problem=sentence(error), channels=channels_of(self._path(one)))
        except Exception as error:  # noqa: BLE001 - the app's edge: the list shows the error, and the others go on
            return replace(one, problem=sentence(error), channels=0)
        self.services.discard(str(self._path(one)))
        return replace(one, problem="", channels=0, taken=taken)

    def _intake(self, one: File, channel: str, speaker: str, progress: OnProgress) -> Taken:
        path = self._path(one)
        with self.services.turns.take(likely_seconds(path.stat().st_size), lambda: progress(0.0)):
            return intake.take(
                self.desk,
                self.services.model,
                path,
                one.caller_id,
                happened_at=one.happened_at and min(one.happened_at, self.desk.clock()),
                file_name=one.name,
                channel=int(channel) if channel.isdecimal() else None,
                speaker=speaker or None,
                max_seconds=self.services.settings.max_seconds,
                progress=progress,
            )

    def _path(self, one: File) -> Path:
        return find(one.ticket, self.services.voices)

    def _sent(self, event: gr.EventData, caller: str | None) -> list[File]:
        """Return the files of an event, for the caller on whom they were dropped or else the chosen one."""
        files = sent_files(event)
        if not 1 <= len(files) <= MOST_FILES:
            raise DeskError(f"There are {len(files)} recordings; choose from 1 to {MOST_FILES} at once.")
        id = sent_by(event).get("caller")
        if isinstance(id, int) and not isinstance(id, bool):
            caller_id = callers.get(self.desk, id).id
        elif (caller or "").strip():
            name = str(caller)
            caller_id = (callers.find(self.desk, name) or callers.add(self.desk, name)).id
        else:
            raise DeskError("Choose the caller first, or type the name of a new one.")
        return [_file(one, caller_id) for one in files]

    def _working(self, files: list[File], place: int, count: int, name: str, share: float) -> Updates:
        left = say("{name}, {place} of {count}", name=name, place=place + 1, count=count)
        bar = f'<progress max="{count}" value="{place + share:.3f}" aria-label="{say("Progress")}"></progress>'
        html = f'<div data-busy role="status">{bar}<p>{escape(left)}</p>{_list(files)}</div>'
        return {self.progress: html, self.stop: gr.Button(visible=True), self.hide: gr.Button(visible=False)}

    def _finished(self, html: str, files: tuple[File, ...] = ()) -> Updates:
        return {
            self.progress: f'<div role="status">{html}</div>',
            self.stop: gr.Button(visible=False),
            self.hide: gr.Button(visible=True),
            self.files: files,
        }

    def _hide(self) -> Updates:
        return {self.progress: "", self.hide: gr.Button(visible=False), self.files: ()}

    def _stop(self, request: gr.Request) -> None:
        self.jobs.stop(str(request.session_hash))


def sender_html() -> str:
    """Return what sends files; the script works while any part of the desk is open."""
    accepted = ",".join(["audio/*", "video/*", *DECODABLE_EXTENSIONS])
    return f'<input type="file" accept="{accepted}" multiple hidden><output></output>'


def drop_html() -> str:
    """Return the place for files."""
    words = both("Drop recordings here, or drop them on a caller.")
    return f'<div class="desk-drop"><p>{words}</p><button type="button">{both("Choose files")}</button></div>'


def _file(sent: dict[str, Any], caller_id: int) -> File:
    name = str(sent.get("name", ""))[:200]
    ticket, problem = str(sent.get("ticket", "")), str(sent.get("problem", ""))[:500]
    if not ticket:
        problem = escape(problem or say("This file did not arrive; send it again."))
    return File(name, ticket, caller_id, problem if not ticket else "", happened_at=_time(sent.get("at")))


def _time(milliseconds: object) -> datetime | None:
    """Return the time of a file as a browser gives it; ``None`` if it gives none."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _waiting(files: tuple[File, ...], which: str, *, by_channel: bool) -> list[int]:
    """Return the places of the recordings that wait for this answer: one of them, or all.

    Raises:
        DeskError: There is none.
    """
    found = [at for at, one in enumerate(files) if one.channels and by_channel == (one.channels > 1)]
    found = found if which == ALL else [at for at in found if str(at) == which]
    if not found:
        raise DeskError("This recording is no longer waiting here; send it again.")
    return found


def _list(files: list[File]) -> str:
    """Return a line for each file that is done; those with a problem first."""
    done = [(at, one) for at, one in enumerate(files) if one.problem or one.taken]
    bad = "".join(_problem(at, one) for at, one in done if one.problem)
    good = "".join(_good(one) for _, one in done if one.taken)
    counted = say("{count} taken", count=number(sum(one.taken is not None for one in files), ","))
    return f'<p><b>{counted}</b></p>{_for_all(files)}<ul class="desk-files">{bad}{good}</ul>' if done else ""


def _for_all(files: list[File]) -> str:
    """Return buttons that answer for all recordings that wait for the same answer, if there are several."""
    html = ""
    for waiting in ([one for one in files if one.channels == 1], [one for one in files if one.channels > 1]):
        if len(waiting) > 1:
            words = say("For all {count} recordings of this kind:", count=len(waiting))
            html += f"<p>{words}</p>{_choices(waiting[0], ALL)}"
    return html


def _good(one: File) -> str:
    assert one.taken is not None
    line = one.taken.call.line
    known = "" if one.taken.is_new else f" <small>{say('was on the desk before')}</small>"
    words = f"{escape(one.name)}: {emotion_html(line)} {level_html(line, line.received_at)}{known}"
    return f"<li>{words}</li>"


def _problem(at: int, one: File) -> str:
    name = escape(one.name, quote=False)
    said = one.problem if name in one.problem else f"{name}: {one.problem}"  # most sentences name the recording
    return f'<li class="is-bad">{said}{_choices(one, str(at)) if one.channels else ""}</li>'


def _choices(one: File, which: str) -> str:
    """Return the answers to who the caller is, as buttons."""
    channels = range(min(one.channels, MOST_OFFERED))
    several = [(say("Channel {number}", number=number + 1), f'data-channel="{number}"') for number in channels]
    single = [(words, f'data-speaker="{value}"') for words, value in speakers()]
    buttons = "".join(
        f'<button type="button" data-again="{which}" {value}>{escape(words)}</button>'
        for words, value in (several if one.channels > 1 else single)
    )
    return f'<p class="desk-choices">{buttons}</p>'
