"""Formats are told by their bytes, scripts never reach a decoder, and damage never ends in a traceback."""

import io
import re
import struct
import time

import av
import numpy as np
import pytest
import soundfile

from emotion_hf.audio import load_audio, read_audio
from emotion_hf.decoding import DECODABLE_EXTENSIONS, RecordedFile, sniff, to_float
from emotion_hf.decoding.content import Stored, part, positions, stored, stream, with_fields
from emotion_hf.decoding.lengths import is_whole_mp4
from emotion_hf.decoding.mpeg import frame_at, xing_seconds
from emotion_hf.decoding.recording import alike, joined
from emotion_hf.errors import AudioError, AudioFormatError, EmotionError, SettingsError
from emotion_hf.sources import read_source
from emotion_hf.testing import synthetic_voice


@pytest.mark.parametrize(
    ("first_bytes", "title"),
    [
        (b"RIFF\x00\x00\x00\x00WAVE", "WAV"),
        (b"fLaC\x00", "FLAC"),
        (b"OggS\x00", "OGG"),
        (b"FORM\x00\x00\x00\x00AIFC", "AIFF"),
        (b"ID3\x04", "MP3"),
        (b"\xff\xfb\x90\x00", "MP3"),
        (b"\xff\xf3\x90\x00", "MP3"),
        (b"\xff\xf1\x50\x40", "AAC"),
        (b"\xff\xf9\x50\x40", "AAC"),
        (b"#!AMR-WB\n", "AMR"),
        (b"\x1aE\xdf\xa3\x9fB", "WebM"),
        (b"\x00\x00\x00\x1cftypM4A ", "MP4"),
        (b"\x00\x00\x00\x08wide", "MOV"),
    ],
)
def test_the_first_bytes_tell_the_format(first_bytes, title):
    assert sniff(first_bytes, "x").title == title


@pytest.mark.parametrize(
    ("first_bytes", "reason"),
    [
        (b"ffconcat version 1.0\nfile voice.wav\n", "is a playlist"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\nvoice.ts\n", "is a playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n", "is a playlist"),
        ("Naïve words,\n".encode(), "is text, not audio"),
        (b"\xff\xfeN\x00o\x00", "is not in a known format"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "is a picture, not audio"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is a picture, not audio"),
        (b"\x00", "is not in a known format"),
    ],
)
def test_other_bytes_are_named_and_refused(first_bytes, reason):
    with pytest.raises(AudioFormatError, match=rf"^song\.wav {reason}"):
        sniff(first_bytes, "song.wav")


def test_a_script_reaches_no_decoder(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "voice.wav", synthetic_voice(1.0), 16_000)
    script = tmp_path / "script.wav"
    script.write_text("ffconcat version 1.0\nfile voice.wav\n")
    opened = []
    monkeypatch.setattr(av, "open", lambda *args, **kwargs: opened.append(args))
    monkeypatch.setattr(soundfile, "SoundFile", lambda *args, **kwargs: opened.append(args))
    with pytest.raises(AudioFormatError, match=r"^script\.wav is a playlist"):
        load_audio(script)
    assert opened == []


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([0, 128, 255], np.uint8), [-1, 0, 127 / 128]),
        (np.array([-(2**15), 0, 2**15 - 1], np.int16), [-1, 0, 32767 / 32768]),
        (np.array([-(2**31), 2**30], np.int32), [-1, 0.5]),
        (np.array([-2.5, 0.25], np.float64), [-2.5, 0.25]),
        (np.array([0.5], np.float16), [0.5]),
    ],
)
def test_full_scale_is_one(samples, expected):
    scaled = to_float(samples)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, expected, rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, bool, complex, "U1"])
def test_types_without_a_known_full_scale_are_refused(dtype):
    with pytest.raises(AudioFormatError, match="cannot be used; use float, int16, int32 or uint8"):
        to_float(np.zeros(3, dtype))


def test_a_wav_of_64_bit_integers_is_an_unknown_coding():
    samples = np.zeros(16_000, "<i8").tobytes()
    form = struct.pack("<HHIIHH", 1, 1, 16_000, 16_000 * 8, 8, 64)  # PCM, one channel, 64 bits a sample
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    with pytest.raises(AudioFormatError) as caught:
        load_audio(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    sentence = "The recording contains WAV audio in an unknown encoding; export it as 16-bit WAV or FLAC."
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "IMA_ADPCM"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("AIFF", "PCM_16"),
        ("MP3", None),
    ],
)
def test_damaged_bytes_give_sound_or_one_sentence(kind, subtype):
    file = io.BytesIO()
    soundfile.write(file, synthetic_voice(1.0), 16_000, format=kind, subtype=subtype)
    rng = np.random.default_rng(0)
    outcomes = []
    for _ in range(60):
        damaged = bytearray(file.getvalue())
        for place in rng.integers(0, rng.choice([64, 512, len(damaged)]), size=8):
            damaged[place] = rng.integers(256)
        try:
            outcomes.append(bool(np.isfinite(load_audio(bytes(damaged))).all()))
        except EmotionError as error:
            outcomes.append("\n" not in str(error) and str(error).endswith("."))
    assert outcomes == [True] * 60


def written(samples=None, kind="WAV", rate=16_000, **options) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, VOICE if samples is None else samples, rate, format=kind, **options)
    return file.getvalue()


def with_tracks(container: str, waves, default: int = 0, codec: str = "aac") -> bytes:
    """Encode each wave as an audio track; None as pictures."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        tracks = []
        for wave in waves:
            if wave is None:
                tracks.append(output.add_stream("mpeg4", rate=5, width=32, height=32, pix_fmt="yuv420p"))
            else:
                tracks.append(output.add_stream(codec, rate=16_000, layout="mono"))
                tracks[-1].disposition = av.stream.Disposition(len(tracks) == default + 1)
        for track, wave in zip(tracks, waves, strict=True):
            if wave is None:
                frame = av.VideoFrame(32, 32, "yuv420p")
            else:
                frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="flt", layout="mono")
                frame.sample_rate = 16_000
            for one in (frame, None):
                output.mux(track.encode(one))
    return file.getvalue()


VOICE = synthetic_voice(2.0)
SILENCE = np.zeros_like(VOICE)
SPEECH, NOISE, NOTHING = bytes([0x3C]) + bytes(31), bytes([0x44]) + bytes(5), bytes([0x7C])
WIDE_SPEECH, WIDE_NOISE = bytes([0x04]) + bytes(17), bytes([0x4C]) + bytes(5)


@pytest.mark.parametrize(
    ("call", "seconds"),
    [
        (b"#!AMR\n" + 50 * SPEECH + NOISE + 50 * SPEECH, 2.02),
        (b"#!AMR\n" + 10 * (20 * SPEECH + NOISE + 7 * NOTHING), 5.6),
        (b"#!AMR\n" + 50 * SPEECH + 25 * NOTHING, 1.5),
        (b"#!AMR-WB\n" + 50 * WIDE_SPEECH + WIDE_NOISE + 7 * NOTHING + 50 * WIDE_SPEECH, 2.16),
    ],
)
def test_pauses_of_a_call_keep_their_length(call, seconds):
    audio = read_audio(call)
    assert len(audio.wave) / 16_000 == pytest.approx(seconds, abs=0.001)
    assert audio.notes == ()


def test_packets_that_cannot_be_decoded_become_silence_and_are_told():
    damaged = bytes([0x64]) + bytes(31)  # a mode that is reserved
    audio = read_audio(b"#!AMR\n" + 50 * SPEECH + 20 * damaged[:1] + 50 * SPEECH)
    assert len(audio.wave) / 16_000 == pytest.approx(2.4, abs=0.05)
    assert audio.notes == ("0.4 s of the recording cannot be decoded and count as silence.",)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_all_links_of_a_chained_ogg_are_read(subtype):
    mono = written(kind="OGG", subtype=subtype)
    stereo = written(np.stack([VOICE, VOICE], axis=1), "OGG", 48_000, subtype=subtype)  # plays in a third of the time
    audio = read_audio(mono + stereo + mono)
    assert len(audio.wave) / 16_000 == pytest.approx(2 + 2 / 3 + 2, abs=0.01)
    assert audio.notes == ()
    alone = load_audio(mono)
    np.testing.assert_allclose(audio.wave[:30_000], alone[:30_000], atol=1e-4)
    assert np.corrcoef(audio.wave[-31_000:-1_000], alone[-31_000:-1_000])[0, 1] > 0.99
    assert read_audio((mono + mono)[:-500]).notes == ("The end of the recording is missing or damaged.",)


def test_an_mp3_may_change_its_channels_and_its_rate_midway():
    mono, stereo = written(kind="MP3"), written(np.stack([VOICE, VOICE], axis=1), "MP3")
    slow = written(VOICE, "MP3", 8_000)
    for both, seconds in ((mono + stereo, 4.0), (stereo + mono, 4.0), (mono + slow, 6.0)):
        audio = read_audio(both)
        assert len(audio.wave) / 16_000 == pytest.approx(seconds, abs=0.3)  # the second one has gaps of its encoder
        middle = audio.wave[40_000:60_000]
        assert middle.std() > 0.5 * VOICE.std()


@pytest.mark.parametrize("kind", ["WAV", "RIFX", "RF64", "AIFF", "AU", "W64", "CAF"])
def test_lengths_that_were_never_written_mean_to_the_end(kind):
    options = {"endian": "BIG"} if kind == "RIFX" else {}
    whole = bytearray(written(kind="WAV" if kind == "RIFX" else kind, subtype="PCM_16", **options))
    places = {
        "WAV": [(4, 4), (whole.find(b"data") + 4, 4)],
        "RIFX": [(4, 4), (whole.find(b"data") + 4, 4)],
        "RF64": [(whole.find(b"ds64") + 8, 16)],
        "AIFF": [(4, 4), (whole.find(b"SSND") + 4, 4), (whole.find(b"COMM") + 10, 4)],
        "AU": [(8, 4)],
        "W64": [(16, 8), (whole.find(b"data\xf3\xac") + 16, 8)],
        "CAF": [(whole.find(b"data") + 4, 8)],
    }
    for at, size in places[kind]:
        whole[at : at + size] = bytes(size)
    audio = read_audio(bytes(whole))
    assert audio.notes == ()
    np.testing.assert_allclose(audio.wave[:32_000], VOICE, atol=1e-4)


def test_an_empty_wav_with_further_chunks_stays_empty():
    whole = written(np.zeros(0, np.float32))
    with pytest.raises(AudioError, match=r"contains no audio that can be read \(zero samples\)"):
        load_audio(whole + b"LIST" + struct.pack("<I", 4_000) + bytes(4_000))


@pytest.mark.parametrize("container", ["mp4", "matroska", "mov"])
def test_the_default_track_or_the_first_one_with_sound_is_used(container):
    for default in (0, 1):
        file = with_tracks(container, [SILENCE, VOICE], default)
        audio = read_audio(file)
        assert audio.notes == ("The file has 2 audio tracks; number 1 (counted from 0) is used.",)
        assert audio.wave.std() == pytest.approx(VOICE.std(), rel=0.1)
        assert read_audio(file, track=0).wave.std() < 1e-4
        assert read_audio(file, track=1).notes == ()
    both = with_tracks(container, [0.1 * VOICE, VOICE], default=1)
    assert read_audio(both).wave.std() == pytest.approx(VOICE.std(), rel=0.1)
    silent = read_audio(with_tracks(container, [SILENCE, SILENCE]))
    assert silent.wave.std() < 1e-4
    with pytest.raises(AudioError, match=r"^The recording has no track 2; it has tracks 0 to 1\.$"):
        load_audio(both, track=2)


def test_a_track_must_be_a_number_of_one():
    with pytest.raises(AudioError, match=r"^The recording has no track 1; it has only track 0\.$"):
        load_audio((16_000, VOICE), track=1)
    with pytest.raises(AudioError, match=r"has no track 1; it has only track 0\.$"):
        load_audio(written(kind="MP3"), track=1)
    with pytest.raises(SettingsError, match=r"^The track is '1'; it must be a whole number"):
        load_audio((16_000, VOICE), track="1")
    assert len(load_audio(written(), track=0)) == 32_000


ID3 = b"ID3\x04\0\0\0\0\x0f\x50" + bytes(2_000)
APE = b"APETAGEX" + struct.pack("<IIII", 2_000, 132, 1, 0xA000_0000) + bytes(8 + 132)
JUNK = np.random.default_rng(0).integers(0, 250, 3_000).astype(np.uint8).tobytes()


@pytest.mark.parametrize("front", [ID3, APE, ID3 + APE, bytes(3_000)], ids=["ID3", "APE", "both", "zeros"])
@pytest.mark.parametrize("kind", ["FLAC", "OGG", "WAV", "MP3", "AIFF"])
def test_tags_and_zeros_in_front_are_skipped(front, kind):
    whole = written(kind=kind)
    expected, audio = load_audio(whole), read_audio(front + whole)
    np.testing.assert_array_equal(audio.wave, expected)
    assert audio.notes == ()


@pytest.mark.parametrize("front", [ID3, APE, bytes(3_000), JUNK], ids=["ID3", "APE", "zeros", "junk"])
def test_aac_and_mp4_behind_tags(front):
    file = io.BytesIO()
    with av.open(file, "w", format="adts") as output:
        sound = output.add_stream("aac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(VOICE[None], format="flt", layout="mono")
        frame.sample_rate = 16_000
        for one in (frame, None):
            output.mux(sound.encode(one))
    assert len(load_audio(front + file.getvalue())) / 16_000 == pytest.approx(2.0, abs=0.15)
    if front != JUNK:
        assert len(load_audio(front + with_tracks("mp4", [VOICE]))) / 16_000 == pytest.approx(2.0, abs=0.15)


def test_mp3_behind_junk_or_cut_from_a_stream():
    whole = written(kind="MP3")
    assert len(load_audio(JUNK + whole)) == pytest.approx(32_000, abs=100)
    assert len(load_audio(whole[1_500:])) / 16_000 == pytest.approx(2.0 * (1 - 1_500 / len(whole)), abs=0.2)
    audio = read_audio(whole + b"TAG" + bytes(125))
    assert len(audio.wave) == 32_000 and audio.notes == ()


@pytest.mark.parametrize("kind", ["W64", "NIST", "AU", "VOC", "IRCAM", "SVX", "AVR", "PAF", "RIFX", "CAF"])
def test_further_formats_of_soundfile(kind):
    options = {"endian": "BIG"} if kind == "RIFX" else {}
    wave = load_audio(written(kind="WAV" if kind == "RIFX" else kind, subtype="PCM_16", **options))
    np.testing.assert_allclose(wave, VOICE, atol=1e-4)


def test_avi_is_no_wav():
    assert len(load_audio(with_tracks("avi", [VOICE], codec="libmp3lame"))) / 16_000 == pytest.approx(2.0, abs=0.15)
    with pytest.raises(AudioFormatError, match=r"^The recording has no audio track; use a recording with one\.$"):
        load_audio(with_tracks("avi", [None]))


@pytest.mark.parametrize(
    ("name", "codec", "container", "rate"),
    [
        ("call.ulaw", "pcm_mulaw", "mulaw", 8_000),
        ("call.al", "pcm_alaw", "alaw", 8_000),
        ("call.g722", "g722", "g722", 16_000),
        ("call.sln16", "pcm_s16le", "s16le", 16_000),
    ],
)
def test_headerless_telephone_recordings_are_read_by_their_name(tmp_path, name, codec, container, rate):
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        sound = output.add_stream(codec, rate=rate, layout="mono")
        voice = VOICE[:: 16_000 // rate]
        frame = av.AudioFrame.from_ndarray(
            np.round(voice * 32_767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate = rate
        for one in (frame, None):
            output.mux(sound.encode(one))
    (tmp_path / name).write_bytes(file.getvalue())
    audio = read_audio(tmp_path / name)
    assert len(audio.wave) / 16_000 == pytest.approx(2.0, abs=0.01)
    assert audio.wave.std() == pytest.approx(VOICE.std(), rel=0.2)
    assert audio.notes[0].startswith("The file has no header; its name says ")
    with pytest.raises(AudioFormatError, match=r"^The recording is not in a known format; use WAV"):
        load_audio(file.getvalue())
    (tmp_path / name).write_bytes(written(kind="FLAC"))  # contents count if they can be recognised
    assert read_audio(tmp_path / name).notes == ()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            "a.wav is a Git LFS pointer, not the recording itself; fetch it by `git lfs pull`.",
        ),
        (
            b"/annex/objects/SHA256E-s96044--0f.wav\n",
            "a.wav is a git-annex pointer, not the recording itself; fetch it by `git annex get a.wav`.",
        ),
        (b"PK\x03\x04" + bytes(99), "a.wav is an archive, so unpack it first and use the recording."),
        (b"%PDF-1.7\n", "a.wav is a document, not audio; use a recording."),
        (b"\x02#!SILK_V3", "a.wav is in the SILK format of voice messages, so convert it to WAV first."),
        (bytes(range(128, 256)) * 9, "a.wav is not in a known format; use WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, AAC, "
         "WebM, MP4, MOV, AMR or 3GP."),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_named(data, sentence):
    with pytest.raises(AudioFormatError) as caught:
        sniff(data, "a.wav")
    assert str(caught.value) == sentence


def test_a_link_whose_content_git_annex_has_not_fetched(tmp_path):
    link = tmp_path / "a.wav"
    link.symlink_to(".git/annex/objects/9f/K0/SHA256E-s9--0f.wav/SHA256E-s9--0f.wav")
    with pytest.raises(AudioError, match=r"a\.wav is a git-annex link .*; fetch it by `git annex get .*a\.wav`\.$"):
        load_audio(link)


def test_frames_of_mpeg_audio():
    assert frame_at(b"\xff\xfb\x90\x00", 0)[:4] == ("mp3", 417, 1_152, 44_100)  # MPEG-1 layer III, 128 kbit/s
    assert frame_at(b"\xff\xfd\x84\x00", 0)[1:4] == (384, 1_152, 48_000)  # MPEG-1 layer II, 128 kbit/s
    assert frame_at(b"\xff\xf3\x40\x00", 0)[:4] == ("mp3", 104, 576, 22_050)  # MPEG-2 layer III, 32 kbit/s
    assert frame_at(b"\xff\xff\x10\x00", 0)[1:4] == (32, 384, 44_100)  # MPEG-1 layer I, 32 kbit/s
    assert frame_at(b"\xff\xf1\x50\x80\x02\x1f\xfc", 0)[:3] == ("aac", 16, 1_024)
    for bad in (b"\xff\xfb\xf0\x00", b"\xff\xfb\x9c\x00", b"\xff\xe9\x90\x00", b"\xff\xfe", b"abcd"):
        assert frame_at(bad, 0) is None
    assert xing_seconds(written(kind="MP3")) == pytest.approx(2.0, abs=0.001)
    assert xing_seconds(written(kind="MP3")[2_000:]) is None


def test_an_mp4_that_is_cut_off_says_so():
    whole = with_tracks("mp4", [VOICE])
    assert is_whole_mp4(whole) and not is_whole_mp4(whole[:-1])
    for share in (0.5, 0.9, 0.99):
        with pytest.raises(AudioFormatError, match="begins like MP4 but cannot be opened; it may be cut off"):
            load_audio(whole[: int(share * len(whole))])


def test_frames_with_more_planes_than_pyav_can_read_are_refused(monkeypatch):
    monkeypatch.setattr("emotion_hf.decoding.with_pyav.MAX_PLANES", 0)
    with pytest.raises(
        AudioFormatError, match=r"begins like MP4, but none of its sound can be decoded; export it again"
    ):
        load_audio(with_tracks("mp4", [VOICE]))


def test_gaps_in_the_times_of_packets_are_silence():
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as output:
        sound = output.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for start in (0, 80_000):  # two seconds, three seconds of nothing, two seconds
            frame = av.AudioFrame.from_ndarray((VOICE * 32_767).astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, start
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    audio = read_audio(file.getvalue())
    assert len(audio.wave) / 16_000 == pytest.approx(7.0, abs=0.01)
    assert np.abs(audio.wave[33_000:79_000]).max() < 1e-3
    with pytest.raises(AudioError, match=r"longer than 3 s|7\.0 s long"):
        load_audio(file.getvalue(), max_seconds=3.0)


def test_the_extensions_of_all_that_can_be_decoded():
    assert {".wav", ".opus", ".amr", ".wma", ".avi", ".sph", ".ulaw"} <= set(DECODABLE_EXTENSIONS)
    assert len(set(DECODABLE_EXTENSIONS)) == len(DECODABLE_EXTENSIONS)
    assert all(one == one.lower() and one.startswith(".") for one in DECODABLE_EXTENSIONS)


def test_words_that_begin_like_a_format_are_text():
    for words in (
        b"caffeine is free\n",
        b"dns.example\n",
        b"MAC addresses\n",
        b"Yes, free of charge\n",
        b"It's free\n",
    ):
        with pytest.raises(AudioFormatError, match="is text, not audio"):
            sniff(words, "a.wav")


def test_a_part_with_an_impossible_rate_costs_no_memory():
    blocks = [(np.ones((1_000, 1), np.float32), 16_000), (np.ones((65_535, 8), np.float32), 1)]
    assert sum(map(len, alike(iter(blocks), 16_000, 1))) == 1_000
    long = [(np.ones((65_535, 1), np.float32), 1_000)]
    sizes = [len(block) for block in alike(iter(long), 384_000, 2)]
    assert sum(sizes) == pytest.approx(65_535 * 384, rel=0.001) and max(sizes) < 400_000


def test_frames_are_joined_unless_the_rate_or_the_channels_change():
    frames = [(np.full((1_000, 1), number, np.float32), 8_000) for number in range(20)]
    frames += [(np.ones((500, 1), np.float32), 16_000), (np.ones((500, 2), np.float32), 16_000)]
    made = list(joined(iter(frames)))
    assert [(block.shape, rate) for block, rate in made] == [
        *[((9_000, 1), 8_000), ((9_000, 1), 8_000), ((2_000, 1), 8_000)],
        *[((500, 1), 16_000), ((500, 2), 16_000)],
    ]
    assert np.array_equal(np.concatenate([block for block, _ in made[:3]])[::1_000, 0], np.arange(20))
    assert list(joined(iter([]))) == []


def encoded(format, codec):
    file = io.BytesIO()
    if codec is None:
        soundfile.write(file, VOICE, 16_000, format=format)
        return file.getvalue()
    with av.open(file, "w", format=format) as output:
        sound = output.add_stream(codec, rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(VOICE[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16_000
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return file.getvalue()


TAG = b"ID3\4\0\0\0\0\0\x0a" + bytes(10)
END_TAG = b"TAG" + bytes(125)


@pytest.mark.parametrize(
    ("format", "codec"), [("WAV", None), ("AIFF", None), ("FLAC", None), ("MP3", None), ("OGG", None), ("mp4", "aac")]
)
@pytest.mark.parametrize(
    ("before", "behind"), [(b"", b""), (TAG, END_TAG), (bytes(99), b"")], ids=["plain", "tags", "zeros"]
)
def test_a_large_file_is_read_from_the_disk_with_the_same_result(format, codec, before, behind, tmp_path, monkeypatch):
    data, path = before + encoded(format, codec) + behind, tmp_path / "a.bin"
    path.write_bytes(data)
    in_memory = read_audio(path)
    monkeypatch.setattr("emotion_hf.sources.LARGE_BYTES", 1_000)
    assert isinstance(read_source(path).data, Stored)
    from_disk = read_audio(path)
    assert np.array_equal(from_disk.wave, in_memory.wave) and len(in_memory.wave) > 16_000
    assert from_disk.notes == in_memory.notes
    with path.open("rb") as file:
        assert isinstance(read_source(file).data, Stored)
        assert np.array_equal(load_audio(file), in_memory.wave)
    if format not in ("OGG", "mp4"):  # half of them cannot be opened
        half = data[: len(data) // 2]
        path.write_bytes(half)
        from_disk, in_memory = read_audio(path), read_audio(half)
        assert np.array_equal(from_disk.wave, in_memory.wave) and from_disk.notes == in_memory.notes


def test_a_large_chain_of_recordings_is_read_from_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "a.ogg"
    path.write_bytes(3 * encoded("OGG", None))
    in_memory = load_audio(path)
    monkeypatch.setattr("emotion_hf.sources.LARGE_BYTES", 1_000)
    monkeypatch.setattr("emotion_hf.decoding.content.WINDOW_BYTES", 1_000)  # several windows are searched
    assert np.array_equal(load_audio(path), in_memory) and len(in_memory) == 3 * len(VOICE)


def test_a_large_file_without_its_lengths_is_read_from_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("emotion_hf.sources.LARGE_BYTES", 1_000)
    data, path = encoded("WAV", None), tmp_path / "a.wav"
    path.write_bytes(data[:40] + bytes(4) + data[44:])
    content = RecordedFile.of(read_source(path).data, "a").data
    assert isinstance(content, Stored) and content[:] == data
    assert len(load_audio(path)) == len(VOICE)


def test_a_stored_file_reads_like_its_bytes(tmp_path):
    data, path = bytes(range(256)) * 1_000, tmp_path / "a.bin"
    path.write_bytes(data)
    with path.open("rb") as file:
        content = stored(file)
    path.unlink()  # it stays open
    assert_alike(content, data)
    fields = [(2, b"abcd"), (255_998, b"yz"), (4, b"e")]
    changed = with_fields(data, fields)
    assert changed[:8] == b"\0\1abed\6\7" and changed[-2:] == b"yz" and len(changed) == len(data)
    assert_alike(content.with_fields(fields), changed)
    assert_alike(part(content.with_fields(fields), 3, 200_000), changed[3:200_000])
    assert_alike(part(part(content, 5, 256_000).with_fields([(0, b"x")]), 0, 256_000), b"x" + data[6:])
    pattern = re.compile(b"\xfe\xff\0")
    assert list(positions(content, pattern, 3)) == [found.start() for found in pattern.finditer(data)]


def assert_alike(content, data):
    assert len(content) == len(data) and content[7] == data[7] and content[-1] == data[-1]
    for place in (slice(None, 5), slice(3, 9), slice(-5, None), slice(150_000, 190_000), slice(9, 3)):
        assert content[place] == data[place]
    with pytest.raises(IndexError):
        content[len(data)]
    one, other = stream(content), stream(content)
    assert one.read(100_000) == data[:100_000] and other.read(3) == data[:3] and one.tell() == 100_000
    assert one.seek(-4, io.SEEK_END) == len(data) - 4 and one.read() == data[-4:] and one.read() == b""
    one.seek(10)
    assert one.seek(5, io.SEEK_CUR) == 15 and one.read(1) == data[15:16]


def test_a_track_that_begins_later_is_no_cut_off_one():
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as output:
        sound = output.add_stream("pcm_s16le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray((VOICE * 32_767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 80_000
        for one in (frame, None):
            output.mux(sound.encode(one))
    audio = read_audio(file.getvalue())
    assert (len(audio.wave), audio.notes) == (32_000, ())


BEGINNINGS = (
    *(b"RIFF\0\0\0\0WAVE", b"RF64\xff\xff\xff\xffWAVE", b"FORM\0\0\0\0AIFF", b"caff\0\1\0\0", b".snd\0", b"#!AMR"),
    *(
        b"fLaC",
        b"OggS\0\2",
        b"riff\x2e\x91\xcf\x11",
        b"\xff\xfb\x90\0",
        b"\xff\xf1\x50\x80",
        b"\0\0\0\x18ftyp",
        b"wvpk",
    ),
    *(b"ID3\4", b"APETAGEX"),
)


@pytest.mark.parametrize("ending", [b"", b"APETAGEX\0\0\0\0", b"TAG", b"data\0\0", b"OggS\0\0", b"\xff\xfb\x90\0"])
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_file_of_a_few_bytes_gets_one_sentence(beginning, ending):
    for zeros in range(60):
        with pytest.raises(AudioError):
            load_audio(beginning + bytes(zeros) + ending)


@pytest.mark.parametrize(
    "hostile",
    [
        b"RIFF\0\0\0\0WAVE" + b"abcd\0\0\0\0" * 3_000_000,
        b"FORM\0\0\0\0AIFF" + b"abcd\0\0\0\0" * 3_000_000,
        b"ID3\4\0\0\0\0\0\0" * 3_000_000,
        b"caff\0\1\0\0" + b"abcd\0\0\0\0\0\0\0\0" * 2_000_000,
        (b"OggS\0\2" + bytes(21)) * 1_000_000,
    ],
    ids=["WAV", "AIFF", "ID3", "CAF", "OGG"],
)
def test_endless_empty_parts_are_refused_at_once(hostile):
    start = time.process_time()
    with pytest.raises(AudioFormatError):
        load_audio(hostile)
    assert time.process_time() - start < 5.0
