"""Detect the format of a recording from its first bytes, behind tags and junk.

Tags (ID3, APE) or zeros may stand before any format, and any junk before MP3 and AAC. The form type of a RIFF file
counts, not only its first letters. Telephone recordings without a header are the exception: only their name says what
they are.

Example:
    >>> sniff(b"RIFF....WAVE", name="clip.wav").title
    'WAV'
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from pathlib import Path

from emotion_hf.decoding.content import WINDOW_BYTES, Content, part
from emotion_hf.decoding.mpeg import first_frame
from emotion_hf.errors import AudioFormatError

FORMAT_TITLES = "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, WebM, MP4, MOV, AMR or 3GP"


@dataclass(frozen=True)
class Container:
    """A file format.

    Attributes:
        title: Its common name.
        demuxer: FFmpeg's name of its reader.
        pattern: Regular expression of its first bytes, if they identify it.
        start: Where it begins in the file.
        sampling_rate: In Hz, for a recording without a header.
    """

    title: str
    demuxer: str
    pattern: bytes = b""
    start: int = 0
    sampling_rate: int | None = None


CONTAINERS = (
    Container("WAV", "wav", rb"(RIFF|RIFX|RF64|BW64).{4}WAVE"),
    Container("AVI", "avi", rb"RIFF.{4}AVI[ X\x19]"),
    Container("QCP", "qcp", rb"RIFF.{4}QLCM"),
    Container("W64", "w64", rb"riff\x2e\x91\xcf\x11"),
    Container("FLAC", "flac", rb"fLaC"),
    Container("OGG", "ogg", rb"OggS\x00"),
    Container("AIFF", "aiff", rb"FORM.{4}AIF[FC]"),
    Container("8SVX", "iff", rb"FORM.{4}(8SVX|16SV)"),
    Container("AU", "au", rb"\.snd\x00|dns\..{3}\x00"),
    Container("CAF", "caf", rb"caff\x00"),
    Container("NIST SPHERE", "nistsphere", rb"NIST_1A\n"),
    Container("VOC", "voc", rb"Creative Voice File\x1a"),
    Container("AVR", "avr", rb"2BIT"),
    Container("PAF", "paf", rb" paf\x00{4}|fap \x00{4}"),
    Container("NUT", "nut", rb"nut/multimedia container\x00"),
    Container("IRCAM", "ircam", rb"\x64\xa3[\x01-\x04]\x00|\x00[\x01-\x04]\xa3\x64"),
    Container("SoX", "sox", rb"\.SoX|XoS\."),
    Container("AMR", "amr", rb"#!AMR"),
    Container("WebM", "matroska", rb"\x1aE\xdf\xa3"),
    Container("MP4", "mov", rb"[\x00-\x1f].{3}ftyp"),
    Container("MOV", "mov", rb"[\x00-\x1f].{3}(moov|mdat|wide|free|skip)"),
    Container("WMA", "asf", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    Container("FLV", "flv", rb"FLV\x01"),
    Container("MPEG", "mpeg", rb"\x00\x00\x01\xba"),
    Container("MPEG-TS", "mpegts", rb"(G.{187}){4}|(.{4}G.{187}){4}"),
    Container("WavPack", "wv", rb"wvpk"),
    Container("Monkey's Audio", "ape", rb"MAC .\x0f"),
    Container("TTA", "tta", rb"TTA1"),
    Container("Musepack", "mpc8", rb"MPCK"),
    Container("Musepack", "mpc", rb"MP\+\x07"),
    Container("AC-3", "ac3", rb"\x0b\x77.{62,3838}?\x0b\x77"),
    Container("iLBC", "ilbc", rb"#!iLBC[23]0\n"),
    Container("DSS", "dss", rb"\x02dss"),
    Container("RealMedia", "rm", rb"\.RMF"),
)
_PATTERNS = tuple((container, re.compile(container.pattern, re.DOTALL)) for container in CONTAINERS)
_FRAMES = {"mp3": Container("MP3", "mp3"), "aac": Container("AAC", "aac")}

HEADERLESS = {
    **dict.fromkeys((".ulaw", ".mulaw", ".ul", ".pcmu"), Container("µ-law", "mulaw", sampling_rate=8_000)),
    **dict.fromkeys((".alaw", ".al", ".pcma"), Container("A-law", "alaw", sampling_rate=8_000)),
    ".g722": Container("G.722", "g722", sampling_rate=16_000),
    ".gsm": Container("GSM", "gsm", sampling_rate=8_000),
    ".sln": Container("16-bit PCM", "s16le", sampling_rate=8_000),
    ".sln16": Container("16-bit PCM", "s16le", sampling_rate=16_000),
}
"""Extension → format of recordings without a header, as telephone systems write them."""

DECODABLE_EXTENSIONS = (
    *HEADERLESS,
    *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".ogx", ".ogv", ".opus", ".spx"),
    *(".mp1", ".mp2", ".mp3", ".mpga", ".aif", ".aiff", ".aifc", ".8svx", ".au", ".snd", ".caf", ".sph", ".nist"),
    *(".voc", ".sf", ".m4a", ".m4b", ".m4r", ".m4v", ".aac", ".adts", ".mp4", ".mov", ".qt", ".webm", ".weba"),
    *(".mka", ".mkv", ".amr", ".awb", ".3gp", ".3gpp", ".3gp2", ".3g2", ".avi", ".wma", ".asf", ".wmv", ".flv"),
    *(".mpg", ".mpeg", ".vob", ".mts", ".m2ts", ".wv", ".ape", ".tta", ".mpc", ".ac3", ".lbc", ".dss", ".qcp", ".rm"),
    *(".ra", ".sox", ".avr", ".paf", ".nut"),
)
"""Usual extensions of everything that can be decoded, except ``.ts``, which TypeScript uses too.

The contents decide, so a recording may have any other.
"""

_PLAYLISTS = (b"ffconcat", b"#EXTM3U", b"[playlist]", b"v=0")
_OTHERS = (  # what they begin with, and what they are; none is searched for sound, which they may contain
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF.{4}WEBP|BM.{4}\0{4}", "a picture, not audio; use a recording"),
    (
        rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|.{257}ustar",
        "an archive, so unpack it first and use the recording",
    ),
    (rb"%PDF", "a document, not audio; use a recording"),
    (rb"\x02?#!SILK", "in the SILK format of voice messages, so convert it to WAV first"),
    (rb"\x03ds2", "in the DS2 format of dictation machines, so export it as WAV with the maker's program"),
)
_OTHER_PATTERNS = tuple((re.compile(pattern, re.DOTALL), what) for pattern, what in _OTHERS)
_TS_PACKETS = re.compile(rb"(G.{187}){4}|(.{4}G.{187}){4}", re.DOTALL)
_TEXT_BYTES = 1_024
_HEAD_BYTES = 4_096
"""No pattern is longer."""
MAX_TAGS = 100
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


def sniff(data: Content, name: str) -> Container:
    """Detect the format, and where it begins.

    Raises:
        AudioFormatError: The format is unknown; the message says what the file looks like.
    """
    start, has_tag = _behind_tags(data)
    for place in dict.fromkeys((0, start)):
        if (container := _container_at(data, place)) is not None:
            return container
    end_of_zeros = _end_of_zeros(data, start)
    if end_of_zeros >= start + 4:
        for place in range(end_of_zeros, max(start, end_of_zeros - 4), -1):  # MP4 begins with zeros itself
            if (container := _container_at(data, place)) is not None:
                return container
        start = end_of_zeros
    _refuse_others(data[:_HEAD_BYTES], name)
    if (packet := _TS_PACKETS.search(data[start : start + 2_000])) is not None:
        return Container("MPEG-TS", "mpegts", start=start + packet.start())
    if (frame := first_frame(data, start)) is not None:
        demuxer, start = frame
        return replace(_FRAMES[demuxer], start=start)
    if has_tag:  # what is behind the tag is not complete enough to be recognised
        return _FRAMES["mp3"]
    if (headerless := HEADERLESS.get(Path(name).suffix.lower())) is not None:
        return headerless
    raise AudioFormatError(f"{name} is not in a known format; use {FORMAT_TITLES}.")


def without_end_tags(data: Content) -> Content:
    """Return the file without the ID3v1 and APE tags at its end, which a decoder could take for damaged sound."""
    end = len(data)
    if data[-128:-125] == b"TAG" and end > 128:
        end -= 128
    footer = data[max(0, end - 32) : end]
    if len(footer) == 32 and footer.startswith(b"APETAGEX"):
        size = int.from_bytes(footer[12:16], "little") + 32 * (footer[23] >> 7)  # with the header, if it has one
        end -= size if size < end else 0
    return part(data, 0, end)


def _container_at(data: Content, at: int) -> Container | None:
    head = data[at : at + _HEAD_BYTES]
    for container, pattern in _PATTERNS:
        if pattern.match(head):
            return replace(container, start=at)
    return None


def _behind_tags(data: Content) -> tuple[int, bool]:
    """Return where the first tags end (https://id3.org/id3v2.4.0-structure, APEv2), and whether there are any."""
    at = 0
    for _ in range(MAX_TAGS):
        tag = data[at : at + 16]
        if tag.startswith(b"ID3"):
            size = 0
            for seven_bits in tag[6:10]:
                size = size << 7 | seven_bits & 127
            footer = 10 if len(tag) > 5 and tag[5] & 16 else 0
            at += 10 + size + footer
        elif tag.startswith(b"APETAGEX"):
            at += 32 + int.from_bytes(tag[12:16], "little")
        else:
            break
    return at, at > 0


def _end_of_zeros(data: Content, start: int) -> int:
    for at in range(start, len(data), WINDOW_BYTES):
        window = data[at : at + WINDOW_BYTES]
        if left := window.lstrip(b"\0"):
            return at + len(window) - len(left)
    return max(start, len(data))


def _refuse_others(first_bytes: bytes, name: str) -> None:
    """Refuse what is known not to be a recording.

    Raises:
        AudioFormatError: It says what the file is.
    """
    if first_bytes.startswith(b"version https://git-lfs.github.com/spec/"):
        raise AudioFormatError(f"{name} is a Git LFS pointer, not the recording itself; fetch it by `git lfs pull`.")
    if re.match(rb"[^\n\0]{0,200}/annex/objects/", first_bytes):
        remedy = f"fetch it by `git annex get {name if ' ' not in name else 'FILE'}`"
        raise AudioFormatError(f"{name} is a git-annex pointer, not the recording itself; {remedy}.")
    if first_bytes.startswith(_PLAYLISTS):
        raise AudioFormatError(f"{name} is a playlist that points to other files; use the recording itself.")
    for pattern, what in _OTHER_PATTERNS:
        if pattern.match(first_bytes):
            raise AudioFormatError(f"{name} is {what}.")
    if _is_text(first_bytes[:_TEXT_BYTES]):
        raise AudioFormatError(f"{name} is text, not audio; use a recording in one of these formats: {FORMAT_TITLES}.")


def _is_text(first_bytes: bytes) -> bool:
    """Return whether a file begins as UTF-8 text without control characters; speech as µ-law does not."""
    try:  # the last character may be cut off
        text = codecs.getincrementaldecoder("utf-8")().decode(first_bytes)
    except UnicodeDecodeError:
        return False
    return bool(first_bytes) and not _CONTROL.search(text)
