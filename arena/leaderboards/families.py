"""Parents and children: is it known yet which of the two is better?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import counted
from arena.models.battles import Outcome
from arena.ranking.wilson import wilson_interval
from serving.models import LanguageModel


@dataclass(frozen=True)
class Duel:
    """Blind votes between a child and its parent; `lower` and `upper` bound the child's share of decided votes."""

    child_wins: int
    parent_wins: int
    ties: int
    both_bad: int
    lower: float
    upper: float

    @property
    def resolved(self) -> bool:
        return self.lower > 0.5 or self.upper < 0.5


def duel(*, child: LanguageModel, parent: LanguageModel, simulated: bool) -> Duel:
    """Sum the counts of both display orders. `simulated` adds the simulated voters' counts to the people's."""
    return _duel(_met(simulated=simulated), child.pk, parent.pk)


def resolved_families(models: Sequence[LanguageModel], *, simulated: bool) -> set[frozenset[int]]:
    """Pairs of ids of parents and children among `models` whose winner is known."""
    ids = {model.pk for model in models}
    families = [(model.pk, model.parent_id) for model in models if model.parent_id in ids]
    met = _met(simulated=simulated) if families else {}
    return {frozenset(family) for family in families if _duel(met, *family).resolved}


def _met(*, simulated: bool) -> dict[tuple[int, int], Counter[str]]:
    """Outcomes by the models on sides A and B."""
    met: dict[tuple[int, int], Counter[str]] = {}
    for model_a, model_b, outcomes in counted(OVERALL, simulated=simulated, excluded=False)[1]:
        met.setdefault((model_a, model_b), Counter()).update(dict(zip(Outcome.values, outcomes, strict=True)))
    return met


def _duel(met: Mapping[tuple[int, int], Counter[str]], child: int, parent: int) -> Duel:
    first, second = met.get((child, parent), Counter()), met.get((parent, child), Counter())
    wins, losses = first["a"] + second["b"], first["b"] + second["a"]
    lower, upper = wilson_interval(wins, wins + losses)
    return Duel(wins, losses, first["tie"] + second["tie"], first["both_bad"] + second["both_bad"], lower, upper)
