"""Stage `pretrain`: a small Llama from random weights, on plain text of some languages."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from training.corpus.material import Measure, endlessly, plain_batches
from training.evaluation.bits_per_byte import bits_per_byte
from training.optimise import optimise
from training.stages.stage import Bench, Metrics, Stage, say


@dataclass(frozen=True, kw_only=True)
class Pretrain(Stage):
    """`width` is the size of a hidden state, `inner` of the MLP; a head has `width` / `heads` dimensions."""

    kind: ClassVar[str] = "pretrain"
    tokenizer: str
    languages: list[str]
    width: int
    layers: int
    heads: int
    inner: int
    tokens: int
    batch_tokens: int
    learning_rate: float
    noise: float

    @property
    def parents(self) -> list[str]:
        return [self.tokenizer]

    def run(self, bench: Bench, out: Path) -> Metrics:
        import torch
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(bench.finished[self.tokenizer])
        torch.manual_seed(bench.seed)
        randomness = random.Random(bench.seed)
        model = self._new_model(tokenizer)
        measure = Measure(self.batch_tokens, self.noise)
        one_pass = partial(plain_batches, bench.data, tokenizer, self.languages, measure, randomness)
        trained = optimise(
            model, endlessly(one_pass, randomness), tokens=self.tokens, learning_rate=self.learning_rate,
            report=bench.report,
        )  # fmt: skip
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
        metrics: Metrics = {"parameters": model.num_parameters(), **asdict(trained)}
        metrics |= held_out_figures(bench, model, tokenizer, self.languages)
        say(self.name, metrics)
        return metrics

    def _new_model(self, tokenizer: Any) -> Any:
        from transformers import LlamaConfig, LlamaForCausalLM

        make: Any = LlamaForCausalLM
        return make(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=self.width,
                intermediate_size=self.inner,
                num_hidden_layers=self.layers,
                num_attention_heads=self.heads,
                num_key_value_heads=self.heads,
                max_position_embeddings=tokenizer.model_max_length,
                # Half of a small model would be its embeddings; tied, they are learnt from both sides.
                tie_word_embeddings=True,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        )


def held_out_figures(bench: Bench, model: Any, tokenizer: Any, languages: list[str]) -> Metrics:
    """Bits per byte on the held-out documents of each language."""
    return {
        f"bits_per_byte_{language}": bits_per_byte(
            model, tokenizer, [text.text for text in bench.data.held_out_documents(language)]
        )
        for language in languages
    }
