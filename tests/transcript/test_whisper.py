"""A real network of Whisper's kind, tiny and told what to write: text, times, limits, and what is refused."""

import numpy as np
import pytest

from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.testing import synthetic_voice
from emotion_hf.transcript.whisper import Whisper, align, split_words
from tests.tiny_encoder import save_network
from tests.tiny_whisper import save_whisper

WAVE = synthetic_voice(3.0)


def load(folder, text=" Kids talk.", **options) -> Whisper:
    return Whisper.from_pretrained(save_whisper(folder, text, **options))


def test_text_language_and_probability(tmp_path):
    whisper = load(tmp_path / "mine")
    written = whisper.hear(WAVE)
    assert (written.text, written.language, written.is_cut) == ("Kids talk.", "en", False)
    assert [word.text for word in written.words] == ["Kids", "talk."]
    assert (
        written.language_probability > 0.99 and -0.01 < written.mean_log_probability <= 0 and written.no_speech < 0.01
    )
    assert (whisper.name, whisper.languages) == ("mine", ("de", "en", "zh"))


@pytest.mark.parametrize("heads", [((1, 0), (1, 1)), None, ((9, 9),)])
def test_times_follow_each_other_within_the_sound(tmp_path, heads):
    words = load(tmp_path, " one two three", heads=heads).hear(WAVE).words
    assert len(words) == 3
    times = [time for word in words for time in (word.start_seconds, word.end_seconds)]
    assert times == sorted(times) and times[0] >= 0 and times[-1] <= 3.0
    assert all(word.end_seconds > word.start_seconds for word in words)


def test_an_unsure_network_says_so(tmp_path):
    written = load(tmp_path, certainty=0.1).hear(WAVE)
    assert written.mean_log_probability < -1 and written.language_probability < 0.9


def test_endless_text_ends_at_the_limit(tmp_path):
    whisper = load(tmp_path, 200 * " na")
    written = whisper.hear(WAVE[:16_000])
    assert written.is_cut and len(written.text) == 10 + 8 - 1  # a token for each byte, and a space in front
    assert len(whisper.hear(WAVE).text) <= 34


def test_a_given_language_is_not_recognised_but_believed(tmp_path):
    whisper = load(tmp_path)
    written = whisper.hear(WAVE, "zh")
    assert (written.language, written.language_probability) == ("zh", 1.0)
    assert len(written.words) > 2  # it is written without spaces
    with pytest.raises(SettingsError, match="does not know the language 'pl'; its languages are de, en, zh"):
        whisper.check_language("pl")


def test_an_english_checkpoint_knows_only_english(tmp_path):
    whisper = load(tmp_path, is_multilingual=False)
    assert whisper.languages == ("en",) and whisper.hear(WAVE).language == "en"
    whisper.check_language(None)


def test_suppressed_tokens_are_never_written(tmp_path):
    letter = save_whisper(tmp_path / "a", "aXa")
    known = Whisper.from_pretrained(letter).tokenizer.get_vocab()["X"]
    assert "X" not in load(tmp_path / "b", "aXa", suppress_tokens=[known]).hear(WAVE).text
    first = load(tmp_path / "c", "XXa", begin_suppress_tokens=[known]).hear(WAVE).text
    assert first[0] != "X" and first[1] == "X"


def test_the_path_follows_the_attention():
    attention = np.full((2, 4, 80), 0.01)
    for token, (start, end) in enumerate([(0, 20), (20, 30), (30, 65), (65, 80)]):
        attention[:, token, start:end] = 0.5
    assert align(attention) == [0, 20, 30, 65]
    assert align(np.zeros((1, 3, 3))) == [0, 1, 2]  # each token gets a frame
    assert align(np.ones((1, 1, 5))) == [0]


TOKENS = {
    1: " Well",
    2: ",",
    3: " déj",
    4: "à",
    5: " vu",
    6: " ?",
    7: " ",
    8: "x",
    9: "今",
    10: "日",
    11: "。",
    12: " -ish",
}


def decode(tokens):
    return "".join(TOKENS[token] for token in tokens)


def test_words_of_a_language_with_spaces():
    assert split_words([1, 2, 3, 4, 5, 6], decode, is_spaced=True) == [("Well,", 0, 2), ("déjà", 2, 4), ("vu ?", 4, 6)]
    assert split_words([1, 7, 8, 12], decode, is_spaced=True) == [("Well", 0, 1), ("x", 1, 3), ("-ish", 3, 4)]
    assert (
        split_words([2, 7], decode, is_spaced=True) == [(",", 0, 1)] and split_words([], decode, is_spaced=True) == []
    )


def test_words_of_a_language_without_spaces():
    assert split_words([9, 10, 11], decode, is_spaced=False) == [("今", 0, 1), ("日。", 1, 3)]


def test_a_letter_of_several_tokens_stays_whole():
    parts = {1: b" na\xc3", 2: b"\xaf", 3: b"ve", 4: b"\xc3"}

    def of_bytes(tokens):
        return b"".join(parts[token] for token in tokens).decode("utf-8", "replace")

    assert split_words([1, 2, 3], of_bytes, is_spaced=True) == [("naï" + "ve", 0, 3)]
    assert split_words([1, 2, 3, 4], of_bytes, is_spaced=True) == [("naïve", 0, 4)]  # a letter that was cut off


def test_no_whisper_model_is_refused_in_a_sentence(tmp_path):
    network = save_network(tmp_path / "network", ["happy", "sad"])
    with pytest.raises(CheckpointError, match=r"is a model of the type .*spectrogram.* needs a Whisper model"):
        Whisper.from_pretrained(network)
    with pytest.raises(CheckpointError, match="There is no model folder"):
        Whisper.from_pretrained(tmp_path / "nothing")
    with pytest.raises(CheckpointError, match="the Hub, which may have this model, cannot be reached"):
        Whisper.from_pretrained("nobody/none")


def test_a_folder_without_all_weights_is_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_whisper(tmp_path, "a")
    weights = load_file(folder / "model.safetensors")
    left = {name: tensor for name, tensor in weights.items() if "decoder.layers.1" not in name}
    save_file(left, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="has missing weights"):
        Whisper.from_pretrained(folder)
