"""Let the page take every recording that can be decoded, where Gradio's audio component takes what is named audio.

Phones and browsers record into WebM, MP4 and MOV, which a browser calls video, whatever is in them. The component
refuses these before anything is sent.
"""

from __future__ import annotations

from emotion_hf.audio import AUDIO_EXTENSIONS

_ENDINGS = "|".join(one.removeprefix(".") for one in AUDIO_EXTENSIONS)
TAKE_RECORDINGS = f"""() => {{
  const type = Object.getOwnPropertyDescriptor(Blob.prototype, "type").get;
  const isRecording = (file) => /\\.({_ENDINGS})$/i.test(file.name);
  Object.defineProperty(File.prototype, "type", {{
    configurable: true,
    get() {{
      const named = type.call(this);
      return isRecording(this) && !named.startsWith("audio/") ? "audio/x-recording" : named;
    }},
  }});
  document.addEventListener("click", ({{target}}) => {{  // what the window for choosing a file lists
    if (target.matches?.("input[type=file][accept*='audio/']:not([accept*='video/'])")) target.accept += ",video/*";
  }}, true);
}}"""
"""Run once when the page is loaded."""
