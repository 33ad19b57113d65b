"""Makes a random Llama of 0.1 million parameters and LoRA adapters on it: real weights for a real engine.

    folder = make_base(tmp_path / "base")
    adapter = make_adapter(folder, tmp_path / "first", seed=1)

Its answers are noise, but its files are those of any other model. The fixture `tiny_weights` has made a base and two
adapters once for all tests of a run; a module that wants it imports it.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SPECIAL_TOKENS = ["<|end|>", "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>"]


@dataclass(frozen=True)
class TinyWeights:
    base: Path
    first: Path
    second: Path

    def contestants(self, file: Path) -> Path:
        """Write a contestants file with the three as models bare, first and second on the engine tiny."""
        text = f'[[engines]]\nname = "tiny"\nbase = "{self.base}"\nmax_lora_rank = 8\ncontext_length = 512\n'
        text += '[[models]]\nname = "bare"\ntitle = "Bare"\nkind = "base"\nengine = "tiny"\nmax_tokens = 20\n'
        for name, path in [("first", self.first), ("second", self.second)]:
            text += f'[[models]]\nname = "{name}"\ntitle = "{name.title()}"\nkind = "adapter"\nengine = "tiny"\n'
            text += f'path = "{path}"\nmax_tokens = 20\n'
        file.write_text(text)
        return file


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> TinyWeights:
    folder = tmp_path_factory.mktemp("tiny")
    base = make_base(folder / "base")
    first, second = (make_adapter(base, folder / name, seed=seed) for seed, name in enumerate(["first", "second"]))
    return TinyWeights(base, first, second)


def make_base(folder: Path, *, hidden: int = 64, seed: int = 0) -> Path:
    """Save a random Llama with a byte-level tokenizer and a chat template; returns `folder`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _make_tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def make_adapter(base: Path, folder: Path, *, rank: int = 8, seed: int = 0) -> Path:
    """Save a LoRA adapter on `base` with random weights (also in B, so that it answers otherwise); returns `folder`."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base)
    config = LoraConfig(r=rank, lora_alpha=4 * rank, target_modules="all-linear", init_lora_weights=False)
    get_peft_model(model, config).save_pretrained(folder)
    return folder


def _make_tokenizer():  # type: ignore[no-untyped-def]
    """One token a byte: no corpus is needed, and any text can be encoded."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens(SPECIAL_TOKENS)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>", pad_token="<|pad|>")
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
