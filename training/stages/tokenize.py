"""Stage `tokenizer`: one byte-level BPE tokenizer for all languages of the recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from training.stages.stage import Bench, Metrics, Stage, say
from training.tokenizer.train import train_tokenizer


@dataclass(frozen=True, kw_only=True)
class Tokenize(Stage):
    """`vocabulary` counts the special tokens; `context` is the longest conversation in tokens."""

    kind: ClassVar[str] = "tokenizer"
    languages: list[str]
    vocabulary: int
    context: int

    @property
    def parents(self) -> list[str]:
        return []

    def run(self, bench: Bench, out: Path) -> Metrics:
        texts = [document.text for document in bench.data.training_documents(self.languages)]
        for exchange in bench.data.exchanges(self.languages):
            texts += [*exchange.questions, exchange.answer]
        tokenizer = train_tokenizer(texts, vocabulary=self.vocabulary, context=self.context)
        tokenizer.save_pretrained(out)
        metrics: Metrics = {"tokens": len(tokenizer)}
        for language in self.languages:
            metrics[f"bytes_per_token_{language}"] = _bytes_per_token(
                tokenizer, [document.text for document in bench.data.held_out_documents(language)]
            )
        say(self.name, metrics)
        return metrics


def _bytes_per_token(tokenizer: Any, texts: list[str]) -> float:
    """What a token stands for on average: comparable between scripts, as tokens per word is not."""
    return sum(len(text.encode()) for text in texts) / sum(len(tokenizer(text)["input_ids"]) for text in texts)
