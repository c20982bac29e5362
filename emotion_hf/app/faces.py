"""Draw faces and signs as SVG, so that no emoji font is needed.

Each emotion has its colour from `emotion_hf.labels` and its own eyebrows, eyes and mouth.

Example:
    >>> face_svg("happy").startswith('<svg class="face"')
    True
"""

from __future__ import annotations

from emotion_hf.feedback import MIXED
from emotion_hf.labels import canonical, face
from emotion_hf.timeline import NO_SPEECH, NOT_SURE

WAITING, WORKING, PROBLEM = "waiting", "working", "problem"
GREY = "#cbd5e1"
_DOTS = '<circle cx="22" cy="28" r="3"/><circle cx="42" cy="28" r="3"/>'
_WIDE = "".join(
    f'<circle cx="{x}" cy="28" r="7" fill="#fff" stroke-width="2"/><circle cx="{x}" cy="28" r="1.2"/>'
    for x in (22, 42)
)
_FACES = {
    "neutral": f'{_DOTS}<path d="M22 44h20"/>',
    "calm": '<path d="M16 27q6 5 12 0M36 27q6 5 12 0M23 42q9 6 18 0"/>',
    "happy": '<path d="M16 29q6-8 12 0M36 29q6-8 12 0"/><path class="full" d="M17 37h30a15 14 0 0 1-30 0z"/>',
    "sad": f'{_DOTS}<path d="M15 22l10-5M49 22l-10-5M22 47q10-10 20 0"/>'
    '<path class="tear" d="M46 34q5 7 0 9q-5-2 0-9z"/>',
    "angry": f'{_DOTS}<path d="M14 17l13 6M50 17l-13 6M21 47q11-10 22 0"/>',
    "fearful": f'{_WIDE}<path d="M15 19q4-5 10-5M49 19q-4-5-10-5M19 47q4-6 8 0t8 0t8 0"/>',
    "disgust": '<path d="M15 24l11 4l-10 4M49 24l-11 4l10 4M20 46q6-8 12-2t12-2"/>',
    "surprised": f'{_DOTS}<path d="M15 19q7-7 13-2M49 19q-7-7-13-2"/>'
    '<ellipse class="full" cx="32" cy="46" rx="6" ry="8"/>',
}
_OTHER = f'{_DOTS}<path d="M24 43q8 4 16 0"/>'
_ROUND = {
    NOT_SURE: f'{_DOTS}<path d="M15 21h11M38 17q5-4 11 0M24 46l17-4"/>',
    MIXED: f'{_DOTS}<path d="M20 44q6-6 12 0t12 0"/>',
}
_MICROPHONE = (
    '<rect x="24" y="8" width="16" height="28" rx="8"/><path d="M16 28v4a16 16 0 0 0 32 0v-4M32 48v9M22 57h20"/>'
)
_SIGNS = {
    WAITING: _MICROPHONE,
    NO_SPEECH: f'{_MICROPHONE}<path d="M12 10l40 44"/>',
    WORKING: '<path class="turning" d="M32 8a24 24 0 1 1-24 24"/>',
    PROBLEM: '<path d="M32 9l25 45H7zM32 26v13"/><circle cx="32" cy="46" r="1.5"/>',
}


def face_svg(name: str) -> str:
    """Return the picture of an emotion, of ``not sure``, ``no speech``, or of one of the signs above.

    It is hidden from screen readers: a word always stands beside it.
    """
    if name in _SIGNS:
        return _svg("sign", _SIGNS[name])
    features = _ROUND.get(name) or _FACES.get(canonical(name), _OTHER)
    colour = GREY if name in _ROUND else face(name).colour
    return _svg("face", f'<circle class="skin" cx="32" cy="32" r="29" fill="{colour}"/>{features}')


def _svg(kind: str, shapes: str) -> str:
    return f'<svg class="{kind}" viewBox="0 0 64 64" aria-hidden="true" focusable="false">{shapes}</svg>'


CSS = """
svg.face, svg.sign { display: inline-block; width: 1.6em; height: 1.6em; vertical-align: -.4em; fill: none;
  stroke-width: 3.5;
  stroke-linecap: round; stroke-linejoin: round; }
svg.face { stroke: #0f172a; }
svg.face > :is(circle, ellipse, .full):not(.skin, [fill]) { fill: #0f172a; }
svg.face .skin { stroke: none; }
svg.face .tear { fill: #e0f2fe; stroke-width: 1.5; }
svg.sign { stroke: currentColor; }
svg.sign circle { fill: currentColor; }
svg.sign .turning { transform-origin: center; animation: turning 1.2s linear infinite; }
@keyframes turning { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { svg.sign .turning { animation-duration: 6s; } }
"""
