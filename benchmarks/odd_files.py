"""Compare what is read of some 250 odd files with what the ffmpeg program decodes.

    python -m benchmarks.odd_files

Every container with every codec that ffmpeg and sox can write here, in mono, stereo and 5.1 and at several rates; and
of these files, copies that are cut off, damaged, behind tags or junk, joined, or without length fields. A file agrees
if its length differs by at most 0.1 s from what ffmpeg decodes. The page `benchmarks/ODD_FILES.md` lists every file
that does not, with the error or the note that a user gets. The programs ffmpeg and sox must be installed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from benchmarks.kept import table
from emotion_hf.audio import SAMPLING_RATE, read_audio
from emotion_hf.errors import EmotionError
from emotion_hf.testing import synthetic_voice

PAGE = Path(__file__).with_name("ODD_FILES.md")
SECONDS, TOLERANCE_SECONDS = 4.0, 0.1
ENCODED = {  # extension → ffmpeg's encoders, each with further options
    "wav": [
        *("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw", "adpcm_ms"),
        *("adpcm_ima_wav", "libmp3lame", "aac", "g726 -ar 8000 -ac 1", "ac3", "wmav2", "adpcm_swf -ar 44100"),
    ],
    "w64": ["pcm_s16le"],
    "aiff": ["pcm_s16be", "pcm_s24be", "pcm_mulaw"],
    "au": ["pcm_s16be", "pcm_mulaw", "pcm_f32be"],
    "caf": ["pcm_s16le", "alac", "aac", "adpcm_ima_qt -ac 1", "pcm_mulaw"],
    "flac": ["flac"],
    "ogg": ["libvorbis", "libopus -ar 48000", "flac", "libspeex -ar 16000"],
    "oga": ["flac"],
    "opus": ["libopus -ar 48000", "libopus -ar 48000 -b:a 8k"],
    "spx": ["libspeex -ar 8000 -ac 1"],
    "mp3": ["libmp3lame", "libmp3lame -q:a 5", "libmp3lame -write_xing 0", "libmp3lame -ar 8000 -ac 1", "mp2"],
    "mp2": ["mp2", "mp2 -ar 24000"],
    "aac": ["aac", "aac -ar 8000 -ac 1"],
    "m4a": ["aac", "alac", "aac -movflags +faststart", "ac3"],
    "mp4": ["aac", "libmp3lame", "libopus -ar 48000", "flac -strict -2", "aac -movflags frag_keyframe+empty_moov"],
    "mov": ["pcm_s16le", "pcm_s24be", "aac", "alac", "adpcm_ima_qt -ac 1", "pcm_mulaw"],
    "3gp": ["aac"],
    "webm": ["libopus -ar 48000", "libvorbis"],
    "mka": ["aac", "ac3", "pcm_s16le", "flac", "libmp3lame", "truehd -strict -2", "tta"],
    "mkv": ["aac", "libopus -ar 48000"],
    "avi": ["libmp3lame", "pcm_s16le", "ac3"],
    "wma": ["wmav1", "wmav2"],
    "flv": ["libmp3lame -ar 44100", "aac", "adpcm_swf -ar 22050"],
    "ts": ["aac", "mp2", "libmp3lame", "ac3"],
    "mpg": ["mp2", "ac3"],
    "wv": ["wavpack"],
    "tta": ["tta"],
    "ac3": ["ac3"],
    "voc": ["pcm_u8 -ar 11025 -ac 1", "pcm_s16le"],
    "sox": ["pcm_s32le"],
    "rm": ["real_144 -ar 8000 -ac 1"],
    "nut": ["pcm_s16le"],
}
BY_SOX = {  # extension → sox's options
    **{"wav": "-e gsm-full-rate -r 8000 -c 1", "sph": "", "nist": "-e mu-law -r 8000", "aifc": "", "caf": ""},
    **{"voc": "", "sf": "", "8svx": "-b 8 -r 22050 -c 1", "snd": "", "w64": "", "flac": "-b 24", "ogg": "", "wv": ""},
    **{"amr-nb": "-r 8000 -c 1", "amr-wb": "-r 16000 -c 1", "mp3": "", "sox": "", "avr": "", "paf": "", "xa": ""},
    **{"ul": "-r 8000 -c 1", "al": "-r 8000 -c 1", "gsm": "-r 8000 -c 1", "vox": "-r 8000 -c 1", "htk": "-c 1"},
}
CUT = (
    *("pcm_s16le.wav", "flac.flac", "libvorbis.ogg", "libopus ar 48000.opus", "libmp3lame.mp3"),
    *("aac.aac", "aac.mka", "aac movflags frag_keyframe+empty_moov.mp4", "sox -r 8000 -c 1.amr-nb"),
    *("pcm_s16be.au", "alac.caf", "pcm_s16be.aiff", "aac.m4a", "libmp3lame.avi", "wmav2.wma"),
    *("wavpack.wv", "aac.ts", "libopus ar 48000.webm", "aac.flv", "a call.3gp", "pcm_s16le.w64"),
    *("mp2.mpg", "adpcm_ms.wav"),
)
LAYOUTS = ("mono 8000", "mono 11025", "mono 96000", "stereo 16000", "stereo 48000", "5.1 48000")


@dataclass(frozen=True)
class OddFile:
    """A file to read: what is odd about it, its name, and its bytes."""

    kind: str
    name: str
    data: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of a file: seconds read here and by ffmpeg (none: refused), and what a user is told."""

    file: OddFile
    ours: float | None
    theirs: float | None
    said: str

    @property
    def agrees(self) -> bool:
        """Whether both lengths are the same."""
        if self.ours is None or self.theirs is None:
            return False
        return abs(self.ours - self.theirs) <= TOLERANCE_SECONDS


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the files, read each twice, write the page, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    missing = [program for program in ("ffmpeg", "sox") if shutil.which(program) is None]
    if missing:
        print(f"Install {' and '.join(missing)} first: apt-get install ffmpeg sox libsox-fmt-all", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [compare(file, Path(folder)) for file in tqdm(list(odd_files(Path(folder))), disable=None)]
    PAGE.write_text(document(outcomes), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


def odd_files(folder: Path) -> Iterator[OddFile]:
    """Yield all files; what cannot be encoded on this machine is left out."""
    plain = dict(_plain_files(folder))
    for name, data in plain.items():
        yield OddFile("container and codec", name, data)
    yield from _layouts(folder)
    for wanted in CUT:
        data = plain[wanted]
        for share in (0.3, 0.6, 0.9, 0.99):
            yield OddFile("cut off", f"{share:.0%} of {wanted}", data[: int(share * len(data))])
        yield OddFile("damaged", f"ten damaged places in {wanted}", _damaged(data))
    yield from _in_front(plain)
    yield from _joined(plain, folder)
    yield from _without_lengths(plain)
    yield from _pauses()


def compare(file: OddFile, folder: Path) -> Outcome:
    """Read a file here and with ffmpeg."""
    path = folder / file.name.replace("/", " ")
    path.write_bytes(file.data)
    command = ["ffmpeg", "-v", "quiet", "-nostdin", "-i", str(path), "-map", "0:a:0", "-ac", "1"]
    pcm = subprocess.run([*command, "-ar", str(SAMPLING_RATE), "-f", "s16le", "-"], capture_output=True).stdout
    theirs = len(pcm) / 2 / SAMPLING_RATE if pcm else None
    try:
        audio = read_audio(path)
    except EmotionError as error:
        return Outcome(file, None, theirs, str(error))
    finally:
        path.unlink()
    return Outcome(file, len(audio.wave) / SAMPLING_RATE, theirs, " ".join(audio.notes))


def document(outcomes: Sequence[Outcome]) -> str:
    """Return the page."""
    kinds = dict.fromkeys(one.file.kind for one in outcomes)
    rows = [_row(kind, [one for one in outcomes if one.file.kind == kind]) for kind in kinds]
    others = [one for one in outcomes if not one.agrees]
    listed = [[one.file.name, _seconds(one.ours), _seconds(one.theirs), one.said.replace("|", " ")] for one in others]
    return f"""# Odd files

{len(outcomes)} files of {SECONDS:g} s, made with ffmpeg and sox: containers and codecs, layouts and rates, and copies
that are cut off, damaged, joined, behind tags or junk, or without length fields. A file agrees if its length differs
by at most {TOLERANCE_SECONDS} s from what ffmpeg decodes. Repeat it with `python -m benchmarks.odd_files`, which needs
the programs ffmpeg and sox.

{table(["kind", "files", "agree", "only read here", "refused by both", "only read by ffmpeg", "other length"], rows)}

These files do not agree. ffmpeg skips packets that it cannot decode, and here they are silence of their length; where
only a part was read, the note says so.

{table(["file", "seconds here", "seconds by ffmpeg", "what the user is told"], listed)}
"""


def _row(kind: str, outcomes: Sequence[Outcome]) -> list[str]:
    both = [one for one in outcomes if one.ours is not None and one.theirs is not None]
    agree = sum(one.agrees for one in outcomes)
    here = sum(one.theirs is None and one.ours is not None for one in outcomes)
    there = sum(one.ours is None and one.theirs is not None for one in outcomes)
    neither = len(outcomes) - len(both) - here - there
    return [kind, *map(str, (len(outcomes), agree, here, neither, there, len(both) - agree))]


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.2f}"


def _plain_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    source = _wav(folder, 44_100, 2)
    for extension, codecs in ENCODED.items():
        for codec in codecs:
            data = _run(folder, extension, ["ffmpeg", "-v", "quiet", "-y", "-i", source, "-c:a", *codec.split()])
            if data:
                yield f"{codec.replace(' -', ' ')}.{extension}", data
    for extension, options in BY_SOX.items():
        data = _run(folder, extension, ["sox", "-V1", source, *options.split()])
        if data:
            yield f"sox {options}.{extension}".replace("sox .", "sox."), data
        if data and extension == "amr-nb":
            (folder / "call.amr").write_bytes(data)
            command = ["ffmpeg", "-v", "quiet", "-i", str(folder / "call.amr"), "-c", "copy"]
            yield "a call.3gp", _run(folder, "3gp", command)


def _layouts(folder: Path) -> Iterator[OddFile]:
    for layout in LAYOUTS:
        name, rate = layout.split()
        source = _wav(folder, int(rate), {"mono": 1, "stereo": 2, "5.1": 6}[name])
        for extension in ("wav", "flac", "ogg", "mp3", "m4a", "mka", "aiff"):
            data = _run(folder, extension, ["ffmpeg", "-v", "quiet", "-y", "-i", source])
            if data:
                yield OddFile("layout and rate", f"{layout}.{extension}", data)


def _in_front(plain: dict[str, bytes]) -> Iterator[OddFile]:
    rng = np.random.default_rng(0)
    size = 2_000
    fronts = {
        "ID3": b"ID3\4\0\0\0\0" + bytes([size >> 7, size & 127]) + bytes(size),
        "APE": b"APETAGEX"
        + (2_000).to_bytes(4, "little")
        + (size + 32).to_bytes(4, "little")
        + bytes(4)
        + b"\0\0\0\xa0"
        + bytes(8 + size + 32),
        "zeros": bytes(size),
        "junk": rng.integers(0, 250, size).astype(np.uint8).tobytes(),
    }
    for wanted in ("pcm_s16le.wav", "flac.flac", "libvorbis.ogg", "libmp3lame.mp3", "aac.aac", "aac.m4a"):
        for front, data in fronts.items():
            if front != "junk" or wanted.endswith((".mp3", ".aac")):
                yield OddFile("behind tags or junk", f"{front} and {wanted}", data + plain[wanted])
    for wanted in ("libmp3lame.mp3", "aac.aac", "mp2.mp2", "pcm_s16le.wav", "flac.flac"):
        yield OddFile("behind tags or junk", f"{wanted} and an ID3v1 tag", plain[wanted] + b"TAG" + bytes(125))
    for wanted in ("libmp3lame.mp3", "aac.aac", "mp2.mp2", "aac.ts"):
        yield OddFile("behind tags or junk", f"{wanted} from its 5,001st byte on", plain[wanted][5_000:])


def _joined(plain: dict[str, bytes], folder: Path) -> Iterator[OddFile]:
    mono = _wav(folder, 22_050, 1)
    for wanted in ("libvorbis.ogg", "libopus ar 48000.ogg", "libopus ar 48000.opus", "flac.oga"):
        extension = wanted.rpartition(".")[2]
        codec = wanted.split()[0].partition(".")[0]
        other = _run(folder, extension, ["ffmpeg", "-v", "quiet", "-y", "-i", mono, "-c:a", codec])
        yield OddFile("joined", f"{wanted}, twice", 2 * plain[wanted])
        yield OddFile("joined", f"{wanted} and another in mono", plain[wanted] + other)
    for wanted in ("libmp3lame.mp3", "libmp3lame write_xing 0.mp3", "aac.aac", "mp2.mp2"):
        extension = wanted.rpartition(".")[2]
        yield OddFile("joined", f"{wanted}, twice", 2 * plain[wanted])
        other = _run(folder, extension, ["ffmpeg", "-v", "quiet", "-y", "-i", mono, "-ar", "44100"])
        yield OddFile("joined", f"{wanted} and another in mono", plain[wanted] + other)


def _without_lengths(plain: dict[str, bytes]) -> Iterator[OddFile]:
    wav, au = plain["pcm_s16le.wav"], plain["pcm_s16be.au"]
    at = wav.index(b"data") + 4
    for name, value in (("zero", bytes(4)), ("the largest number", b"\xff" * 4), ("2 GB", b"\xff\xff\xff\x7f")):
        data = wav[:4] + value + wav[8:at] + value + wav[at + 4 :]
        yield OddFile("without lengths", f"lengths that are {name}.wav", data)
        yield OddFile("without lengths", f"a length that is {name}.au", au[:8] + value[::-1] + au[12:])
    flac = plain["flac.flac"]
    yield OddFile(
        "without lengths", "unknown length.flac", flac[:21] + bytes([flac[21] & 0xF0]) + bytes(4) + flac[26:]
    )
    w64 = plain["pcm_s16le.w64"]
    at = w64.index(b"data\xf3\xac") + 16
    yield OddFile("without lengths", "a length that is zero.w64", w64[:at] + bytes(8) + w64[at + 8 :])
    aiff = plain["pcm_s16be.aiff"]
    at = aiff.index(b"SSND") + 4
    yield OddFile("without lengths", "a length that is zero.aiff", aiff[:at] + bytes(4) + aiff[at + 4 :])
    caf = plain["pcm_s16le.caf"]
    at = caf.index(b"data") + 4
    yield OddFile("without lengths", "an unknown length.caf", caf[:at] + b"\xff" * 8 + caf[at + 8 :])


def _pauses() -> Iterator[OddFile]:
    speech, noise, nothing = bytes([0x3C]) + bytes(31), bytes([0x44]) + bytes(5), bytes([0x7C])
    call = 4 * (25 * speech + noise + 7 * nothing + noise + 7 * nothing)
    yield OddFile("pauses", "a call with pauses.amr", b"#!AMR\n" + call)
    speech, noise = bytes([0x24]) + bytes(32), bytes([0x4C]) + bytes(5)
    yield OddFile("pauses", "a call with pauses.awb", b"#!AMR-WB\n" + 4 * (25 * speech + noise + 7 * nothing))


def _damaged(data: bytes) -> bytes:
    rng = np.random.default_rng(0)
    damaged = bytearray(data)
    for at in rng.integers(min(5_000, len(data) // 3), len(data) - 20, size=10):
        damaged[at : at + 20] = rng.integers(0, 256, 20).astype(np.uint8).tobytes()
    return bytes(damaged)


def _wav(folder: Path, rate: int, channels: int) -> str:
    """Write a voice as WAV, the same in all channels, and return its path."""
    voice = synthetic_voice(SECONDS)
    times = np.arange(round(SECONDS * rate)) / rate * SAMPLING_RATE
    samples = np.interp(times, np.arange(len(voice)), voice)
    path = folder / f"source-{rate}-{channels}.wav"
    soundfile.write(path, np.repeat(samples[:, None], channels, axis=1), rate, subtype="PCM_16")
    return str(path)


def _run(folder: Path, extension: str, command: Sequence[str]) -> bytes:
    """Return the file that a program writes; empty if it cannot."""
    path = folder / f"made.{extension}"
    path.unlink(missing_ok=True)
    program = subprocess.run([*command, str(path)], capture_output=True, stdin=subprocess.DEVNULL)
    return path.read_bytes() if program.returncode == 0 and path.exists() else b""


if __name__ == "__main__":
    sys.exit(main())
