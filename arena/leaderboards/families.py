"""Parents and children: is it known yet which of the two is better?"""

from __future__ import annotations

from dataclasses import dataclass

from arena.models import PairCount
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
    wins = losses = ties = both_bad = 0
    counts = PairCount.objects.filter(model_a__in=[child, parent], model_b__in=[child, parent])
    for count in counts if simulated else counts.filter(simulated=False):
        child_is_a = count.model_a_id == child.pk
        wins += count.a if child_is_a else count.b
        losses += count.b if child_is_a else count.a
        ties += count.tie
        both_bad += count.both_bad
    lower, upper = wilson_interval(wins, wins + losses)
    return Duel(wins, losses, ties, both_bad, lower, upper)


def resolved_families(*, simulated: bool) -> set[frozenset[int]]:
    """Pairs of ids of contesting parents and children whose winner is known."""
    children = LanguageModel.objects.contesting().exclude(parent=None).select_related("parent")
    return {
        frozenset((child.pk, child.parent.pk))
        for child in children
        if child.parent is not None and duel(child=child, parent=child.parent, simulated=simulated).resolved
    }
