"""Stage `continue`: goes on pre-training a model on another language, with some of the old one replayed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from training.corpus.batches import Batch
from training.corpus.material import Measure, plain_batches
from training.stages.learn import Learn, Lesson
from training.stages.stage import Bench


@dataclass(frozen=True, kw_only=True)
class ContinuePretrain(Learn):
    """`replay` are languages the model knows already; their share of the batches keeps them from being forgotten."""

    kind: ClassVar[str] = "continue"
    parent: str
    languages: list[str]
    replay: list[str]
    replay_share: float

    @property
    def parents(self) -> list[str]:
        return [self.parent]

    def lesson(self, bench: Bench, measure: Measure, randomness: random.Random) -> Lesson:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = bench.finished[self.parent]
        tokenizer = AutoTokenizer.from_pretrained(folder)
        one_pass = partial(self._one_pass, bench, tokenizer, measure, randomness)
        model = AutoModelForCausalLM.from_pretrained(folder)
        return Lesson(model, tokenizer, one_pass, [*self.languages, *self.replay])

    def _one_pass(self, bench: Bench, tokenizer: Any, measure: Measure, randomness: random.Random) -> list[Batch]:
        new = plain_batches(bench.data, tokenizer, self.languages, measure, randomness)
        old = plain_batches(bench.data, tokenizer, self.replay, measure, randomness)
        number = round(len(new) * self.replay_share / (1 - self.replay_share))
        return new + randomness.sample(old, min(number, len(old)))
