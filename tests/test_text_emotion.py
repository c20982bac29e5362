"""A second opinion from the words: a tiny BERT with random weights, and the combination with the voice."""

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from emotion_hf.errors import CheckpointError, LabelError, SettingsError
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.text_emotion import TextEmotion, combine

LABELS = ("neutral", "calm", "angry", "sad")
VOICE = Prediction({"neutral": 0.5, "calm": 0.2, "angry": 0.2, "sad": 0.1}, duration_seconds=2.0, model="voice")
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "am", "furious", "happy", "today")


def save_bert(folder, own=("anger", "joy", "neutral", "rage"), positions=40):
    """Save a text classifier of random weights."""
    torch.manual_seed(2)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(
        vocab_size=len(WORDS), max_position_embeddings=positions, id2label=dict(enumerate(own)), **sizes
    )
    network = BertForSequenceClassification(config)
    torch.nn.init.normal_(network.classifier.weight, std=2.0)
    network.save_pretrained(folder)
    plain = Tokenizer(models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    BertTokenizer(tokenizer_object=plain, model_max_length=512).save_pretrained(folder)
    return folder


@pytest.fixture
def reader(tmp_path):
    return TextEmotion.from_pretrained(save_bert(tmp_path / "bert"))


def test_scores_are_those_of_the_network_over_the_labels_that_both_know(reader):
    scores = reader.scores("i am furious", LABELS)
    inputs = reader.tokenizer("i am furious", return_tensors="pt")
    anger, _, neutral, rage = reader.model(**inputs).logits[0].double().softmax(-1).tolist()
    assert scores == {
        "angry": pytest.approx((anger + rage) / (anger + rage + neutral)),
        "neutral": pytest.approx(neutral / (anger + rage + neutral)),
    }
    assert sum(scores.values()) == pytest.approx(1) and scores != reader.scores("happy today", LABELS)
    assert reader.scores("  ", LABELS) == {} and reader.name == "bert"


def test_labels_of_the_users_own_model_are_matched_by_their_meaning(reader):
    assert set(reader.scores("i am furious", ["Anger", "Boredom"])) == {"Anger"}


def test_a_long_text_is_read_in_parts_that_count_by_their_words(reader):
    first, second = "i am furious " * 70, "happy today"  # 200 + 10 + 2 words
    words = (first + second).split()
    parts = [" ".join(words[:200]), " ".join(words[200:])]
    each = [reader.scores(part, ["angry", "neutral", "happy"])["angry"] for part in parts]
    whole = reader.scores(first + second, ["angry", "neutral", "happy"])["angry"]
    assert whole == pytest.approx((200 * each[0] + 12 * each[1]) / 212)


def test_without_a_common_label_it_says_so(tmp_path):
    stranger = TextEmotion.from_pretrained(save_bert(tmp_path, own=("POSITIVE", "NEGATIVE")))
    with pytest.raises(LabelError, match=r"names none of the emotions neutral, .*its labels are POSITIVE, NEGATIVE"):
        stranger.check_labels(LABELS)


def test_what_is_no_text_model_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="There is no model folder"):
        TextEmotion.from_pretrained(tmp_path / "nothing")
    BertForSequenceClassification.from_pretrained(save_bert(tmp_path)).bert.save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="missing weights"):
        TextEmotion.from_pretrained(tmp_path)


def test_the_text_divides_only_the_share_of_the_labels_that_both_know():
    together = combine(VOICE, {"angry": 0.9, "neutral": 0.1}, weight=0.5)
    assert together.scores == pytest.approx(
        {"neutral": 0.25 + 0.5 * 0.7 * 0.1, "calm": 0.2, "angry": 0.1 + 0.5 * 0.7 * 0.9, "sad": 0.1}
    )
    assert sum(together.scores.values()) == pytest.approx(1) and together.label == "angry"
    assert (together.duration_seconds, together.model, together.verdict) == (2.0, "voice", Verdict.OK)


def test_the_weight_decides_whose_opinion_counts():
    text = {"angry": 1.0, "neutral": 0.0}
    assert combine(VOICE, text, 0.0).scores == pytest.approx(dict(VOICE.scores))
    assert combine(VOICE, text, 1.0).scores == pytest.approx({"neutral": 0, "calm": 0.2, "angry": 0.7, "sad": 0.1})
    for weight in (-0.1, 1.1, float("nan")):
        with pytest.raises(SettingsError, match="it must be from 0 to 1"):
            combine(VOICE, text, weight)


def test_labels_that_the_voice_does_not_know_do_not_count():
    assert combine(VOICE, {"angry": 0.2, "love": 0.8}, 1.0).scores["angry"] == pytest.approx(0.2)
    assert combine(VOICE, {"love": 1.0}) is VOICE and combine(VOICE, {}) is VOICE


def test_the_verdict_follows_the_threshold_of_the_voices_model():
    unsure = Prediction({"angry": 0.4, "sad": 0.35, "calm": 0.25}, Verdict.NOT_SURE)
    text = {"angry": 1.0, "sad": 0.0}
    assert combine(unsure, text).verdict is Verdict.NOT_SURE
    assert combine(unsure, text, not_sure_below=0.45).verdict is Verdict.OK
    assert combine(VOICE, {"angry": 1.0, "neutral": 0.0}, 0.5, not_sure_below=0.5).verdict is Verdict.NOT_SURE
    silent = Prediction(verdict=Verdict.NO_SPEECH)
    assert combine(silent, text, not_sure_below=0.5) is silent
