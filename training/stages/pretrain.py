"""Stage `pretrain`: a small Llama from random weights, on plain text of some languages."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from training.corpus.material import Measure, plain_batches
from training.stages.learn import Learn, Lesson
from training.stages.stage import Bench


@dataclass(frozen=True, kw_only=True)
class Pretrain(Learn):
    """`width` is the size of a hidden state, `inner` of the MLP; a head has `width` / `heads` dimensions."""

    kind: ClassVar[str] = "pretrain"
    tokenizer: str
    languages: list[str]
    width: int
    layers: int
    heads: int
    inner: int

    @property
    def parents(self) -> list[str]:
        return [self.tokenizer]

    def lesson(self, bench: Bench, measure: Measure, randomness: random.Random) -> Lesson:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(bench.finished[self.tokenizer])
        one_pass = partial(plain_batches, bench.data, tokenizer, self.languages, measure, randomness)
        return Lesson(self._new_model(tokenizer), tokenizer, one_pass, self.languages)

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
