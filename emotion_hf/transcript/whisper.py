"""A Whisper-type network that writes down what is said in up to 30 seconds of sound, and when.

The text is decoded greedily, without Whisper's own time marks. The times come from the attention of the decoder to the
sound: the heads that follow the speech are averaged, and the path of the text through the sound that collects the most
attention gives the start of each token, as in Whisper's `timing.py`. A checkpoint that does not name these heads
(`alignment_heads` in its generation configuration) is read with all heads in the upper half of its layers.

Example:
    >>> Whisper.from_pretrained("runs/whisper-base").hear(wave).text  # doctest: +SKIP
    'Kids are talking by the door.'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PretrainedConfig, WhisperForConditionalGeneration, WhisperProcessor

from emotion_hf import soundness
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.device import choose_device
from emotion_hf.errors import CheckpointError, SettingsError
from emotion_hf.model_source import check_all_loaded, check_folder, check_hub_id, is_local
from emotion_hf.transcript import UNSPACED, Word
from emotion_hf.weights import CONFIG, WEIGHTS, loading

WINDOW_SECONDS = 30.0
TOKENS_PER_SECOND, TOKENS_AT_LEAST = 8, 10
"""Limit of the text's length; Whisper's own, 224 tokens for 30 seconds, is as tight."""
START, TRANSCRIBE, UNTIMED = "<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>"
NO_SPEECH = ("<|nospeech|>", "<|nocaptions|>")
LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")
ENGLISH_ONLY_VOCABULARY = 51_864
"""OpenAI's English checkpoints have this vocabulary; it contains marks of languages that were never trained."""
SMOOTHED_FRAMES = 7
CLOSING = frozenset(".,;:!?…%)]}»”’")
BROKEN = "\ufffd"


@dataclass(frozen=True)
class Written:
    """What the network wrote for one piece of sound.

    Attributes:
        words: With times in seconds from the start of the piece.
        text: The same as one text.
        language: Code of the language.
        language_probability: Probability of that language; 1 if it was given, or is the only one.
        mean_log_probability: Mean natural logarithm of the probability of its tokens.
        no_speech: Probability that nothing is said.
        is_cut: Whether the limit of tokens was reached.
    """

    words: tuple[Word, ...]
    text: str
    language: str
    language_probability: float
    mean_log_probability: float
    no_speech: float
    is_cut: bool = False


class Whisper:
    """A network with its feature extractor and tokenizer.

    Attributes:
        name: Name of its folder, or its Hub id.
        languages: Codes of the languages that it writes.
    """

    def __init__(self, model: Any, processor: Any, name: str):
        """Wrap a network; normally use `from_pretrained`.

        Raises:
            CheckpointError: The tokenizer is not Whisper's.
        """
        self.model, self.name = model.eval(), name
        self.extractor, self.tokenizer = processor.feature_extractor, processor.tokenizer
        known = self.tokenizer.get_vocab()
        if START not in known or UNTIMED not in known or self.tokenizer.eos_token_id is None:
            raise CheckpointError(f"The transcriber {name} has no tokenizer of Whisper; use another one.")
        self._start, self._untimed, self._end = known[START], known[UNTIMED], self.tokenizer.eos_token_id
        self._transcribe = known.get(TRANSCRIBE)
        self._nothing = next((known[token] for token in NO_SPEECH if token in known), None)
        self._codes = {} if _is_english(model) else _language_codes(known)
        self.languages = tuple(sorted(self._codes.values())) or ("en",)
        settings = model.generation_config
        marks = range(self._end + 1, model.config.vocab_size)  # tasks, languages, times: no text
        self._never = torch.tensor([*(settings.suppress_tokens or ()), *marks], dtype=torch.long)
        self._not_first = torch.tensor([*(settings.begin_suppress_tokens or ())], dtype=torch.long)
        self._heads = _alignment_heads(model)

    @classmethod
    def from_pretrained(cls, source: str | Path, *, device: str | torch.device | None = None) -> Whisper:
        """Load a folder or a Hub id, in single precision; code that a model brings along is never run.

        Raises:
            CheckpointError: It is no Whisper model, or cannot be loaded completely.
        """
        if is_local(source):
            check_folder(Path(source), (CONFIG, WEIGHTS))
        else:
            check_hub_id(str(source))
        with loading("The transcriber", source) as options:
            kind = PretrainedConfig.get_config_dict(source, **options)[0].get("model_type")
            if kind != "whisper":
                raise CheckpointError(
                    f"{source} is a model of the type {kind}, but a transcript needs a Whisper model, such as "
                    "openai/whisper-base; choose one."
                )
            model, info = WhisperForConditionalGeneration.from_pretrained(
                source,
                dtype=torch.float32,
                attn_implementation="eager",  # the others do not return the attention
                output_loading_info=True,
                use_safetensors=True,
                ignore_mismatched_sizes=True,
                adapter_kwargs=options,
                **options,
            )
            processor = WhisperProcessor.from_pretrained(source, **options)
        check_all_loaded(source, info)
        if processor.feature_extractor.sampling_rate != SAMPLING_RATE:
            rate = processor.feature_extractor.sampling_rate
            raise CheckpointError(f"The transcriber {source} needs audio at {rate} Hz; use one for 16000 Hz.")
        soundness.check_weights(source, model)
        name = Path(source).resolve().name if Path(source).exists() else str(source)
        return cls(model.to(choose_device(device)), processor, name)

    def check_language(self, language: str | None) -> None:
        """Check that the network writes a language.

        Raises:
            SettingsError: It does not.
        """
        if language is not None and language not in self.languages:
            few = ", ".join(self.languages)
            raise SettingsError(f"{self.name} does not know the language {language!r}; its languages are {few}.")

    @torch.inference_mode()
    def hear(self, wave: np.ndarray, language: str | None = None) -> Written:
        """Write down a wave of at most 30 seconds: mono float32 at 16 kHz, shape ``(samples,)``.

        Args:
            wave: The sound.
            language: Code of its language; by default the network recognises it.
        """
        seconds = len(wave) / SAMPLING_RATE
        features = self.extractor(wave, sampling_rate=SAMPLING_RATE, return_tensors="pt").input_features
        sound = self.model.get_encoder()(features.to(self.model.device))
        language, certainty, no_speech = self._first_look(sound, language)
        prompt = self._prompt(language)
        room = self.model.config.max_target_positions - len(prompt) - 1
        limit = min(room, TOKENS_AT_LEAST + round(TOKENS_PER_SECOND * seconds))
        tokens, log_probabilities, is_cut = self._decode(sound, prompt, limit)
        starts = self._starts(sound, prompt, tokens, seconds)
        words = self._words(tokens, starts, is_spaced=language not in UNSPACED)
        mean = float(np.mean(log_probabilities)) if log_probabilities else 0.0
        return Written(words, self.tokenizer.decode(tokens).strip(), language, certainty, mean, no_speech, is_cut)

    def _first_look(self, sound: Any, language: str | None) -> tuple[str, float, float]:
        """Return the language with its probability, and the probability that nothing is said."""
        logits = self._logits(self._run(sound, [self._start]))
        no_speech = 0.0 if self._nothing is None else float(logits.softmax(-1)[self._nothing])
        numbers = [*self._codes]
        if language is not None or not numbers:
            return language or "en", 1.0, no_speech
        shares = logits[numbers].softmax(-1)
        best = int(shares.argmax())
        return self._codes[numbers[best]], float(shares[best]), no_speech

    def _prompt(self, language: str) -> list[int]:
        if not self._codes or self._transcribe is None:
            return [self._start, self._untimed]
        number = next(number for number, code in self._codes.items() if code == language)
        return [self._start, number, self._transcribe, self._untimed]

    def _decode(self, sound: Any, prompt: Sequence[int], limit: int) -> tuple[list[int], list[float], bool]:
        """Return the most probable tokens one by one, their log-probabilities, and whether the limit was reached."""
        tokens: list[int] = []
        log_probabilities: list[float] = []
        given, cache = list(prompt), None
        while len(tokens) < limit:
            output = self._run(sound, given, past_key_values=cache, use_cache=True)
            logits, cache = self._logits(output), output.past_key_values
            logits[self._never] = -torch.inf
            if not tokens:
                logits[self._not_first] = -torch.inf
            best = int(logits.argmax())
            log_probabilities.append(float(logits.log_softmax(-1)[best]))
            if best == self._end:
                return tokens, log_probabilities, False
            tokens.append(best)
            given = [best]
        return tokens, log_probabilities, True

    def _starts(self, sound: Any, prompt: Sequence[int], tokens: Sequence[int], seconds: float) -> list[float]:
        """Return when each token starts, and when the last one ends, in seconds."""
        output = self._run(sound, [*prompt, *tokens, self._end], output_attentions=True)
        frame_seconds = 2 * self.extractor.hop_length / SAMPLING_RATE  # the encoder halves the rate
        frames = min(max(round(seconds / frame_seconds), len(tokens) + 1), self.model.config.max_source_positions)
        rows = slice(len(prompt) - 1, len(prompt) + len(tokens))  # a row attends to the token that it predicts
        heads = [output.cross_attentions[layer][0, head, rows, :frames] for layer, head in self._heads]
        path = align(torch.stack(heads).double().cpu().numpy())
        return [min(frame * frame_seconds, seconds) for frame in path]

    def _words(self, tokens: Sequence[int], starts: Sequence[float], *, is_spaced: bool) -> tuple[Word, ...]:
        spans = split_words(tokens, self.tokenizer.decode, is_spaced=is_spaced)
        return tuple(Word(text, starts[first], starts[last]) for text, first, last in spans)

    def _run(self, sound: Any, tokens: Sequence[int], **options: Any) -> Any:
        ids = torch.tensor([[*tokens]], device=self.model.device)
        return self.model(encoder_outputs=sound, decoder_input_ids=ids, **options)

    @staticmethod
    def _logits(output: Any) -> torch.Tensor:
        return output.logits[0, -1].float().cpu()


def align(attention: np.ndarray) -> list[int]:
    """Return the first frame of each token on the path that collects the most attention.

    Args:
        attention: Attention of each token to each frame, shape ``(heads, tokens, frames)``, with at least as many
            frames as tokens. Each token gets at least one frame.

    Returns:
        A frame for each token, increasing, the first one 0.
    """
    deviation = np.maximum(attention.std(axis=1, keepdims=True), 1e-12)
    normal = (attention - attention.mean(axis=1, keepdims=True)) / deviation
    score = _smoothed(normal).mean(axis=0)
    tokens, frames = score.shape
    best = np.full(tokens, -np.inf)
    best[0] = 0.0
    came_from_before = np.zeros((frames, tokens), dtype=bool)
    for frame in range(frames):
        before = np.concatenate([[-np.inf], best[:-1]])
        if frame:
            came_from_before[frame] = before > best
            best = np.maximum(before, best)
        best = best + score[:, frame]
    path, token = [0] * tokens, tokens - 1
    for frame in range(frames - 1, 0, -1):
        if came_from_before[frame, token]:
            path[token] = frame
            token -= 1
    return path


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Return the median over `SMOOTHED_FRAMES` frames around each frame, the last axis."""
    aside = SMOOTHED_FRAMES // 2
    padded = np.pad(values, [(0, 0), (0, 0), (aside, aside)], mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, SMOOTHED_FRAMES, axis=-1), axis=-1)


def split_words(
    tokens: Sequence[int], decode: Callable[[list[int]], str], *, is_spaced: bool
) -> list[tuple[str, int, int]]:
    """Return words with their first token and the first token behind them.

    A token may be a part of a letter; tokens are joined until they form whole letters. A word starts with a space, or,
    in a language without spaces, with each token. Punctuation belongs to the word before it.
    """
    words: list[tuple[str, int, int]] = []
    first = 0
    for number in range(len(tokens)):
        text = decode([*tokens[first : number + 1]])
        if text.endswith(BROKEN) and number + 1 < len(tokens):
            continue
        starts_word = text.startswith(" ") or not is_spaced
        if words and (not starts_word or _closes(text.strip(), is_spaced)):
            words[-1] = (words[-1][0] + text, words[-1][1], number + 1)
        else:
            words.append((text, first, number + 1))
        first = number + 1
    return [(text.replace(BROKEN, "").strip(), start, end) for text, start, end in words if text.strip(f" {BROKEN}")]


def _closes(text: str, is_spaced: bool) -> bool:
    """Return whether a text is punctuation that belongs to the word before it, even behind a space as in French."""
    if not text or any(letter.isalnum() for letter in text):
        return False
    return not is_spaced or all(letter in CLOSING for letter in text)


def _is_english(model: Any) -> bool:
    is_marked = getattr(model.generation_config, "is_multilingual", True) is False
    return is_marked or model.config.vocab_size == ENGLISH_ONLY_VOCABULARY


def _language_codes(vocabulary: dict[str, int]) -> dict[int, str]:
    """Return the languages by the numbers of their tokens."""
    return {number: match[1] for token, number in vocabulary.items() if (match := LANGUAGE.fullmatch(token))}


def _alignment_heads(model: Any) -> list[tuple[int, int]]:
    """Return layer and head of the attention that follows the speech."""
    layers, heads = model.config.decoder_layers, model.config.decoder_attention_heads
    named = getattr(model.generation_config, "alignment_heads", None) or ()
    valid = [(layer, head) for layer, head in named if 0 <= layer < layers and 0 <= head < heads]
    return valid or [(layer, head) for layer in range(layers // 2, layers) for head in range(heads)]
