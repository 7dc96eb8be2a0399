"""A model of Code Llama's shape that is made on the spot: two layers, random weights, a tokenizer trained on this very file.

``python -m tests.model.tiny FOLDER``, with a Python that has torch, transformers and tokenizers. What it writes is no
language; that a real server loads, streams, constrains and counts it is what the tests are about.
"""

from __future__ import annotations

import sys
from pathlib import Path

CHAT_TEMPLATE = (
    "{% for message in messages %}[{{ message['role'] }}]\n{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}"
)


def make(folder: Path) -> None:
    """Write the model and its tokenizer; about 1 MB."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(Path(__file__).read_text(encoding="utf-8").splitlines(), trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=trained, bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=512,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        bos_token_id=0,
        eos_token_id=1,
        torch_dtype=torch.float32,
    )
    model = LlamaForCausalLM(config)
    # The likeliest token is one that is text by itself: rounding differs among processors, and an answer that repeats a part of
    # a character is held back by the server until its end, where a test waits for words.
    silent = [
        token for token in range(config.vocab_size) if not _is_text(tokenizer.decode([token], skip_special_tokens=True))
    ]
    with torch.no_grad():
        model.lm_head.weight[silent] = 0.0
    model.save_pretrained(folder)


def _is_text(decoded: str) -> bool:
    return decoded != "" and decoded.isascii()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
