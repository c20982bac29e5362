"""How calls are recorded: two questions, which the first use and the panel "About this desk" ask.

Example:
    >>> ("only the caller speaks", "caller") in speakers()
    True
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from emotion_hf.app.words import say, shown
from emotion_hf.desk.setup import OneChannel, Recordings
from emotion_hf.errors import DeskError

UNKNOWN = "unknown"
USUAL_CHANNELS = 2
Updates = dict[gr.blocks.Block, Any]


class RecordedFields:
    """Two fields: which channel is the caller's, and what a recording of one channel contains.

    Args:
        prefix: Start of the ids of their elements.
    """

    def __init__(self, prefix: str):
        self.channel = gr.Dropdown(
            [],
            label=shown("Recordings with several channels: which is the caller’s?"),
            elem_id=f"{prefix}-channel",
            min_width=260,
        )
        self.single = gr.Dropdown(
            [],
            label=shown("Recordings with one channel: who speaks in them?"),
            elem_id=f"{prefix}-speaker",
            min_width=260,
        )

    @property
    def parts(self) -> list[gr.blocks.Block]:
        """The fields, as `show` updates them and `read` takes them."""
        return [self.channel, self.single]

    def show(self, usual: Recordings | None) -> Updates:
        """Return the updates that fill the fields.

        Args:
            usual: What is known; ``None`` before anybody has answered.
        """
        known = usual or Recordings()
        used = USUAL_CHANNELS if known.caller_channel is None else max(USUAL_CHANNELS, known.caller_channel + 1)
        channels = [(say("Channel {number} is the caller’s", number=one + 1), str(one)) for one in range(used)]
        check = (say("this differs; look for a second speaker in each"), str(OneChannel.CHECK))
        return {
            self.channel: gr.Dropdown(
                choices=[(say("not known; ask for each recording"), UNKNOWN), *channels],
                value=UNKNOWN if known.caller_channel is None else str(known.caller_channel),
            ),
            self.single: gr.Dropdown(choices=[*speakers(), check], value=str(usual.one_channel) if usual else None),
        }


def read(channel: str, single: str | None) -> Recordings:
    """Return the answers.

    Raises:
        DeskError: What one channel contains is not answered.
    """
    if not single:
        raise DeskError("Choose who speaks in your recordings with one channel.")
    return Recordings(int(channel) if (channel or "").isdecimal() else None, OneChannel(single))


def speakers() -> list[tuple[str, str]]:
    """Return what a recording of one channel may contain, as choices."""
    return [
        (say("only the caller speaks"), "caller"),
        (say("two people; the caller speaks first"), "A"),
        (say("two people; the caller speaks second"), "B"),
    ]
