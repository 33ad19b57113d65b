"""What could be trained now: how many preference pairs the votes hold for each contestant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from arena.datasets.preferences import gather
from serving.models import LanguageModel
from training.evaluation.length import MOST_REPEATS


@dataclass(frozen=True)
class Stock:
    """Pairs of the battles that a contestant fought in."""

    # For training: the chosen answer longer than the rejected one, shorter, or as long.
    longer: int
    shorter: int
    equal: int
    # On held-out prompts: never trained on, for the gate.
    held_out: int

    @property
    def pairs(self) -> int:
        return self.longer + self.shorter + self.equal

    @property
    def balanced(self) -> int:
        """Pairs shown in training, where as many longer as shorter answers must win, or it would only teach length."""
        rare, common = sorted((self.longer, self.shorter))
        return 2 * min(common, MOST_REPEATS * rare) + self.equal

    @property
    def enough(self) -> bool:
        return self.pairs >= settings.TRAINING_MINIMUM_PAIRS


def stock_of(model: LanguageModel, *, simulated: bool) -> Stock:
    return _count(_rows(simulated=simulated, model=model.name), model.name)


def stocks(models: Iterable[LanguageModel], *, simulated: bool) -> list[tuple[LanguageModel, Stock]]:
    """The stock of each model, from one reading of the votes."""
    rows = _rows(simulated=simulated, model=None)
    return [(model, _count(rows, model.name)) for model in models]


def _rows(*, simulated: bool, model: str | None) -> dict[str, list[dict[str, Any]]]:
    return gather(format="dpo", model=model, since=None, simulated=simulated).rows


def _count(rows: dict[str, list[dict[str, Any]]], name: str) -> Stock:
    def about(split: str) -> list[dict[str, Any]]:
        return [row for row in rows.get(split, []) if name in (row["chosen_model"], row["rejected_model"])]

    differences = [_length(row["chosen"]) - _length(row["rejected"]) for row in about("train")]
    return Stock(
        longer=sum(difference > 0 for difference in differences),
        shorter=sum(difference < 0 for difference in differences),
        equal=differences.count(0),
        held_out=len(about("test")),
    )


def _length(messages: list[dict[str, str]]) -> int:
    """In characters: which of two answers is longer does not need a tokenizer."""
    return sum(len(message["content"]) for message in messages)
