"""Parents and children: is it known yet which of the two is better?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    return _duel(_counts([child.pk, parent.pk], simulated=simulated), child.pk, parent.pk)


def resolved_families(models: Sequence[LanguageModel], *, simulated: bool) -> set[frozenset[int]]:
    """Pairs of ids of parents and children among `models` whose winner is known.

    One query, for it is asked at every click.
    """
    ids = {model.pk for model in models}
    families = [(model.pk, model.parent_id) for model in models if model.parent_id in ids]
    if not families:
        return set()
    counts = _counts({pk for family in families for pk in family}, simulated=simulated)
    return {frozenset((child, parent)) for child, parent in families if _duel(counts, child, parent).resolved}


def _counts(models: Collection[int], *, simulated: bool) -> list[PairCount]:
    """Counts of votes between any two of `models`."""
    counts = PairCount.objects.filter(model_a__in=models, model_b__in=models)
    return list(counts if simulated else counts.filter(simulated=False))


def _duel(counts: Sequence[PairCount], child: int, parent: int) -> Duel:
    wins = losses = ties = both_bad = 0
    for count in counts:
        if {count.model_a_id, count.model_b_id} != {child, parent}:
            continue
        child_is_a = count.model_a_id == child
        wins += count.a if child_is_a else count.b
        losses += count.b if child_is_a else count.a
        ties += count.tie
        both_bad += count.both_bad
    lower, upper = wilson_interval(wins, wins + losses)
    return Duel(wins, losses, ties, both_bad, lower, upper)
