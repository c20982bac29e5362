"""A Whisper that writes what it is told to: its decoder's positions decide each token, whatever the sound is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizer,
)

MARKS = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|zh|>", "<|transcribe|>", "<|nospeech|>")
UNTIMED = "<|notimestamps|>"
PROMPT = 4
SIZES = {"d_model": 256, "encoder_layers": 1, "decoder_layers": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
POSITIONS = 100


def save_whisper(
    folder: Path,
    text: str,
    *,
    language: str = "en",
    certainty: float = 1.0,
    heads: Sequence[Sequence[int]] | None = ((1, 0), (1, 1)),
    **generation,
) -> Path:
    """Save a model that writes ``text`` in ``language`` for every sound.

    Args:
        folder: Where it is saved.
        text: What it writes, a token for each byte.
        language: Language that it recognises.
        certainty: Factor on the logits, of which the largest is about 16.
        heads: Heads that follow the speech; `None` leaves them out.
        generation: Further values of the generation configuration.
    """
    tokenizer = _tokenizer()
    known = tokenizer.get_vocab()
    torch.manual_seed(4)
    config = WhisperConfig(
        **SIZES,
        vocab_size=len(known),
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        max_source_positions=1500,
        max_target_positions=POSITIONS,
        **{f"{name}_token_id": known[MARKS[0]] for name in ("pad", "bos", "eos")},
        decoder_start_token_id=known[MARKS[1]],
    )
    model = WhisperForConditionalGeneration(config)
    script = [known[f"<|{language}|>"], *[known[MARKS[0]]] * (PROMPT - 2)]  # what follows each position
    script += [*tokenizer(text, add_special_tokens=False).input_ids, known[MARKS[0]]]
    _follow(model.model.decoder, script, certainty)
    named = {} if heads is None else {"alignment_heads": [list(head) for head in heads]}
    model.generation_config = GenerationConfig(
        eos_token_id=known[MARKS[0]], decoder_start_token_id=known[MARKS[1]], **named, **generation
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    return folder


def _follow(decoder, script: Sequence[int], certainty: float) -> None:
    """Make the layers pass their input on, and each position point to its token; later positions repeat the last."""
    for layer in decoder.layers:
        for linear in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
            torch.nn.init.zeros_(linear.weight)
            torch.nn.init.zeros_(linear.bias)
    tokens = torch.nn.functional.normalize(torch.randn_like(decoder.embed_tokens.weight), dim=1)
    with torch.no_grad():
        decoder.embed_tokens.weight.copy_(tokens)
        for position in range(POSITIONS):
            decoder.embed_positions.weight[position] = 20 * tokens[script[min(position, len(script) - 1)]]
        decoder.layer_norm.weight.fill_(certainty)


def _tokenizer() -> WhisperTokenizer:
    """Return Whisper's kind of tokenizer, with a token for each byte."""
    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    plain = Tokenizer(models.BPE(vocab=letters, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    plain.add_special_tokens([AddedToken(mark, special=True) for mark in (*MARKS, UNTIMED)])
    return WhisperTokenizer(
        tokenizer_object=plain, bos_token=MARKS[0], eos_token=MARKS[0], unk_token=MARKS[0], pad_token=MARKS[0]
    )
