"""Parents and children: is it known yet which of the two is better?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import Kept, kept
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
    def decided(self) -> int:
        return self.child_wins + self.parent_wins

    @property
    def share(self) -> float | None:
        """The child's share of decided votes; None without any."""
        return self.child_wins / self.decided if self.decided else None

    @property
    def resolved(self) -> bool:
        return self.lower > 0.5 or self.upper < 0.5


def duel(*, child: LanguageModel, parent: LanguageModel, simulated: bool) -> Duel:
    """Sum the counts of both display orders. `simulated` adds the simulated voters' counts to the people's."""
    return _duel(kept(OVERALL, simulated=simulated), child.pk, parent.pk)


def resolved_families(models: Sequence[LanguageModel], known: Kept) -> set[frozenset[int]]:
    """Pairs of ids of parents and children among `models` whose winner the counts `known` tell."""
    ids = {model.pk for model in models}
    families = [(model.pk, model.parent_id) for model in models if model.parent_id in ids]
    return {frozenset(family) for family in families if _duel(known, *family).resolved}


def _duel(known: Kept, child: int, parent: int) -> Duel:
    first, second = _outcomes(known, child, parent), _outcomes(known, parent, child)
    wins, losses = first["a"] + second["b"], first["b"] + second["a"]
    lower, upper = wilson_interval(wins, wins + losses)
    return Duel(wins, losses, first["tie"] + second["tie"], first["both_bad"] + second["both_bad"], lower, upper)


def _outcomes(known: Kept, on_a: int, on_b: int) -> Counter[str]:
    if not {on_a, on_b} <= set(known.ids):
        return Counter()
    numbers = known.table[:, known.ids.index(on_a), known.ids.index(on_b)].tolist()
    return Counter(dict(zip(Outcome.values, numbers, strict=True)))
