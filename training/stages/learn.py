"""What the stages that train a language model share: tokens, batches and a rate, a seed, and the figures at the end."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.corpus.batches import Batch
from training.corpus.material import Measure, endlessly
from training.evaluation.bits_per_byte import bits_per_byte
from training.optimise import optimise
from training.stages.stage import Bench, Metrics, Stage, say


@dataclass(frozen=True)
class Lesson:
    """A model, the batches of one pass over what it learns, and the languages whose held-out text is measured."""

    model: Any
    tokenizer: Any
    one_pass: Callable[[], list[Batch]]
    languages: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Learn(Stage):
    """`noise` is how much the questions are blurred (`training.corpus.noise`)."""

    tokens: int
    batch_tokens: int
    learning_rate: float
    noise: float

    @abstractmethod
    def lesson(self, bench: Bench, measure: Measure, randomness: random.Random) -> Lesson:
        """Prepare what is learnt. Torch is seeded already."""

    def run(self, bench: Bench, out: Path) -> Metrics:
        import torch
        from peft import PeftModel

        torch.manual_seed(bench.seed)
        randomness = random.Random(bench.seed)
        lesson = self.lesson(bench, Measure(self.batch_tokens, self.noise), randomness)
        trained = optimise(
            lesson.model, endlessly(lesson.one_pass, randomness), tokens=self.tokens,
            learning_rate=self.learning_rate, report=bench.report,
        )  # fmt: skip
        lesson.model.save_pretrained(out)
        if not isinstance(lesson.model, PeftModel):  # An adapter has the tokenizer of its base.
            lesson.tokenizer.save_pretrained(out)
        figures: Metrics = {"parameters": lesson.model.num_parameters(only_trainable=True), **asdict(trained)}
        for language in lesson.languages:
            held_out = [text.text for text in bench.data.held_out_documents(language)]
            figures[f"bits_per_byte_{language}"] = bits_per_byte(lesson.model, lesson.tokenizer, held_out)
        say(self.name, figures)
        return figures
