"""Stage `finetune`: a LoRA adapter on a base, from conversations; only the assistant's words are learnt.

The rank is high for a model of this size: with a low one the adapter cannot carry what full fine-tuning would learn.
Plain LoRA without saved embeddings, so that vLLM can load it into a running engine.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from training.corpus.material import Measure, chat_batches, endlessly
from training.optimise import optimise
from training.stages.pretrain import held_out_figures
from training.stages.stage import Bench, Metrics, Stage, say


@dataclass(frozen=True, kw_only=True)
class Finetune(Stage):
    """`teaches` lists what to learn: "eu" is a question and an answer in Basque, "eu-en" one answered in English.

    `alpha` / `rank` scales what the adapter adds; `several_turns` is the share of conversations with a history.
    """

    kind: ClassVar[str] = "finetune"
    parent: str
    teaches: list[str]
    rank: int
    alpha: int
    tokens: int
    batch_tokens: int
    learning_rate: float
    noise: float
    several_turns: float

    @property
    def parents(self) -> list[str]:
        return [self.parent]

    def run(self, bench: Bench, out: Path) -> Metrics:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = bench.finished[self.parent]
        tokenizer = AutoTokenizer.from_pretrained(folder)
        torch.manual_seed(bench.seed)
        randomness = random.Random(bench.seed)
        lora = LoraConfig(r=self.rank, lora_alpha=self.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
        model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(folder), lora)
        pairs = [pair for ways in self.teaches for pair in bench.data.asked_and_answered(*_ways(ways))]
        measure = Measure(self.batch_tokens, self.noise)
        one_pass = partial(chat_batches, pairs, tokenizer, measure, randomness, several_turns=self.several_turns)
        trained = optimise(
            model, endlessly(one_pass, randomness), tokens=self.tokens, learning_rate=self.learning_rate,
            report=bench.report,
        )  # fmt: skip
        model.save_pretrained(out)
        learnt, _everything = model.get_nb_trainable_parameters()
        metrics: Metrics = {"learnt_parameters": learnt, **asdict(trained)}
        metrics |= held_out_figures(bench, model, tokenizer, sorted({_ways(ways)[1] for ways in self.teaches}))
        say(self.name, metrics)
        return metrics


def _ways(languages: str) -> tuple[str, str]:
    """In which language is asked and in which answered."""
    asked, _hyphen, answered = languages.partition("-")
    return asked, answered or asked
