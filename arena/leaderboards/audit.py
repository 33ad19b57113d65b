"""The audit of the sampler: were pairs drawn as stored, and sides by a fair coin?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from arena.models import Answer, Battle
from arena.ranking.betting import Bets, Drawn, Pair, bet_on_pairs
from arena.ranking.fairness import Sides, fit_of_sides
from serving.models import LanguageModel

# Of the pairs, one false alarm in a thousand sites, however often they are audited; of the sides, in a thousand audits.
ALARM = 0.001


@dataclass(frozen=True)
class Audit:
    """Figures of all battles; models are named by their ids."""

    pairs: Bets
    sides: list[Sides]

    @property
    def pairs_fair(self) -> bool:
        return self.pairs.p >= ALARM

    @property
    def unfair_sides(self) -> list[Sides]:
        """Models too often on one side; the bound is shared among them (Bonferroni)."""
        return [side for side in self.sides if side.p < ALARM / len(self.sides)]


def audit_sampling() -> Audit:
    """Read every battle but repeats, whose pair was not drawn.

    Where a failed side was drawn again, the pair of the first draw is known by its answers, its probability is lost;
    sides are those of battles that stayed as they were drawn.
    """
    battles = list(
        Battle.objects.filter(repeats=None)
        .order_by("created_at", "pk")
        .values_list("pk", "model_a_id", "model_b_id", "pair_probability", "redrawn")
    )
    first = _first_pairs()
    draws = [
        Drawn(first.get(pk, frozenset((a, b))), None) if redrawn else Drawn(frozenset((a, b)), probability)
        for pk, a, b, probability, redrawn in battles
    ]
    here = LanguageModel.objects.contesting().values_list("pk", flat=True)
    return Audit(
        pairs=bet_on_pairs(draws, here=set(here)),
        sides=fit_of_sides((a, b) for _pk, a, b, _probability, redrawn in battles if not redrawn),
    )


def _first_pairs() -> dict[object, Pair]:
    """The pair that was drawn first, of every battle with a side that was drawn again."""
    first = Answer.objects.filter(turn__battle__redrawn=True, turn__number=1, attempt=1)
    models = defaultdict(set)
    for battle, model in first.values_list("turn__battle_id", "model_id"):
        models[battle].add(model)
    return {battle: frozenset(pair) for battle, pair in models.items() if len(pair) == 2}
