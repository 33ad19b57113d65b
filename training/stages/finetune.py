"""Stage `finetune`: a LoRA adapter on a base, from conversations; only the assistant's words are learnt.

The rank is high for a model of this size: with a low one the adapter cannot carry what full fine-tuning would learn.
Plain LoRA without saved embeddings, so that vLLM can load it into a running engine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from training.corpus.material import Measure, chat_batches
from training.stages.learn import Learn, Lesson
from training.stages.stage import Bench


@dataclass(frozen=True, kw_only=True)
class Finetune(Learn):
    """`teaches` lists what to learn: "eu" is a question and an answer in Basque, "eu-en" one answered in English.

    `alpha` / `rank` scales what the adapter adds; `several_turns` is the share of conversations with a history.
    """

    kind: ClassVar[str] = "finetune"
    parent: str
    teaches: list[str]
    rank: int
    alpha: int
    several_turns: float

    @property
    def parents(self) -> list[str]:
        return [self.parent]

    def lesson(self, bench: Bench, measure: Measure, randomness: random.Random) -> Lesson:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = bench.finished[self.parent]
        tokenizer = AutoTokenizer.from_pretrained(folder)
        lora = LoraConfig(r=self.rank, lora_alpha=self.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
        model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(folder), lora)
        ways = [_ways(languages) for languages in self.teaches]
        pairs = [pair for asked, answered in ways for pair in bench.data.asked_and_answered(asked, answered)]
        one_pass = partial(chat_batches, pairs, tokenizer, measure, randomness, several_turns=self.several_turns)
        return Lesson(model, tokenizer, one_pass, sorted({answered for _asked, answered in ways}))


def _ways(languages: str) -> tuple[str, str]:
    """In which language is asked and in which answered."""
    asked, _hyphen, answered = languages.partition("-")
    return asked, answered or asked
