"""Stage `continue`: goes on pre-training a model on another language, with some of the old one replayed."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from training.corpus.batches import Batch
from training.corpus.material import Measure, endlessly, plain_batches
from training.optimise import optimise
from training.stages.pretrain import held_out_figures
from training.stages.stage import Bench, Metrics, Stage, say


@dataclass(frozen=True, kw_only=True)
class ContinuePretrain(Stage):
    """`replay` are languages the model knows already; their share of the batches keeps them from being forgotten."""

    kind: ClassVar[str] = "continue"
    parent: str
    languages: list[str]
    replay: list[str]
    replay_share: float
    tokens: int
    batch_tokens: int
    learning_rate: float
    noise: float

    @property
    def parents(self) -> list[str]:
        return [self.parent]

    def run(self, bench: Bench, out: Path) -> Metrics:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = bench.finished[self.parent]
        tokenizer = AutoTokenizer.from_pretrained(folder)
        torch.manual_seed(bench.seed)
        randomness = random.Random(bench.seed)
        model = AutoModelForCausalLM.from_pretrained(folder)
        trained = optimise(
            model, endlessly(lambda: self._one_pass(bench, tokenizer, randomness), randomness), tokens=self.tokens,
            learning_rate=self.learning_rate, report=bench.report,
        )  # fmt: skip
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)
        metrics: Metrics = {"parameters": model.num_parameters(), **asdict(trained)}
        metrics |= held_out_figures(bench, model, tokenizer, [*self.languages, *self.replay])
        say(self.name, metrics)
        return metrics

    def _one_pass(self, bench: Bench, tokenizer: Any, randomness: random.Random) -> list[Batch]:
        measure = Measure(self.batch_tokens, self.noise)
        new = plain_batches(bench.data, tokenizer, self.languages, measure, randomness)
        old = plain_batches(bench.data, tokenizer, self.replay, measure, randomness)
        number = round(len(new) * self.replay_share / (1 - self.replay_share))
        return new + randomness.sample(old, min(number, len(old)))
